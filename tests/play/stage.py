"""
stage - a play performed
"""
import contextlib
import pathlib
import random
import threading
from dataclasses import dataclass, field

from . import cdb, certificates, judges, names, network, table
from .script import DEFAULT_SERVER
from .server import Blackhole, Exhaustion, Listener, Refusal
from .subject import Run

# Below the ports that outgoing connections get.
PORTS = range(10240, 32768)
TRIES = 200
# On a host of its own.
SMTP_PORT, QMTP_PORT = 25, 209
FAULTS = {"refuse": Refusal, "blackhole": Blackhole, "exhaust": Exhaustion}
# What a person is shown of a conversation, or of the trace.
MOST_LINES = 60


@dataclass
class Performance:
    """What came of a play; no faults: all was as it should be."""

    run: Run
    port: int
    # Where the files of the play are.
    directory: pathlib.Path
    # Addresses that were called, and (name, type) that were asked for.
    called: list
    asked: list
    listeners: list
    # The timeout table, and the lines of the trace.
    table: bytes
    trace: list
    faults: list = field(default_factory=list)

    def filled(self, content):
        """The content with $PORT, $CONTROL and $CERTS filled in."""
        return _filled(content, self.port, self.directory)

    def __str__(self):
        """For a person who wants to know what went wrong."""
        parts = ["\n".join(f"- {fault}" for fault in self.faults)]
        for listener in self.listeners:
            for number, talk in enumerate(listener.conversations, 1):
                title = f"connection {number} to {listener.address}"
                parts.append("\n".join([title, *talk.log[-MOST_LINES:]]))
        parts.append("\n".join(["trace", *self.trace[-MOST_LINES:]]))
        return "\n\n".join(parts)


def perform(play, subject, directory):
    """Plays it, and has it judged; the directory is the play's own."""
    if play.own_network:
        return network.alone(_perform, play, subject, directory)
    return _perform(play, subject, directory)


def _perform(play, subject, directory):
    """The same on the host that this is."""
    with _Scene(play) as scene:
        env = _furnish(play, scene.port, directory)
        run = subject.run(play, env, directory)
        scene.end()
    done = Performance(
        run,
        scene.port,
        directory,
        scene.called,
        scene.dns.asked,
        list(scene.listeners.values()),
        _read(directory / "queue" / "lock" / "tcpto"),
        _read(directory / "trace").decode().splitlines(),
    )
    done.faults += judges.faults(play, done)
    return done


class _Scene:
    """
    The servers of a play, all at one port, which is nobody else's; those of
    QMTP at another if the play is on a host of its own.
    """

    def __init__(self, play):
        self.play = play
        self.called = []
        self.ended = threading.Event()
        self.listeners, self.others = {}, []
        self.port = self.dns = None

    def __enter__(self):
        ports = random.sample(PORTS, TRIES)
        for port in [SMTP_PORT] if self.play.own_network else ports:
            with contextlib.suppress(OSError):
                self._build(port)
                break
        else:
            raise OSError("there is no free port")
        for listener in self.listeners.values():
            listener.start(self.play.wanted_message, self.called, self.ended)
        return self

    def __exit__(self, *_):
        if not self.ended.is_set():
            self.end()

    def _build(self, port):
        """Takes the port at every address, or at none."""
        play = self.play
        self.listeners, self.others = {}, []
        with contextlib.ExitStack() as undo:
            # Every play takes this one, so it keeps the port from all others.
            self.dns = names.Server((play.zone or names.Zone()).at(port), port)
            undo.callback(self.dns.close)
            for kind, address, qmtp in play.net:
                at = QMTP_PORT if qmtp else port
                if kind == "uncalled":
                    self._listen(undo, address, at)
                    continue
                self.others.append(FAULTS[kind](address, at))
                undo.callback(self.others[-1].finish)
            for call in play.calls:
                at = QMTP_PORT if call.qmtp else port
                self._listen(undo, call.address, at, call.small_buffers)
                self.listeners[call.address, at].scripts.append(call.steps)
            undo.pop_all()
        self.port = port

    def _listen(self, undo, address, port, small_buffers=False):
        at = address, port
        if at not in self.listeners:
            self.listeners[at] = Listener(address, port, small_buffers)
            undo.callback(self.listeners[at].close)

    def end(self):
        """The program has ended, and so do all servers."""
        self.ended.set()
        for listener in self.listeners.values():
            listener.finish()
        for other in self.others:
            other.finish()
        self.dns.close()


def _furnish(play, port, directory):
    """Makes the control files and the table; returns the environment."""
    control, queue = directory / "control", directory / "queue"
    certs = directory / "certs"
    for made in (control, certs / "tlshosts", certs / "notlshosts", queue / "lock"):
        made.mkdir(parents=True)
    if play.tcpto is not None:
        content = table.pack(play.tcpto, play.classic)
        (queue / "lock" / "tcpto").write_bytes(content)
    for name, content in (_usual_files(play) | play.control).items():
        if content == "(directory)":
            (control / name).mkdir()
        elif content != "(absent)":
            (control / name).write_bytes(_filled(content, port, directory))
    for name, content in play.certs.items():
        if isinstance(content, bytes):
            (certs / name).write_bytes(content)
        else:
            (certs / name).write_bytes(certificates.content(*content))
    for name, pairs in play.cdb.items():
        filled = [(key, _filled(data, port, directory)) for key, data in pairs]
        (control / name).write_bytes(cdb.make(filled))
    places = {
        "CONTROLDIR": control,
        "CERTDIR": certs,
        "QUEUEDIR": queue,
        "QMAIL_REMOTE_TRACE": directory / "trace",
    }
    given = {name: _filled(value, port, directory) for name, value in play.env.items()}
    return {name: str(path).encode() for name, path in places.items()} | given


def _usual_files(play):
    """Control files that a play need not write: whom to ask, where to send."""
    addresses = [call.address for call in play.calls] + [ip for _, ip, _ in play.net]
    route = "::$PORT\n"
    if play.zone is None:
        route = f":[{next(iter(addresses), DEFAULT_SERVER)}]:$PORT\n"
    return {
        "smtproutes": "(absent)" if play.own_network else route.encode(),
        "dnsservers": f"{names.ADDRESS}@$PORT\n".encode(),
    }


def _filled(content, port, directory):
    facts = {
        b"$PORT": str(port),
        b"$CONTROL": str(directory / "control"),
        b"$CERTS": str(directory / "certs"),
    }
    for name, fact in facts.items():
        content = content.replace(name, fact.encode())
    return content


def _read(path):
    """The bytes of a file, none if it is not there."""
    return path.read_bytes() if path.exists() else b""
