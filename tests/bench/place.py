"""
place - where deliveries are measured: control files, a server, and names
"""
import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import time

from measure import Absent, Command, Failed, tool

TESTS = pathlib.Path(__file__).parents[1]
sys.path[1:1] = [str(TESTS), str(TESTS / "dane")]

# All of 127.0.0.0/8 is loopback, but only 127.0.0.1 is an address of ours,
# which a mail exchanger must not be.
ADDRESS = "127.0.0.2"
HOST = "server.example"
ZONE = [f"{HOST}. MX 10 mx.{HOST}.", f"mx.{HOST}. A {ADDRESS}"]
LINE = b"0123456789" * 7 + b"abcdef\n"
TRIES = 20


def free_port(address, kind=socket.SOCK_STREAM):
    """A port that nobody listens on now."""
    with socket.socket(type=kind) as s:
        s.bind((address, 0))
        return s.getsockname()[1]


def answers(port):
    """Whether somebody listens there."""
    with socket.socket() as s:
        return s.connect_ex((ADDRESS, port)) == 0


def start_sink():
    """Starts smtp-sink; returns the process and its port."""
    as_nobody = [] if os.getuid() else ["-u", "nobody"]
    program = tool("smtp-sink")
    for _ in range(TRIES):
        port = free_port(ADDRESS)
        sink = subprocess.Popen([program, *as_nobody, f"{ADDRESS}:{port}",
                                 "100"], stdin=subprocess.DEVNULL)
        for _ in range(500):
            if sink.poll() is not None:
                break
            if answers(port):
                return sink, port
            time.sleep(0.01)
        stop(sink)
    raise Failed("smtp-sink did not start")


def stop(process):
    """Ends a process of ours."""
    process.terminate()
    process.wait()


def message(size):
    """A message of about that many bytes, in lines of 76 columns."""
    head = b"From: alice@client.example\nSubject: bench\n\n"
    return head + LINE * ((size - len(head)) // len(LINE))


class Place:
    """A folder with all that a delivery needs; a server while it is entered."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        # As on a host that has a queue: the table of addresses that failed.
        (folder / "queue" / "lock").mkdir(parents=True)
        (folder / "queue" / "lock" / "tcpto").write_bytes(bytes(2048))

    def __enter__(self):
        self.sink, self.port = start_sink()
        return self

    def __exit__(self, *_):
        stop(self.sink)

    @property
    def default_route(self):
        """The line of smtproutes that sends all mail to the server."""
        return f":[{ADDRESS}]:{self.port}\n"

    def control(self, name, **files):
        """A control directory; returns the environment that names it."""
        control = self.folder / name
        control.mkdir(exist_ok=True)
        files = {"me": "client.example\n",
                 "smtproutes": self.default_route} | files
        for file, text in files.items():
            (control / file).write_text(text)
        return {"CONTROLDIR": str(control), "CERTDIR": str(control),
                "QUEUEDIR": str(self.folder / "queue")}

    def routes(self, count):
        """So many routes for other hosts, and then the default one."""
        others = (f"host{i}.example:[{ADDRESS}]:{self.port}\n"
                  for i in range(count - 1))
        return "".join(others) + self.default_route

    def message(self, size):
        """The path of a file with a message."""
        path = self.folder / f"message.{size}"
        if not path.exists():
            path.write_bytes(message(size))
        return str(path)

    def delivery(self, env, size, host=HOST):
        """One delivery by qmail-remote, by the control files of env."""
        path = self.message(size)
        argv = [str(self.program), host, "alice@client.example", "",
                str(os.stat(path).st_size), f"bob@{host}"]
        return Command(argv, env, path, reports=True)

    def smtp_source(self, *options):
        """Postfix's client doing the same."""
        return Command([tool("smtp-source"), *options, f"{ADDRESS}:{self.port}"])


class Names:
    """A DNS server that knows the server's names, while it is entered."""

    def __enter__(self):
        try:
            from play import names
        except ImportError as e:
            raise Absent(f"no DNS server: {e}") from e
        self.port = free_port(names.ADDRESS)
        self.server = names.Server(names.Zone(ZONE), self.port)
        self.address = f"{names.ADDRESS}@{self.port}"
        return self

    def __exit__(self, *_):
        self.server.close()


class Signed:
    """
    The world of the tests of DANE, while it is entered: a server that has TLS,
    a CA and a certificate with keys of P-256, and a DNS that is signed from the
    root on.
    """

    # A host with one exchanger, which one record "3 1 1" verifies.
    host = "to-right-311-right.signed.test"

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        try:
            import cases, chain, dnsworld, tlssink
        except ImportError as e:
            raise Absent(f"no signed DNS: {e}") from e
        if lack := dnsworld.missing():
            raise Absent(f"not installed: {' '.join(lack)}")
        chains = chain.chains()
        with contextlib.ExitStack() as stack:
            sink = stack.enter_context(tlssink.Sink(chains, self.folder))
            world = stack.enter_context(dnsworld.World(
                self.folder, cases.records(sink.port, chains)))
            self.port = sink.port
            self.resolver, self.anchor = f"127.0.0.1@{world.port}", world.anchor
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()
