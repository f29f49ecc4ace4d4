"""
The DNS server of a play, asked over its sockets.
"""
import random

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from .names import ADDRESS, Server, Zone

ZONE = """\
example.org. MX 10 mx.example.org.
example.org. MX 20 mx2.example.org.
mx.example.org. A 127.0.0.2
alias.example.org. CNAME other.example.org.
other.example.org. CNAME mx.example.org.
dangling.example.org. CNAME gone.example.org.
circle.example.org. CNAME circle.example.org.
broken.example.org. servfail
half.example.org. A 127.0.0.2
half.example.org. AAAA servfail
silent.example.org. timeout
cut.example.org. A 127.0.0.2
cut.example.org. truncate
lost.example.org. A 127.0.0.2
lost.example.org. drop-tcp
large.example.org. MX 1 a-name-that-is-long-enough-to-fill-a-packet.example.org.
"""


@pytest.fixture(scope="module")
def server():
    lines = ZONE.splitlines()
    lines += [lines[-1].replace("MX 1 ", f"MX {i} x{i}") for i in range(100)]
    while True:
        try:
            served = Server(Zone(lines), random.randrange(10240, 32768))
            break
        except OSError:
            continue
    yield served
    served.close()


def ask(server, name, kind, query=dns.query.udp, **options):
    """The reply to one question."""
    packet = dns.message.make_query(name, kind, **options)
    return query(packet, ADDRESS, 1, server.udp.getsockname()[1])


def answers(reply):
    """The answer section as text."""
    return [str(record).lower() for rrset in reply.answer for record in rrset]


def test_records(server):
    assert answers(ask(server, "EXAMPLE.org", "MX")) == [
        "10 mx.example.org.", "20 mx2.example.org."]
    assert answers(ask(server, "mx.example.org", "A", dns.query.tcp)) == ["127.0.0.2"]
    assert ("mx.example.org.", "A") in server.asked


def test_cnames_are_followed(server):
    assert answers(ask(server, "alias.example.org", "A")) == [
        "other.example.org.", "mx.example.org.", "127.0.0.2"]
    assert answers(ask(server, "alias.example.org", "CNAME")) == ["other.example.org."]
    assert answers(ask(server, "circle.example.org", "A")) == ["circle.example.org."]


@pytest.mark.parametrize("name, kind, rcode", [
    ("mx.example.org", "AAAA", dns.rcode.NOERROR),
    # There are names below it.
    ("org", "A", dns.rcode.NOERROR),
    ("gone.example.org", "A", dns.rcode.NXDOMAIN),
    ("dangling.example.org", "A", dns.rcode.NXDOMAIN),
    ("broken.example.org", "A", dns.rcode.SERVFAIL),
    ("half.example.org", "AAAA", dns.rcode.SERVFAIL),
    ("half.example.org", "A", dns.rcode.NOERROR),
])
def test_codes(server, name, kind, rcode):
    assert ask(server, name, kind).rcode() == rcode


def test_no_answer(server):
    with pytest.raises(dns.exception.Timeout):
        ask(server, "silent.example.org", "A")


@pytest.mark.parametrize("name, kind", [
    ("cut.example.org", "A"), ("lost.example.org", "A"), ("large.example.org", "MX")])
def test_truncated_over_udp(server, name, kind):
    reply = ask(server, name, kind, use_edns=True, payload=1200)
    assert reply.flags & dns.flags.TC
    assert not reply.answer


def test_whole_over_tcp(server):
    assert answers(ask(server, "cut.example.org", "A", dns.query.tcp)) == ["127.0.0.2"]
    assert len(answers(ask(server, "large.example.org", "MX", dns.query.tcp))) == 101


def test_tcp_dropped(server):
    with pytest.raises(EOFError):
        ask(server, "lost.example.org", "A", dns.query.tcp)


@pytest.mark.parametrize("line", [
    "example.org.", "example.org. A", "example.org. NOTYPE x"])
def test_not_a_line(line):
    with pytest.raises((ValueError, dns.exception.DNSException)):
        Zone([line])
