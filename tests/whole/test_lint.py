"""
qmail-remote-lint: one test for each kind of finding, and the databases that
take the place of files of routes.

No output may hold a secret.
"""
import contextlib
import os
import pathlib
import re
import resource
import shutil
import signal
import stat
import subprocess
import tempfile
import time

import cdbfile
import pytest
from listener import Listener, hang_up, willing
from qremote import BUILD, PATIENCE, RECIPIENT

LINT = BUILD / "qmail-remote-lint"

MESSAGE = b"Subject: test\n\nbody\n"
NOBODY = 65534

# Passwords, and values of variables, in files of these tests.
SECRETS = ("hush", "Sesame")

ROOT = pytest.mark.skipif(os.getuid() != 0, reason="needs root to become another user")
TINYCDB = pytest.mark.skipif(shutil.which("cdb") is None, reason="needs tinycdb's cdb")

OLD = b"the database as it was"


def run(site, *arguments, program=LINT, env=None, **more):
    """Exit status, output and complaint; a secret in either is an error."""
    more.setdefault("stdout", subprocess.PIPE)
    done = subprocess.run(
        [str(program), *map(str, arguments)], env={**site.env, **(env or {})},
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=PATIENCE, **more)
    out, complaint = (done.stdout or b"").decode(), done.stderr.decode()
    for secret in SECRETS:
        assert secret not in out + complaint
    return done.returncode, out, complaint


def findings(site, *arguments, **more):
    """What is found, without the control directory; there must be something."""
    status, out, complaint = run(site, *arguments, **more)
    assert (status, complaint) == (1, "")
    return [line.removeprefix(f"{site.control}/") for line in out.splitlines()]


def put(site, name, text):
    """A file that only we can read."""
    path = site.control / name
    path.write_bytes(text if isinstance(text, bytes) else f"{text}\n".encode())
    path.chmod(0o600)
    return path


# Nothing to mend.

def test_clean(site):
    assert run(site) == (0, "", "")


# REQ: RTE-01 RTE-10 AUTH-07
def test_clean_with_every_kind_of_file(site):
    for name, text in {
            "helohost": "mail.client.example",
            "smtproutes": "# routes\n\na.example:\nb.example:relay.example:587:60:60 "
                          "alice hush A=x\\,CONTROLDIR=y,B=\n.b.example:[::1]:25\n"
                          "c.example:::0 /s\n!@:relay.example\n:::",
            "qmtproutes": "a.example:192.0.2.1 /token C=1",
            "timeoutconnect": "60", "timeoutremote": "0", "timeoutdelivery": "86400",
            "timeoutdns": "", "ipfamily": "PREFER-ipv6",
            "dnsservers": "127.0.0.1\n127.0.0.1@5353\n::1@53",
            "notipme": "127.0.0.1\n[::1]", "moreipme": "192.0.2.1",
            "tlspolicy": "may\nx.example:encrypt", "ehlodiscard": "CHUNKING",
            "bindroutes": "192.0.2.:127.0.0.1\n[2001:db8:]:[::1]\n[192.0.2.9]:\n:127.0.0.2",
            "domainbindings": "a.example:127.0.0.1\n.b.example:[127.0.0.2]\nc.example:\n:::1",
            "outgoingip": "127.0.0.1\n::1", "outgoingip.server.example": "127.0.0.1",
            "helohostbyip": "127.0.0.1:one.example\n[::1]:two.example"}.items():
        put(site, name, text)
    put(site, "remote_auth.cdb", cdbfile.of_assignments(
        "=alice@a.example:alice hush A=Sesame,B=:\n+joe-:joe hush:"))
    put(site, "moresmtproutes.cdb", cdbfile.of_recipients(
        "bob@a.example relay.example:25 alice hush\n!@ [192.0.2.1]"))
    assert run(site) == (0, "", "")


def test_clean_as_another_directory(site, tmp_path):
    """An argument counts, not CONTROLDIR."""
    (site.control / "me").unlink()
    other = tmp_path / "other"
    other.mkdir()
    (other / "me").write_text("client.example\n")
    assert run(site, other) == (0, "", "")
    put(site, "me", "client.example")
    (other / "timeoutdns").write_text("soon\n")
    assert run(site) == (0, "", "")
    assert run(site, other) == (
        1, f"{other}/timeoutdns:1: refused, not a number: \"soon\"\n", "")


# Findings.

