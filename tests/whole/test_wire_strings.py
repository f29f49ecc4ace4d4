"""
Every short string of the bytes that matter, through the whole program.

The strings are made of a letter, a dot, CR and LF.  What must arrive is worked
out by canonical.py.  The server here has no threads and takes some thousands
of deliveries in seconds.
"""
import functools
import itertools
import os
import re
import select
import socket
import threading

import canonical
import pytest
from listener import CHUNKING, PIPELINING
from qremote import PATIENCE, RECIPIENT, Report

ALPHABET = b"a.\r\n"

# The longest strings that are a message of their own, that end a long one, and
# that lie across the end of a block.
ALONE, ENDS, ACROSS = 5, 3, 7

VERBS = {"DATA": PIPELINING, "BDAT": CHUNKING}


class Receiver:
    """
    A server without a socket: it is fed what it hears, and says the answer.
    """

    def __init__(self, keywords):
        lines = ["server.example", *keywords]
        self.offer = "".join(
            f"250{'-' if i + 1 < len(lines) else ' '}{line}\r\n"
            for i, line in enumerate(lines)).encode()
        self.heard, self.searched = bytearray(), 0
        self.reading = self.command
        self.chunks, self.missing, self.last = [], 0, False
        # What DATA brought, the final dot included, or all chunks of BDAT;
        # None as long as the message has no end.
        self.wire = self.payload = None
        self.commands = []

    def feed(self, data):
        """Takes in more bytes; returns what to say."""
        self.heard += data
        answers = []
        while (answer := self.reading()) is not None:
            answers.append(answer)
        return b"".join(answers)

    def command(self):
        at = self.heard.find(b"\r\n")
        if at < 0:
            return None
        line = bytes(self.heard[:at])
        del self.heard[:at + 2]
        self.commands.append(line)
        if line.startswith(b"EHLO "):
            return self.offer
        if line == b"DATA":
            self.heard[:0] = b"\r\n"
            self.reading, self.searched = self.dotted, 0
            return b"354 go ahead\r\n"
        if (bdat := re.fullmatch(rb"BDAT (\d+)( LAST)?", line)):
            self.missing, self.last = int(bdat[1]), bdat[2] is not None
            self.reading = self.chunk
            return b""
        return b"250 ok\r\n"

    def dotted(self):
        at = self.heard.find(b"\r\n.\r\n", self.searched)
        if at < 0:
            self.searched = max(0, len(self.heard) - 4)
            return None
        self.wire = bytes(self.heard[2:at + 5])
        del self.heard[:at + 5]
        self.reading = self.command
        return b"250 queued\r\n"

    def chunk(self):
        if len(self.heard) < self.missing:
            return None
        self.chunks.append(bytes(self.heard[:self.missing]))
        del self.heard[:self.missing]
        if self.last:
            self.payload = b"".join(self.chunks)
        self.reading = self.command
        return b"250 queued\r\n"

    def body(self):
        """The message of the completed transaction, or None."""
        if self.wire is None:
            return self.payload
        return (b"\r\n" + self.wire[:-3]).replace(b"\r\n.", b"\r\n")[2:]


class Counter:
    """Where messages are handed over, one after the other."""

    def __init__(self, site):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(PATIENCE)
        site.route(self.socket.getsockname()[1])
        self.argv, self.env = site.argv(RECIPIENT), site.env

    def deliver(self, stdin, keywords):
        """
        One delivery of what is on a descriptor, which is closed.

        Returns the Receiver and the Report; the Receiver has heard nothing
        if nobody connected.
        """
        receiver = Receiver(keywords)
        out, inner = os.pipe()
        # fd 1 and fd 2 are one pipe, as under qmail-rspawn.
        pid = os.posix_spawn(self.argv[0], self.argv, self.env, file_actions=[
            (os.POSIX_SPAWN_DUP2, stdin, 0), (os.POSIX_SPAWN_DUP2, inner, 1),
            (os.POSIX_SPAWN_DUP2, inner, 2)])
        os.close(stdin)
        os.close(inner)
        ready, _, _ = select.select([self.socket, out], [], [], PATIENCE)
        if self.socket in ready:
            self.converse(receiver)
        with os.fdopen(out, "rb") as report:
            raw = report.read()
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        return receiver, Report(raw)

    def converse(self, receiver):
        client, _ = self.socket.accept()
        with client:
            client.settimeout(PATIENCE)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.sendall(b"220 server.example ESMTP\r\n")
            try:
                while data := client.recv(1 << 20):
                    if answer := receiver.feed(data):
                        client.sendall(answer)
            except ConnectionError:
                pass


def in_file(message):
    """A descriptor of a file that holds the message."""
    fd = os.memfd_create("message")
    os.write(fd, message)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def in_pipe(message):
    """A descriptor of a pipe through which the message comes."""
    reader, writer = os.pipe()

    def write():
        with os.fdopen(writer, "wb") as f:
            f.write(message)

    if len(message) <= select.PIPE_BUF:
        write()
    else:
        threading.Thread(target=write, daemon=True).start()
    return reader


WAYS = {"file": in_file, "pipe": in_pipe}


@pytest.fixture
def counter(site):
    counter = Counter(site)
    with counter.socket:
        yield counter


def check_expected(wire, verb):
    """What is to be sent has no line end that is not one, and no end."""
    assert not canonical.is_bare(wire)
    if verb == "DATA":
        assert canonical.ends(wire + b".\r\n") == [len(wire) + 3]


