"""
qmail-daned in time: what it saves and forgets by itself, and what becomes of
its file when it is killed, or there is no room.                 REQ: DND-01
"""
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

import pytest

from daned import FAILED, NEW, STALE, VERIFIED, Daemon, contents, record
from qremote import PATIENCE

FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
as_root = pytest.mark.skipif(
    os.getuid() != 0 or not shutil.which("unshare"), reason="needs root and unshare")


class Inner(Daemon):
    """One with a file system of its own, which a command prepares."""

    def __init__(self, site, prepare, *options):
        super().__init__(site, *options)
        # The folder that the context file is in, as the command sees it.
        self.folder = site.directory / "state"
        self.folder.mkdir()
        self.context = self.folder / "context"
        self.argv = ["unshare", "--mount", "sh", "-c", f'{prepare} && exec "$@"',
                     str(self.folder), *self.argv[:-1], str(self.context)]
        self.env["PATH"] = os.environ["PATH"]

    def inner(self):
        """The folder as the daemon sees it."""
        return pathlib.Path(f"/proc/{self.process.pid}/root{self.folder}")


def hurried(site, times, *options):
    """A daemon for whom time passes so many times as fast."""
    if FAKETIME is None:
        pytest.skip("faketime is not installed")
    return Daemon(site, *options, LD_PRELOAD=str(FAKETIME), FAKETIME=f"+0 x{times}")


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


# Time.

@pytest.mark.plain
def test_saves_by_itself(site):
    with hurried(site, 200, "-s", "1") as daemon:
        daemon.ask("S", "a.example")
        wait_for(daemon.context.exists)
        assert list(contents(daemon)) == ["a.example"]
        # Only if there is something new.
        stamp = daemon.context.stat().st_ino
        time.sleep(1)
        assert daemon.context.stat().st_ino == stamp
        daemon.ask("F", "a.example")
        wait_for(lambda: contents(daemon)["a.example"] == FAILED)


@pytest.mark.plain
def test_saves_no_sooner(site):
    with hurried(site, 200, "-s", "60") as daemon:
        daemon.ask("S", "a.example")
        time.sleep(1)
        assert not daemon.context.exists()
    assert contents(daemon) == {"a.example": VERIFIED}


@pytest.mark.plain
def test_forgets_by_itself(site):
    """A day is 4.3 seconds."""
    with hurried(site, 20000, "-t", "1", "-f", "60", "-s", "60") as daemon:
        daemon.ask("S", "a.example")
        assert daemon.ask("q", "a.example") == (1, VERIFIED)
        wait_for(lambda: daemon.context.exists() and contents(daemon))
        wait_for(lambda: daemon.ask("q", "a.example") == (0, NEW))
        wait_for(lambda: contents(daemon) == {})


@pytest.mark.plain
def test_forgets_no_sooner(site):
    with hurried(site, 20000, "-t", "1", "-f", "100000") as daemon:
        daemon.ask("F", "a.example")
        assert daemon.ask("q", "a.example") == (1, FAILED)
        wait_for(lambda: daemon.ask("q", "a.example") == (1, STALE))
        time.sleep(0.5)
        assert daemon.ask("q", "a.example") == (1, STALE)


# Signals.

def test_signals_that_come_together(site):
    """What is stale is not saved, though SIGUSR1 is the lower number."""
    old = int(time.time()) - 8 * 24 * 60 * 60
    (site.directory / "context").write_bytes(record("a.example", VERIFIED, old))
    with Daemon(site) as daemon:
        daemon.process.send_signal(signal.SIGSTOP)
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM, signal.SIGCONT):
            daemon.process.send_signal(number)
        assert daemon.process.wait(PATIENCE) == 0
    assert contents(daemon) == {}


def test_many_signals(site):
    with Daemon(site) as daemon:
        for i in range(200):
            daemon.socket.send(b"Smx%d.example\0" % i)
            for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
                daemon.process.send_signal(number)
        assert [daemon.socket.recv(100) for _ in range(200)] == [b"\1\2"] * 200
    assert len(contents(daemon)) == 200


