"""
Deliveries that ask qmail-daned, and verifications that it makes itself.
"""
import contextlib
import hashlib
import socket
import ssl
import subprocess
import time

import dns.flags
import pytest

from daned import (FAILED, NEW, NOT_VERIFIED, STALE, VERIFIED, WHITELISTED,
                   Canned, Daemon, free_port)
from dns_stub import Resolver
from listener import PIPELINING, Listener
from qremote import MESSAGE

MX = "mx.server.example"
Q, S, F = b"qmx.server.example\0", b"Smx.server.example\0", b"Fmx.server.example\0"


class Validating(Resolver):
    """A resolver that says of each answer that it is validated."""

    def answer(self, query):
        reply = super().answer(query)
        reply.flags |= dns.flags.AD
        return reply


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A context that shows a certificate, and the hash of its key."""
    pem = tmp_path_factory.mktemp("certificate") / "pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-subj", "/CN=a server", "-days", "30", "-keyout", pem, "-out", f"{pem}2"],
        check=True, stdin=subprocess.DEVNULL, capture_output=True)
    key = subprocess.run(["openssl", "pkey", "-in", pem, "-pubout", "-outform", "DER"],
                         check=True, stdout=subprocess.PIPE).stdout
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{pem}2", pem)
    return context, hashlib.sha256(key).hexdigest()


class World:
    """A server of TLS, and a resolver that leads to it."""

    def __init__(self, site, certificate, tlsa, starttls="220 go ahead"):
        self.context, digest = certificate
        # What is said to STARTTLS; None: it is not offered.
        self.starttls = starttls
        self.server = Listener(self.play, "127.0.0.2")
        records = {
            ("server.example", "MX"): [f"10 {MX}"],
            (MX, "A"): ["127.0.0.2"],
        }
        if tlsa:
            records[f"_{self.server.port}._tcp.{MX}", "TLSA"] = [tlsa.format(right=digest)]
        self.resolver = Validating(records)
        site.put("smtproutes", f"::{self.server.port}")
        site.put("dnsservers", f"127.0.0.1@{self.resolver.port}")
        site.put("dnssec", "trust-ad")

    def play(self, session):
        """Whether the mail came in TLS."""
        session.greet(*["STARTTLS"][:self.starttls is not None], *PIPELINING)
        line = session.hear("STARTTLS", "MAIL FROM:", "QUIT")
        if line == b"QUIT":
            return None
        if line == b"STARTTLS":
            session.say(self.starttls)
            if not self.starttls.startswith("220"):
                session.hear("QUIT")
                return None
            try:
                session.sock = self.context.wrap_socket(session.sock, server_side=True)
                session.hear("EHLO ")
            except ssl.SSLError:
                return None
            session.offer(*PIPELINING)
            session.hear("MAIL FROM:")
        session.say("250 ok")
        session.hear("RCPT TO:")
        session.say("250 ok")
        session.body(session.hear("DATA"))
        session.say("250 queued")
        return line == b"STARTTLS"

    def in_tls(self):
        return self.server.result()

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        self.stack.enter_context(self.server)
        self.stack.enter_context(self.resolver)
        return self

    def __exit__(self, *error):
        return self.stack.__exit__(*error)


RIGHT, WRONG, UNUSABLE, NONE = "3 1 1 {right}", "3 1 1 " + "00" * 32, "1 1 1 {right}", ""


@pytest.fixture
def world(site, certificate, request):
    with World(site, certificate, getattr(request, "param", RIGHT)) as world:
        yield world


def deliver(site, daemon, **env):
    return site.deliver(MESSAGE, env={"DANE_VERIFICATION": f"@{daemon.port}", **env})


# Which answers count.                                     REQ: DND-02, DND-04

EXCUSES = [(0, WHITELISTED), (1, WHITELISTED), (1, NOT_VERIFIED)]


@pytest.mark.parametrize("answer", EXCUSES, ids=str)
def test_without_dane(site, world, answer):
    with Canned(answer) as daemon:
        report = deliver(site, daemon)
    assert report.letter == "K"
    assert "TLS none" in report.text
    assert not world.in_tls()
    assert daemon.heard == [Q]


ANYTHING_ELSE = [
    (first, second) for first in (0, 1, 2, 49, 128, 255)
    for second in (*range(8), 17, 49, 64, 127, 128, 129, 131, 200, 254, 255)
    if (first, second) not in EXCUSES]


@pytest.mark.parametrize("answer", ANYTHING_ELSE, ids=str)
def test_verified_here(site, world, answer):
    with Canned(answer) as daemon:
        report = deliver(site, daemon)
    assert report.letter == "K"
    assert "verified dane" in report.text
    assert world.in_tls()
    assert daemon.heard == [Q, S]


@pytest.mark.parametrize("world", [WRONG], indirect=True)
@pytest.mark.parametrize("answer", [(0, NEW), (1, VERIFIED)], ids=str)
def test_failed_here(site, world, answer):
    with Canned(answer) as daemon:
        report = deliver(site, daemon)
    assert report.letter == "Z"
    assert daemon.heard == [Q, F]


NO_TLS = pytest.mark.parametrize(
    "starttls", [None, "454 not now", "502 never", "554 go away"])
# Records that could be used, and some that could not.
MALFORMED, SHA1, EMPTY = "3 1 1 00", "3 1 7 " + "00" * 20, "3 0 0 30"
USABLE = ["3 0 2 " + "00" * 64, "2 0 0 30020500"]


@NO_TLS
@pytest.mark.parametrize("tlsa", [RIGHT, *USABLE])
def test_no_tls_is_a_failure(site, certificate, tlsa, starttls):
    with World(site, certificate, tlsa, starttls), Canned((0, NEW)) as daemon:
        assert deliver(site, daemon).letter == "Z"
    assert daemon.heard == [Q, F]


@NO_TLS
@pytest.mark.parametrize("tlsa", [UNUSABLE, MALFORMED, SHA1, EMPTY])
def test_no_tls_and_nothing_to_verify(site, certificate, tlsa, starttls):
    with World(site, certificate, tlsa, starttls), Canned((0, NEW)) as daemon:
        assert deliver(site, daemon).letter == "Z"
    assert daemon.heard == [Q]


@pytest.mark.parametrize("world, in_tls", [
    (UNUSABLE, True), (MALFORMED, True), (SHA1, True), (EMPTY, True), (NONE, False),
], indirect=["world"])
def test_nothing_to_verify_and_nothing_told(site, world, in_tls):
    with Canned((0, NEW)) as daemon:
        report = deliver(site, daemon)
    assert report.letter == "K"
    assert "verified none" in report.text
    assert world.in_tls() == in_tls
    assert daemon.heard == [Q]


@pytest.mark.parametrize("answer", [(), (1,), (1, 1, 1), (1,) * 100], ids=len)
def test_answer_of_another_length(site, world, answer):
    with Canned(answer) as daemon:
        report = deliver(site, daemon, DANETIMEOUT="1")
    assert "verified dane" in report.text


@pytest.mark.parametrize("world, letter", [(RIGHT, "K"), (WRONG, "Z")], indirect=["world"])
@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2"])
def test_answer_of_another(site, world, letter, address):
    """An excuse that does not come from the daemon's own address and port."""
    class Spoofed(Canned):
        def reply(self, peer):
            with socket.socket(type=socket.SOCK_DGRAM) as other:
                other.bind((address, 0))
                other.sendto(bytes(self.answer), peer)

    with Spoofed((1, WHITELISTED)) as daemon:
        report = deliver(site, daemon, DANETIMEOUT="1")
    assert report.letter == letter
    assert letter == "Z" or "verified dane" in report.text
    assert daemon.heard == [Q, S if letter == "K" else F]


