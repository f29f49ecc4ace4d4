"""
Deliveries to smtp-sink, Postfix's test server, with its switches for trouble.
"""
import contextlib
import os
import shlex
import shutil
import socket
import subprocess
import time

import pytest
from letters import LETTERS, large
from server import own_address
from whole.canonical import canonical
from whole.qremote import RECIPIENT, SENDER

PROGRAM = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
ADDRESS, PORT = own_address(), 2600
LETTER = LETTERS["ordinary"]

# A server is up within so many seconds.
PATIENCE = 20

# What the server says to a command that it fails.
HARD, SOFT = "500 5.3.0 Error: command failed", "450 4.3.0 Error: command failed"
CLOSING = "421 4.0.0 Server closing connection"

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="smtp-sink is not installed: tools/setup interop")


class Sink:
    """One smtp-sink, and the messages that it was given."""

    def __init__(self, directory, switches):
        self.dumps = directory / "dumps"
        self.dumps.mkdir()
        user = []
        if os.getuid() == 0:
            # It will not stay root.
            shutil.chown(self.dumps, "nobody")
            user = ["-u", "nobody"]
        self.process = subprocess.Popen(
            [PROGRAM, *user, *switches, "-d", "dump.", f"inet:{ADDRESS}:{PORT}", "100"],
            cwd=self.dumps)

    def messages(self):
        """Each message, with the header that says how it came."""
        # An empty line ends the file.
        return [path.read_bytes()[:-1] for path in self.dumps.iterdir()]


def listens():
    with contextlib.suppress(ConnectionRefusedError):
        socket.create_connection((ADDRESS, PORT)).close()
        return True
    return False


@pytest.fixture
def sink(site):
    """A function that starts the only smtp-sink, with the switches given."""
    with contextlib.ExitStack() as undo:
        def start(switches):
            started = Sink(site.directory, shlex.split(switches))
            undo.callback(started.process.wait)
            undo.callback(started.process.kill)
            deadline = time.monotonic() + PATIENCE
            while not listens():
                assert time.monotonic() < deadline, "smtp-sink does not listen"
                assert started.process.poll() is None, "smtp-sink did not start"
                time.sleep(0.005)
            site.route(PORT, ADDRESS)
            return started
        yield start


def said(words, reply):
    """The text of a report that has the server's own words."""
    return f"{words}.\nRemote host said: {reply}\n"


def broke(step, more="", cause="connection closed"):
    """The text of a report about a session that came to no good end."""
    return (f"Connected to IP but connection died.{more} (#4.4.2)\n"
            f"The last step was {step}: {cause}.\n")


ACCEPTED = (said("IP accepted message - Protocol SMTP", "250 2.0.0 Ok")
            + "Protocol SMTP; TLS none; verified none\n")
GREETING = "Connected to IP but greeting failed"
NAME = "Connected to IP but my name was rejected"
FROM = "Connected to IP but sender was rejected"
TO = "Giving up on IP"
DATA = "IP failed on DATA command"
BODY = "IP failed while I sent the message"
DOT = "IP failed after I sent the message"
TWICE = " Possible duplicate!"


def outcome(report):
    """The letters of a report, and its text with IP for the address."""
    return report.letters, report.text.replace(ADDRESS, "IP")