# REQ: BND-05
def test_no_name(site):
    (site.control / "me").unlink()
    assert findings(site) == [
        f"{site.control}: neither helohost nor me is there, so no mail is sent"]


# REQ: RTE-09
@pytest.mark.parametrize("name", ["smtproutes", "qmtproutes"])
@pytest.mark.parametrize("line,found", [
    ("x.example", "refused: \"no colon\""),
    ("x.example:relay.example:smtp", "refused: \"bad port\""),
    ("x.example:relay.example:0", "refused: \"bad port\""),
    ("x.example:relay.example:65536", "refused: \"bad port\""),
    ("x.example:relay.example:25:soon", "refused: \"bad penalty\""),
    ("x.example:relay.example:25:1:-1", "refused: \"bad max_tolerance\""),
    ("x.example:relay.example:25:1:1:1", "refused: \"too many fields\""),
    ("x.example:[relay.example]:25", "refused: \"bad relay\""),
    ("x.example:[::1]25", "refused: \"bad relay\""),
    ("x.example:rel\x01ay.example", "refused: \"bad relay\""),
    ("x.example:relay.example hush", "refused, neither user and password nor /token"),
    ("x.example:relay.example / A=Sesame", "refused, neither user and password nor /token"),
    ("x.example:relay.example /s Sesame", "refused, no NAME=VALUE"),
    ("x.example:relay.example /s A=hush,Sesame,B=hush", "refused, no NAME=VALUE"),
    ("x.example:relay.example alice hush Sesame", "refused, no NAME=VALUE"),
    ("x.example:relay.example /s A=x,=Sesame", "refused, no NAME=VALUE"),
    ("a.b.example.:relay.example", "ignored, no host ends with a dot: \"a.b.example.\""),
    ("X.example:relay.example", "ignored, an earlier line is for the same: \"X.example\""),
], ids=repr)
def test_routes(site, name, line, found):
    put(site, name, "# routes\nx.example:\n" + line if "earlier" in found
        else f"# routes\na.example:\n{line}")
    assert findings(site) == [f"{name}:3: {found}"]


# REQ: AUTH-07
@pytest.mark.parametrize("name", [
    "CONTROLDIR", "SMTPROUTE", "SMTPROUTESFILE", "X-SMTPROUTES", "X_SMTPROUTES", "QMTPROUTE",
    "QMTPROUTESFILE", "MORESMTPROUTESCDB"])
def test_variables_that_a_route_cannot_change(site, name):
    text = f"ignored, a route cannot change it: \"{name}\""
    put(site, "smtproutes", f"a.example: /s A=1,{name}=Sesame")
    put(site, "remote_auth.cdb", cdbfile.of_assignments(f"=a@b:joe hush {name}=Sesame,A=:"))
    assert findings(site) == [f"smtproutes:1: {text}", f"remote_auth.cdb: {text}"]


# REQ: AUTH-07
def test_a_value_is_no_variable(site):
    put(site, "smtproutes", "a.example: /s A=x\\,CONTROLDIR=y")
    assert run(site) == (0, "", "")


def test_lines_that_say_the_same_without_a_colon(site):
    """What should have been a password is not shown."""
    put(site, "smtproutes", "x.example alice hush\nx.example alice hush")
    assert findings(site) == [f"smtproutes:{n}: refused: \"no colon\"" for n in (1, 2)]


# REQ: RTE-10
@pytest.mark.parametrize("name,make", [
    ("smtproutes.cdb", cdbfile.of_routes), ("qmtproutes.cdb", cdbfile.of_routes)])
def test_records_of_databases(site, name, make):
    put(site, name, make("a.example:relay.example\nx.example::port alice hush\n"
                         "y.example: hush\nz.example: /s CONTROLDIR=Sesame"))
    assert findings(site) == [
        f"{name}: a record is refused: \"x.example\"",
        f"{name}: refused, neither user and password nor /token",
        f"{name}: ignored, a route cannot change it: \"CONTROLDIR\""]


# REQ: RTE-07
def test_records_of_moresmtproutes(site):
    put(site, "moresmtproutes.cdb", cdbfile.of_recipients(
        "a@a.example relay.example\nb@b.example :port alice hush"))
    assert findings(site) == ["moresmtproutes.cdb: a record is refused: \"b@b.example\""]


