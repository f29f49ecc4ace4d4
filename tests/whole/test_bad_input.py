"""
What is wrong on our side: the call, the files, the descriptors, the limits.

None of it bounces mail that is good, none of it crashes, and nothing but the
report leaves the program.
"""
import contextlib
import itertools
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import pytest
from dns_stub import Resolver
from listener import Gone, Listener, hang_up
from qremote import CLASSIC, PATIENCE, PROGRAM, RECIPIENT, SENDER, Report, Site, file_of

MESSAGE = b"Subject: test\n\nbody\n"
LARGE = b"a line of a large message\n" * 400_000
PIPELINING = ["PIPELINING"]
CHUNKING = ["PIPELINING", "CHUNKING"]

ROOT = pytest.mark.skipif(os.getuid() != 0, reason="needs root to become another user")


def content(session):
    """A server that takes the mail."""
    return session.take_mail(*PIPELINING)


@pytest.fixture
def server(site):
    """A server that takes the mail, and a route to it."""
    with Listener(content) as server:
        site.route(server.port)
        yield server


@pytest.fixture
def nobody(site):
    """A server that must not be connected to, and a route to it."""
    with Listener(hang_up) as server:
        site.route(server.port)
        yield server
    assert server.connections == 0


# The call.

# REQ: CLI-02 CLI-03
@pytest.mark.parametrize("argv", [
    [PROGRAM, *["a", "b", "c", "1", "d"][:n]] for n in range(5)] + [
    [CLASSIC, *["a", "b", "c"][:n]] for n in range(3)],
    ids=lambda argv: f"{argv[0].name}-{len(argv) - 1}")
def test_too_few_arguments(site, nobody, argv):
    with file_of(MESSAGE) as stdin:
        report = site.start([str(a) for a in argv], stdin).finish()
    assert report.letters == "Z"
    assert "was invoked improperly. (#4.3.5)" in report.text


# REQ: CLI-11
@pytest.mark.parametrize("call", [
    {"size": "bob@server.example"},
    {"recipient": "", "classic": True},
    {"recipient": "1234", "classic": True},
], ids=str)
def test_one_interface_taken_for_the_other(site, nobody, call):
    recipient = call.pop("recipient", RECIPIENT)
    report = site.deliver(MESSAGE, recipient, **call)
    assert report.letters == "Z"
    assert "was invoked improperly" in report.text


# REQ: CLI-07
@pytest.mark.parametrize("classic", [False, True], ids=["qmail-remote", "classic"])
@pytest.mark.parametrize("where", ["host", "sender", "recipient"])
def test_control_characters(site, nobody, where, classic):
    call = {"host": "server.example", "sender": SENDER, "recipient": RECIPIENT}
    for code in [*range(1, 0x20), 0x7f]:
        for at in (0, 3, len(call[where])):
            bad = call[where][:at] + chr(code) + call[where][at:]
            args = {**call, where: bad}
            report = site.deliver(MESSAGE, args["recipient"], host=args["host"],
                                  sender=args["sender"], classic=classic)
            assert report.letters == "D" and "(#5.1.3)" in report.text
            assert chr(code) not in report.text.replace("\n", "")


# REQ: CLI-07
def test_control_character_in_a_later_recipient(site, nobody):
    report = site.deliver(MESSAGE, RECIPIENT, "carol\r\nDATA@server.example")
    assert report.letter == "D" and "(#5.1.3)" in report.text


# REQ: CLI-05 CLI-07
@pytest.mark.parametrize("size", ["", "12x", "x", "-1", "+1", " 1", "1 ", "1\r\nRSET", "0x10"])
def test_a_size_that_is_no_number_is_left_out(site, size):
    with Listener(lambda s: s.take_mail("PIPELINING", "SIZE 1000")) as server:
        site.route(server.port)
        assert site.deliver(MESSAGE, size=size).letters == "rK"
    assert server.result().mail == f"MAIL FROM:<{SENDER}>".encode()