# What it says.

def test_verbose(site):
    site.put("white", "friend.example")
    with Daemon(site, "-v", "-w", "white") as daemon:
        daemon.ask("q", "MX.example.")
        daemon.ask("S", "mx.example")
        daemon.ask("q", "mx.example")
        daemon.ask("F", "mx.example")
        daemon.ask("q", "friend.example")
        daemon.send(b"qa\x1b[31m\0")
    lines = [line for line in daemon.log.read_text().splitlines() if " ready: " not in line]
    assert lines == [
        "qmail-daned: q mx.example: 0 not known",
        "qmail-daned: S mx.example: 1 verified",
        "qmail-daned: q mx.example: 1 verified",
        "qmail-daned: F mx.example: 1 failed",
        "qmail-daned: q friend.example: 1 whitelisted",
        # Nothing of it reaches somebody's terminal.
        "qmail-daned: ? no question: 0 not known",
    ]


def test_silent_by_default(site):
    with Daemon(site) as daemon:
        daemon.ask("S", "mx.example")
        daemon.send(b"xyz")
    assert daemon.log.read_text() == ""


def test_log_that_is_gone(site):
    """Nobody reads what it says; it answers all the same."""
    daemon = Daemon(site, "-v")
    read, write = os.pipe()
    os.close(read)
    daemon.popen["stderr"] = write
    with daemon:
        os.close(write)
        assert daemon.ask("S", "mx.example") == (1, VERIFIED)
    assert contents(daemon) == {"mx.example": VERIFIED}


# Letters of other daemons.

def test_verification_of_what_is_sent(site):
    """E comes with a second datagram, of TLSA data; neither is a question."""
    with Daemon(site) as daemon:
        for data in (b"\3\1\1" + b"x" * 32, b"S" + b"a" * 32 + b"\1\0", b"x" * 64):
            assert daemon.send(b"Emx.example\0") == (0, NEW)
            assert daemon.send(data) == (0, NEW)
        assert daemon.ask("q", "mx.example") == (0, NEW)
    assert contents(daemon) == {}


def test_every_letter(site):
    with Daemon(site) as daemon:
        for letter in set(range(256)) - set(b"qSFD"):
            assert daemon.send(bytes([letter]) + b"mx.example\0") == (0, NEW)
        assert daemon.ask("q", "mx.example") == (0, NEW)


def test_noise(site):
    """Whatever comes, it answers, and remembers only what is a name."""
    chance = random.Random(1)
    with Daemon(site) as daemon:
        for _ in range(2000):
            packet = bytearray(b"Smx.example\0")
            for _ in range(chance.randrange(1, 4)):
                packet[chance.randrange(len(packet))] = chance.randrange(256)
            # A shorter one has no answer.
            daemon.send(bytes(packet[:chance.randrange(3, len(packet) + 1)]))
        daemon.ask("S", "last.example")
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789.-_")
    assert "last.example" in contents(daemon)
    assert all(set(name) <= allowed for name in contents(daemon))


# Its file.

def test_killed_while_it_saves(site):
    """What is there is what was saved before, or all that was to be saved."""
    daemon = Daemon(site)
    daemon.start()
    for i in range(2000):
        daemon.ask("S", f"mx{i}.example")
    daemon.signal(signal.SIGUSR1)
    old, seen = contents(daemon), set()
    for i in range(60):
        new = {**old, f"round{i}.example": VERIFIED}
        daemon.ask("S", f"round{i}.example")
        daemon.process.send_signal(signal.SIGUSR1)
        time.sleep(i % 20 * 0.0005)
        daemon.kill()
        found = contents(daemon)
        assert found in (old, new)
        seen.add(found == new)
        old = found
        daemon.start()
    assert daemon.end() == 0
    assert daemon.log.read_text() == ""
    assert seen == {True, False}, "it was never killed in the middle"


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize("call, when, new", [
    ("write", 1, False), ("fsync", 1, False), ("rename", 1, False), ("fsync", 2, True)])
