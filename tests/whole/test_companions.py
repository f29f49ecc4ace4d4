"""
The programs beside qmail-remote: databases made of control files, and the
timeout table printed and cleared.

Databases are read here by code of our own, by tinycdb's program where it is
installed, and by qmail-remote, which must do what they say.
"""
import contextlib
import fcntl
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import time

import pytest
from listener import Listener
from qremote import BUILD, PATIENCE, file_of

DATABASE = BUILD / "cdb-database"
TCPTO, TCPTO_CLASSIC = BUILD / "qmail-tcpto", BUILD / "qmail-tcpto-classic"
TCPOK, TCPOK_CLASSIC = BUILD / "qmail-tcpok", BUILD / "qmail-tcpok-classic"

MESSAGE = b"Subject: test\n\nbody\n"
NOBODY = 65534

ROOT = pytest.mark.skipif(os.getuid() != 0, reason="needs root to become another user")
TINYCDB = pytest.mark.skipif(shutil.which("cdb") is None, reason="needs tinycdb's cdb")


def run(site, program, *arguments, env=None, **more):
    """A program's exit status, what it printed, and what it complained of."""
    done = subprocess.run(
        [str(program), *map(str, arguments)], env={**site.env, **(env or {})},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE, **more)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def open_to_all():
    """A directory that another user can enter, and programs for that user."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        yield pathlib.Path(directory)


def as_nobody(site, directory, program, *arguments):
    """The same as run(), by another user, from a copy of the program."""
    copy = shutil.copy(program, directory)
    return run(site, copy, *arguments, user=NOBODY, group=NOBODY, extra_groups=[])


# Databases.

class Cdb:
    """A constant database as its format describes it, read without mercy."""

    def __init__(self, data):
        self.data = data
        tables = [self.pair(8 * i) for i in range(256)]
        self.records, at = [], 2048
        while at < tables[0][0]:
            key, value = self.pair(at)
            self.records.append((data[at + 8:at + 8 + key],
                                 data[at + 8 + key:at + 8 + key + value]))
            at += 8 + key + value
        assert at == tables[0][0]
        assert at + sum(8 * n for _, n in tables) == len(data)

    def pair(self, at):
        return struct.unpack_from("<II", self.data, at)

    def find(self, key):
        """The data of the first record with the key, by way of its hash."""
        h = 5381
        for byte in key:
            h = (h * 33 ^ byte) & 0xffffffff
        table, slots = self.pair(8 * (h % 256))
        for i in range(slots):
            found, at = self.pair(table + 8 * ((h // 256 + i) % slots))
            if at == 0:
                return None
            key_n, data_n = self.pair(at)
            if found == h and self.data[at + 8:at + 8 + key_n] == key:
                return self.data[at + 8 + key_n:at + 8 + key_n + data_n]
        return None


class Source:
    """A control file, and the database that is made of it."""

    def __init__(self, site, text=b"", name="list", *options):
        self.site, self.options = site, options
        self.path = site.control / name
        self.database = site.control / f"{name}.cdb"
        self.path.write_bytes(text)

    def make(self, **more):
        return run(self.site, DATABASE, *self.options, self.path.name, **more)

    def cdb(self):
        """The database, which must be made without a word."""
        assert self.make() == (0, "", "")
        return Cdb(self.database.read_bytes())

    def temporaries(self):
        return sorted(self.site.control.glob(f"{self.path.name}.cdb.*"))


OLD = b"the database as it was"

ASSIGNMENTS = (
    b"# logins\n"
    b"+:for everybody:\n"
    b"+Joe-:for Joe-:\n"
    b"+x@:with:colons:  \r\n"
    b"=JOE@Example.COM:the first::\n"
    b"=joe@example.com:the second:\n"
    b"=nothing@example.com::\n"
    b"+joe-A:#longer:\n"
    b".the end\n"
    b"not read\n")

ASSIGNED = [
    (b"!", b"for everybody"),
    (b"!joe-", b"for Joe-"),
    (b"!x@", b"with:colons"),
    (b"!joe@example.com\0", b"the first:"),
    (b"!joe@example.com\0", b"the second"),
    (b"!nothing@example.com\0", b""),
    (b"!joe-a", b"#longer"),
    (b"", b"-@a"),
]

RELAYS = (
    b"# relays\n"
    b"\n"
    b"Bob@Example.ORG [192.0.2.25]:2525 user password\n"
    b"!@ \t bounces.example.com \n"
    b"bob@example.org second.example.com\n"
    b"carol@example.org :587: /s")

RELAYED = [
    (b"bob@example.org", b"[192.0.2.25]:2525 user password"),
    (b"!@", b"bounces.example.com"),
    (b"bob@example.org", b"second.example.com"),
    (b"carol@example.org", b":587: /s"),
]


# REQ: CMP-01 CMP-05
@pytest.mark.parametrize("text,records,options", [
    (ASSIGNMENTS, ASSIGNED, []),
    (b".", [(b"", b"")], []),
    (b"# nobody\n.\n", [(b"", b"")], []),
    (b"=a:b:\r\n.\r\n", [(b"!a\0", b"b"), (b"", b"")], []),
    (RELAYS, RELAYED, ["-m"]),
    (b"", [], ["-m"]),
], ids=["assignments", "no more than its end", "only a comment", "CR LF", "relays", "empty"])
def test_what_is_in_a_database(site, text, records, options):
    cdb = Source(site, text, "list", *options).cdb()
    assert cdb.records == records
    for key, data in reversed(records):
        first = next(d for k, d in records if k == key)
        assert cdb.find(key) == first
    assert cdb.find(b"!nobody\0") is None


# REQ: CMP-01
def test_prefixes_that_end_with_any_byte(site):
    """Their last bytes are listed once each, and in lower case."""
    ends = bytes(c for c in range(1, 256) if c not in b"\n:")
    lines = b"".join(b"+p%c:x:\n" % c for c in ends)
    listed = Source(site, lines + lines + b".\n").cdb().find(b"")
    assert listed == bytes(dict.fromkeys(ends.lower()))


# REQ: CMP-01
@pytest.mark.parametrize("options,line,key", [
    ([], b"=%s:%s:\n.\n", b"!%s\0"), (["-m"], b"%s@x %s\n", b"%s@x")], ids=["assignment", "relay"])
def test_lines_of_a_megabyte(site, options, line, key):
    long, short = b"x" * (1 << 20), b"y"
    for address, data in ((long, short), (short, long)):
        cdb = Source(site, line % (address, data), "list", *options).cdb()
        assert cdb.records[0] == (key % address, data)
        assert cdb.find(key % address) == data


# REQ: CMP-01 CMP-05
@TINYCDB
@pytest.mark.parametrize("text,records,options", [
    (ASSIGNMENTS, ASSIGNED, []), (RELAYS, RELAYED, ["-m"])], ids=["assignments", "relays"])
def test_tinycdb_reads_and_writes_the_same(site, text, records, options):
    source = Source(site, text, "list", *options)
    source.cdb()
    for key, _ in records:
        # A key with a NUL cannot be an argument.
        if b"\0" not in key:
            found = subprocess.run(["cdb", "-q", "-n", "1", source.database, key], check=True,
                                   stdout=subprocess.PIPE).stdout
            assert found == next(d for k, d in records if k == key)
    lines = b"".join(b"+%d,%d:%s->%s\n" % (len(k), len(d), k, d) for k, d in records)
    dumped = subprocess.run(["cdb", "-d", source.database], check=True,
                            stdout=subprocess.PIPE).stdout
    assert dumped == lines + b"\n"
    other = site.directory / "other.cdb"
    subprocess.run(["cdb", "-c", "-t", f"{other}.tmp", other], input=lines + b"\n", check=True)
    assert other.read_bytes() == source.database.read_bytes()


# REQ: CMP-05
@TINYCDB
def test_tinycdb_makes_the_same_of_relays(site):
    """As the manual says, if all is in lower case and nothing is fancy."""
    text = b"!@ one.example\nbob@example.org [192.0.2.1]:25 a b\n"
    source = Source(site, text, "moresmtproutes", "-m")
    source.cdb()
    other = site.directory / "other.cdb"
    subprocess.run(["cdb", "-c", "-m", "-t", f"{other}.tmp", other, source.path], check=True)
    assert other.read_bytes() == source.database.read_bytes()


# REQ: CMP-01 AUTH-06
def test_qmail_remote_finds_assignments(site):
    """Each entry makes the client come from an address of its own."""
    lines = [b"+:%d:\n", b"+joe:%d:\n", b"+Joe-:%d:\n", b"=JOE@x.example:%d:\n",
             b"=joe@x.example:%d:\n", b"+joe-a@x.example:%d:\n"]
    text = b"".join(line % n for n, line in enumerate(lines, 10))
    text = re.sub(rb":(\d+):", rb":user password OUTGOINGIP=127.0.0.\1:", text)
    Source(site, text + b".\n", "remote_auth").cdb()
    origins = []

    def play(session):
        origins.append(session.sock.getpeername()[0])
        session.take_mail("PIPELINING")

    senders = {"": 10, "bill@x.example": 10, "jo@x.example": 10, "joe@y.example": 11,
               "JOEY@x.example": 11, "joe-@x.example": 12, "joe-b@x.example": 12,
               "joe@x.example": 13, "Joe@X.example": 13, "joe-A@x.example": 15}
    with Listener(play) as server:
        site.put("smtproutes", f":127.0.0.1:{server.port} /s")
        for sender in senders:
            assert site.deliver(MESSAGE, sender=sender).letters == "rK"
    assert origins == [f"127.0.0.{n}" for n in senders.values()]


# REQ: CMP-05 RTE-07
def test_qmail_remote_finds_relays(site):
    with Listener(lambda s: s.take_mail(), "127.0.0.2") as general, \
            Listener(lambda s: s.take_mail(), "127.0.0.3") as special, \
            Listener(lambda s: s.take_mail(), "127.0.0.4") as bounces:
        site.put("smtproutes", f":127.0.0.2:{general.port}")
        text = f"Bob@server.example 127.0.0.3:{special.port}\n" \
               f"!@ [127.0.0.4]:{bounces.port}\n"
        Source(site, text.encode(), "moresmtproutes", "-m").cdb()
        for recipient, sender, came in [
                ("bob@server.example", "alice@x.example", special),
                ("BOB@Server.Example", "alice@x.example", special),
                ("carol@server.example", "alice@x.example", general),
                ("bob@server.example", "", bounces)]:
            before = came.connections
            assert site.deliver(MESSAGE, recipient, sender=sender).letters == "rK"
            assert came.connections == before + 1


# REQ: CMP-01
def test_where_files_are(site, tmp_path):
    """A name is below the control directory unless it is a path."""
    for name, folder in [("list", site.control), (tmp_path / "list", tmp_path),
                         ("./list", tmp_path), ("../control/list", site.control)]:
        (folder / "list").write_bytes(ASSIGNMENTS)
        cwd = tmp_path / "control" if name == "../control/list" else tmp_path
        assert run(site, DATABASE, name, cwd=cwd) == (0, "", "")
        assert Cdb((folder / "list.cdb").read_bytes()).records == ASSIGNED
        (folder / "list").unlink()
        (folder / "list.cdb").unlink()


# Lines that are wrong.

GOOD = b"=a@x:y:\n"


# REQ: CMP-01
@pytest.mark.parametrize("text,line,words", [
    (b"", 1, "ends without"),
    (GOOD, 2, "ends without"),
    (GOOD + b"# .\n", 3, "ends without"),
    (GOOD + b"=b@x:y:", 3, "ends without"),
    (GOOD + b"\n.\n", 2, "empty"),
    (GOOD + b" \t\r\n.\n", 2, "empty"),
    (b"=a@x:y\n.\n", 1, "two colons"),
    (b"=a@x\n.\n", 1, "two colons"),
    (b"+:\n.\n", 1, "two colons"),
    (b"=\n.\n", 1, "two colons"),
    (b"=a@x:user pass:word\n.\n", 1, "end with a colon"),
    (b"=a@x:y: z\n.\n", 1, "end with a colon"),
    (b"=:y:\n.\n", 1, "no address"),
    (b"a@x:y:\n.\n", 1, "begins with none"),
    (GOOD + b" =a@x:y:\n.\n", 2, "begins with none"),
    (GOOD + b" .\n", 2, "begins with none"),
    (b":y:\n.\n", 1, "begins with none"),
    (b"-a@x:y:\n.\n", 1, "begins with none"),
    (b"\xef\xbb\xbf=a@x:y:\n.\n", 1, "begins with none"),
    (b"\0", 1, "NUL"),
    (GOOD + b"=a\0@x:y:\n.\n", 2, "NUL"),
    (GOOD + b"=a@x:y\0:\n.\n", 2, "NUL"),
    (GOOD + b"# \0\n.\n", 2, "NUL"),
    (GOOD + b".\n\n\0", 4, "NUL"),
    (GOOD + b"x" * (1 << 20) + b"\n.\n", 2, "begins with none"),
    (b"".join(b"=%d:x:\n" % n for n in range(70000)) + b"=b@x\n", 70001, "two colons"),
], ids=lambda v: repr(v[:24]) if isinstance(v, bytes) else None)
def test_a_wrong_line(site, text, line, words):
    wrong_line(Source(site, text), line, words)


# REQ: CMP-05
@pytest.mark.parametrize("text,line,words", [
    (b"a@x\n", 1, "no relay"),
    (b"a@x \t\n", 1, "no relay"),
    (b"# routes\n\na@x", 3, "no relay"),
    (b"!@\n", 1, "no relay"),
    (b"x.example relay.example\n", 1, "an address"),
    (b"a@x y\n a@x y\n", 2, "an address"),
    (b"=a@x\n", 1, "no relay"),
    (b".\n", 1, "an address"),
    (b"a@x y\0\n", 1, "NUL"),
], ids=repr)
def test_a_wrong_line_of_relays(site, text, line, words):
    wrong_line(Source(site, text, "moresmtproutes", "-m"), line, words)


def wrong_line(source, line, words):
    """It is named, exit 100, and the old database is not touched."""
    for old in (None, OLD):
        if old:
            source.database.write_bytes(old)
        status, out, complaint = source.make()
        assert (status, out) == (100, "")
        assert complaint.startswith(f"{source.path}:{line}: ")
        assert words in complaint and complaint.endswith("\n")
        assert complaint.count("\n") == 1 and len(complaint) < 1000
        unchanged(source, old)


def unchanged(source, old=OLD):
    """The database is what it was, and nothing else was left."""
    assert (source.database.read_bytes() if source.database.exists() else None) == old
    assert not source.temporaries()


# REQ: CMP-01
@pytest.mark.parametrize("arguments", [[], [""], ["a", "b"], ["-x", "list"], ["-m"]], ids=repr)
def test_a_wrong_call(site, arguments):
    Source(site, ASSIGNMENTS)
    status, out, complaint = run(site, DATABASE, *arguments)
    assert (status, out) == (100, "") and "usage: cdb-database " in complaint


# What fails.

# REQ: CMP-01
@pytest.mark.parametrize("how", ["absent", "directory", "loop"])
def test_a_source_that_cannot_be_read(site, how):
    source = Source(site)
    source.database.write_bytes(OLD)
    source.path.unlink()
    if how == "directory":
        source.path.mkdir()
    elif how == "loop":
        source.path.symlink_to(source.path)
    status, _, complaint = source.make()
    assert status == 111 and complaint.startswith(f"cdb-database: {source.path}: ")
    unchanged(source)


# REQ: CMP-01
def test_a_place_that_cannot_be_taken(site):
    source = Source(site, ASSIGNMENTS)
    source.database.mkdir()
    status, _, complaint = source.make()
    assert status == 111 and complaint.startswith(f"cdb-database: {source.database}: ")
    assert source.database.is_dir() and not source.temporaries()


# REQ: CMP-01
@ROOT
def test_a_directory_that_cannot_be_written(site, open_to_all):
    site.env["CONTROLDIR"] = str(open_to_all)
    (open_to_all / "list").write_bytes(ASSIGNMENTS)
    (open_to_all / "list.cdb").write_bytes(OLD)
    status, _, complaint = as_nobody(site, open_to_all, DATABASE, "list")
    assert status == 111 and "Permission denied" in complaint
    assert (open_to_all / "list.cdb").read_bytes() == OLD


@pytest.fixture(scope="module")
def many_lines():
    """More than can be written in no time; about 40 megabytes."""
    return b"".join(b"=user%d@server.example:%0200d:\n" % (n, n)
                    for n in range(180_000)) + b".\n"


# REQ: CMP-01
@pytest.mark.parametrize("limit", [0, 1, 4096, 100_000, 1 << 20])
def test_no_room(site, many_lines, limit):
    """A limit that a write reaches, early or late."""
    source = Source(site, many_lines)
    source.database.write_bytes(OLD)
    status, _, complaint = source.make(
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    assert status == 111
    assert complaint == f"cdb-database: {source.database}: File too large\n"
    unchanged(source)


def state_of(pid):
    """"R", "S", "T", ... as the system has it."""
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


@contextlib.contextmanager
def stopped_in_the_middle(source):
    """A run that stands still while it has a temporary file."""
    process = subprocess.Popen([str(DATABASE), source.path.name], env=source.site.env,
                               stderr=subprocess.PIPE)
    try:
        while not source.temporaries():
            assert process.poll() is None
        process.send_signal(signal.SIGSTOP)
        while state_of(process.pid) != "T":
            time.sleep(0.001)
        assert len(source.temporaries()) == 1
        yield process
    finally:
        process.kill()
        process.communicate()


# REQ: CMP-01
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP],
                         ids=lambda s: s.name)
def test_told_to_stop_in_the_middle(site, many_lines, number):
    source = Source(site, many_lines)
    source.database.write_bytes(OLD)
    with stopped_in_the_middle(source) as process:
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)
        _, complaint = process.communicate(timeout=PATIENCE)
    assert process.returncode == 111 and b"told to stop" in complaint
    unchanged(source)


# REQ: CMP-01
def test_killed_in_the_middle(site, many_lines):
    """The old database stays, and what is left does not stand in the way."""
    source = Source(site, many_lines)
    source.database.write_bytes(OLD)
    with stopped_in_the_middle(source) as process:
        process.kill()
        process.wait(PATIENCE)
    assert source.database.read_bytes() == OLD
    source.path.write_bytes(ASSIGNMENTS)
    assert source.cdb().records == ASSIGNED


# REQ: CMP-01
def test_several_runs_at_once(site):
    """A reader finds the old database or the new one, and always a whole one."""
    source = Source(site, ASSIGNMENTS)
    source.cdb()
    running = [subprocess.Popen([str(DATABASE), "list"], env=site.env) for _ in range(20)]
    while any(p.poll() is None for p in running):
        assert Cdb(source.database.read_bytes()).records == ASSIGNED
    assert [p.returncode for p in running] == [0] * 20
    assert not source.temporaries()


# Who may read them.

def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


# REQ: CMP-01
@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600, 0o640, 0o644, 0o666])
def test_permissions(site, mode):
    """Those of the source at first, then those of the database itself."""
    source = Source(site, ASSIGNMENTS)
    source.path.chmod(mode)
    old = os.umask(0o077)
    try:
        source.cdb()
        assert mode_of(source.database) == mode
        source.path.chmod(0o604)
        source.cdb()
        assert mode_of(source.database) == mode
    finally:
        os.umask(old)


# REQ: CMP-01
@ROOT
def test_owners(site):
    source = Source(site, ASSIGNMENTS)
    os.chown(source.path, 1001, 1002)
    source.path.chmod(0o640)
    source.cdb()
    os.chown(source.database, 1003, 1004)
    source.database.chmod(0o440)
    source.cdb()
    s = source.database.stat()
    assert (s.st_uid, s.st_gid, mode_of(source.database)) == (1003, 1004, 0o440)
    source.database.unlink()
    source.cdb()
    s = source.database.stat()
    assert (s.st_uid, s.st_gid, mode_of(source.database)) == (1001, 1002, 0o640)


# REQ: CMP-01
@ROOT
def test_an_owner_that_cannot_be_kept(site, open_to_all):
    """The database is not made at all: its reader could not read it."""
    control = open_to_all / "control"
    control.mkdir()
    os.chown(control, NOBODY, NOBODY)
    site.env["CONTROLDIR"] = str(control)
    (control / "list").write_bytes(ASSIGNMENTS)
    (control / "list.cdb").write_bytes(OLD)
    (control / "list.cdb").chmod(0o644)
    status, _, complaint = as_nobody(site, open_to_all, DATABASE, "list")
    assert status == 111 and "Operation not permitted" in complaint
    assert (control / "list.cdb").read_bytes() == OLD
    assert sorted(p.name for p in control.iterdir()) == ["list", "list.cdb"]


# REQ: CMP-01
def test_nobody_else_reads_it_while_it_is_made(site, many_lines):
    source = Source(site, many_lines)
    source.path.chmod(0o644)
    with stopped_in_the_middle(source):
        assert mode_of(source.temporaries()[0]) == 0o600


# The timeout table.

def wide(ip, count, when, family=None, junk=b""):
    """A record of 32 bytes; junk stands behind an IPv4 address."""
    v6 = ":" in ip
    family = family or (10 if v6 else 2)
    address = socket.inet_pton(socket.AF_INET6 if v6 else socket.AF_INET, ip) + junk
    return struct.pack("<B3xB3xI4x16s", family, count, when, address)


def classic(ip, count, when):
    """A record of 16 bytes, as qmail 1.03 has it."""
    return struct.pack("<4sB3xI4x", socket.inet_aton(ip), count, when)


def table_of(records, size, record_size):
    """A table of size bytes; records maps places to records."""
    table = bytearray(size)
    for place, record in records.items():
        assert len(record) == record_size
        table[place * record_size:(place + 1) * record_size] = record
    return bytes(table)


class Layout:
    """One of the two kinds of table, with the programs for it."""

    def __init__(self, is_classic):
        self.classic = is_classic
        self.size = 16 if is_classic else 32
        self.printer, self.clearer = \
            (TCPTO_CLASSIC, TCPOK_CLASSIC) if is_classic else (TCPTO, TCPOK)
        self.line = re.compile(
            r"(\S+) " + ("" if is_classic else "(ipv[46]) ")
            + r"timed out (\d+) seconds ago; # recent timeouts: (\d+)\n")

    def record(self, ip, count, when):
        return classic(ip, count, when) if self.classic else wide(ip, count, when)

    def table(self, records, size=None):
        return table_of(records, size or 64 * self.size, self.size)

    def parse(self, out):
        """[(address, count, seconds)]; fails on anything but whole lines."""
        found, at = [], 0
        while at < len(out):
            line = self.line.match(out, at)
            assert line, out[at:]
            *address, age, count = line.groups()
            found.append((" ".join(address), int(count), int(age)))
            at = line.end()
        return found

    def name(self, ip):
        """An address as it is printed."""
        return ip if self.classic else f"{ip} ipv{6 if ':' in ip else 4}"


@pytest.fixture(params=[False, True], ids=["wide", "classic"])
def layout(request):
    return Layout(request.param)


def put_table(site, table, queue="queue"):
    """Writes the table of a queue; returns its path."""
    path = site.directory / queue / "lock" / "tcpto"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(table)
    return path


def printed(site, layout, env=None):
    """What the program prints, which must go well."""
    status, out, complaint = run(site, layout.printer, env=env)
    assert (status, complaint) == (0, "")
    return layout.parse(out)


def same(found, expected):
    """Whether records are the same, but for seconds that have passed."""
    return [f[:2] for f in found] == [e[:2] for e in expected] and \
        all(e[2] <= f[2] <= e[2] + 5 for f, e in zip(found, expected))


# REQ: TRY-08 TRY-04
def test_print_a_wide_table(site):
    """In the order of the file, whatever may stand in it."""
    now = int(time.time())
    path = put_table(site, table_of({
        0: wide("192.0.2.1", 1, now - 10),
        1: wide("192.0.2.2", 0, now - 20),
        2: wide("2001:db8::1", 10, now - 30),
        3: wide("192.0.2.3", 2, now - 40, junk=b"\x20\x01" * 6),
        4: wide("192.0.2.4", 2, now - 50, family=7),
        5: wide("192.0.2.5", 255, now + 10000),
        6: wide("::ffff:192.0.2.6", 3, now - 60),
        7: wide("192.0.2.1", 4, now - 70),
        8: wide("0.0.0.0", 1, 0),
        63: wide("192.0.2.63", 5, now - 80),
    }, 2048, 32))
    before = path.read_bytes()
    assert same(printed(site, Layout(False)), [
        ("192.0.2.1 ipv4", 1, 10), ("2001:db8::1 ipv6", 10, 30), ("192.0.2.3 ipv4", 2, 40),
        ("192.0.2.5 ipv4", 255, 0), ("::ffff:192.0.2.6 ipv6", 3, 60),
        ("192.0.2.1 ipv4", 4, 70), ("0.0.0.0 ipv4", 1, now), ("192.0.2.63 ipv4", 5, 80)])
    assert path.read_bytes() == before


# REQ: TRY-08 TRY-04
def test_print_a_classic_table(site):
    now = int(time.time())
    put_table(site, table_of({
        0: classic("192.0.2.1", 1, now - 10), 1: classic("192.0.2.2", 0, now - 20),
        5: classic("2.0.0.0", 3, now - 30), 63: classic("192.0.2.63", 10, now - 40),
    }, 1024, 16))
    assert same(printed(site, Layout(True)), [
        ("192.0.2.1", 1, 10), ("2.0.0.0", 3, 30), ("192.0.2.63", 10, 40)])


# REQ: TRY-04 TRY-08
@pytest.mark.parametrize("places", [0, 0.5, 1, 1.9, 3, 64, 65, 1000])
def test_tables_of_other_sizes(site, layout, places):
    """Only whole records count, and only the first 64."""
    full = b"".join(layout.record(f"10.0.{n // 256}.{n % 256}", 1, n) for n in range(1000))
    path = put_table(site, full[:int(places * layout.size)])
    size, inode = path.stat().st_size, path.stat().st_ino
    whole = min(int(places), 64)
    assert [f[0] for f in printed(site, layout)] == \
        [layout.name(f"10.0.0.{n}") for n in range(whole)]
    assert run(site, layout.clearer) == (0, "", "")
    assert (path.stat().st_size, path.stat().st_ino) == (size, inode)
    assert path.read_bytes() == bytes(whole * layout.size) + full[whole * layout.size:size]
    assert printed(site, layout) == []


# REQ: TRY-08
@pytest.mark.parametrize("how", ["no queue", "absent", "directory", "FIFO"])
def test_tables_that_cannot_be_used(site, layout, how):
    """The path is named, and nothing is made in its place."""
    path = site.directory / "queue" / "lock" / "tcpto"
    if how != "no queue":
        path.parent.mkdir(parents=True)
    if how == "directory":
        path.mkdir()
    elif how == "FIFO":
        os.mkfifo(path)
    for program in (layout.printer, layout.clearer):
        status, out, complaint = run(site, program)
        assert (status, out) == (111, "")
        assert complaint.startswith(f"{program.name}: {path}: ")
    assert path.exists() == (how in ("directory", "FIFO"))


# REQ: TRY-08
@ROOT
def test_permission_to_read_is_enough_to_print(site, layout, open_to_all):
    site.env["QUEUEDIR"] = str(open_to_all)
    path = open_to_all / "lock" / "tcpto"
    path.parent.mkdir()
    table = layout.table({0: layout.record("192.0.2.1", 1, 0)})
    path.write_bytes(table)
    for mode, statuses in ((0o644, (0, 111)), (0o600, (111, 111))):
        path.chmod(mode)
        assert statuses == tuple(as_nobody(site, open_to_all, program)[0]
                                 for program in (layout.printer, layout.clearer))
    assert path.read_bytes() == table


# REQ: TRY-08
def test_several_queues(site, layout):
    def tables():
        for n in range(1, 6):
            put_table(site, layout.table({n: layout.record(f"192.0.2.{n}", n, 0)}),
                      f"base/queue{n}")

    def left():
        """The queues whose tables still have something in them."""
        return [n for n in range(1, 6) if any(
            (site.directory / f"base/queue{n}/lock/tcpto").read_bytes())]

    tables()
    several = {"QUEUEDIR": "", "QUEUE_BASE": str(site.directory / "base")}
    for start, count, queues in [("", "3", [1, 2, 3]), ("3", "2", [3, 4]), ("5", "1", [5]),
                                 ("1", "05", range(1, 6))]:
        env = {**several, "QUEUE_START": start, "QUEUE_COUNT": count}
        assert [f[:2] for f in printed(site, layout, env)] == \
            [(layout.name(f"192.0.2.{n}"), n) for n in queues]
        assert run(site, layout.clearer, env=env) == (0, "", "")
        assert left() == [n for n in range(1, 6) if n not in queues]
        tables()
    # One that is missing does not hide the others.
    (site.directory / "base/queue2/lock/tcpto").unlink()
    env = {**several, "QUEUE_COUNT": "3"}
    status, out, complaint = run(site, layout.printer, env=env)
    assert status == 111 and "base/queue2/lock/tcpto: " in complaint
    assert [f[1] for f in layout.parse(out)] == [1, 3]
    assert run(site, layout.clearer, env=env)[0] == 111
    put_table(site, b"", "base/queue2")
    assert left() == [4, 5]


# REQ: TRY-08
def test_one_queue_wins_over_several(site, layout):
    put_table(site, layout.table({0: layout.record("192.0.2.1", 1, 0)}))
    env = {"QUEUE_BASE": str(site.directory / "base"), "QUEUE_COUNT": "2"}
    assert [f[1] for f in printed(site, layout, env)] == [1]


# REQ: TRY-08
@pytest.mark.parametrize("start,count,wrong", [
    ("", "", "QUEUE_COUNT"), ("", "0", "QUEUE_COUNT"), ("", "x", "QUEUE_COUNT"),
    ("", "-1", "QUEUE_COUNT"), ("", "2x", "QUEUE_COUNT"), ("", "1001", "QUEUE_COUNT"),
    ("0", "1", "QUEUE_START"), ("x", "1", "QUEUE_START"),
    ("99999999999999999999", "1", "QUEUE_START")])
def test_wrong_numbers_of_queues(site, layout, start, count, wrong):
    put_table(site, layout.table({0: layout.record("192.0.2.1", 1, 0)}), "base/queue1")
    env = {"QUEUEDIR": "", "QUEUE_BASE": str(site.directory / "base"),
           "QUEUE_START": start, "QUEUE_COUNT": count}
    for program in (layout.printer, layout.clearer):
        status, out, complaint = run(site, program, env=env)
        assert (status, out) == (100, "") and f"{program.name}: {wrong}: " in complaint


# REQ: TRY-08
def test_arguments_are_not_taken(site, layout):
    path = put_table(site, layout.table({0: layout.record("192.0.2.1", 1, 0)}))
    before = path.read_bytes()
    for program in (layout.printer, layout.clearer):
        status, out, complaint = run(site, program, "192.0.2.1")
        assert (status, out, complaint) == (100, "", f"usage: {program.name}\n")
    assert path.read_bytes() == before


# REQ: TRY-08
def test_descriptors_that_are_closed_or_full(site, layout):
    """Never success without output; never output into the table."""
    table = layout.table({0: layout.record("192.0.2.1", 1, 0)})
    path = put_table(site, table)
    with open("/dev/full", "wb") as full:
        process = subprocess.run([layout.printer], env=site.env, stdout=full,
                                 stderr=subprocess.PIPE)
    assert process.returncode == 111 and b"standard output" in process.stderr
    for closing, status in ((">&-", 111), ("<&- >&- 2>&-", 111), ("<&- 2>&-", 0)):
        assert subprocess.run(["sh", "-c", f'"$0" {closing}', layout.printer],
                              env=site.env, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == status
    assert path.read_bytes() == table
    env = {**site.env, "QUEUEDIR": "", "QUEUE_BASE": str(site.directory), "QUEUE_COUNT": "2"}
    second = put_table(site, table, "queue2")
    assert subprocess.run(["sh", "-c", '"$0" <&- >&- 2>&-', layout.clearer],
                          env=env).returncode == 111
    assert second.read_bytes() == bytes(len(table))


# REQ: TRY-04 TRY-08
def test_the_lock_is_waited_for(site, layout):
    table = layout.table({0: layout.record("192.0.2.1", 1, 0)})
    path = put_table(site, table)
    for program in (layout.printer, layout.clearer):
        with path.open("rb") as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            process = subprocess.Popen([program], env=site.env, stdout=subprocess.PIPE)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.3)
            assert path.read_bytes() == table
        out, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert len(layout.parse(out.decode())) == (program == layout.printer)
    assert path.read_bytes() == bytes(len(table))


# REQ: TRY-05 TRY-06 TRY-08
def test_a_cleared_table_passes_nothing_over(site, layout):
    path = put_table(site, layout.table({
        0: layout.record("127.0.0.1", 2, int(time.time()))}))
    with Listener(lambda s: s.take_mail()) as server:
        site.route(server.port)
        report = site.deliver(MESSAGE, classic=layout.classic)
        assert report.letters == "Z" and "(#4.4.1)" in report.text
        assert run(site, layout.clearer) == (0, "", "")
        assert site.deliver(MESSAGE, classic=layout.classic).letters == "rK"
    assert not any(path.read_bytes())


# Many at once.

@contextlib.contextmanager
def deliveries_that_fail(site, addresses, is_classic):
    """
    A delivery to each address, all at once, that finds nobody there.

    Every failure counts, and no address is passed over.
    """
    with socket.socket() as deaf:
        # Bound but not listening: whoever connects is refused.
        deaf.bind(("0.0.0.0", 0))
        site.put("smtproutes", "\n".join(
            f"host{n}.example:{address}:{deaf.getsockname()[1]}:0:0"
            for n, address in enumerate(addresses)))
        with file_of(MESSAGE) as message:
            runs = [site.start(site.argv(f"bob@host{n}.example", host=f"host{n}.example",
                                         classic=is_classic), message)
                    for n in range(len(addresses))]
            yield runs
            for r in runs:
                assert r.finish().letters == "Z"


# REQ: TRY-04 TRY-05
def test_failures_of_twenty_addresses_at_once(site, layout):
    path = put_table(site, layout.table({}))
    addresses = [f"127.0.0.{n}" for n in range(10, 30)]
    begin = int(time.time())
    with deliveries_that_fail(site, addresses, layout.classic) as runs:
        while any(r.process.poll() is None for r in runs):
            assert {f[1] for f in printed(site, layout)} <= {1}
    found = printed(site, layout)
    assert sorted(f[0] for f in found) == sorted(map(layout.name, addresses))
    assert {f[1] for f in found} == {1}
    # Whole records in the first places, and not a byte besides.
    table = path.read_bytes()
    assert len(table) == 64 * layout.size and not any(table[20 * layout.size:])
    for place in range(20):
        record = table[place * layout.size:(place + 1) * layout.size]
        ip = found[place][0].split()[0]
        assert record in [layout.record(ip, 1, when)
                          for when in range(begin, int(time.time()) + 1)]


# REQ: TRY-04 TRY-05
@pytest.mark.parametrize("n,count", [(8, 8), (20, 10)])
def test_failures_of_one_address_at_once(site, layout, n, count):
    """None is lost, and the count ends at ten."""
    put_table(site, layout.table({}))
    with deliveries_that_fail(site, ["127.0.0.10"] * n, layout.classic):
        pass
    assert [f[:2] for f in printed(site, layout)] == [(layout.name("127.0.0.10"), count)]


# REQ: TRY-04 TRY-08
def test_cleared_while_others_write(site, layout):
    """Before, between or after them: what is left are whole records."""
    path = put_table(site, layout.table({
        n: layout.record(f"192.0.2.{n}", 3, 0) for n in range(64)}))
    addresses = [f"127.0.0.{n}" for n in range(10, 30)]
    with deliveries_that_fail(site, addresses, layout.classic) as runs:
        while sum(r.process.poll() is not None for r in runs) < 10:
            time.sleep(0.001)
        assert run(site, layout.clearer) == (0, "", "")
    found = printed(site, layout)
    assert {f[0] for f in found} <= set(map(layout.name, addresses)) and len(found) <= 20
    assert len(path.read_bytes()) == 64 * layout.size