# REQ: AUTH-06
def test_records_of_remote_auth(site):
    put(site, "remote_auth.cdb", cdbfile.of_assignments(
        "+joe-:joe hush:\n+bill-:hush:\n+ann-:ann hush Sesame:"))
    assert findings(site) == ["remote_auth.cdb: refused, no user and password: \"bill-\"",
                              "remote_auth.cdb: refused, no NAME=VALUE"]


DATABASES = ["smtproutes.cdb", "qmtproutes.cdb", "moresmtproutes.cdb", "remote_auth.cdb"]


@pytest.mark.parametrize("name", DATABASES)
def test_databases_that_are_none(site, name):
    put(site, name, b"alice hush")
    assert findings(site) == [f"{name}: refused: \"not a database\""]


@pytest.mark.parametrize("name", DATABASES)
def test_databases_that_are_damaged(site, name):
    """A record that ends where the file has ended long since."""
    whole = cdbfile.cdb([(b"x", b"y")])
    put(site, name, whole[:2052] + b"\xff\xff\xff\x7f" + whole[2056:])
    assert findings(site) == [f"{name}: damaged"]


# REQ: RTE-10
@pytest.mark.parametrize("name", ["smtproutes", "qmtproutes"])
def test_text_that_is_newer_than_its_database(site, name):
    text = put(site, name, "a.example:")
    database = put(site, f"{name}.cdb", cdbfile.of_routes("a.example:"))
    now = time.time_ns()
    os.utime(text, ns=(now, now))
    for age, status in ((0, 0), (-1, 0), (1, 1), (10 ** 9, 1), (-10 ** 9, 0)):
        os.utime(database, ns=(now, now - age))
        assert run(site)[0] == status
    os.utime(database, ns=(now, now - 1))
    assert findings(site) == [
        f"{name}: ignored, and newer than the database in its place: \"{database}\""]


# REQ: RTE-10
@pytest.mark.parametrize("name", ["smtproutes", "qmtproutes"])
def test_a_variable_that_names_a_database(site, name):
    put(site, "other.cdb", cdbfile.of_routes("a.example:relay.example"))
    env = {f"{name.upper()}FILE": "other.cdb"}
    assert run(site, env=env) == (0, "", "")
    put(site, "other.cdb", cdbfile.of_routes("a.example::port"))
    assert findings(site, env=env) == ["other.cdb: a record is refused: \"a.example\""]


# REQ: RTE-01
@pytest.mark.parametrize("name,text", [
    ("smtproutes", b"a.example: alice hush\n"), ("qmtproutes", b"a.example: alice hush\n"),
    ("smtproutes.cdb", cdbfile.of_routes("a.example: alice hush")),
    ("qmtproutes.cdb", cdbfile.of_routes("a.example: alice hush")),
    ("moresmtproutes.cdb", cdbfile.of_recipients("a@a.example : alice hush")),
    ("remote_auth.cdb", cdbfile.of_assignments("+:alice hush:")),
], ids=lambda v: v if isinstance(v, str) else None)
def test_passwords_that_everybody_may_read(site, name, text):
    path = put(site, name, text)
    assert run(site) == (0, "", "")
    path.chmod(0o640)
    assert run(site) == (0, "", "")
    path.chmod(0o604)
    assert findings(site) == [f"{name}: holds passwords, and everybody may read it"]


@pytest.mark.parametrize("name,text", [
    ("smtproutes", b"a.example: /s\n# b.example: alice hush\n"),
    ("qmtproutes", b"a.example:relay.example\n"),
    ("smtproutes.cdb", cdbfile.of_routes("a.example: /s A=1")),
], ids=lambda v: v if isinstance(v, str) else None)
def test_no_passwords_that_everybody_may_read(site, name, text):
    put(site, name, text).chmod(0o644)
    assert run(site) == (0, "", "")


NUMBERS = ["timeoutconnect", "timeoutremote", "timeoutdelivery", "timeoutdns"]


# REQ: ENV-02
@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("text,found", [
    ("soon", "refused, not a number: \"soon\""),
    ("-1", "refused, not a number: \"-1\""),
    ("60s", "only the leading digits count: \"60s\""),
    ("60 seconds", "only the leading digits count: \"60 seconds\"")])
def test_numbers(site, name, text, found):
    put(site, name, text)
    assert findings(site) == [f"{name}:1: {found}"]


# REQ: ENV-02
@pytest.mark.parametrize("name", ["MIN_PENALTY", "MAX_TOLERANCE"])
def test_numbers_of_variables(site, name):
    assert findings(site, env={name: "soon"}) == [
        f"{name}:1: refused, not a number: \"soon\""]


