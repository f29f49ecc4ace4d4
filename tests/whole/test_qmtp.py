"""
QMTP: packages as they go on the wire, and whatever a server makes of them.

REQ: MXP-02 MXP-03 MXP-04 MSG-02 CLI-06 RPT-07
"""
import contextlib
import functools
import hashlib
import os
import random
import re
import resource
import socket
import subprocess
import threading
import time

import pytest
from listener import Gone, Listener
from qremote import LARGE, MESSAGE, RECIPIENT, SENDER, file_of

pytestmark = pytest.mark.req("MXP-02", "MXP-03", "MXP-04")

FIFTY_MB = 50_000_000
# Anonymous memory of a delivery: far less than the messages here.
LITTLE_MEMORY = 8 << 20
# The most that an answer may hold, and what of it a report shows.
ANSWER_MAX, SHOWN = 65536, 5000


def netstring(data):
    return b"%d:%s," % (len(data), data)


def package(message, *recipients, sender=SENDER):
    """All that a client says, written from the description of QMTP."""
    rcpt = b"".join(netstring(r.encode()) for r in recipients or (RECIPIENT,))
    return netstring(b"\n" + message) + netstring(sender.encode()) + netstring(rcpt)


def answering(answers, size):
    """A play: takes so many bytes, says the answers and no more, and hears none."""
    def play(session):
        heard = session.take(size)
        session.send(answers)
        with contextlib.suppress(OSError):
            session.sock.shutdown(socket.SHUT_WR)
        assert session.rest() == b""
        return heard
    return play


@contextlib.contextmanager
def qmtp(site, play):
    """A server, and a route of QMTP to it."""
    with Listener(play) as server:
        site.put("qmtproutes", f":127.0.0.1:{server.port}")
        yield server


def offer(site, answers, *recipients, message=MESSAGE, **call):
    """One delivery to a server that gives these answers: the report."""
    sent = package(message, *recipients)
    with qmtp(site, answering(answers, len(sent))) as server:
        report = site.deliver(message, *recipients, **call)
        assert server.result() == sent
    return report


# What is sent.

@pytest.mark.parametrize("by", ["file", "pipe"])
@pytest.mark.parametrize("message", [
    b"", b"\n", b"a\n", b".\n..\n", b"\r\n\r\r\n\0\xff\xfe\n", b"x" * 70_000 + b"\n",
    *[b"y" * (n - 1) + b"\n" for n in (65535, 65536, 65537, 131072, 200_000)],
], ids=lambda m: f"{len(m)} bytes")
def test_message_goes_as_it_is(site, message, by):
    report = offer(site, b"1:K,", message=message, by=by)
    assert report.letters == "rK"


@pytest.mark.parametrize("qqeh,wanted", [("", b""), ("X: 1", b"X: 1\n"), ("X: 1\n", b"X: 1\n")])
def test_extra_header_is_counted(site, qqeh, wanted):
    """REQ: CLI-06"""
    sent = package(wanted + MESSAGE)
    with qmtp(site, answering(b"3:Kok,", len(sent))) as server:
        assert site.deliver(MESSAGE, qqeh=qqeh).letters == "rK"
        assert server.result() == sent


@pytest.mark.parametrize("address", [
    "a b@c.example", '"quoted"@c.example', "back\\slash@c.example", "a..b@c.example",
    "@c.example", "käse@c.example", "x" * 1000 + "@c.example", "a,3:b@c.example"])
def test_addresses_are_as_they_were_given(site, address):
    report = offer(site, b"3:Kok,", address)
    assert report.letters == "rK"
    with qmtp(site, answering(b"3:Kok,", len(package(MESSAGE, sender=address)))) as server:
        assert site.deliver(MESSAGE, sender=address).letters == "rK"
        assert server.result() == package(MESSAGE, sender=address)


