"""
qmail-daned, asked to verify (D) servers and domains of the world, by validating
and with trust-ad; and deliveries that tell it what they saw.
"""
import concurrent.futures

import pytest
from cases import DANE, DEFERRED, IN_CLEAR
from whole.daned import FAILED, NEW, NOT_VERIFIED, VERIFIED, Daemon

# What the daemon answers, and whether it remembers that.
GOOD, BAD = ((1, VERIFIED), True), ((1, FAILED), True)
NOTHING, UNSURE = ((1, NOT_VERIFIED), False), ((0, NEW), False)

ASKED = {
    "ee-right.signed.test": GOOD,
    "ta-right.signed.test": GOOD,
    "wrong-right.signed.test": BAD,
    # With TLSA records and without TLS.
    "clear-right.signed.test": BAD,
    "clearest-right.signed.test": NOTHING,
    "none-right.signed.test": NOTHING,
    "unusable-right.signed.test": NOTHING,
    # Not secure, so there are no records.
    "plain-right.plain.test": NOTHING,
    "to-insecure-mx-311-right.plain.test": NOTHING,
    # DNS does not say.
    "bogus-tlsa-right.signed.test": UNSURE,
    "bogus-address-right.signed.test": UNSURE,
    "to-stale-311-right.stale.test": UNSURE,
    # A connection that breaks off shows nothing.
    "broken-right.signed.test": UNSURE,
    # Aliases, and names of a domain.
    "at-end-right.signed.test": GOOD,
    "end-first-right.signed.test": BAD,
    "nexthop.signed.test": GOOD,
    "ta-nexthop.signed.test": BAD,
    # Of several servers the worst counts.
    "two-right.signed.test": BAD,
    "two-none.signed.test": BAD,
    "two-bogus-tlsa.signed.test": GOOD,
    "two-clear.signed.test": BAD,
    "two-broken.signed.test": GOOD,
    # Nobody of that name.
    "nobody.signed.test": UNSURE,
}


@pytest.fixture
def daemon(either):
    with Daemon(either.site) as daemon:
        yield daemon


@pytest.mark.req("DND-01", "DANE-03", "DANE-04", "DANE-07")
def test_verifies(daemon):
    def ask(name):
        return daemon.ask_apart("D", name)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = dict(zip(ASKED, pool.map(ask, ASKED)))
    assert answers == {name: answer for name, (answer, _) in ASKED.items()}
    assert {name: daemon.ask("q", name) for name in ASKED} == {
        name: answer if kept else (0, NEW) for name, (answer, kept) in ASKED.items()}


@pytest.mark.req("DND-01")
def test_lists_come_first(client):
    client.site.put("white", "wrong-right.signed.test")
    client.site.put("tlsadomains", "ee-right.signed.test")
    with Daemon(client.site, "-w", "white") as daemon:
        assert daemon.ask("D", "wrong-right.signed.test") == (1, 1)
        assert daemon.ask("D", "none-right.signed.test") == (1, NOT_VERIFIED)
        assert daemon.ask("D", "ee-right.signed.test") == (1, VERIFIED)


@pytest.mark.req("DND-01", "DANE-09")
@pytest.mark.parametrize("name", ["ee-right.signed.test", "none-right.signed.test"])
def test_no_way_to_validate(client, name):
    """That nothing can be verified here is not that there is nothing."""
    client.site.put("trustanchor", "/nonexistent/anchor")
    with Daemon(client.site) as daemon:
        assert daemon.ask("D", name) == (0, NEW)


@pytest.mark.req("DND-02", "DND-04")
@pytest.mark.parametrize("label, verdict, answer", [
    ("ee", DANE, (1, VERIFIED)),
    ("wrong", DEFERRED, (1, FAILED)),
    ("clear", DEFERRED, (1, FAILED)),
    ("none", IN_CLEAR, (0, NEW)),
    ("bogus-tlsa", DEFERRED, (0, NEW)),
    ("broken", DEFERRED, (0, NEW)),
    ("unusable-broken", DEFERRED, (0, NEW)),
])
def test_learns_from_deliveries(either, daemon, label, verdict, answer):
    name = f"{label}-right.signed.test"
    either.env["DANE_VERIFICATION"] = f"@{daemon.port}"
    assert either.verdict(name) == verdict
    assert daemon.ask("q", name) == answer


@pytest.mark.req("DND-04")
@pytest.mark.parametrize("told", "SF")
def test_what_it_was_told_verifies_nothing(either, daemon, told):
    """Anybody can tell it anything."""
    either.env["DANE_VERIFICATION"] = f"@{daemon.port}"
    for label, verdict in (("ee", DANE), ("wrong", DEFERRED), ("clear", DEFERRED)):
        name = f"{label}-right.signed.test"
        daemon.ask(told, name)
        assert either.verdict(name) == verdict