@pytest.mark.parametrize("name", ["me", "helohost"])
def test_lines(site, name):
    put(site, name, "client.example\n\n# comment\nmore.example\nand more")
    assert findings(site) == [
        f"{name}:4: ignored, only the first line counts: \"more.example\""]
    put(site, name, "cli\x01ent")
    assert findings(site) == [f"{name}:1: refused, a control character: \"cli?ent\""]


@pytest.mark.parametrize("name", ["ipfamily", "helohost", *NUMBERS])
def test_a_file_with_nothing_in_it(site, server, name):
    """The default counts, in a delivery too."""
    for text in (b"", b"\n", b" \t\n"):
        put(site, name, text)
        assert run(site) == (0, "", "")
        assert site.deliver(MESSAGE).letters == "rK"


def test_family(site):
    put(site, "ipfamily", "ipv5")
    assert findings(site) == ["ipfamily:1: refused, not a family: \"ipv5\""]


# REQ: DNS-06
@pytest.mark.parametrize("name", ["notipme", "moreipme"])
def test_addresses(site, name):
    put(site, name, "192.0.2.1\n# comment\n192.0.2.256\nmx.example")
    assert findings(site) == [f"{name}:3: refused, not an address: \"192.0.2.256\"",
                              f"{name}:4: refused, not an address: \"mx.example\""]


# REQ: DNS-01
@pytest.mark.parametrize("line", [
    "ns.example", "127.0.0.1@0", "127.0.0.1@65536", "127.0.0.1@53x",
    "127.0.0.1:53", "[127.0.0.1]", "@53"])
def test_resolvers(site, line):
    put(site, "dnsservers", f"127.0.0.1\n{line}")
    assert findings(site) == [
        f"dnsservers:2: refused, not address or address@port: \"{line}\""]


# REQ: DNS-01
def test_more_resolvers_than_are_asked(site):
    put(site, "dnsservers", "127.0.0.1\n127.0.0.2\n127.0.0.3\n127.0.0.4")
    assert findings(site) == ["dnsservers:4: ignored, three resolvers are asked: \"127.0.0.4\""]


def test_tlspolicy(site):
    put(site, "tlspolicy", "verify\nx.example:always\nmaybe")
    assert findings(site) == ["tlspolicy:2: no such level: \"always\"",
                              "tlspolicy:3: no such level: \"maybe\""]


def test_obsolete_file(site):
    put(site, "tlsclientciphers", "ALL")
    assert findings(site) == [
        "tlsclientciphers: ignored, clientcipherlist takes its place"]


# REQ: BND-01
def test_bindroutes(site):
    put(site, "bindroutes", "192.0.2.1\n192.0.2:127.0.0.1\nx.example:127.0.0.1\n192.0.2.:never")
    assert findings(site) == [
        "bindroutes:1: ignored, no colon: \"192.0.2.1\"",
        "bindroutes:2: matches no address: \"192.0.2\"",
        "bindroutes:3: matches no address: \"x.example\"",
        "bindroutes:4: forbids connections to these servers: \"never\""]


# REQ: BND-02
def test_domainbindings(site):
    put(site, "domainbindings", "a.example\nb.example:127.0.0.1\nc.example:lo")
    assert findings(site) == ["domainbindings:1: ignored, no colon: \"a.example\"",
                              "domainbindings:3: refused, not an address: \"lo\""]


# REQ: BND-03
@pytest.mark.parametrize("name", ["outgoingip", "outgoingip.server.example"])
def test_outgoingip(site, name):
    put(site, name, "127.0.0.1\nlo")
    assert findings(site) == [f"{name}:2: ignored, not an address: \"lo\""]
    put(site, name, "lo\neth0")
    assert findings(site) == [
        f"{name}:1: ignored, not an address: \"lo\"",
        f"{name}:2: ignored, not an address: \"eth0\"",
        f"{name}: refused, no line is an address"]


# REQ: BND-05
def test_helohostbyip(site):
    put(site, "helohostbyip",
        "127.0.0.1\nlo:a.example\n127.0.0.1:\n127.0.0.1:a\x01\n127.0.0.2:b.example")
    assert findings(site) == [
        "helohostbyip:1: ignored, no colon: \"127.0.0.1\"",
        "helohostbyip:2: ignored, not an address: \"lo\"",
        "helohostbyip:3: ignored, no name: \"127.0.0.1\"",
        "helohostbyip:4: refused, a control character: \"a?\""]