def test_killed_at_each_step(site, call, when, new):
    """Before it is written, on the disk, and in place; and after that."""
    with Daemon(site) as daemon:
        daemon.ask("S", "old.example")
    plain, left = daemon.argv, site.directory / "context.new"
    daemon.argv = ["strace", "-qq", "-o", str(site.directory / "trace"),
                   "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={when}",
                   *plain]
    daemon.start()
    daemon.ask("S", "new.example")
    tracer = daemon.process.pid
    children = pathlib.Path(f"/proc/{tracer}/task/{tracer}/children").read_text()
    os.kill(int(children), signal.SIGUSR1)
    daemon.process.wait(PATIENCE)
    assert ("new.example" in contents(daemon)) == new
    assert left.exists() != new
    daemon.argv = plain
    with daemon:
        assert daemon.ask("q", "old.example") == (1, VERIFIED)
        assert daemon.ask("q", "new.example") == ((1, VERIFIED) if new else (0, NEW))
    assert not left.exists()


def test_file_that_may_not_grow(site):
    with Daemon(site) as daemon:
        daemon.ask("S", "old.example")
    before = daemon.context.read_bytes()
    daemon.argv = ["prlimit", "--fsize=1000", *daemon.argv]
    daemon.env["PATH"] = os.environ["PATH"]
    with daemon:
        for i in range(200):
            daemon.ask("S", f"mx{i}.example")
        daemon.signal(signal.SIGUSR1)
        assert daemon.ask("q", "mx7.example") == (1, VERIFIED)
        assert daemon.context.read_bytes() == before
        assert not (site.directory / "context.new").exists()
        assert daemon.end() == 111
    assert daemon.context.read_bytes() == before
    assert "context: File too large" in daemon.log.read_text()


@as_root
def test_disk_that_is_full(site):
    daemon = Inner(site, 'mount -t tmpfs -o size=16k none "$0"')
    with daemon:
        daemon.ask("S", "old.example")
        daemon.signal(signal.SIGUSR1)
        before = (daemon.inner() / "context").read_bytes()
        for i in range(2000):
            daemon.ask("S", f"mx{i}.example")
        daemon.signal(signal.SIGUSR1)
        assert daemon.ask("q", "mx7.example") == (1, VERIFIED)
        # What was begun does not take what room there is.
        assert os.listdir(daemon.inner()) == ["context"]
        assert (daemon.inner() / "context").read_bytes() == before
        assert daemon.end() == 111
    assert "context: No space left on device" in daemon.log.read_text()


@as_root
def test_directory_that_is_read_only(site):
    daemon = Inner(site, 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"')
    daemon.context.write_bytes(record("old.example", VERIFIED, int(time.time())))
    with daemon:
        assert daemon.ask("q", "old.example") == (1, VERIFIED)
        assert daemon.ask("S", "new.example") == (1, VERIFIED)
        daemon.signal(signal.SIGUSR1)
        assert daemon.ask("q", "new.example") == (1, VERIFIED)
        assert daemon.end() == 111
    assert "context: Read-only file system" in daemon.log.read_text()
    assert list(contents(daemon)) == ["old.example"]


def test_file_that_cannot_be_read(site):
    daemon = Daemon(site)
    daemon.context.mkdir()
    done = subprocess.run(daemon.argv, env=daemon.env, stderr=subprocess.PIPE, timeout=PATIENCE)
    assert done.returncode == 111
    assert b"context: Is a directory" in done.stderr


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_file_that_ends_early(site, cut):
    """What is whole is read, wherever it is cut."""
    now = int(time.time())
    first, second = record("a.example", VERIFIED, now), record("b.example", FAILED, now)
    whole = len(second) - cut <= 0
    (site.directory / "context").write_bytes(first + second[:max(len(second) - cut, 0)])
    with Daemon(site) as daemon:
        assert daemon.ask("q", "a.example") == (1, VERIFIED)
        assert daemon.ask("q", "b.example") == (0, NEW)
    assert ("damaged; 1 verdict" in daemon.log.read_text()) != whole