def test_a_thousand_recipients(site):
    """Each has its own answer, in the order they were given."""
    letters = random.Random(1).choices("KZD", k=1000)
    recipients = [f"r{n}@c.example" for n in range(1000)]
    answers = b"".join(netstring(f"{letter}{n}".encode())
                       for n, letter in enumerate(letters))
    report = offer(site, answers, *recipients)
    assert [r.letter for r in report.recipients] == [
        {"K": "r", "Z": "s", "D": "h"}[letter] for letter in letters]
    assert report.letter == "K"
    first = letters.index("K")
    assert f"\nRemote host said: {first}\n" in report.text
    for n, record in enumerate(report.recipients):
        said = f"Remote host said: {n}\n"
        assert f"RCPT: <r{n}@c.example>" in record.text
        assert record.text.endswith(said) == (letters[n] != "K")


# What is answered.

ALL_OF_THREE = [a + b + c for a in "KZD" for b in "KZD" for c in "KZD"]


@pytest.mark.parametrize("letters", ALL_OF_THREE)
def test_every_mix_of_three(site, letters):
    """REQ: RPT-07"""
    answers = b"".join(netstring(letter.encode()) for letter in letters)
    report = offer(site, answers, "a@c.example", "b@c.example", "c@c.example")
    wanted = "K" if "K" in letters else "Z" if "Z" in letters else "D"
    assert report.letters == letters.translate(str.maketrans("KZD", "rsh")) + wanted


GARBAGE = [
    b"0:,", b"1:k,", b"1:X,", b"1:\0,", b"1:K", b"1:K;", b"2:K,", b"01:K,", b" 1:K,",
    b"-1:K,", b"+1:K,", b"1 :K,", b":K,", b"K", b"K,", b"1:K,,", b"1:K,\n", b"1:K,0:,",
    b"1:K,1:K,", b"3:1:K,", b"220 mail.example ESMTP\r\n", b"HTTP/1.1 200 OK\r\n\r\n",
    b"65537:K", b"99999999999999999999999:K,", b"18446744073709551617:K,",
    b"4294967297:K,", b"\0" * 100, b"1" * 1_000_000, b"0" * 1_000_000,
]


@pytest.mark.parametrize("answer", GARBAGE, ids=lambda a: repr(a[:24]))
def test_garbage_is_never_success(site, answer):
    report = offer(site, answer)
    assert report.letter == "Z" and "K" not in report.letters
    assert not [r for r in report.recipients if r.letter == "h"]


def test_refusal_behind_which_nonsense_stands(site):
    """A bounce must not come of a connection that is out of step."""
    assert offer(site, b"1:D,1:D,").letters == "Z"
    assert offer(site, b"1:D,x").letters == "Z"


def test_random_answers(site):
    """Whatever it says: K only for a netstring that begins with K."""
    chance = random.Random(2)
    answers = [bytes(chance.choices(b"0123:,KZDx", k=chance.randrange(1, 9)))
               for _ in range(150)]
    answers += [b"1:K,", b"2:Dx,", b"2:Z:,"]
    left = iter(answers)

    def play(session):
        return answering(next(left), len(package(MESSAGE)))(session)

    with qmtp(site, play):
        for answer in answers:
            letter = site.deliver(MESSAGE).letter
            found = re.fullmatch(rb"([1-9]):([KZD].*),", answer)
            whole = found and int(found[1]) == len(found[2])
            assert letter == (chr(found[2][0]) if whole else "Z"), answer


@pytest.mark.parametrize("size", [SHOWN, SHOWN + 1, 20_000, ANSWER_MAX])
def test_long_answers_are_cut(site, size):
    for letter in "KD":
        text = letter + "x" * (size - 1)
        report = offer(site, netstring(text.encode()))
        assert report.letter == letter
        assert report.text.count("x") - report.text.count("example") <= SHOWN + 10
        assert "x" * min(size - 1, SHOWN) in report.text


def test_unprintable_answers(site):
    report = offer(site, netstring(b"D\0\x1b[31m\xff\r\nK"))
    assert report.letters == "hD"
    assert report.text == "Giving up on 127.0.0.1.\nRemote host said: ??[31m??\nK\n"