@pytest.mark.parametrize("world, letter", [(RIGHT, "K"), (WRONG, "Z")], indirect=["world"])
def test_answer_that_is_late(site, world, letter):
    class Late(Canned):
        def reply(self, peer):
            time.sleep(1.3)
            super().reply(peer)

    with Late((1, WHITELISTED)) as daemon:
        report = deliver(site, daemon, DANETIMEOUT="1")
    assert report.letter == letter
    assert letter == "Z" or "verified dane" in report.text


@pytest.mark.parametrize("world", [WRONG], indirect=True)
def test_many_answers(site, world):
    """The first of two bytes counts; an excuse behind it is not heard."""
    class Chatty(Canned):
        def reply(self, peer):
            for answer in ((), (1,), (1, 1, 1), (1, VERIFIED), *[self.answer] * 100):
                self.socket.sendto(bytes(answer), peer)

    with Chatty((1, WHITELISTED)) as daemon:
        assert deliver(site, daemon).letter == "Z"


# A daemon that is silent, or not there.                           REQ: DND-03

def test_silent(site, world):
    with Canned(None) as daemon:
        began = time.monotonic()
        report = deliver(site, daemon, DANETIMEOUT="1")
        took = time.monotonic() - began
    assert "verified dane" in report.text
    assert 1 <= took < 4
    assert daemon.heard == [Q, S]


