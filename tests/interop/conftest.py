"""
Fixtures for tests against real mail servers.
"""
import pytest
from exim import Exim
from postfix import Postfix
from server import Missing
from whole.qremote import Site


@pytest.fixture(scope="session", params=[Postfix, Exim], ids=["postfix", "exim"])
def running(request):
    """A server for all tests of this process."""
    server = request.param()
    try:
        server.start()
        yield server
    except Missing as why:
        pytest.skip(str(why))
    finally:
        server.stop()


@pytest.fixture
def server(running):
    """A server without mail of an earlier test."""
    running.arrivals()
    return running


@pytest.fixture
def site(tmp_path):
    """A host that has a name."""
    return Site(tmp_path)
