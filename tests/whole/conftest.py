"""
Fixtures for tests of the whole program against servers of their own.
"""
import pytest

from dns_stub import Resolver
from listener import Listener, hang_up, willing
from qremote import Site


@pytest.fixture
def site(tmp_path):
    """A host with a name and nothing else."""
    return Site(tmp_path)


@pytest.fixture
def server(site):
    """A server that takes the mail, and a route to it."""
    with Listener(willing) as server:
        site.route(server.port)
        yield server


@pytest.fixture
def nobody(site):
    """A server that must not be connected to, and a route to it."""
    with Listener(hang_up) as server:
        site.route(server.port)
        yield server
    assert server.connections == 0


@pytest.fixture
def by_mx(site):
    """A server that takes the mail, found through an MX record."""
    with Listener(willing, "127.0.0.2") as server, Resolver({
            ("server.example", "MX"): ["10 mx.server.example"],
            ("mx.server.example", "A"): ["127.0.0.2"]}) as resolver:
        site.put("smtproutes", f"::{server.port}")
        site.put("dnsservers", f"127.0.0.1@{resolver.port}")
        yield server
