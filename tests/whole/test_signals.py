"""
Signals at each step: never a false report, and never none.
"""
import contextlib
import os
import signal
import socket
import threading
import time

import pytest
from listener import PIPELINING, Gone, Listener
from qremote import LARGE, MESSAGE, PATIENCE, Report, file_of

SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]


class Steps:
    """A server that stops at a step, and says when it is there."""

    NAMES = ["greeting", "EHLO", "MAIL", "DATA", "message", "dot"]

    def __init__(self, step):
        self.step = step
        self.reached = threading.Event()

    def play(self, session):
        with contextlib.suppress(Gone):
            self.go(session)
        self.reached.set()
        return session.rest()

    def go(self, session):
        if self.step == "greeting":
            return
        session.say("220 server.example")
        session.hear("EHLO")
        if self.step == "EHLO":
            return
        session.offer(*PIPELINING)
        session.hear("MAIL")
        if self.step == "MAIL":
            return
        session.say("250 ok")
        session.hear("RCPT")
        session.say("250 ok")
        session.hear("DATA")
        if self.step == "DATA":
            return
        session.say("354 go")
        if self.step == "message":
            session.more()
            return
        session.dotted()


# REQ: CLI-09 RPT-01
@pytest.mark.parametrize("number", SIGNALS, ids=lambda s: s.name)
@pytest.mark.parametrize("step", Steps.NAMES)
def test_a_signal_ends_it_with_z(site, step, number):
    steps = Steps(step)
    # In mid-message: the writer of the pipe pauses.
    reader, writer = os.pipe()
    with Listener(steps.play) as server, open(writer, "wb") as pipe:
        site.route(server.port)
        run = site.start(site.argv(), reader)
        os.close(reader)
        pipe.write(LARGE[:200_000] if step == "message" else MESSAGE)
        pipe.flush()
        if step != "message":
            pipe.close()
        assert steps.reached.wait(PATIENCE)
        time.sleep(0.02)
        run.process.send_signal(number)
        report = run.finish()
    assert report.letter == "Z"
    assert ("Possible duplicate!" in report.text) == (step == "dot")
    assert b"\r\n.\r\n" not in server.result()


def fill(writer):
    """Writes zeros into a pipe until no more fit; returns how many."""
    n = 0
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            n += os.write(writer, bytes(4096))
    os.set_blocking(writer, True)
    return n


# REQ: CLI-09 RPT-12
@pytest.mark.parametrize("number", SIGNALS, ids=lambda s: s.name)
def test_a_signal_after_the_verdict_changes_nothing(site, server, number):
    """The report waits for a reader, and the signal comes meanwhile."""
    reader, writer = os.pipe()
    filled = fill(writer)
    with open(reader, "rb") as pipe, file_of(MESSAGE) as stdin:
        with open(writer, "wb", buffering=0) as out:
            run = site.start(site.argv(), stdin, stdout=out)
        server.result()
        time.sleep(0.1)
        run.process.send_signal(number)
        time.sleep(0.05)
        raw = pipe.read()
        assert run.process.wait(PATIENCE) == 0
    assert raw[:filled] == bytes(filled)
    assert Report(raw[filled:]).letters == "rK"


# REQ: CLI-09
@pytest.mark.parametrize("number", SIGNALS, ids=lambda s: s.name)
def test_a_signal_while_dns_is_asked(site, number):
    with socket.socket(type=socket.SOCK_DGRAM) as silent, file_of(MESSAGE) as stdin:
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(PATIENCE)
        site.put("dnsservers", f"127.0.0.1@{silent.getsockname()[1]}")
        run = site.start(site.argv(), stdin)
        silent.recv(512)
        run.process.send_signal(number)
        assert run.finish().letters == "Z"


# REQ: CLI-09
@pytest.mark.parametrize("number", SIGNALS, ids=lambda s: s.name)
def test_a_signal_while_the_message_is_awaited(site, nobody, number):
    reader, writer = os.pipe()
    run = site.start(site.argv(), reader)
    os.close(reader)
    with open(writer, "wb"):
        time.sleep(0.2)
        run.process.send_signal(number)
        assert run.finish().letters == "Z"