@pytest.mark.parametrize("world", [WRONG], indirect=True)
def test_silent_and_not_verified(site, world):
    with Canned(None) as daemon:
        assert deliver(site, daemon, DANETIMEOUT="1").letter == "Z"


def test_gone(site, world):
    began = time.monotonic()
    report = site.deliver(MESSAGE, env={"DANE_VERIFICATION": f"127.0.0.1@{free_port()}"})
    assert "verified dane" in report.text
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("value", ["localhost@1998", "@0", "@x", "127.0.0.1@70000"])
def test_no_address(site, world, value):
    report = site.deliver(MESSAGE, env={"DANE_VERIFICATION": value})
    assert report.letter == "Z"
    assert "DANE_VERIFICATION" in report.text


@pytest.mark.parametrize("value", ["", "yes", "127.0.0.1"])
def test_no_daemon_without_at(site, world, value):
    report = site.deliver(MESSAGE, env={"DANE_VERIFICATION": value})
    assert "verified dane" in report.text


def test_unlisted_server_is_not_asked_about(site, world):
    site.put("tlsadomains", "other.example")
    with Canned((0, NEW)) as daemon:
        report = deliver(site, daemon)
    assert "verified none" in report.text
    assert daemon.heard == []


# The daemon itself.                                               REQ: DND-01

@pytest.mark.parametrize("world, letter, verdict", [
    (RIGHT, "K", VERIFIED), (WRONG, "Z", FAILED)], indirect=["world"])
def test_daemon_learns_from_a_delivery(site, world, letter, verdict):
    with Daemon(site) as daemon:
        assert deliver(site, daemon).letter == letter
        assert daemon.ask("q", MX) == (1, verdict)


@pytest.mark.parametrize("name", ["server.example", MX])
@pytest.mark.parametrize("world, answer, later", [
    (RIGHT, (1, VERIFIED), (1, VERIFIED)),
    (WRONG, (1, FAILED), (1, FAILED)),
    # Nothing to verify today is no leave for tomorrow.
    (NONE, (1, NOT_VERIFIED), (0, NEW)),
    (UNUSABLE, (1, NOT_VERIFIED), (0, NEW)),
], indirect=["world"], ids=["right", "wrong", "none", "unusable"])
def test_daemon_verifies(site, world, name, answer, later):
    with Daemon(site) as daemon:
        assert daemon.ask("D", name) == answer
        assert daemon.ask("q", name) == later


@NO_TLS
@pytest.mark.parametrize("tlsa, answer", [
    (RIGHT, (1, FAILED)), (UNUSABLE, (1, NOT_VERIFIED)), (EMPTY, (1, NOT_VERIFIED))])
def test_daemon_verifies_without_tls(site, certificate, tlsa, answer, starttls):
    with World(site, certificate, tlsa, starttls), Daemon(site) as daemon:
        assert daemon.ask("D", MX) == answer


def test_daemon_verifies_again(site, world):
    """What it remembers does not take the place of a verification."""
    with Daemon(site) as daemon:
        daemon.ask("F", MX)
        assert daemon.ask("D", MX) == (1, VERIFIED)


def test_daemon_cannot_say(site, world):
    site.put("dnsservers", f"127.0.0.1@{free_port()}")
    site.put("timeoutdns", "1")
    with Daemon(site) as daemon:
        daemon.ask("S", MX)
        assert daemon.ask("D", MX) == (0, NEW)
        assert daemon.ask("q", MX) == (1, VERIFIED)


def test_daemon_answers_while_it_verifies(site):
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        site.put("dnsservers", f"127.0.0.1@{silent.getsockname()[1]}")
        site.put("dnssec", "trust-ad")
        with Daemon(site) as daemon:
            for i in range(30):
                daemon.socket.send(b"Dmx%d.example\0" % i)
            # Those beyond the most at one time are told so at once.
            assert [daemon.socket.recv(100) for _ in range(10)] == [b"\0\0"] * 10
            assert daemon.ask("S", MX) == (1, VERIFIED)
