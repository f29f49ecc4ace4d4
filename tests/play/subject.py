"""
subject - the program under test

Whatever has the interface of qmail-remote can stand in its place: arguments
and environment, the message on fd 0, the report on fd 1, nothing on fd 2.
"""
import contextlib
import os
import pathlib
import socket
import subprocess
import threading
import time
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What a program needs of our own environment to run at all, or to be watched.
INHERITED = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
# No program runs longer than so many seconds more than its play allows.
GRACE = 20


class Run(NamedTuple):
    """What became of one run."""

    report: bytes
    complaint: bytes
    status: int
    seconds: float


class Program:
    """qmail-remote and qmail-remote-classic from a build directory."""

    def __init__(self, build=None):
        build = ROOT / (build or os.environ.get("QREMOTE_BUILD", "build"))
        self.program = build / "qmail-remote"
        self.classic = build / "qmail-remote-classic"

    def run(self, play, env, directory):
        """One run; files that it needs are made in the directory."""
        program = self.classic if play.classic else self.program
        env = {name: os.environ[name] for name in INHERITED if name in os.environ} | env
        with contextlib.ExitStack() as undo:
            begin = time.monotonic()
            child = subprocess.Popen(
                [program, *play.arguments],
                env=env,
                stdin=_stdin(play, directory, undo),
                stdout=_stdout(play, directory, undo),
                stderr=subprocess.PIPE,
                preexec_fn=_closer(play),
            )
            undo.enter_context(child)
            try:
                out, err = child.communicate(timeout=play.within + GRACE)
            except subprocess.TimeoutExpired:
                child.kill()
                out, err = child.communicate()
            took = time.monotonic() - begin
        if play.stdout == "file":
            out = (directory / "report").read_bytes()
        return Run(out or b"", err, child.returncode, took)


def _closer(play):
    """What closes descriptors in the child, where the play says so."""
    ways = enumerate((play.stdin[0], play.stdout))
    closed = [fd for fd, way in ways if way == "closed"]
    if not closed:
        return None
    return lambda: [os.close(fd) for fd in closed]


def _stdin(play, directory, undo):
    """Something that the message can be read from."""
    kind, *offset = play.stdin
    if kind in ("file", "offset"):
        path = directory / "message"
        path.write_bytes(b"x" * sum(offset) + play.message)
        file = undo.enter_context(path.open("rb", buffering=0))
        file.seek(sum(offset))
        return file
    if kind == "closed":
        return subprocess.DEVNULL
    if kind == "socket":
        ours, theirs = socket.socketpair()
    else:
        read, write = os.pipe()
        theirs, ours = os.fdopen(read, "rb"), os.fdopen(write, "wb", buffering=0)
    undo.enter_context(theirs)
    feeder = threading.Thread(target=_feed, args=(ours, play.message), daemon=True)
    feeder.start()
    return theirs


def _feed(end, message):
    """Writes the message, as far as the program reads it."""
    with end, contextlib.suppress(OSError):
        if isinstance(end, socket.socket):
            end.sendall(message)
        else:
            view = memoryview(message)
            while view:
                view = view[end.write(view):]


def _stdout(play, directory, undo):
    """Something that the report can be written to."""
    if play.stdout == "pipe":
        return subprocess.PIPE
    if play.stdout == "closed":
        return subprocess.DEVNULL
    path = directory / "report" if play.stdout == "file" else "/dev/full"
    return undo.enter_context(open(path, "wb", buffering=0))
