"""
stage - a play performed, and everything that was wrong with it
"""
import contextlib
import difflib
import json
import random
import re
import threading
from dataclasses import dataclass, field

from . import cdb, names, rspawn, table
from .server import Blackhole, Listener, Refusal
from .subject import Run
from .text import shown

# Below the ports that outgoing connections get.
PORTS = range(10240, 32768)
TRIES = 200
# What a person is shown of a conversation, a trace, or a difference.
MOST_LINES = 60

GRAMMAR = re.compile(rb"(?:[rhs][^\0]*\0)*[KZD][^\0]*\0")
UNPRINTABLE = re.compile(rb"[^\0\n\x20-\x7e]")


@dataclass
class Performance:
    """What came of a play; no faults: all was as it should be."""

    run: Run
    called: list
    listeners: list
    wanted: object
    trace: list
    faults: list = field(default_factory=list)

    def __str__(self):
        """For a person who wants to know what went wrong."""
        parts = ["\n".join(f"- {fault}" for fault in self.faults)]
        for listener in self.listeners:
            for number, talk in enumerate(listener.conversations, 1):
                parts.append("\n".join(
                    [f"connection {number} to {listener.address}", *talk.log[-MOST_LINES:]]))
        parts.append("\n".join(["trace", *self.trace[-MOST_LINES:]]))
        return "\n\n".join(parts)


def perform(play, subject, directory):
    """Plays it; the directory is the play's own."""
    with _Scene(play) as scene:
        env = _furnish(play, scene.port, directory)
        run = subject.run(play, env, directory)
        scene.end()
    trace = directory / "trace"
    done = Performance(
        run,
        scene.called,
        list(scene.listeners.values()),
        _wanted(play, directory, scene.port),
        trace.read_text().splitlines() if trace.exists() else [],
    )
    for listener in done.listeners:
        done.faults += listener.faults
    for judge in (_judge_run, _judge_report, _judge_truth, _judge_calls,
                  _judge_names, _judge_table, _judge_trace):
        done.faults += judge(play, done, scene, directory)
    return done


class _Scene:
    """The servers of a play, all at one port, which is nobody else's."""

    def __init__(self, play):
        self.play = play
        self.called = []
        self.ended = threading.Event()
        self.listeners, self.others = {}, []
        self.port = self.dns = None

    def __enter__(self):
        for port in random.sample(PORTS, TRIES):
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
            self.dns = names.Server(play.zone or names.Zone(), port)
            undo.callback(self.dns.close)
            for kind, address in play.net:
                if kind == "uncalled":
                    self._listen(undo, address, port)
                    continue
                make = Refusal if kind == "refuse" else Blackhole
                self.others.append(make(address, port))
                undo.callback(self.others[-1].finish)
            for call in play.calls:
                self._listen(undo, call.address, port, call.small_buffers)
                self.listeners[call.address].scripts.append(call.steps)
            undo.pop_all()
        self.port = port

    def _listen(self, undo, address, port, small_buffers=False):
        if address not in self.listeners:
            self.listeners[address] = Listener(address, port, small_buffers)
            undo.callback(self.listeners[address].close)

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
    control = directory / "control"
    control.mkdir()
    (directory / "certs").mkdir()
    (directory / "queue" / "lock").mkdir(parents=True)
    if play.tcpto is not None:
        _table(directory).write_bytes(table.pack(play.tcpto, play.classic))
    # Without a zone the first server is where all mail goes.
    routes = b"::$PORT\n"
    if play.zone is None:
        servers = [call.address for call in play.calls] + [ip for _, ip in play.net]
        routes = f":[{(servers or ['127.0.0.2'])[0]}]:$PORT\n".encode()
    resolver = f"{names.ADDRESS}@{port}\n".encode()
    files = {"smtproutes": routes, "dnsservers": resolver} | play.control
    for name, content in files.items():
        if content == "(directory)":
            (control / name).mkdir()
        elif content != "(absent)":
            (control / name).write_bytes(_fill(content, port, directory))
    for name, pairs in play.cdb.items():
        filled = [(key, _fill(data, port, directory)) for key, data in pairs]
        (control / name).write_bytes(cdb.make(filled))
    places = {
        "CONTROLDIR": control,
        "CERTDIR": directory / "certs",
        "QUEUEDIR": directory / "queue",
        "QMAIL_REMOTE_TRACE": directory / "trace",
    }
    given = {name: _fill(value, port, directory) for name, value in play.env.items()}
    return {name: str(path).encode() for name, path in places.items()} | given


def _fill(content, port, directory):
    """The content with $PORT and $CONTROL filled in."""
    content = content.replace(b"$PORT", str(port).encode())
    return content.replace(b"$CONTROL", str(directory / "control").encode())


