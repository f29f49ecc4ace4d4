"""
Servers that are slow, silent or deaf: how long they can hold a delivery.

All deliveries of the table run at once, each with its own server, so that the
module takes no longer than its slowest case.
"""
import concurrent.futures
import contextlib
import os
import socket
import subprocess
import threading
import time
from typing import Callable, NamedTuple

import pytest
from listener import Gone, Listener
from qremote import LARGE, MESSAGE, PATIENCE, Report, Site, file_of

# No case may take longer than this beyond its limit: processes start late on
# a busy machine.
GRACE = 5.0

# CPU seconds for a delivery that mostly waits; a loop that spins burns all of
# its time.
IDLE = 0.4

# No case runs longer.
LONGEST = 4


def drip(session, text, every):
    """Says text byte by byte, until the client has had enough."""
    with contextlib.suppress(ConnectionError):
        for byte in text.encode():
            session.sock.sendall(bytes([byte]))
            time.sleep(every)
    session.rest()


def silent_at_greeting(session):
    session.rest()


def silent_at_ehlo(session):
    session.say("220 server.example")
    session.rest()


def silent_at_mail(session):
    session.greet()
    session.rest()


def silent_at_rcpt(session):
    session.greet()
    session.hear("MAIL")
    session.say("250 ok")
    session.rest()


def silent_at_data(session):
    session.greet("PIPELINING")
    session.hear("MAIL")
    session.say("250 ok", "250 ok")
    session.rest()


def silent_at_dot(session):
    session.greet("PIPELINING")
    session.envelope()
    session.body(b"DATA")
    session.rest()


def silent_at_last_chunk(session):
    session.greet("PIPELINING", "CHUNKING")
    session.envelope()
    session.rest()


def drips_greeting(session):
    drip(session, "220 " + "server.example " * 1000, 0.05)


def drips_reply_lines(session):
    session.greet()
    session.hear("MAIL")
    with contextlib.suppress(ConnectionError):
        while True:
            session.sock.sendall(b"250-wait\r\n")
            time.sleep(0.05)


def floods(session):
    session.greet()
    session.hear("MAIL")
    with contextlib.suppress(ConnectionError):
        while True:
            session.sock.sendall(b"250-more\r\n" * 1000)
            time.sleep(0.02)


def deaf(session):
    """Reads nothing of the message."""
    session.greet("PIPELINING")
    session.envelope()
    session.say("354 go ahead")
    time.sleep(LONGEST)


def deaf_to_chunks(session):
    session.greet("PIPELINING", "CHUNKING")
    session.hear("MAIL")
    session.say("250 ok", "250 ok")
    time.sleep(LONGEST)


def reads_slowly(session):
    """Takes a little of the message all the time, and never all of it."""
    session.greet("PIPELINING")
    session.envelope()
    session.say("354 go ahead")
    with contextlib.suppress(ConnectionError):
        while session.sock.recv(1_000_000):
            time.sleep(0.2)


def hesitates(session):
    """Slower than the limit as a whole, but not at any step."""
    with contextlib.suppress(Gone):
        for word, reply in [("", "220 a"), ("EHLO", "250 a"), ("MAIL", "250 a"),
                            ("RCPT", "250 a"), ("DATA", "354 a")]:
            if word:
                session.hear(word)
            time.sleep(0.6)
            session.say(reply)
        session.dotted()
        time.sleep(0.6)
        session.say("250 queued")
    session.rest()


class Case(NamedTuple):
    """One delivery; it must end when seconds have passed, and not before."""

    play: Callable
    seconds: float
    report: str
    control: dict
    message: bytes = MESSAGE


DIED = "but connection died"
TWICE = "Possible duplicate!"
PATIENT = {"timeoutremote": 1200}

CASES = [
    # Each wait for a reply.
    Case(silent_at_greeting, 1, DIED, {"timeoutremote": 1}),
    Case(silent_at_ehlo, 1, DIED, {"timeoutremote": 1}),
    Case(silent_at_mail, 1, DIED, {"timeoutremote": 1}),
    Case(silent_at_rcpt, 1, DIED, {"timeoutremote": 1}),
    Case(silent_at_data, 1, DIED, {"timeoutremote": 1}),
    Case(silent_at_dot, 1, TWICE, {"timeoutremote": 1}),
    Case(silent_at_last_chunk, 1, TWICE, {"timeoutremote": 1}),
    # A reply that never ends is no reply.
    Case(drips_greeting, 1, DIED, {"timeoutremote": 1}),
    Case(drips_reply_lines, 1, DIED, {"timeoutremote": 1}),
    Case(floods, 1, DIED, {"timeoutremote": 1}),
    # Each wait for progress.
    Case(deaf, 1, DIED, {"timeoutremote": 1}, LARGE),
    Case(deaf_to_chunks, 1, DIED, {"timeoutremote": 1}, LARGE),
    # The whole delivery.
    Case(silent_at_greeting, 2, DIED, {**PATIENT, "timeoutdelivery": 2}),
    Case(silent_at_mail, 2, DIED, {**PATIENT, "timeoutdelivery": 2}),
    Case(silent_at_dot, 2, TWICE, {**PATIENT, "timeoutdelivery": 2}),
    Case(drips_greeting, 2, DIED, {**PATIENT, "timeoutdelivery": 2}),
    Case(drips_reply_lines, 2, DIED, {**PATIENT, "timeoutdelivery": 2}),
    Case(deaf, 2, DIED, {**PATIENT, "timeoutdelivery": 2}, LARGE),
    Case(reads_slowly, 2, DIED, {"timeoutremote": 1, "timeoutdelivery": 2}, LARGE),
    Case(hesitates, 2, DIED, {"timeoutremote": 1, "timeoutdelivery": 2}),
    # 0 is no limit, and progress renews the patience.
    Case(hesitates, 3.6, "accepted message",
         {"timeoutremote": 1, "timeoutdelivery": 0}),
]