# REQ: CLI-06 MSG-01 MSG-04
@pytest.mark.parametrize("qqeh,lines", [
    ("", b""), ("X: 1\n", b"X: 1\r\n"), ("X: 1", b"X: 1\r\n"),
    ("X: 1\r\nY: 2\r\n", b"X: 1\r\nY: 2\r\n"), (".\n..\n", b".\r\n..\r\n"),
    ("X: a\rb\n", b"X: a b\r\n"), ("X: 1\r", b"X: 1\r\n"),
], ids=repr)
@pytest.mark.parametrize("keywords", [[], PIPELINING, CHUNKING], ids="+".join)
def test_extra_header_is_text_like_the_message(site, qqeh, lines, keywords):
    with Listener(lambda s: s.take_mail(*keywords)) as server:
        site.route(server.port)
        assert site.deliver(b".body\n", qqeh=qqeh).letters == "rK"
    assert server.result().body == lines + b".body\r\n"


def test_empty_arguments(site, server):
    """REQ: RPT-01"""
    for host, sender, qqeh, size, recipient in itertools.product(
            *[("", full) for full in ("server.example", SENDER, "X: 1", "7", RECIPIENT)]):
        report = site.deliver(MESSAGE, recipient, host=host, sender=sender,
                              qqeh=qqeh, size=size)
        if host and recipient:
            assert report.letters == "rK"
        assert len(report.recipients) <= 1


# REQ: CLI-10
@pytest.mark.parametrize("sender,path", [
    ("", b"<>"), ("#@[]", b"<>"), ("postmaster", b"<postmaster>"),
    ("a b@x.example", b'<"a b"@x.example>'), ('q"q@x.example', b'<"q\\"q"@x.example>'),
    ("back\\slash@x.example", b'<"back\\\\slash"@x.example>'),
    (".dot@x.example", b'<".dot"@x.example>'), ("a@b@x.example", b'<"a@b"@x.example>'),
    ("@x.example", b'<""@x.example>'), ("a>@x.example", b'<"a>"@x.example>'),
], ids=repr)
def test_senders_on_the_wire(site, server, sender, path):
    report = site.deliver(MESSAGE, sender=sender)
    assert report.letters == "rK"
    assert server.result().mail == b"MAIL FROM:" + path


# REQ: RPT-01 RPT-02
@pytest.mark.parametrize("keywords", [[], PIPELINING, CHUNKING], ids="+".join)
def test_a_thousand_recipients(site, keywords):
    """Every third is refused, every third deferred; all stay in order."""
    recipients = [f"user{i}@server.example" for i in range(1000)]
    replies = [("250 ok", "r"), ("550 no", "h"), ("450 later", "s")]

    def number(rcpt):
        return int("".join(c for c in rcpt if c.isdigit()))

    def play(session):
        return session.take_mail(
            *keywords, reply_to_rcpt=lambda rcpt: replies[number(rcpt) % 3][0])

    with Listener(play) as server:
        site.route(server.port)
        report = site.deliver(MESSAGE, *recipients)
    assert report.letters == ("rhs" * 334)[:1000] + "K"
    for recipient, record in zip(recipients, report.recipients):
        assert f"RCPT: <{recipient}> " in record.text
    assert [number(r.decode()) for r in server.result().rcpt] == list(range(1000))


# REQ: RPT-01
@pytest.mark.parametrize("length", [255, 5000, 100_000])
@pytest.mark.parametrize("where", ["host", "sender", "recipient"])
def test_long_arguments(site, server, where, length):
    """If it is too long for us, the server hears nothing else in its place."""
    call = {"host": "server.example", "sender": SENDER, "recipient": RECIPIENT}
    call[where] = "x" * length + call[where]
    report = site.deliver(MESSAGE, call["recipient"], host=call["host"],
                          sender=call["sender"])
    if length < 100_000:
        assert report.letters == "rK"
    if report.letter == "K":
        mail = server.result()
        assert mail.mail == f"MAIL FROM:<{call['sender']}>".encode()
        assert mail.rcpt == [f"RCPT TO:<{call['recipient']}>".encode()]


# Names.

# REQ: DNS-05
def test_unknown_host(site):
    with Resolver({}) as resolver:
        site.put("dnsservers", f"127.0.0.1@{resolver.port}")
        report = site.deliver(MESSAGE)
    assert report.letters == "D"
    assert "couldn't find any host named server.example" in report.text
    assert "(#5.1.2)" in report.text


