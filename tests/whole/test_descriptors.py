"""
What fd 0, 1 and 2 may be, and the limits under which the program runs.

fd 1 gets the report or the exit status is 111; fd 2 gets nothing.
"""
import contextlib
import itertools
import os
import re
import resource
import socket
import subprocess
import tempfile
import time

import pytest
from dns_stub import Resolver
from listener import CHUNKING, PIPELINING, Gone, Listener, willing
from qremote import LARGE, MESSAGE, Report, file_of


def closing(*fds):
    """What a child does before the program starts."""
    def close():
        for fd in fds:
            os.close(fd)
    return close


def limiting(kind, value):
    """What a child does before the program starts."""
    return lambda: resource.setrlimit(kind, (value, value))


# REQ: CLI-08 RPT-12
@pytest.mark.parametrize("closed", [
    c for n in range(4) for c in itertools.combinations(range(3), n)], ids=str)
@pytest.mark.parametrize("by", ["route", "mx"])
def test_closed_descriptors(site, closed, by):
    """
    Sockets and files take the lowest number that is free: not one of these.
    """
    heard = []

    def play(session):
        with contextlib.suppress(Gone):
            heard.append(session.take_mail(*PIPELINING))
        # Nothing of a report may come through the connection.
        heard.append(session.rest())

    with Listener(play, "127.0.0.2") as server, Resolver({
            ("server.example", "MX"): ["10 mx.server.example"],
            ("mx.server.example", "A"): ["127.0.0.2"]}) as resolver:
        if by == "route":
            site.route(server.port, "127.0.0.2")
        else:
            site.put("smtproutes", f"::{server.port}")
            site.put("dnsservers", f"127.0.0.1@{resolver.port}")
        with file_of(MESSAGE) as stdin:
            raw, status = site.start(
                site.argv(), stdin, preexec_fn=closing(*closed)).output()
    mails = [h for h in heard if not isinstance(h, bytes)]
    assert [h for h in heard if isinstance(h, bytes) and h] == []
    if 1 in closed:
        assert (raw, status) == (b"", 111)
    else:
        assert status == 0
        assert Report(raw).letters == ("Z" if 0 in closed else "rK")
    # Nobody could be told of it.
    if 0 in closed or 1 in closed:
        assert mails == []
    else:
        assert [m.body for m in mails] == [MESSAGE.replace(b"\n", b"\r\n")]


# REQ: CLI-08 RPT-12
def test_full_report(site, server):
    with open("/dev/full", "wb") as full, file_of(MESSAGE) as stdin:
        _, status = site.start(site.argv(), stdin, stdout=full).output()
    assert status == 111


# REQ: CLI-08 RPT-12
@pytest.mark.parametrize("kind", ["pipe", "file", "device"])
def test_report_that_can_only_be_read(site, nobody, kind):
    """Found out before anything is sent."""
    reader, writer = os.pipe()
    if kind != "pipe":
        os.close(reader)
        reader = os.open(site.control / "me" if kind == "file" else "/dev/null", os.O_RDONLY)
    with file_of(MESSAGE) as stdin:
        _, status = site.start(site.argv(), stdin, stdout=reader).output()
    os.close(reader)
    os.close(writer)
    assert status == 111


# REQ: CLI-08 RPT-12
@pytest.mark.parametrize("kind", ["pipe", "socket", "file"])
def test_report_that_can_be_read_as_well(site, server, kind):
    path = site.directory / "report"
    if kind == "pipe":
        os.mkfifo(path)
    if kind == "socket":
        ours, theirs = socket.socketpair()
        ours.send(b"unasked")
        out = theirs.detach()
    else:
        out = os.open(path, os.O_RDWR | os.O_CREAT)
    with file_of(MESSAGE) as stdin:
        _, status = site.start(site.argv(), stdin, stdout=out).output()
    raw = ours.recv(4096) if kind == "socket" else os.pread(out, 4096, 0) \
        if kind == "file" else os.read(out, 4096)
    os.close(out)
    assert (Report(raw).letters, status) == ("rK", 0)


