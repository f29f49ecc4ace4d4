"""
server - a real mail server that stores what it accepts

Each is run by root, as it would be anywhere, but from a directory of its own
and at a loopback address of its own; nothing in /etc is read.
"""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from typing import NamedTuple

from play import certificates

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]

# A server is up, or idle, within so many seconds.
PATIENCE = 20

# The local parts that a server refuses with 550, and defers with 450.
REFUSED, DEFERRED = "refused", "deferred"

# The largest message that a server takes, and that its small port takes.
LARGEST, SMALL = 50_000_000, 20_000


class Missing(Exception):
    """Why a server cannot run here."""


def own_address():
    """A loopback address that no other process uses, so that all ports are free."""
    high, low = divmod(os.getpid(), 256)
    return f"127.{1 + high // 256}.{high % 256}.{low}"


def greets(address, port):
    """Whether somebody says 220 there."""
    with contextlib.suppress(OSError):
        with socket.create_connection((address, port), PATIENCE) as sock:
            return sock.makefile("rb").readline().startswith(b"220 ")
    return False


class Arrival(NamedTuple):
    """A message as a server stored it, and what it says of the journey."""

    sender: str
    recipient: str
    # "SMTP", "ESMTP", or "ESMTPS" in TLS, perhaps with "UTF8" before it, with an A
    # after a login, or nothing if the server wrote the message; the id that the
    # server gave it.
    protocol: str
    id: str
    # All that is behind the Received field.
    text: bytes


RECEIVED = re.compile(rb"Received: .*\n(?:[ \t].*\n)*")
WITH = re.compile(rb"\s(?:with ((?:utf8)?e?smtps?a?)\b.*?\s)?id (\S+)",
                  re.DOTALL | re.IGNORECASE)


def arrival(stored):
    """What the program "store" made of a message."""
    sender, recipient, message = stored.split(b"\n", 2)
    received = RECEIVED.match(message)
    protocol, number = WITH.search(received[0]).groups(b"")
    return Arrival(
        unquoted(sender.decode("latin-1")), recipient.decode("latin-1"),
        protocol.decode().upper(), number.decode(), message[received.end():])


def unquoted(address):
    """The address; Exim passes a sender on in the quotes that it came in."""
    quoted = re.fullmatch(r'"((?:[^"\\]|\\.)*)"(@.*)', address)
    return re.sub(r"\\(.)", r"\1", quoted[1]) + quoted[2] if quoted else address


def has_header(message):
    """Whether its first line is a header field, or the end of the header."""
    return re.match(rb"[!-9;-~]+:|\n|\Z", message) is not None


class Server:
    """
    port takes any message, helo_port knows no EHLO, and small_port takes no
    message above SMALL bytes.  tls_port offers STARTTLS, smtps_port is in TLS
    from the first byte; both ask for a certificate.  There is a mailbox for
    every address, except where the local part is REFUSED or DEFERRED.
    """

    port, helo_port, small_port, tls_port, smtps_port = 2525, 2526, 2527, 2528, 2529

    # Who runs the program "store", and where messages under way are.
    storer = None
    queues = ()
    # After how many errors it hangs up; None: never.
    most_errors = None

    def __init__(self):
        self.address = own_address()
        self.directory = self.process = None

    def check(self):
        """Raises Missing if it is not installed."""
        raise NotImplementedError

    def configure(self):
        """Writes what it needs in its directory; returns how it is started."""
        raise NotImplementedError

    def kept(self, message):
        """What it makes of a message: RFC 5322 wants a header in front."""
        return message if has_header(message) else b"\n" + message

    def start(self):
        """Runs it, and waits until it greets."""
        if os.getuid() != 0:
            raise Missing("only root can run a mail server")
        self.check()
        # Not in pytest's directory: the server's users may not enter that.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="interop-"))
        self.directory.chmod(0o755)
        shutil.copy(HERE / "store", self.directory)
        for name, source in (("server.pem", certificates.leaf("right")),
                             ("ca.pem", certificates.authority("ca"))):
            # A key that only tests use: the server may read it as any user.
            shutil.copy(source, self.directory / name)
            (self.directory / name).chmod(0o644)
        self.folders("mail", "mail/tmp", "mail/new", owner=self.storer)
        argv = self.configure()
        with open(self.directory / "out", "wb") as out:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True)
        for port in (self.port, self.helo_port, self.small_port, self.tls_port):
            self.wait(lambda: greets(self.address, port), f"does not greet at {port}")

    def stop(self):
        """Ends it, with all that it started, and removes its directory."""
        if self.process:
            # Until none is left: one that dies still holds its ports.
            deadline = time.monotonic() + PATIENCE
            with contextlib.suppress(ProcessLookupError):
                while time.monotonic() < deadline:
                    os.killpg(self.process.pid, signal.SIGKILL)
                    self.process.poll()
                    time.sleep(0.005)
        if self.directory:
            shutil.rmtree(self.directory)

    def write(self, name, template, **facts):
        """Writes a file of its configuration, with the facts filled in."""
        path = self.directory / name
        path.write_text(template.format(
            dir=self.directory, address=self.address, port=self.port,
            helo_port=self.helo_port, small_port=self.small_port,
            tls_port=self.tls_port, smtps_port=self.smtps_port, largest=LARGEST, small=SMALL, refused=REFUSED, deferred=DEFERRED, **facts))
        return path

    def folders(self, *names, owner="root", mode=0o755):
        """Makes folders in its directory."""
        for name in names:
            path = self.directory / name
            path.mkdir()
            path.chmod(mode)
            shutil.chown(path, owner)

    def arrivals(self):
        """All that arrived since the last call; waits for what is under way."""
        self.wait(lambda: not self.queued(), "does not deliver what it accepted")
        paths = list((self.directory / "mail/new").iterdir())
        arrived = [arrival(path.read_bytes()) for path in paths]
        for path in paths:
            path.unlink()
        return sorted(arrived)

    def queued(self):
        """The files of messages that are under way."""
        return [name for queue in self.queues
                for _, _, names in os.walk(self.directory / "spool" / queue)
                for name in names]

    def wait(self, condition, complaint):
        """Waits for a condition; an error with the logs if it does not come."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(f"{type(self).__name__} {complaint}\n{self.logs()}")
            time.sleep(0.005)

    def logs(self):
        """The ends of all that it wrote for people."""
        paths = [self.directory / "out", *self.directory.glob("*log")]
        return "\n".join(path.read_text(errors="replace")[-4000:] for path in paths)
