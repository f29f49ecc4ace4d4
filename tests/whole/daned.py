"""
daned - a qmail-daned of a test's own, and one who talks to it
"""
import os
import signal
import socket
import subprocess
import threading
import time

from whole.qremote import BUILD, PATIENCE

DAEMON = BUILD / "qmail-daned"

NEW, WHITELISTED, VERIFIED, NOT_VERIFIED, FAILED, STALE = range(6)


def record(name, status, when, data=b""):
    """One record of a context file."""
    return b"%s\0%c\0%d\0%d\0%s\n" % (name.encode(), status, when, len(data), data)


def contents(daemon):
    """The status of each name in a daemon's context file, which must be whole."""
    data, found = daemon.context.read_bytes(), {}
    while data:
        name, status, when, length, rest = data.split(b"\0", 4)
        assert len(status) == 1 and int(when) > 0
        assert rest[int(length):int(length) + 1] == b"\n"
        found[name.decode()] = status[0]
        data = rest[int(length) + 1:]
    return found


def free_port():
    with socket.socket(type=socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Daemon:
    """Runs while its with block lasts, and must then end with status 0."""

    def __init__(self, site, *options, **env):
        self.site, self.port = site, free_port()
        self.context = site.directory / "context"
        self.argv = [str(DAEMON), "-p", str(self.port), *options, "127.0.0.1",
                     str(self.context)]
        self.env = {**site.env, **env}
        self.log = site.directory / "log"
        self.process = None
        # More for subprocess.
        self.popen = {}

    def start(self):
        """Starts it, and waits until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.argv, env=self.env, **{"stderr": log, **self.popen})
        self.connect()

    def connect(self):
        """Waits until it answers; also for one that somebody else has started."""
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", self.port))
        self.socket.settimeout(0.05)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and (
                self.process is None or self.process.poll() is None):
            try:
                self.socket.send(b"qready\0")
                self.socket.recv(100)
                break
            except OSError:
                time.sleep(0.01)
        else:
            raise RuntimeError(self.log.read_text())
        # An answer to an earlier try may still be on its way.
        time.sleep(0.02)
        self.socket.setblocking(False)
        try:
            while True:
                self.socket.recv(100)
        except BlockingIOError:
            pass
        self.socket.settimeout(PATIENCE)

    def ask(self, verb, name):
        """The two bytes of its answer."""
        return self.send(f"{verb}{name}\0".encode())

    def ask_apart(self, verb, name):
        """The same, over a socket of its own, for those who ask at one time."""
        with socket.socket(type=socket.SOCK_DGRAM) as s:
            s.settimeout(PATIENCE)
            s.connect(("127.0.0.1", self.port))
            s.send(f"{verb}{name}\0".encode())
            return tuple(s.recv(100))

    def send(self, packet):
        self.socket.send(packet)
        answer = self.socket.recv(100)
        assert len(answer) == 2
        return tuple(answer)

    def signal(self, number):
        """Sends a signal, and waits until it was obeyed."""
        os.kill(self.process.pid, number)
        # Questions come before signals, so the second answer is after it.
        for _ in range(3):
            self.ask("q", "ready")
            time.sleep(0.02)

    def kill(self):
        """Ends it at once, without a chance to tidy up."""
        self.process.kill()
        self.process.wait(PATIENCE)
        self.socket.close()

    def end(self):
        """Tells it to stop; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        self.socket.close()
        return self.process.wait(PATIENCE)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            status = self.end()
            assert kind is not None or status == 0


class Canned:
    """
    A daemon that answers some letters as it is told, if at all, and keeps what
    it heard.
    """

    def __init__(self, answer, verbs=b"q"):
        self.answer, self.verbs, self.heard = answer, verbs, []
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while True:
            data, peer = self.socket.recvfrom(100)
            if not data:
                return
            self.heard.append(data)
            if data[:1] in self.verbs and self.answer is not None:
                self.reply(peer)

    def reply(self, peer):
        self.socket.sendto(bytes(self.answer), peer)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        # What was sent before it is heard before it.
        self.socket.sendto(b"", self.socket.getsockname())
        self.thread.join()
        self.socket.close()