# REQ: CLI-08 RPT-12
def test_nobody_reads_the_report(site, nobody):
    """Nobody will, so nothing is sent."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as out, file_of(MESSAGE) as stdin:
        _, status = site.start(site.argv(), stdin, stdout=out).output()
    assert status == 111


# REQ: CLI-08 CLI-09
def test_report_in_a_file_that_may_not_grow(site, server):
    """The limit comes with a signal that would kill."""
    with open(site.directory / "report", "wb") as out, file_of(MESSAGE) as stdin:
        _, status = site.start(site.argv(), stdin, stdout=out,
                               preexec_fn=limiting(resource.RLIMIT_FSIZE, 0)).output()
    assert status == 111


# REQ: RPT-12
@pytest.mark.parametrize("trace", ["1", "2", "0", "99", "-1", "x", "/", "/no/such/file",
                                   "/dev/full", "/dev/stdout"])
def test_a_trace_never_spoils_the_report(site, server, trace):
    """fd 1 and fd 2 are one pipe, as under qmail-rspawn."""
    with file_of(MESSAGE) as stdin:
        report = site.start(site.argv(), stdin, {"QMAIL_REMOTE_TRACE": trace},
                            cwd=site.directory, stderr=subprocess.STDOUT).finish()
    assert report.letters == "rK"


# REQ: CLI-09
def test_a_trace_that_may_not_grow(site, server):
    with file_of(MESSAGE) as stdin:
        report = site.start(
            site.argv(), stdin, {"QMAIL_REMOTE_TRACE": str(site.directory / "trace")},
            preexec_fn=limiting(resource.RLIMIT_FSIZE, 10)).finish()
    assert report.letters == "rK"


# REQ: RPT-12
def test_a_trace_nobody_reads(site, server):
    reader, writer = os.pipe()
    os.close(reader)
    with file_of(MESSAGE) as stdin:
        report = site.start(site.argv(), stdin, {"QMAIL_REMOTE_TRACE": str(writer)},
                            pass_fds=[writer]).finish()
    os.close(writer)
    assert report.letters == "rK"


# REQ: RPT-12 CLI-09
@pytest.mark.parametrize("kind", ["pipe", "socket", "fifo"])
@pytest.mark.parametrize("left", [0, 5000])
def test_a_trace_that_is_not_read(site, server, kind, left):
    """What does not fit is lost, and nobody waits for a reader."""
    if kind == "socket":
        reader, writer = (s.detach() for s in socket.socketpair())
    elif kind == "pipe":
        reader, writer = os.pipe()
    else:
        os.mkfifo(site.directory / "fifo")
        reader = writer = os.open(site.directory / "fifo", os.O_RDWR)
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, bytes(4096))
    os.set_blocking(writer, True)
    left -= len(os.read(reader, left)) if left > 0 else 0
    assert left == 0
    where = site.directory / "fifo" if kind == "fifo" else writer
    with file_of(MESSAGE) as stdin:
        report = site.start(site.argv(), stdin, {"QMAIL_REMOTE_TRACE": str(where)},
                            pass_fds=[] if kind == "fifo" else [writer]).finish()
    for fd in {reader, writer}:
        os.close(fd)
    assert report.letters == "rK"


# REQ: CLI-09
@pytest.mark.parametrize("keywords", [[], PIPELINING, CHUNKING], ids="+".join)
def test_little_stack(site, keywords):
    """As small as the kernel lets a program have it."""
    with Listener(lambda session: session.take_mail(*keywords)) as server:
        site.route(server.port)
        for message in (MESSAGE, LARGE[:26 * 40000]):
            with file_of(message) as stdin:
                report = site.start(
                    site.argv(), stdin,
                    {"QMAIL_REMOTE_TRACE": str(site.directory / "trace")},
                    preexec_fn=limiting(resource.RLIMIT_STACK, 64 * 1024)).finish()
            assert report.letters == "rK"


# REQ: CLI-08
def test_message_at_an_offset(site, server):
    """What was read before is not ours, in a small file and in a mapped one."""
    for message in (MESSAGE, LARGE):
        with file_of(b"not this\nnor this\n" + message) as stdin:
            stdin.seek(9)
            os.lseek(stdin.fileno(), 9, os.SEEK_SET)
            assert site.start(site.argv(), stdin).finish().letters == "rK"
    for n, message in enumerate((MESSAGE, LARGE)):
        assert server.result(n).body == (b"nor this\n" + message).replace(b"\n", b"\r\n")


# REQ: CLI-08
def test_message_behind_the_end(site, server):
    """An offset past the end: an empty message."""
    with file_of(MESSAGE) as stdin:
        os.lseek(stdin.fileno(), 1000, os.SEEK_SET)
        assert site.start(site.argv(), stdin).finish().letters == "rK"
    assert server.result().body == b""


# REQ: CLI-08 MSG-02
@pytest.mark.parametrize("message", [b"", b"\n", MESSAGE, LARGE, LARGE + b"x"], ids=len)
def test_message_from_a_socket(site, server, message):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        run = site.start(site.argv(), theirs)
        theirs.close()
        with contextlib.suppress(ConnectionError):
            ours.sendall(message)
        ours.close()
        report = run.finish()
    if message.endswith(b"x"):
        assert report.letter == "D" and "(#5.6.2)" in report.text
        assert server.result() is None
    else:
        assert report.letters == "rK"
        assert server.result().body == message.replace(b"\n", b"\r\n")


@pytest.mark.parametrize("path", ["/", "/dev/null", "/proc/self/mem"])
def test_what_is_hardly_a_message(site, path):
    """REQ: CLI-08 CLI-09"""
    with Listener(willing) as server:
        site.route(server.port)
        fd = os.open(path, os.O_RDONLY)
        try:
            report = site.start(site.argv(), fd).finish()
        finally:
            os.close(fd)
    assert report.letter == ("K" if path == "/dev/null" else "Z")


def test_message_that_only_can_be_written(site):
    """REQ: CLI-08"""
    with Listener(willing) as server, tempfile.NamedTemporaryFile() as f:
        site.route(server.port)
        with open(f.name, "wb") as stdin:
            report = site.start(site.argv(), stdin).finish()
    assert report.letter == "Z" and "Unable to read message" in report.text


# REQ: CLI-09
@pytest.mark.parametrize("keywords", [PIPELINING, CHUNKING], ids="+".join)
def test_message_cut_short_while_it_is_sent(site, keywords):
    """Half of the pages that were mapped are gone, and with them its end."""
    path = site.directory / "message"
    path.write_bytes(LARGE)

    def play(session):
        session.greet(*keywords)
        _, _, line = session.envelope()
        os.truncate(path, len(LARGE) // 2)
        return session.body(line)

    with Listener(play) as server, open(path, "rb") as stdin:
        site.route(server.port)
        report = site.start(site.argv(), stdin).finish()
        assert server.result() is None
    assert report.letter == "Z"
    assert "Possible duplicate!" not in report.text


def status_of(pid, field):
    """A field of /proc/PID/status that is in kB, as bytes."""
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith(f"{field}:"):
                return 1024 * int(line.split()[1])
    return None


# REQ: MSG-05 MSG-03
@pytest.mark.plain
@pytest.mark.parametrize("by,size", [("file", 1 << 30), ("pipe", 1 << 28)])
def test_a_huge_message_takes_no_memory(site, by, size):
    """A sparse file: NULs, one line of them, sent as they are."""
    memory = {}
    running = []

    def play(session):
        session.greet(*PIPELINING)
        session.envelope()
        session.say("354 go")
        left, zeros = size - 1, bytes(1 << 18)
        while left > 0:
            data = session.sock.recv(min(left, len(zeros)))
            assert data and data == zeros[:len(data)]
            left -= len(data)
        assert session.take(5) == b"\r\n.\r\n"
        memory["anonymous"] = status_of(running[0].pid, "RssAnon")
        session.say("250 queued")
        session.rest()

    path = site.directory / "message"
    with open(path, "wb") as f:
        f.seek(size - 1)
        f.write(b"\n")
    with Listener(play) as server, open(path, "rb") as f:
        site.route(server.port)
        if by == "file":
            running.append(site.start(site.argv(), f))
        else:
            with subprocess.Popen(["cat"], stdin=f, stdout=subprocess.PIPE) as cat:
                running.append(site.start(site.argv(), cat.stdout))
        report = running[0].finish()
    assert report.letters == "rK"
    assert memory["anonymous"] < 2_000_000


# REQ: CLI-09
@pytest.mark.parametrize("n", range(4, 9))
def test_few_descriptors(site, by_mx, n):
    with file_of(MESSAGE) as stdin:
        report = site.start(site.argv(), stdin,
                            preexec_fn=limiting(resource.RLIMIT_NOFILE, n)).finish()
    assert report.letters in ("Z", "rK")


# REQ: CLI-09
def test_no_descriptor(site, nobody):
    """The last one is lost while the message is awaited."""
    reader, writer = os.pipe()
    run = site.start(site.argv(), reader)
    os.close(reader)
    time.sleep(0.1)
    resource.prlimit(run.pid, resource.RLIMIT_NOFILE, (3, 3))
    os.write(writer, MESSAGE)
    os.close(writer)
    report = run.finish()
    assert report.letters == "Z" and "Too many open files" in report.text


# REQ: CLI-09
@pytest.mark.plain
def test_little_memory(site, server):
    """From what the program starts with to what it is content with."""
    def run(argv, message, limit):
        with file_of(message) as stdin:
            return site.start(argv, stdin, stderr=subprocess.DEVNULL,
                              preexec_fn=limiting(resource.RLIMIT_AS, limit)).output()

    # Below this the system cannot even load it.
    least = 1 << 20
    while run(site.argv()[:1], b"", least)[1] != 0:
        least += 64 << 10
        assert least < 1 << 30
    # A file that cannot be mapped is read.
    for message, limits in [(MESSAGE, range(least, least + (1 << 20), 32 << 10)),
                            (LARGE, range(least, least + (16 << 20), 2 << 20))]:
        letters = ""
        for limit in limits:
            raw, status = run(site.argv(), message, limit)
            assert status == 0, limit
            letters += Report(raw).letter
        assert re.fullmatch("Z*K+", letters)