# 5xx, 4xx, 421 and good-bye, and good-bye without a word, at each step.
TROUBLES = [
    ("-f CONNECT", "D", said(GREETING, HARD)),
    ("-r CONNECT", "Z", said(GREETING, SOFT)),
    ("-Q CONNECT", "Z", said(GREETING, CLOSING)),
    ("-q CONNECT", "Z", "Connected to IP but connection died. (#4.4.2)\n"),
    ("-f EHLO", "rK", ACCEPTED),
    ("-r EHLO", "Z", said(NAME, SOFT)),
    ("-Q EHLO", "Z", said(NAME, CLOSING)),
    ("-q EHLO", "Z", broke("HELO")),
    ("-f EHLO,HELO", "Z", said(NAME, HARD)),
    ("-f EHLO -r HELO", "Z", said(NAME, SOFT)),
    ("-f EHLO -Q HELO", "Z", said(NAME, CLOSING)),
    ("-f EHLO -q HELO", "Z", broke("HELO")),
    ("-f MAIL", "D", said(FROM, HARD)),
    ("-r MAIL", "Z", said(FROM, SOFT)),
    ("-Q MAIL", "Z", said(FROM, CLOSING)),
    ("-q MAIL", "Z", broke("MAIL")),
    ("-f RCPT", "hD", said(TO, HARD)),
    ("-r RCPT", "sZ", said(TO, SOFT)),
    ("-Q RCPT", "sZ", said(TO, CLOSING)),
    ("-q RCPT", "Z", broke("RCPT")),
    ("-f DATA", "rD", said(DATA, HARD)),
    ("-r DATA", "rZ", said(DATA, SOFT)),
    ("-Q DATA", "rZ", said(DATA, CLOSING)),
    ("-q DATA", "rZ", broke("DATA")),
    ("-f .", "rD", said(DOT, HARD)),
    ("-r .", "rZ", said(DOT, SOFT)),
    ("-Q .", "rZ", said(DOT, CLOSING)),
    ("-q .", "rZ", broke("end of message", TWICE)),
    ("-f QUIT", "rK", ACCEPTED),
    ("-Q QUIT", "rK", ACCEPTED),
    ("-q QUIT", "rK", ACCEPTED),
    ("-f RCPT -B '550 5.1.1 not here'", "hD", said(TO, "550 5.1.1 not here")),
    ("-r . -b '452 4.3.1 full'", "rZ", said(DOT, "452 4.3.1 full")),
]


# REQ: RPT-05 RPT-07 TRY-01 TRY-02 TRY-09
@pytest.mark.parametrize("switches, letters, text", [
    pytest.param(*row, id=row[0]) for row in TROUBLES])
def test_trouble(site, sink, switches, letters, text):
    sink(switches)
    assert outcome(site.deliver(LETTER)) == (letters, text)


# REQ: MSG-01 MSG-03 MSG-04 MSG-05
@pytest.mark.parametrize("letter", LETTERS)
def test_arrives_as_it_was(site, sink, letter):
    started = sink("")
    assert site.deliver(LETTERS[letter]).letters == "rK"
    [message] = started.messages()
    assert message.endswith(b"\n" + canonical(LETTERS[letter]).replace(b"\r\n", b"\n"))


# REQ: MSG-06 TRY-09
@pytest.mark.parametrize("switches, protocol, parameters", [
    ("", "ESMTP", " BODY=8BITMIME"),
    ("-p", "ESMTP", " BODY=8BITMIME"),
    ("-a -C -E -F -N", "ESMTP", " BODY=8BITMIME"),
    ("-8", "ESMTP", ""),
    # These do not offer ESMTP, and refuse EHLO or take it for HELO.
    ("-e", "SMTP", ""),
    ("-P", "SMTP", ""),
    ("-f EHLO", "SMTP", ""),
])
def test_what_the_server_offers(site, sink, switches, protocol, parameters):
    started = sink(switches)
    assert site.deliver(LETTERS["8-bit"]).letters == "rK"
    [message] = started.messages()
    fields = message.decode("latin-1").splitlines()
    assert f"X-Client-Proto: {protocol}" in fields
    assert f"X-Mail-Args: <{SENDER}>{parameters}" in fields
    assert f"X-Rcpt-Args: <{RECIPIENT}>" in fields


# REQ: CLI-09 RPT-05
@pytest.mark.parametrize("message", [LETTER, large(30_000_000)], ids=["short", "long"])
def test_refused_while_the_message_is_sent(site, sink, message):
    """The server says 550 behind 354, and hears no more."""
    sink("-A 0")
    letters, text = outcome(site.deliver(message))
    assert letters == "rD"
    # Of a short message all may have been sent before we hear it.
    assert text in [said(words, "550 This violates SMTP") for words in (BODY, DOT)]


# REQ: TRY-07
def test_server_that_reads_slowly(site, sink):
    started = sink("-T 1024 -H 1")
    message = large(1_000_000)
    assert site.deliver(message).letters == "rK"
    assert started.messages()[0].endswith(b"\n" + message)


# REQ: TRY-07
def test_server_that_answers_too_late(site, sink):
    sink("-p -W .:3")
    site.put("timeoutremote", "1")
    assert outcome(site.deliver(LETTER)) == (
        "rZ", broke("end of message", TWICE, "timed out"))