def name(case):
    limits = "-".join(f"{k.removeprefix('timeout')}{v}" for k, v in case.control.items())
    return f"{case.play.__name__}-{limits}"


class Result(NamedTuple):
    report: Report
    seconds: float
    cpu: float


def run(case, directory):
    """One case, timed from start to end."""
    directory.mkdir()
    site = Site(directory)
    for key, value in case.control.items():
        site.put(key, value)
    with Listener(case.play) as server, file_of(case.message) as stdin:
        site.route(server.port)
        return timed(site, stdin)


def timed(site, stdin):
    """A delivery with its time and CPU."""
    out = site.directory / "out"
    with open(out, "wb") as fd:
        begin = time.monotonic()
        process = site.start(site.argv(), stdin, stdout=fd, stderr=subprocess.STDOUT).process
        killer = threading.Timer(PATIENCE, process.kill)
        killer.start()
        _, status, usage = os.wait4(process.pid, 0)
        killer.cancel()
        seconds = time.monotonic() - begin
    # wait4() took the status, and Popen need not look for it.
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return Result(Report(out.read_bytes()), seconds, usage.ru_utime + usage.ru_stime)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """All cases, run at once."""
    base = tmp_path_factory.mktemp("limits")
    with concurrent.futures.ThreadPoolExecutor(len(CASES)) as pool:
        runs = [pool.submit(run, case, base / str(i)) for i, case in enumerate(CASES)]
        return {name(case): r for case, r in zip(CASES, runs)}


# REQ: TRY-07
@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_limit_holds(results, case):
    report, seconds, cpu = results[name(case)].result()
    assert report.letter == ("K" if case.report == "accepted message" else "Z")
    assert case.report in report.text
    # What did not leave this host cannot arrive twice.
    assert (TWICE in report.text) == (case.report == TWICE)
    assert case.seconds - 0.05 <= seconds < case.seconds + GRACE
    assert cpu < IDLE


# REQ: TRY-07
def test_connecting_has_a_limit(site):
    """A listener whose queue is full answers no SYN."""
    site.put("timeoutconnect", 1)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, \
            contextlib.ExitStack() as others, file_of(MESSAGE) as stdin:
        site.route(full.getsockname()[1])
        for _ in range(4):
            other = others.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        report, seconds, cpu = timed(site, stdin)
    assert report.letter == "Z"
    assert "wasn't able to establish an SMTP connection" in report.text
    assert "timed out" in report.text
    assert 0.95 <= seconds < 1 + GRACE
    assert cpu < IDLE


# REQ: DNS-09 DNS-05
def test_dns_has_a_limit(site):
    """Three resolvers that never answer have two seconds in all."""
    site.put("timeoutdns", 2)
    with contextlib.ExitStack() as deaf_ones, file_of(MESSAGE) as stdin:
        servers = [deaf_ones.enter_context(socket.socket(type=socket.SOCK_DGRAM))
                   for _ in range(3)]
        for s in servers:
            s.bind(("127.0.0.1", 0))
        site.put("dnsservers", "\n".join(
            f"127.0.0.1@{s.getsockname()[1]}" for s in servers))
        report, seconds, cpu = timed(site, stdin)
    assert report.letter == "Z" and "(#4.4.3)" in report.text
    assert 0.9 <= seconds < 2 + GRACE
    assert cpu < IDLE


# REQ: TRY-07
def test_the_sender_of_the_message_has_a_limit_too(site):
    """A pipe on fd 0 on which nothing comes, and which nobody closes."""
    site.put("timeoutdelivery", 2)
    reader, writer = os.pipe()
    with Listener(silent_at_greeting) as server, open(reader), open(writer, "w"):
        site.route(server.port)
        report, seconds, cpu = timed(site, reader)
    assert report.letter == "Z"
    assert seconds < 2 + GRACE
    assert cpu < IDLE
