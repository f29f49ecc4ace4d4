"""
Fixtures for tests of DANE: a DNS of their own, and a server for all its names.
"""
import contextlib
from typing import NamedTuple

import cases
import dnsworld
import pytest
from chain import chains
from tlssink import Sink
from whole.qremote import Site

# What a delivery may take.
PATIENCE = 40


class World(NamedTuple):
    """What there is beside the program."""

    chains: dict
    sink: Sink
    dns: dnsworld.World


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """One world for all tests of this process."""
    lack = dnsworld.missing()
    if lack:
        pytest.skip(f"not installed: {' '.join(lack)}")
    directory = tmp_path_factory.mktemp("world")
    made = chains()
    with contextlib.ExitStack() as stack:
        sink = stack.enter_context(Sink(made, directory))
        dns = stack.enter_context(dnsworld.World(
            directory, cases.records(sink.port, made)))
        yield World(made, sink, dns)


class Client:
    """Delivers mail to domains of the world, by DANE unless it is told not to."""

    def __init__(self, world, site):
        self.world, self.site = world, site
        self.env = {"DANE_VERIFICATION": ""}
        site.put("dnsservers", f"127.0.0.1@{world.dns.port}")
        site.put("trustanchor", world.dns.anchor)
        site.put("smtproutes", f"::{world.sink.port}")

    def deliver(self, domain, env=None, host=None):
        """The report of a delivery; earlier mails are forgotten."""
        self.world.sink.mails.pop(f"bob@{domain}", None)
        return self.site.deliver(
            b"Subject: test\n\nbody\n", f"bob@{domain}", host=host or domain,
            env={**self.env, **(env or {})}, patience=PATIENCE)

    def verdict(self, domain, **more):
        """What a delivery comes to; what is reported must be what was seen."""
        report = self.deliver(domain, **more)
        seen = self.world.sink.mails.get(f"bob@{domain}", [])
        if report.letter == "Z":
            assert not seen, f"seen at {seen}, and yet {report.text}"
            return cases.DEFERRED
        assert report.letters == "rK", report
        protocol, tls, verified = report.text.split("\n")[-2].split("; ")
        assert protocol in ("Protocol SMTP", "Protocol SMTPS")
        [mail] = seen
        assert mail.encrypted == (tls != "TLS none")
        if not mail.encrypted:
            assert verified == "verified none"
            return cases.IN_CLEAR
        return {"verified none": cases.ENCRYPTED, "verified dane": cases.DANE,
                "verified pkix": cases.PKIX}[verified]


@pytest.fixture
def client(world, tmp_path):
    """One that validates by itself."""
    return Client(world, Site(tmp_path))


@pytest.fixture(params=["validate", "trust-ad"])
def either(request, client):
    """One that validates by itself, and one that trusts its resolver."""
    client.site.put("dnssec", request.param)
    return client
