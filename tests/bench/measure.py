"""
measure - what it costs to run a program
"""
import ctypes
import fcntl
import os
import pathlib
import re
import shutil
import socket
import statistics
import struct
import subprocess
import time
from dataclasses import dataclass, field

PATIENCE = 60
PATH = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"

# Of sched.h, net/if.h and bits/ioctls.h.
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
IFF_UP, SIOCSIFFLAGS = 1, 0x8914


class Absent(Exception):
    """Something cannot be measured here; says why."""


class Failed(Exception):
    """What was measured did not do what it should have done."""


def tool(name):
    """The path of a program that need not be installed."""
    path = shutil.which(name, path=PATH)
    if path is None:
        raise Absent(f"{name} is not installed")
    return path


def accepted(reports):
    """How many messages were accepted, by what qmail-remote has reported."""
    return sum(record.startswith(b"K") for record in reports.split(b"\0"))


@dataclass
class Command:
    """A program with arguments, its environment, its fd 0, and its success."""

    argv: list
    env: dict = field(default_factory=dict)
    message: str = "/dev/null"
    # Whether it reports as qmail-remote does, so that success can be seen.
    reports: bool = False

    def run(self, *prefix):
        """Runs it once, behind another command; returns what is on fd 2."""
        with open(self.message, "rb") as message:
            done = subprocess.run([*prefix, *self.argv], stdin=message,
                                  capture_output=True, env=self.env,
                                  timeout=PATIENCE)
        if done.returncode or self.reports and accepted(done.stdout) != 1:
            raise Failed(f"{self.argv[0]}: {done.stdout!r} {done.stderr!r}")
        return done.stderr.decode()


def instructions(command):
    """Instructions that the processor is given, from the first to the last."""
    words = command.run(tool("valgrind"), "--tool=callgrind",
                        "--callgrind-out-file=/dev/null")
    return int(re.search(r"Collected : (\d+)", words).group(1))


def system_calls(command, folder):
    """How often the kernel is called, the dynamic loader's calls included."""
    summary = folder / "strace"
    command.run(tool("strace"), "-f", "-c", "-o", str(summary))
    total = summary.read_text().splitlines()[-1].split()
    # Per cent, seconds, microseconds a call, calls, perhaps errors, "total".
    return int(total[3])


class Spawner:
    """The program bench-spawn, and the folder it may write to."""

    def __init__(self, program, folder):
        self.program, self.reports = program, folder / "reports"

    def times(self, command, runs, at_once=1):
        """Runs it so often, so many at once, with no shell between."""
        self.reports.write_bytes(b"")
        done = subprocess.run(
            [self.program, str(runs), str(at_once), command.message,
             self.reports, *command.argv],
            stdout=subprocess.PIPE, text=True, env=command.env, check=True,
            timeout=PATIENCE)
        *lines, whole = done.stdout.splitlines()
        rows = [[int(word) for word in line.split()] for line in lines]
        if any(failed for _, _, failed in rows):
            raise Failed(f"{command.argv[0]} ended with an error")
        count = accepted(self.reports.read_bytes())
        if command.reports and count != runs:
            raise Failed(f"{count} of {runs} deliveries were accepted")
        return Times([took / 1e3 for took, _, _ in rows],
                     [cpu / 1e3 for _, cpu, _ in rows], int(whole) / 1e6)


@dataclass
class Times:
    """Milliseconds of each run, and seconds of all."""

    took: list
    cpu: list
    seconds: float

    @property
    def rate(self):
        """Runs a second."""
        return len(self.took) / self.seconds

    @property
    def most(self):
        """Milliseconds within which 99 of 100 runs end."""
        return sorted(self.took)[int(len(self.took) * 0.99)]

    @property
    def processor(self):
        """Milliseconds of processor time, those of the middle run."""
        return statistics.median(self.cpu)


def own_network():
    """
    Puts this process on a network of its own, with a loopback that is up.

    False if that is not allowed.  To be called before there are threads.
    """
    libc = ctypes.CDLL(None)
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWNET | (CLONE_NEWUSER if uid else 0)):
        return False
    if uid:
        own = pathlib.Path("/proc/self")
        (own / "setgroups").write_text("deny")
        (own / "uid_map").write_text(f"{uid} {uid} 1")
        (own / "gid_map").write_text(f"{gid} {gid} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        # A struct ifreq: the name, and a union whose first are the flags.
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", IFF_UP))
    return True


def sent(protocol, counter):
    """A counter of this network: what both ends have sent so far."""
    names, values = (
        line.split() for line in
        pathlib.Path("/proc/self/net/snmp").read_text().splitlines()
        if line.startswith(protocol + ":"))
    return int(values[names.index(counter)])


def packets(command, protocol, counter, runs=9):
    """Packets that one run causes, those of the middle run."""
    counts = []
    for _ in range(runs):
        before = settled(protocol, counter)
        command.run()
        counts.append(settled(protocol, counter) - before)
    return int(statistics.median(counts))


def settled(protocol, counter):
    """The counter, once the other end has sent its last as well."""
    last = sent(protocol, counter)
    for _ in range(50):
        time.sleep(0.05)
        count = sent(protocol, counter)
        if count == last:
            break
        last = count
    return last
