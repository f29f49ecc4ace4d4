"""
Deliveries to Postfix and to Exim, each in all the ways that a server can offer.
"""
import itertools
import json
from typing import NamedTuple

import pytest
from letters import LETTERS, large
from server import DEFERRED, REFUSED, SMALL
from whole.canonical import canonical
from whole.qremote import RECIPIENT, SENDER, file_of

LETTER = LETTERS["ordinary"]

# A message of several hundred chunks.
LARGE = 30_000_000


class Way(NamedTuple):
    """How a message travels: the keywords we pass over, and what we say."""

    discard: str
    verbs: list
    pipelined: bool = False
    port: str = "port"
    protocol: str = "ESMTP"


WAYS = {
    "bdat": Way("", ["EHLO", "MAIL", "RCPT", "BDAT", "QUIT"], pipelined=True),
    "data": Way("CHUNKING", ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"], pipelined=True),
    "one-by-one": Way("CHUNKING PIPELINING", ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]),
    "helo": Way("", ["EHLO", "HELO", "MAIL", "RCPT", "DATA", "QUIT"],
                port="helo_port", protocol="SMTP"),
}
EHLO_WAYS = ["bdat", "data", "one-by-one"]

# Local parts that must be quoted, and some that look as if they must.
LOCAL_PARTS = [
    "a b", 'a"b', "a\\b", ".a", "a.", "a..b", "a@b", "a,b", "a;b<c>", "(a)", "a:b",
    "[a]", "-a", "|a", "/a", "a%b", "a!b", "'a'", "a" * 70,
]


class Sender:
    """Delivers to a server in one way, and sees what was said."""

    def __init__(self, site, server, way, port=None):
        self.site, self.server, self.way = site, server, WAYS[way]
        site.route(getattr(server, port or self.way.port), server.address)
        self.trace = site.directory / "trace"
        self.env = {
            "EHLODISCARD": self.way.discard,
            "QMAIL_REMOTE_TRACE": str(self.trace),
        }

    def deliver(self, message, *recipients, **call):
        return self.site.deliver(message, *recipients, env=self.env, **call)

    def events(self):
        """Each line of the session: "said" or "heard", and its first word."""
        lines = map(json.loads, self.trace.read_text().splitlines())
        return [(line["event"], line["line"].partition(" ")[0]) for line in lines
                if line["event"] in ("said", "heard")]

    def verbs(self):
        """The commands that we said; several of one verb in a row count once."""
        said = (word for event, word in self.events() if event == "said")
        return [verb for verb, _ in itertools.groupby(said)]


@pytest.fixture(params=WAYS)
def sender(request, site, server):
    return Sender(site, server, request.param)


@pytest.fixture(params=EHLO_WAYS)
def small(request, site, server):
    """To a server that takes no large messages, in the ways that can say so."""
    return Sender(site, server, request.param, port="small_port")


def difference(wanted, got):
    """Where the first difference is, in words; messages are too long to print."""
    if wanted == got:
        return None
    at = next((n for n, (a, b) in enumerate(zip(wanted, got)) if a != b),
              min(len(wanted), len(got)))
    return (f"at {at} of {len(wanted)} bytes: {wanted[at:at + 40]!r} became "
            f"{got[at:at + 40]!r}, {len(got)} bytes")


def check_arrived(sender, report, message):
    """The one recipient has the message, and the report tells the truth."""
    server = sender.server
    assert report.letters == "rK"
    [arrived] = server.arrivals()
    wanted = server.kept(canonical(message).replace(b"\r\n", b"\n"))
    assert not difference(wanted, arrived.text)
    assert (arrived.sender, arrived.recipient) == (SENDER, RECIPIENT)
    assert arrived.protocol == sender.way.protocol
    # The id that stands in the message is what the postmaster sees.
    assert report.text.startswith(
        f"{server.address} accepted message - Protocol SMTP.\nRemote host said: 250")
    assert arrived.id in report.text


# REQ: MSG-01 MSG-03 MSG-04 MSG-05 RPT-09 RPT-13
@pytest.mark.parametrize("letter", LETTERS)
def test_arrives_as_it_was(sender, letter):
    message = LETTERS[letter]
    report = sender.deliver(message, size=str(len(message)))
    check_arrived(sender, report, message)


# REQ: CLI-08 MSG-01
@pytest.mark.parametrize("letter", ["dots", "chunks", "empty"])
def test_arrives_out_of_a_pipe(sender, letter):
    report = sender.deliver(LETTERS[letter], by="pipe")
    check_arrived(sender, report, LETTERS[letter])


# REQ: MSG-01
@pytest.mark.parametrize("way", ["bdat", "data"])
def test_large_message_arrives(site, server, way):
    message = large(LARGE)
    sender = Sender(site, server, way)
    check_arrived(sender, sender.deliver(message, size=str(LARGE)), message)


# REQ: MSG-10 TRY-09
def test_says_what_belongs_to_the_way(sender):
    assert sender.deliver(LETTER).letter == "K"
    assert sender.verbs() == sender.way.verbs
    events = sender.events()
    after_mail = events[events.index(("said", "MAIL")) + 1]
    assert after_mail[0] == ("said" if sender.way.pipelined else "heard")