# Connections that break.

@functools.cache
def sizes():
    """The lengths of a package, and of its answers, at which to break off."""
    return len(package(MESSAGE, "a@c.example", "b@c.example")), len(b"3:Kok,3:Dno,")


@pytest.mark.parametrize("reset", [False, True], ids=["close", "reset"])
def test_a_break_at_each_byte_of_the_package(site, reset):
    """Nothing was answered, so nothing was accepted."""
    taken = iter(range(sizes()[0] + 1))

    def play(session):
        session.take(next(taken))
        if reset:
            session.reset()

    with qmtp(site, play) as server:
        for n in range(sizes()[0] + 1):
            report = site.deliver(MESSAGE, "a@c.example", "b@c.example")
            assert report.letters == "Z"
            # A reset at once may come before anybody knows of a connection.
            assert "connection died" in report.text or (
                reset and n == 0 and "QMTP connection" in report.text)
        assert server.connections == sizes()[0] + 1


@pytest.mark.parametrize("reset", [False, True], ids=["close", "reset"])
def test_a_break_at_each_byte_of_the_answers(site, reset):
    """It is all or nothing for the message; each recipient has what was said."""
    answers = b"3:Kok,3:Dno,"
    said = iter(range(len(answers) + 1))

    def play(session):
        session.take(sizes()[0])
        session.send(answers[:next(said)])
        if reset:
            # Else it overtakes what was said.
            time.sleep(0.02)
            session.reset()

    with qmtp(site, play):
        for n in range(len(answers) + 1):
            report = site.deliver(MESSAGE, "a@c.example", "b@c.example")
            if n == len(answers):
                assert report.letters == "rhK"
            else:
                # The first answer has six bytes.
                assert report.letters == ("rZ" if n >= 6 else "Z")
                assert "Possible duplicate!" in report.text


@pytest.mark.parametrize("taken", [0, 1, 1000, 100_000, 1_000_000])
def test_a_break_within_a_large_message(site, taken):
    """The package cannot have been whole, so there is no duplicate."""
    def play(session):
        session.take(taken)

    with qmtp(site, play):
        report = site.deliver(LARGE)
    assert report.letters == "Z" and "duplicate" not in report.text


@pytest.mark.parametrize("answer,letters", [
    (b"3:Kok,", "Z"), (b"3:Dno,", "hD"), (b"3:Zno,", "sZ"), (b"250 ok\r\n", "Z"),
    (b"1", "Z"), (b"3:Dno,x", "Z")])
def test_an_answer_within_a_large_message(site, answer, letters):
    """A refusal counts; the comma that would end the package is never said."""
    def play(session):
        session.take(1000)
        session.send(answer)
        if answer == b"1":
            session.sock.shutdown(socket.SHUT_WR)
        return 1000 + len(session.rest())

    with qmtp(site, play) as server:
        report = site.deliver(LARGE)
        assert server.result() < len(package(LARGE))
    assert report.letters == letters and "duplicate" not in report.text


def test_a_server_that_talks_and_does_not_listen(site):
    """Neither side waits for ever, and what it says is bounded."""
    def play(session):
        with contextlib.suppress(OSError):
            for _ in range(40):
                session.sock.sendall(b"x" * (1 << 20))
        session.rest()

    with qmtp(site, play):
        assert site.deliver(LARGE).letters == "Z"


def test_a_server_that_drips(site):
    """All of an answer must come within timeoutremote."""
    site.put("timeoutremote", "1")

    def play(session):
        session.take(len(package(MESSAGE)))
        with contextlib.suppress(OSError):
            for byte in netstring(b"K" + b"x" * 100):
                session.sock.sendall(bytes([byte]))
                time.sleep(0.2)

    begin = time.monotonic()
    with qmtp(site, play):
        report = site.deliver(MESSAGE)
        assert time.monotonic() - begin < 5
    assert report.letters == "Z" and "Possible duplicate!" in report.text


# Large messages.