READ = ["me", "helohost", *NUMBERS, "ipfamily", "dnsservers", "notipme", "moreipme", "tlspolicy",
        "smtproutes", "qmtproutes", "bindroutes", "domainbindings", "outgoingip",
        "outgoingip.server.example", "helohostbyip"]


# REQ: ENV-03
@pytest.mark.parametrize("name", READ)
def test_files_that_cannot_be_read(site, name):
    (site.control / name).unlink(missing_ok=True)
    (site.control / name).mkdir()
    found = findings(site)
    assert f"{name}: cannot be read: \"Is a directory\"" in found


# REQ: ENV-03
@pytest.mark.parametrize("name", READ)
def test_files_with_a_nul(site, name):
    put(site, name, b"# comment\n127.0.0.1\0\n")
    assert f"{name}:2: refused: \"a NUL byte\"" in findings(site)


def test_long_lines_are_cut(site):
    put(site, "notipme", "x" * 100_000)
    assert findings(site) == [f"notipme:1: refused, not an address: \"{'x' * 200}\""]


def test_many_routes_cost_no_more_than_their_number(site):
    put(site, "smtproutes", "\n".join(f"{n}.example:" for n in [*range(200_000), 77]))
    assert findings(site) == [
        "smtproutes:200001: ignored, an earlier line is for the same: \"77.example\""]


def test_nothing_is_changed(site):
    put(site, "smtproutes", "x.example")
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in site.control.iterdir()}
    findings(site)
    assert before == {
        p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in site.control.iterdir()}


# Exit status.

@pytest.mark.parametrize("arguments", [
    [".", "."], ["--wrong"], ["-x"], ["--cdb"], ["--cdb", "me"], ["--cdb", "smtproutes.cdb"],
    ["--cdb", ""], ["--cdb", "smtproutes", "."], [".", "--cdb", "smtproutes"]], ids=repr)
def test_arguments_that_make_no_sense(site, arguments):
    status, out, complaint = run(site, *arguments)
    assert (status, out) == (100, "")
    assert "usage: qmail-remote-lint " in complaint


def test_no_directory(site, tmp_path):
    assert run(site, tmp_path / "none") == (
        111, "", f"qmail-remote-lint: {tmp_path}/none: No such file or directory\n")
    assert run(site, site.control / "me") == (
        111, "", f"qmail-remote-lint: {site.control}/me: Not a directory\n")


@pytest.fixture
def open_to_all():
    """A directory that another user can enter, and the program for that user."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        yield pathlib.Path(shutil.copy(LINT, directory))


@ROOT
def test_a_directory_that_we_may_not_read(site, open_to_all):
    control = open_to_all.parent / "control"
    control.mkdir(mode=0o700)
    (control / "me").write_text("client.example\n")
    another = {"program": open_to_all, "user": NOBODY, "group": NOBODY, "extra_groups": []}
    # Where there are no certificates, nobody is kept from reading them.
    site.env["CERTDIR"] = "/nonexistent"
    assert run(site, control, **another) == (
        111, "", f"qmail-remote-lint: {control}: Permission denied\n")
    control.chmod(0o755)
    assert run(site, control, **another) == (0, "", "")
    (control / "remote_auth.cdb").touch(0o600)
    assert run(site, control, **another) == (
        1, f"{control}/remote_auth.cdb: cannot be read: \"Permission denied\"\n", "")


@pytest.mark.parametrize("arguments", [[], ["--cdb", "smtproutes"]], ids=["lint", "cdb"])
@pytest.mark.parametrize("how", ["full", "closed"])
def test_output_that_cannot_be_written(site, arguments, how):
    put(site, "smtproutes", "x.example:\nx.example:")
    if how == "full":
        with open("/dev/full", "wb") as out:
            status, _, complaint = run(site, *arguments, stdout=out)
    else:
        status, _, complaint = run(
            site, *arguments, stdout=None, preexec_fn=lambda: os.close(1))
    assert status == 111
    assert complaint.startswith("qmail-remote-lint: standard output: ")
    assert not (site.control / "smtproutes.cdb").exists()


# Databases.

class Routes:
    """A file of routes, and the database that is made of it."""

    def __init__(self, site, text, name="smtproutes"):
        self.site, self.name = site, name
        self.path = put(site, name, text)
        self.database = site.control / f"{name}.cdb"

    def make(self, **more):
        return run(self.site, "--cdb", self.name, **more)

    def leftovers(self):
        """Names in the control directory that nobody wrote."""
        return {p.name for p in self.site.control.iterdir()} - {
            "me", self.path.name, self.database.name}

    def check_unmade(self):
        """The old database is what it was, and nothing else is there."""
        assert self.database.read_bytes() == OLD
        assert self.leftovers() == set()


TEXT = """\
# routes