# REQ: RPT-01 RPT-07 RPT-13
def test_some_recipients_of_several(sender):
    bob, nobody, carol, later = (
        f"{name}@server.example" for name in ("bob", REFUSED, "carol", DEFERRED))
    report = sender.deliver(LETTER, bob, nobody, carol, later)
    assert report.letters == "rhrsK"
    for record, recipient in zip(report.recipients, (bob, nobody, carol, later)):
        assert record.text.startswith(f"From: <{SENDER}> RCPT: <{recipient}> ")
    said = f"{sender.server.address} does not like recipient.\nRemote host said: "
    assert f"{said}550 " in report.recipients[1].text
    assert f"{said}450 " in report.recipients[3].text
    assert [a.recipient for a in sender.server.arrivals()] == [bob, carol]


# REQ: RPT-07
@pytest.mark.parametrize("names, letters", [
    ([REFUSED], "hD"),
    ([REFUSED, REFUSED], "hhD"),
    ([DEFERRED, DEFERRED], "ssZ"),
    ([REFUSED, DEFERRED], "hsZ"),
    ([DEFERRED, REFUSED], "shZ"),
])
def test_no_recipient_of_several(sender, names, letters):
    report = sender.deliver(LETTER, *(f"{name}@server.example" for name in names))
    assert report.letters == letters
    assert report.text.startswith(f"Giving up on {sender.server.address}.\n")
    assert sender.server.arrivals() == []


# REQ: RPT-01
def test_many_recipients(sender):
    recipients = [f"number-{n:02}@server.example" for n in range(20)]
    assert sender.deliver(LETTER, *recipients).letters == "r" * 20 + "K"
    assert [a.recipient for a in sender.server.arrivals()] == recipients


# REQ: RPT-02 RPT-07
def test_more_errors_than_the_server_bears(sender):
    """Postfix hangs up with 421; Exim bears them."""
    most = sender.server.most_errors
    recipients = [f"{REFUSED}@{n}.example" for n in range(25)] + [RECIPIENT]
    report = sender.deliver(LETTER, *recipients)
    if most is None:
        assert report.letters == "h" * 25 + "rK"
        assert [a.recipient for a in sender.server.arrivals()] == [RECIPIENT]
    else:
        # An EHLO that it does not know is an error, too.
        most -= sender.verbs().count("HELO")
        assert report.letters == "h" * most + "sZ"
        assert "Remote host said: 421 " in report.recipients[-1].text
        assert sender.server.arrivals() == []


# REQ: CLI-06
@pytest.mark.parametrize("header", [
    "X-Extra: a", "X-Extra: a\n\tb\nX-Dot: c\n", ".x: d\n"])
def test_extra_header_is_in_front(sender, header):
    report = sender.deliver(LETTER, qqeh=header)
    check_arrived(sender, report, header.rstrip("\n").encode() + b"\n" + LETTER)


# REQ: CLI-05
@pytest.mark.parametrize("size", ["", "0", "many"])
def test_size_that_is_not_known(small, size):
    """The server finds out by itself, in the middle or at the end."""
    report = small.deliver(large(SMALL * 10), size=size)
    assert report.letters == "rD"
    assert "Remote host said: 552" in report.text
    assert small.server.arrivals() == []


# REQ: CLI-05 MSG-07
def test_size_that_is_too_large(small):
    """The server refuses it before we say anything else."""
    report = small.deliver(large(SMALL + 1), size=str(SMALL + 1))
    assert report.letters == "D"
    assert report.text.startswith(
        f"Connected to {small.server.address} but sender was rejected.\n"
        "Remote host said: 552 ")
    assert small.verbs() == ["EHLO", "MAIL", "QUIT"]
    assert small.server.arrivals() == []


# REQ: CLI-05
def test_size_that_fits(small):
    # The server counts a line end as two bytes, and its own header, too.
    message = large(SMALL * 3 // 4)
    check_arrived(small, small.deliver(message, size=str(len(message))), message)


# REQ: CLI-10
@pytest.mark.parametrize("null", ["", "#@[]"])
def test_null_sender(sender, null):
    report = sender.deliver(LETTER, sender=null)
    assert report.letters == "rK"
    assert report.recipients[0].text == f"From: <> RCPT: <{RECIPIENT}> "
    assert [a.sender for a in sender.server.arrivals()] == [""]


# REQ: CLI-07 RPT-13
@pytest.mark.parametrize("part", LOCAL_PARTS)
def test_local_part_arrives_as_it_was(site, server, part):
    sender = Sender(site, server, "one-by-one")
    addresses = f"{part}@client.example", f"{part}@server.example"
    report = sender.deliver(LETTER, addresses[1], sender=addresses[0])
    assert report.letters == "rK"
    [arrived] = server.arrivals()
    assert (arrived.sender, arrived.recipient) == addresses


# REQ: CLI-03 RPT-13
def test_classic(sender):
    report = sender.deliver(LETTER, classic=True)
    check_arrived(sender, report, LETTER)
    assert report.recipients[0].text == ""


# REQ: RPT-13
def test_many_deliveries_at_once(sender):
    recipients = [f"number-{n:02}@server.example" for n in range(20)]
    site, runs = sender.site, []
    for recipient in recipients:
        with file_of(LETTER) as message:
            runs.append(site.start(site.argv(recipient), message, sender.env))
    assert [run.finish().letters for run in runs] == ["rK"] * len(runs)
    assert [a.recipient for a in sender.server.arrivals()] == recipients