def hashing(size):
    """A play that keeps of a package only its digest."""
    def play(session):
        digest, left = hashlib.sha256(), size
        while left:
            if not session.heard:
                session.more()
            part = session.use(min(left, len(session.heard)))
            digest.update(part)
            left -= len(part)
        session.send(b"3:Kok,")
        assert session.rest() == b""
        return digest.digest()
    return play


@pytest.mark.plain
@pytest.mark.parametrize("by", ["file", "pipe"])
def test_fifty_megabytes_in_little_memory(site, by, tmp_path):
    """A pipe is kept in TMPDIR, and nothing is left there."""
    line = b"0123456789" * 9 + b"abcdefgh\r\n"
    message = line * (FIFTY_MB // len(line))
    spool = tmp_path / "spool"
    spool.mkdir()
    wanted = package(message)

    def little():
        resource.setrlimit(resource.RLIMIT_DATA, (LITTLE_MEMORY, LITTLE_MEMORY))

    with qmtp(site, hashing(len(wanted))) as server:
        source = file_of(message)
        argv, env = site.argv(), {"TMPDIR": str(spool)}
        if by == "pipe":
            cat = subprocess.Popen(["cat"], stdin=source, stdout=subprocess.PIPE)
            run = site.start(argv, cat.stdout, env, preexec_fn=little)
            cat.stdout.close()
        else:
            run = site.start(argv, source, env, preexec_fn=little)
        report = run.finish(60)
        if by == "pipe":
            assert cat.wait() == 0
        assert server.result() == hashlib.sha256(wanted).digest()
    assert report.letters == "rK"
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("directory", ["/nowhere", "", "relative", "/proc", "/dev/null"])
def test_directories_that_hold_no_files(site, directory):
    """Then it is /tmp."""
    message = b"x" * 99 + b"\n"
    report = offer(site, b"3:Kok,", message=message * 1000, by="pipe",
                   env={"TMPDIR": directory})
    assert report.letters == "rK"


def test_pipe_for_which_there_is_no_room(site):
    """REQ: MXP-04"""
    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    with qmtp(site, lambda session: session.rest()) as server:
        read, write = os.pipe()
        run = site.start(site.argv(), read, preexec_fn=small)
        os.close(read)
        with contextlib.suppress(BrokenPipeError), open(write, "wb") as pipe:
            pipe.write(b"x\n" * 500_000)
        report = run.finish()
        assert server.connections == 0
    assert report.letters == "Z"
    assert report.text == "Unable to read message: File too large. (#4.3.0)\n"


def test_pipe_that_ends_within_a_line(site):
    """REQ: MSG-02"""
    with qmtp(site, lambda session: session.rest()) as server:
        for message in (b"x", b"a\nx", b"a\n" * 100_000 + b"x"):
            report = site.deliver(message, by="pipe")
            assert report.letters == "D" and "(#5.6.2)" in report.text
        assert server.connections == 0


def test_pipe_that_never_ends(site):
    """No server is kept waiting for it."""
    site.put("timeoutdelivery", "1")
    with qmtp(site, lambda session: session.rest()) as server:
        read, write = os.pipe()
        os.write(write, b"x\n" * 10)
        run = site.start(site.argv(), read)
        os.close(read)
        report = run.finish()
        os.close(write)
        assert server.connections == 0
    assert report.letters == "Z"


@pytest.mark.parametrize("at", ["package", "answer"])
def test_told_to_stop(site, at):
    """A signal after the package may have left says so."""
    taken = threading.Event()
    message = MESSAGE if at == "answer" else LARGE

    def play(session):
        session.take(len(package(message)) if at == "answer" else 1000)
        taken.set()
        time.sleep(0.2)
        with contextlib.suppress(Gone):
            while at == "answer":
                session.more()

    with qmtp(site, play), file_of(message) as stdin:
        run = site.start(site.argv(), stdin)
        assert taken.wait(10)
        time.sleep(0.1)
        run.process.terminate()
        report = run.finish()
    assert report.letters == "Z"
    assert ("duplicate" in report.text) == (at == "answer")