# REQ: DNS-05
def test_no_resolver_there(site):
    """A port that nobody listens on."""
    with socket.socket(type=socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    site.put("timeoutdns", 3)
    site.put("dnsservers", f"127.0.0.1@{port}")
    report = site.deliver(MESSAGE)
    assert report.letters == "Z" and "(#4.4.3)" in report.text


# Control files.

# Files that every delivery through DNS reads.
READ = ["me", "helohost", "smtproutes", "timeoutconnect", "timeoutremote",
        "timeoutdelivery", "timeoutdns", "ipfamily", "notipme", "moreipme",
        "dnsservers", "ehlodiscard"]


@pytest.fixture
def by_mx(site):
    """A server that takes the mail, found through an MX record."""
    with Listener(content, "127.0.0.2") as server, Resolver({
            ("server.example", "MX"): ["10 mx.server.example"],
            ("mx.server.example", "A"): ["127.0.0.2"]}) as resolver:
        site.put("smtproutes", f"::{server.port}")
        site.put("dnsservers", f"127.0.0.1@{resolver.port}")
        yield server


def spoil(site, name, how):
    """Makes a control file unusable; returns False if that cannot be."""
    path = site.control / name
    text = path.read_bytes() if path.exists() else b""
    path.unlink(missing_ok=True)
    if how == "directory":
        path.mkdir()
    elif how == "loop":
        path.symlink_to(name)
    else:
        path.write_bytes(b"x\0y\n" + text)


# REQ: RTE-12
@pytest.mark.parametrize("how", ["directory", "loop", "NUL"])
@pytest.mark.parametrize("name", READ)
def test_unusable_control_file(site, by_mx, name, how):
    assert site.deliver(MESSAGE).letters == "rK"
    if name == "me":
        # Where helohost is there, nobody asks for me.
        spoil(site, name, how)
        site.put("helohost", "client.example")
        assert site.deliver(MESSAGE).letters == "rK"
        (site.control / "helohost").unlink()
    else:
        spoil(site, name, how)
    report = site.deliver(MESSAGE)
    assert report.letters == "Z"
    assert str(site.control / name) in report.text and "(#4.3.0)" in report.text
    assert by_mx.connections == (2 if name == "me" else 1)


# REQ: BND-05
def test_no_name_to_say_hello_with(site, nobody):
    for name in ("absent", "empty"):
        (site.control / "me").unlink(missing_ok=True)
        if name == "empty":
            site.put("me", " \t")
        report = site.deliver(MESSAGE)
        assert report.letters == "Z" and "(#4.3.0)" in report.text


def test_no_control_directory(site):
    """REQ: RTE-12"""
    report = site.deliver(MESSAGE, env={"CONTROLDIR": str(site.directory / "no")})
    assert report.letters == "Z" and "(#4.3.0)" in report.text


@pytest.mark.parametrize("name", ["timeoutconnect", "timeoutremote", "timeoutdelivery", "timeoutdns"])
def test_numbers(site, by_mx, name):
    """The leading digits count; empty is absent; no digit is a mistake."""
    for text in ("12", " ", "12x", "00012 ", "99999999999999999999"):
        site.put(name, text)
        assert site.deliver(MESSAGE).letters == "rK", text
    for text in ("x", "-1", "x12", "# 12"):
        site.put(name, text)
        report = site.deliver(MESSAGE)
        assert report.letters == "Z" and name in report.text, text


# REQ: RTE-09
@pytest.mark.parametrize("line", [
    "server.example", "server.example:127.0.0.1:x", "server.example:127.0.0.1:65536",
    "server.example:[127.0.0.1:25", "server.example:127.0.0.1:25:x",
    "server.example:127.0.0.1:-1",
])
def test_an_invalid_route_that_matches(site, nobody, line):
    route = (site.control / "smtproutes").read_text()
    (site.control / "smtproutes").write_text(f"# routes\n\n{line}\n{route}")
    report = site.deliver(MESSAGE)
    assert report.letters == "Z"
    assert "smtproutes" in report.text and ":3" in report.text


# REQ: RTE-09
def test_an_invalid_route_that_does_not_match(site, server):
    route = (site.control / "smtproutes").read_text()
    (site.control / "smtproutes").write_text(f"other.example:x:y\n{route}")
    assert site.deliver(MESSAGE).letters == "rK"


# REQ: RTE-05 DNS-06
@pytest.mark.parametrize("relay", ["[::1]", "[IPv6:::1]"])
def test_routes_to_ipv6(site, relay):
    with Listener(content, "::1") as server:
        site.put("smtproutes", f"server.example:{relay}:{server.port}")
        report = site.deliver(MESSAGE)
    assert report.letters == "rK" and report.text.startswith("::1 accepted message")


@pytest.fixture
def other_user():
    """A host that another user can see, with programs for that user to run."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        copies = [shutil.copy(program, directory) for program in (PROGRAM, CLASSIC)]
        yield Site(directory, *copies)


# REQ: RTE-12 ENV-04
@ROOT
@pytest.mark.parametrize("name", ["me", "helohost", "smtproutes", "timeoutremote", "ehlodiscard"])
def test_control_file_without_permission(other_user, name):
    """As on a host where root wrote it with a tight umask."""
    site = other_user
    with Listener(content) as server:
        site.route(server.port)
        argv = site.argv()
        for mode, letters in ((0o644, "rK"), (0o600, "Z")):
            path = site.control / name
            path.touch()
            path.chmod(mode)
            with file_of(MESSAGE) as stdin:
                report = site.start(argv, stdin, user=65534, group=65534,
                                    extra_groups=[]).finish()
            assert report.letters == letters
    assert str(site.control / name) in report.text
    assert "Permission denied" in report.text


# REQ: RTE-12
@ROOT
def test_control_directory_without_permission(other_user):
    other_user.control.chmod(0o700)
    with file_of(MESSAGE) as stdin:
        report = other_user.start(other_user.argv(), stdin, user=65534, group=65534,
                                  extra_groups=[]).finish()
    assert report.letters == "Z" and "(#4.3.0)" in report.text


# Descriptors.

def closing(*fds):
    """What a child does before the program starts."""
    def close():
        for fd in fds:
            os.close(fd)
    return close


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
def test_nobody_reads_the_report(site, server):
    """A broken pipe is an error of write(), and no signal that kills."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as out, file_of(MESSAGE) as stdin:
        _, status = site.start(site.argv(), stdin, stdout=out).output()
    assert status == 111


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
    with Listener(content) as server:
        site.route(server.port)
        fd = os.open(path, os.O_RDONLY)
        try:
            report = site.start(site.argv(), fd).finish()
        finally:
            os.close(fd)
    assert report.letter == ("K" if path == "/dev/null" else "Z")


def test_message_that_only_can_be_written(site):
    """REQ: CLI-08"""
    with Listener(content) as server, tempfile.NamedTemporaryFile() as f:
        site.route(server.port)
        with open(f.name, "wb") as stdin:
            report = site.start(site.argv(), stdin).finish()
    assert report.letter == "Z" and "Unable to read message" in report.text


# Files that change, and huge ones.

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


# Limits of the process.

def limiting(kind, value):
    """What a child does before the program starts."""
    return lambda: resource.setrlimit(kind, (value, value))


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


# Signals.

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


# Servers that the DNS leads back to.

# REQ: DNS-06
@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_we_are_a_backup_and_the_better_ones_are_down(site, address):
    """It ends, with Z, and nobody connects to ourselves."""
    with Listener(hang_up) as ourselves, Resolver({
            ("server.example", "MX"): ["10 mx1.server.example", "20 us.server.example",
                                       "30 mx3.server.example"],
            ("mx1.server.example", "A"): ["127.0.0.9"],
            ("us.server.example", "A"): [address],
            ("mx3.server.example", "A"): ["127.0.0.1"]}) as resolver:
        site.put("smtproutes", f"::{ourselves.port}")
        site.put("dnsservers", f"127.0.0.1@{resolver.port}")
        report = site.deliver(MESSAGE)
    assert report.letters == "Z"
    assert ourselves.connections == 0


# REQ: TRY-01
def test_the_next_server_after_a_dropped_greeting(site):
    with Listener(content, "127.0.0.3") as good, \
            Listener(hang_up, "127.0.0.2", good.port) as bad, Resolver({
                ("server.example", "MX"): ["10 bad.server.example", "20 good.server.example"],
                ("bad.server.example", "A"): ["127.0.0.2"],
                ("good.server.example", "A"): ["127.0.0.3"]}) as resolver:
        site.put("smtproutes", f"::{good.port}")
        site.put("dnsservers", f"127.0.0.1@{resolver.port}")
        report = site.deliver(MESSAGE)
    assert report.letters == "rK" and report.text.startswith("127.0.0.3 accepted message")
    assert (bad.connections, good.connections) == (1, 1)