Server.Example:Relay.Example:587:60:60 alice hush A=x
.Example:[192.0.2.1]
!@:bounces.example
server.example:second.example
a.example:
:192.0.2.2"""

RECORDS = [
    (b"server.example", b"Relay.Example:587:60:60 alice hush A=x"),
    (b".example", b"[192.0.2.1]"),
    (b"!@", b"bounces.example"),
    (b"server.example", b"second.example"),
    (b"a.example", b""),
    (b"", b"192.0.2.2"),
]


# REQ: RTE-10
@pytest.mark.parametrize("name", ["smtproutes", "qmtproutes"])
def test_what_is_in_a_database(site, name):
    routes = Routes(site, TEXT, name)
    assert routes.make() == (
        1, f"{routes.path}:6: ignored, an earlier line is for the same: \"server.example\"\n", "")
    assert routes.database.read_bytes() == cdbfile.cdb(RECORDS)
    assert routes.leftovers() == set()


# REQ: RTE-10
@TINYCDB
def test_tinycdb_reads_it(site):
    routes = Routes(site, TEXT)
    assert routes.make()[0] == 1
    for key, data in reversed(RECORDS):
        first = next(d for k, d in RECORDS if k == key)
        assert subprocess.run(
            ["cdb", "-q", "-n", "1", routes.database, key], check=True,
            stdout=subprocess.PIPE).stdout == first
    dumped = subprocess.run(["cdb", "-d", routes.database], check=True,
                            stdout=subprocess.PIPE).stdout
    assert dumped == b"".join(
        b"+%d,%d:%s->%s\n" % (len(k), len(d), k, d) for k, d in RECORDS) + b"\n"


# REQ: RTE-10 RTE-01
def test_qmail_remote_finds_routes(site):
    """By the database, as it would by the lines."""
    with contextlib.ExitStack() as stack:
        servers = {n: stack.enter_context(Listener(willing, f"127.0.0.{n}"))
                   for n in (2, 3, 4, 5)}
        lines = [f"{domain}:127.0.0.{n}:{servers[n].port}" for domain, n in
                 [("", 2), (".Example", 3), ("Server.Example", 4), ("!@", 5),
                  ("server.example", 2)]]
        routes = Routes(site, "\n".join(lines))
        assert routes.make()[0] == 1
        for made in (True, False):
            # What does not stand in the database does not count.
            if made:
                put(site, "smtproutes", ":127.0.0.1:1")
            else:
                put(site, "smtproutes", "\n".join(lines))
                routes.database.unlink()
            for host, sender, n in [
                    ("server.example", "a@b.example", 4), ("SERVER.example", "a@b.example", 4),
                    ("x.server.example", "a@b.example", 3), ("example", "a@b.example", 2),
                    ("server.example", "", 5)]:
                before = servers[n].connections
                report = site.deliver(MESSAGE, f"bob@{host}", host=host, sender=sender)
                assert report.letters == "rK"
                assert servers[n].connections == before + 1


# REQ: RTE-10
@pytest.mark.parametrize("line,found", [
    ("x.example", "refused: \"no colon\""), ("x.example::port", "refused: \"bad port\""),
    ("x.example: hush", "refused, neither user and password nor /token"),
    ("x.example: alice hush Sesame", "refused, no NAME=VALUE"),
    (b"x.example:\0", "refused: \"a NUL byte\""),
], ids=repr)
def test_a_refused_line_leaves_the_old_database(site, line, found):
    line = line if isinstance(line, bytes) else line.encode()
    routes = Routes(site, b"a.example:\n" + line + b"\n")
    put(site, "smtproutes.cdb", OLD)
    assert routes.make() == (1, f"{routes.path}:2: {found}\n", "")
    routes.check_unmade()


# REQ: RTE-10
def test_no_routes(site):
    complaint = f"qmail-remote-lint: {site.control}/smtproutes: no routes\n"
    assert run(site, "--cdb", "smtproutes") == (111, "", complaint)
    routes = Routes(site, b"")
    put(site, "smtproutes.cdb", OLD)
    assert routes.make() == (111, "", complaint)
    routes.check_unmade()


# REQ: RTE-10
def test_routes_that_cannot_be_read(site):
    put(site, "smtproutes.cdb", OLD)
    (site.control / "smtproutes").mkdir()
    status, _, complaint = run(site, "--cdb", "smtproutes")
    assert (status, complaint) == (
        111, f"qmail-remote-lint: {site.control}/smtproutes: Is a directory\n")
    assert (site.control / "smtproutes.cdb").read_bytes() == OLD


# REQ: RTE-10
def test_routes_of_a_variable(site, tmp_path):
    put(site, "other", ":192.0.2.1")
    assert run(site, "--cdb", "smtproutes", env={"SMTPROUTESFILE": "other"}) == (0, "", "")
    assert (site.control / "other.cdb").read_bytes() == cdbfile.of_routes(":192.0.2.1")
    (tmp_path / "routes").write_text(":192.0.2.2\n")
    env = {"QMTPROUTESFILE": str(tmp_path / "routes")}
    assert run(site, "--cdb", "qmtproutes", env=env) == (0, "", "")
    assert (tmp_path / "routes.cdb").read_bytes() == cdbfile.of_routes(":192.0.2.2")


# REQ: RTE-10
@ROOT
@pytest.mark.parametrize("like", ["smtproutes.cdb", "smtproutes"])
def test_owner_and_mode(site, like):
    """Those of the old database, else those of the lines."""
    routes = Routes(site, ":192.0.2.1")
    if like == "smtproutes.cdb":
        put(site, "smtproutes.cdb", OLD)
    os.chown(site.control / like, 12345, 23456)
    (site.control / like).chmod(0o640)
    assert routes.make() == (0, "", "")
    found = routes.database.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (12345, 23456, 0o640)
    assert routes.database.read_bytes() == cdbfile.of_routes(":192.0.2.1")


# REQ: RTE-10
def test_a_reader_keeps_the_old_database(site):
    routes = Routes(site, ":192.0.2.1")
    put(site, "smtproutes.cdb", OLD)
    with open(routes.database, "rb") as reader:
        assert routes.make() == (0, "", "")
        assert reader.read() == OLD
    assert routes.database.read_bytes() != OLD


@pytest.fixture(scope="module")
def many_lines():
    """More than can be written in no time; about 40 megabytes."""
    return b"".join(b"%d.example:relay-%0180d.example\n" % (n, n) for n in range(200_000))


# REQ: RTE-10
@pytest.mark.parametrize("limit", [0, 4096, 1 << 20])
def test_no_room(site, many_lines, limit):
    routes = Routes(site, many_lines)
    put(site, "smtproutes.cdb", OLD)
    status, _, complaint = routes.make(
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    assert status == 111
    assert re.fullmatch(r"qmail-remote-lint: \S+: File too large\n", complaint)
    routes.check_unmade()


# REQ: RTE-10
@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_stop(site, many_lines, sig):
    """Once its temporary file is there: that goes, the old database stays."""
    routes = Routes(site, many_lines)
    put(site, "smtproutes.cdb", OLD)
    process = subprocess.Popen([str(LINT), "--cdb", "smtproutes"], env=site.env,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until = time.monotonic() + PATIENCE
    while not routes.leftovers():
        assert process.poll() is None and time.monotonic() < until
    process.send_signal(sig)
    out, complaint = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (111, b"")
    assert re.fullmatch(rb"qmail-remote-lint: \S+: told to stop\n", complaint)
    routes.check_unmade()


# REQ: RTE-10
def test_a_line_that_is_refused_is_no_route(site):
    """Mail for it is put off, until it is mended and a database made."""
    with Listener(hang_up) as server:
        routes = Routes(site, f"server.example:127.0.0.1:{server.port}x")
        assert routes.make()[0] == 1
        assert site.deliver(MESSAGE, RECIPIENT).letters == "Z"
        assert server.connections == 0
    with Listener(willing) as server:
        put(site, "smtproutes", f"server.example:127.0.0.1:{server.port}")
        assert routes.make() == (0, "", "")
        assert site.deliver(MESSAGE, RECIPIENT).letters == "rK"
