"""
listener - a server on a loopback address that plays what a test tells it

A play is a function of a Session: it says lines, hears lines, hangs up.  It
ends early, and without a result, when the client leaves.  Any other exception
in it is raised again in the test, at the end of the with block.
"""
import contextlib
import re
import socket
import struct
import threading
from typing import NamedTuple

# A server of a test waits no longer than this for the client.
PATIENCE = 20

# What servers offer.
PIPELINING = ["PIPELINING"]
CHUNKING = ["PIPELINING", "CHUNKING"]


class Gone(Exception):
    """The client said QUIT, or hung up, where something else was expected."""


class Mail(NamedTuple):
    """What one transaction brought."""

    # The commands, without CRLF.
    mail: bytes
    rcpt: list
    # What followed 354, final dot included; None if BDAT brought it.
    wire: bytes
    # The message without dots that were only for the journey.
    body: bytes


class Session:
    """One connection, from the server's side."""

    def __init__(self, sock):
        sock.settimeout(PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        # All that the client sent and that was not used yet.
        self.heard = bytearray()

    def say(self, *lines):
        """Sends lines, in one write."""
        self.send("".join(f"{line}\r\n" for line in lines).encode("latin-1"))

    def send(self, data):
        """Sends bytes as they are; a client that is gone does not mind."""
        with contextlib.suppress(ConnectionError):
            self.sock.sendall(data)

    def more(self):
        """Takes in what has arrived; raises Gone at the end of it."""
        try:
            data = self.sock.recv(1 << 20)
        except ConnectionError:
            data = b""
        if not data:
            raise Gone(bytes(self.heard[-200:]))
        self.heard += data

    def until(self, mark):
        """What arrives up to and with the mark."""
        begin = 0
        while (at := self.heard.find(mark, begin)) < 0:
            begin = max(0, len(self.heard) - len(mark) + 1)
            self.more()
        return self.use(at + len(mark))

    def use(self, n):
        """The first n bytes that were heard."""
        found = bytes(self.heard[:n])
        del self.heard[:n]
        return found

    def hear(self, *beginnings):
        """
        A command, without CRLF; it must begin with one of the words.

        QUIT that is not one of them raises Gone.
        """
        line = self.until(b"\r\n")[:-2]
        words = tuple(b.encode("latin-1") for b in beginnings)
        if words and line == b"QUIT" and line not in words:
            raise Gone(line)
        assert not words or line.upper().startswith(words), line
        return line

    def take(self, n):
        """Exactly n bytes."""
        while len(self.heard) < n:
            self.more()
        return self.use(n)

    def rest(self):
        """All bytes up to the end of the connection."""
        with contextlib.suppress(Gone):
            while True:
                self.more()
        return self.use(len(self.heard))

    def greet(self, *keywords):
        """Greeting and EHLO, with what the server offers."""
        self.say("220 server.example ESMTP")
        self.hear("EHLO ")
        self.offer(*keywords)

    def offer(self, *keywords):
        """The reply to EHLO."""
        lines = ["server.example", *keywords]
        self.say(*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}")

    def reset(self):
        """Hangs up with RST instead of FIN."""
        self.sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def envelope(self, reply_to_mail="250 ok", reply_to_rcpt=lambda rcpt: "250 ok"):
        """
        MAIL and all RCPT, each answered, up to the command after them.

        Returns MAIL, the RCPTs, and the line that follows them.
        """
        mail, rcpt = self.hear("MAIL FROM:"), []
        self.say(reply_to_mail)
        while (line := self.hear("RCPT TO:", "DATA", "BDAT", "QUIT")).startswith(b"RCPT"):
            rcpt.append(line)
            self.say(reply_to_rcpt(line.decode("latin-1")))
        return mail, rcpt, line

    def body(self, line):
        """
        The message that DATA or BDAT brings, up to its end; line began it.

        The last reply is left to the caller.
        """
        if line == b"DATA":
            self.say("354 go ahead")
            return self.dotted()
        chunks = []
        while True:
            size, last = re.fullmatch(rb"BDAT (\d+)( LAST)?", line).groups()
            chunks.append(self.take(int(size)))
            if last:
                return None, b"".join(chunks)
            self.say("250 chunk")
            line = self.hear("BDAT")

    def dotted(self):
        """The message after 354: as it came, and as it was meant."""
        # The mark may stand at the very beginning.
        self.heard[:0] = b"\r\n"
        wire = self.until(b"\r\n.\r\n")[2:]
        return wire, (b"\r\n" + wire[:-3]).replace(b"\r\n.", b"\r\n")[2:]

    def take_mail(self, *keywords, reply="250 queued", **envelope):
        """A whole session with a server that is content with everything."""
        self.greet(*keywords)
        mail, rcpt, line = self.envelope(**envelope)
        wire, body = self.body(line)
        self.say(reply)
        with contextlib.suppress(Gone):
            self.hear("QUIT")
            self.say("221 bye")
        return Mail(mail, rcpt, wire, body)


class Listener:
    """
    Listens while its with block lasts, and plays on each connection in turn.

    results holds what the plays returned, in order; None where the client
    left.
    """

    def __init__(self, play, address="127.0.0.1", port=0):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.play = play
        self.socket = socket.socket(family)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, port))
        self.socket.listen(16)
        self.port = self.socket.getsockname()[1]
        self.results, self.failures = [], []
        self.connections = 0
        self.over = threading.Condition()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while True:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            with sock:
                self.converse(Session(sock))

    def converse(self, session):
        result = None
        try:
            result = self.play(session)
        except Gone:
            pass
        except BaseException as e:
            self.failures.append(e)
        with self.over:
            self.results.append(result)
            self.over.notify()

    def result(self, n=0):
        """What the n-th play returned; waits for its end."""
        with self.over:
            assert self.over.wait_for(lambda: len(self.results) > n, PATIENCE)
        return self.results[n]

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, value, trace):
        # Wakes accept() too; close() alone would not.
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(PATIENCE + 5)
        self.socket.close()
        if kind is None and self.failures:
            raise self.failures[0]


def willing(session):
    """A play for servers that take the mail."""
    return session.take_mail(*PIPELINING)


def hang_up(session):
    """A play for servers that must never be reached: says nothing."""
    session.sock.close()