def _wanted(play, directory, port):
    """The report as it must be."""
    if not isinstance(play.report, re.Pattern):
        return _fill(play.report or b"", port, directory)
    pattern = play.report.pattern.replace(b"$CONTROL", re.escape(str(directory / "control")).encode())
    return re.compile(pattern, re.DOTALL)


def _table(directory):
    return directory / "queue" / "lock" / "tcpto"


def _letter(report):
    """The letter of the message report, if the report is one."""
    return report[:-1].rpartition(b"\0")[2][:1].decode("latin-1")


# The judges: each returns the faults that it finds.


def _judge_run(play, done, _scene, _directory):
    """How it ended, when, and with what on fd 2."""
    run = done.run
    if run.complaint:
        yield f"on fd 2: {shown(run.complaint, 4000)}"
    if run.status != play.exit:
        yield f"exit {run.status}, not {play.exit}"
    if not play.after <= run.seconds <= play.within:
        yield f"it took {run.seconds:.2f} s, not {play.after} to {play.within}"


def _judge_report(play, done, _scene, _directory):
    """Its grammar (RPT-01, RPT-02), and its text."""
    report, wanted = done.run.report, done.wanted
    if isinstance(wanted, re.Pattern):
        if not wanted.fullmatch(report):
            yield f"the report is {shown(report, 4000)}"
    elif report != wanted:
        yield "the report differs\n" + _difference(wanted, report)
    if play.report is None:
        return
    if not GRAMMAR.fullmatch(report):
        yield "the report is none: not r, h, s and then one of K, Z, D"
    if report.count(b"\0") - 1 > play.recipients:
        yield "the report has more recipients than there are"
    if UNPRINTABLE.search(report) and not UNPRINTABLE.search(b"".join(play.arguments)):
        yield "the report is not printable"


def _judge_truth(play, done, _scene, _directory):
    """
    K if, and only if, a server said yes to the whole message; and what
    qmail-rspawn makes of the report is the same.
    """
    report, letter = done.run.report, _letter(done.run.report)
    accepted = any(talk.accepted for l in done.listeners for talk in l.conversations)
    if play.report is not None and accepted != (letter == "K"):
        yield f"{letter} is not true: the message was {'' if accepted else 'not '}accepted"
    if letter == "K" and not re.search(rb"(?:\A|\0)r", report):
        yield "K without a recipient"
    verdict = rspawn.verdict(report, done.run.status)
    if play.recipients == 1 and verdict != (letter or "Z"):
        yield f"qmail-rspawn takes {letter} for {verdict}"


def _judge_calls(play, done, _scene, _directory):
    """The servers were called in the order of their scripts."""
    wanted = [call.address for call in play.calls]
    if play.any_order:
        wanted, called = sorted(wanted), sorted(done.called)
    else:
        called = done.called
    if called != wanted:
        yield f"called {' '.join(done.called) or 'nobody'}, not {' '.join(wanted) or 'nobody'}"


def _judge_names(play, _done, scene, _directory):
    """What was asked of the DNS, and never everything at once (DNS-03)."""
    asked = scene.dns.asked
    if play.zone is None and asked:
        yield f"asked for {asked}, though there is no zone"
    for name, kind in play.asked:
        if (name, kind) not in asked:
            yield f"did not ask for {name} {kind}"
    for name, kind in [*play.not_asked, *((n, "ANY") for n, _ in asked)]:
        if (name, kind) in asked:
            yield f"asked for {name} {kind}"


def _judge_table(play, _done, _scene, directory):
    """The timeout table, where the play has one."""
    if not play.tcpto_after:
        return
    counts = table.counts(_table(directory).read_bytes(), play.classic)
    for address, count in play.tcpto_after.items():
        if counts.get(address, 0) != count:
            yield f"the timeout table has {address} {counts.get(address, 0)} times, not {count}"


def _judge_trace(play, done, scene, _directory):
    """Each line is JSON, and the ones that the play names are there."""
    events = [json.loads(line) for line in done.trace]
    for wanted in play.trace:
        wanted = {key: value.replace("$PORT", str(scene.port)) for key, value in wanted.items()}
        if not any(wanted.items() <= event.items() for event in events):
            yield f"not in the trace: {wanted}"


def _difference(wanted, got):
    """Two reports side by side, a line each of their lines."""
    lines = [
        [shown(line, 4000) for line in re.split(rb"(?<=[\n\0])", report) if line]
        for report in (wanted, got)
    ]
    found = list(difflib.unified_diff(*lines, "wanted", "got", lineterm=""))
    return "\n".join(found[:MOST_LINES])