def check_wire(receiver, wire, verb):
    """What arrived is what was to be sent, once and whole."""
    if verb == "DATA":
        assert receiver.wire == wire + b".\r\n"
    else:
        assert receiver.wire is None and receiver.payload == wire
    verbs = [c.split()[0] for c in receiver.commands]
    assert verbs[:3] == [b"EHLO", b"MAIL", b"RCPT"]
    assert set(verbs[3:]) <= {verb.encode(), b"QUIT"} and not receiver.heard


# REQ: MSG-01 MSG-02 MSG-04
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("verb", VERBS)
def test_every_short_message(counter, way, verb):
    for n in range(ALONE + 1):
        for letters in itertools.product(ALPHABET, repeat=n):
            message = bytes(letters)
            receiver, report = counter.deliver(WAYS[way](message), VERBS[verb])
            if canonical.sendable(message):
                assert report.letters == "rK", (message, report)
                wire = ENCODE[verb](message)
                check_expected(wire, verb)
                check_wire(receiver, wire, verb)
                assert receiver.body() == canonical.canonical(message)
            else:
                assert report.letter == "D" and "(#5.6.2)" in report.text, (
                    message, report)
                assert receiver.body() is None, message


# REQ: MSG-02
@pytest.mark.parametrize("verb", VERBS)
def test_every_short_end_of_a_long_message(counter, verb):
    """A pipe that holds more than is looked at before it is sent."""
    for n in range(ENDS + 1):
        for letters in itertools.product(ALPHABET, repeat=n):
            message = b"a line of a long message\n" * 4000 + bytes(letters)
            receiver, report = counter.deliver(in_pipe(message), VERBS[verb])
            if canonical.sendable(message):
                assert report.letters == "rK", (letters, report)
                check_wire(receiver, ENCODE[verb](message), verb)
            else:
                assert report.letter == "D" and "(#5.6.2)" in report.text, (
                    letters, report)
                assert receiver.body() is None, letters


def every_string():
    """
    A ring of letters in which every string of ACROSS letters occurs once.

    Lyndon words in order, joined: a de Bruijn sequence.
    """
    ring, word = bytearray(), [-1]
    while word:
        word[-1] += 1
        if ACROSS % len(word) == 0:
            ring += bytes(ALPHABET[i] for i in word)
        repeated = (word * ACROSS)[:ACROSS]
        while repeated and repeated[-1] == len(ALPHABET) - 1:
            repeated.pop()
        word = repeated
    return bytes(ring)


def verbatim(text):
    """How input is counted: as it is."""
    return text


@functools.lru_cache(512)
def mid_line(text, encode):
    """What becomes of a text in the middle of a line."""
    return encode(b"x" + text + b"x")[1:-1]


def padding(n, encode):
    """n bytes when encoded: long lines, from mid-line to mid-line."""
    line = b"x" * 998 + b"\n"
    lines, rest = divmod(n - 1, len(mid_line(line, encode)))
    return line * lines + b"x" * (rest + 1)


def read(before, after):
    """The size of a block that is read: it is always full."""
    return 65536


def written(before, after):
    """
    The size of a block to be written that ends before and after a place.

    It ends when fewer than four bytes are free.  A line end is not parted
    from its line, which None says; a dot that was added costs one byte more.
    """
    if after.startswith(b"\n") and not before.endswith((b"\r", b"\n")):
        return None
    return 65534 if re.search(rb"\n\.[^\r\n]*$", before) else 65533


def written_chunk(before, after):
    """The same for BDAT, where no dot is added."""
    size = written(before, after)
    return size and 65533


def strings_across(cuts, ring, size, encode):
    """
    A message that has places of the ring at the ends of its blocks.

    A CR is encoded when the next byte is known, so a place just behind one
    counts as the place before it.  The message comes in pieces, each of which
    begins and ends in the middle of a line; with it the sizes of the blocks.
    """
    pieces, sizes, behind = [], [], 0
    for cut in cuts:
        around = (ring + ring[:2 * ACROSS])[cut:cut + 2 * ACROSS]
        before, after = around[:ACROSS], around[ACROSS:]
        if size is not read:
            before = before.removesuffix(b"\r")
        if (n := size(before, after)) is None:
            continue
        ahead = len(mid_line(before, encode))
        pieces += [padding(n - behind - ahead, encode), around]
        sizes.append(n)
        behind = len(mid_line(around, encode)) - ahead
    return pieces, sizes


ENCODE = {"DATA": canonical.stuffed, "BDAT": canonical.canonical}

# What is cut into blocks, how, and where: a file is not read in blocks.
BLOCKS = [
    ("DATA", read, verbatim, ["pipe"]),
    ("BDAT", read, verbatim, ["pipe"]),
    ("DATA", written, canonical.stuffed, ["file", "pipe"]),
    ("BDAT", written_chunk, canonical.canonical, ["file", "pipe"]),
]


# REQ: MSG-01 MSG-03 MSG-04 MSG-10
@pytest.mark.parametrize("verb,size,encode,ways", BLOCKS, ids=[
    f"{verb}-{size.__name__}" for verb, size, *_ in BLOCKS])
def test_every_string_across_block_ends(counter, verb, size, encode, ways):
    ring = every_string()
    for begin in range(0, len(ring), 64):
        pieces, sizes = strings_across(range(begin, begin + 64), ring, size, encode)
        message = b"".join(pieces) + b"x\n"
        wire = b"".join(mid_line(p, ENCODE[verb]) for p in pieces) + b"x\r\n"
        check_expected(wire, verb)
        for way in ways:
            receiver, report = counter.deliver(WAYS[way](message), VERBS[verb])
            assert report.letters == "rK"
            check_wire(receiver, wire, verb)
            # The strings lie where this test wants them.
            if size is written_chunk:
                assert [len(c) for c in receiver.chunks[:-1]] == sizes
