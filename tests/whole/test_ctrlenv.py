"""
ctrlenv: what it sets, what it runs, and that no fault of it bounces mail.
"""
import os
import shlex
import subprocess

import pytest
from listener import Listener, willing
from qremote import BUILD, MESSAGE, PATIENCE, PROGRAM, RECIPIENT, SENDER, file_of
from play.rspawn import verdict

PROGRAM_UNDER_TEST = BUILD / "ctrlenv"
DATABASE = BUILD / "cdb-database"

TEXT = """\
# by sender
=joe@example.com:A=simple,B=two words,DROP=:
+joe:A=prefix:
mary@example.com:A=bare
+:A=anybody
colon@example.com:A=x:y:
comma@example.com:A=x\\,y,B=z:
empty@example.com::
value@example.com:just a value:
.
rubbish
"""

ENV = {"DROP": "dropped", "KEEP": "kept", "PATH": "/usr/bin:/bin"}


def run(site, *arguments, env=None, stdin=subprocess.DEVNULL):
    """Exit status, variables of the child, and words on fd 2."""
    done = subprocess.run(
        [PROGRAM_UNDER_TEST, *map(str, arguments)], stdin=stdin,
        env={**ENV, "CONTROLDIR": str(site.control), **(env or {})},
        capture_output=True, text=True, timeout=PATIENCE)
    variables = dict(line.split("=", 1) for line in done.stdout.splitlines()
                     if "=" in line)
    return done.returncode, variables, done.stderr


@pytest.fixture(params=["text", "cdb"])
def lookup(site, request):
    """A file of either kind, with the same lines."""
    # What cdb-database wants of a text is stricter.
    lines = [line if line[0] in "=+.#" else "=" + line
             for line in TEXT.splitlines()]
    lines = [line if line[0] in "#." or line.endswith(":") else line + ":"
             for line in lines]
    text = "\n".join(lines)
    site.put("senders", TEXT[:-1] if request.param == "text" else text)
    if request.param == "cdb":
        subprocess.run([DATABASE, "senders"], check=True,
                       env={"CONTROLDIR": str(site.control)})
        return "senders.cdb"
    return "senders"


@pytest.mark.req("CMP-02")
@pytest.mark.parametrize("address, want", [
    ("joe@example.com", {"A": "simple", "B": "two words", "DROP": None}),
    ("JOE@EXAMPLE.COM", {"A": "simple"}),
    ("joe@example.org", {"A": "prefix", "B": None, "DROP": "dropped"}),
    ("mary@example.com", {"A": "bare"}),
    ("ann@example.com", {"A": "anybody"}),
    ("", {"A": "anybody"}),
    ("colon@example.com", {"A": "x:y"}),
    ("comma@example.com", {"A": "x,y", "B": "z"}),
    ("empty@example.com", {"A": None, "DROP": "dropped"}),
    ("$(echo joe)@example.com", {"A": "anybody"}),
])
def test_what_is_set(site, lookup, address, want):
    status, variables, words = run(
        site, "-f", lookup, "-a", address, "env")
    assert (status, words) == (0, "")
    assert {name: variables.get(name) for name in want} == want
    assert variables["KEEP"] == "kept"


@pytest.mark.req("CMP-02")
def test_one_variable(site, lookup):
    for address, want in [("value@example.com", "just a value"),
                          ("empty@example.com", ""),
                          ("joe@example.com", "A=simple,B=two words,DROP=")]:
        status, variables, _ = run(
            site, "-f", lookup, "-e", "V", "-a", address, "env",
            env={"V": "before"})
        assert (status, variables["V"]) == (0, want)
        assert variables["DROP"] == "dropped"


@pytest.mark.req("CMP-02")
def test_nothing_found_changes_nothing(site):
    site.put("senders", "=a@b:A=x:")
    status, variables, _ = run(site, "-f", "senders", "-a", "c@d", "env")
    assert status == 0
    assert variables == {**ENV, "CONTROLDIR": str(site.control)}


@pytest.mark.req("CMP-02")
def test_all_others_cleared(site, lookup):
    status, variables, _ = run(
        site, "-c", "-f", lookup, "-a", "joe@example.com", "env")
    assert (status, variables) == (0, {"A": "simple", "B": "two words"})


@pytest.mark.req("CMP-02")
def test_options_of_the_child_are_its_own(site):
    site.put("senders", "+:A=x:")
    done = subprocess.run(
        [PROGRAM_UNDER_TEST, "-f", "senders", "-a", "a@b", "/bin/echo", "-n",
         "-c", "-f x"], env={"CONTROLDIR": str(site.control)},
        capture_output=True, timeout=PATIENCE)
    assert done.stdout == b"-c -f x"
    site.put("senders.mine", "+:A=y:")
    path = site.control / "senders.mine"
    assert run(site, "-f", path, "-a", "", "env")[1]["A"] == "y"


@pytest.mark.req("CMP-02")
def test_exit_status_is_the_childs(site):
    site.put("senders", "+:A=x:")
    assert run(site, "-f", "senders", "-a", "a@b", "sh", "-c",
               "exit 7")[0] == 7


@pytest.mark.req("CMP-02")
@pytest.mark.parametrize("arguments", [
    "", "env", "-f senders", "-a a@b", "-f senders -a a@b",
    "-a a@b env", "-f senders env", "-f '' -a a@b env",
    "-f senders -a a@b ''", "-x -f senders -a a@b env",
    "-f senders -e '' -a a@b env", "-f senders -e A=B -a a@b env", "-f",
])
def test_usage(site, arguments):
    site.put("senders", "+:A=x:")
    status, variables, words = run(site, *shlex.split(arguments))
    assert (status, variables) == (111, {})
    assert "usage: ctrlenv" in words


@pytest.mark.req("CMP-02")
@pytest.mark.parametrize("text, words", [
    ("rubbish", "senders:1: no colon"),
    ("=x@y:A=1:\n\n=", "senders:3: no colon"),
    ("=a@b:A:", "senders:1: no NAME=VALUE"),
    ("=a@b:=x:", "senders:1: no NAME=VALUE"),
    ("=a@b:A=x\0:", "senders:1: holds a NUL"),
])
def test_bad_lines(site, text, words):
    site.put("senders", text)
    status, variables, complaint = run(
        site, "-f", "senders", "-a", "a@b", "env")
    assert (status, variables) == (111, {})
    assert words in complaint


@pytest.mark.req("CMP-02")
def test_files_that_cannot_be_used(site):
    (site.control / "short.cdb").write_bytes(b"too short")
    (site.control / "damaged.cdb").write_bytes(b"\xff" * 2048)
    (site.control / "directory").mkdir()
    for name, words in [("absent", "No such file"),
                        ("absent.cdb", "No such file"),
                        ("short.cdb", "not a database"),
                        ("damaged.cdb", "a damaged database"),
                        ("directory", "Is a directory"),
                        ("some.sql", "no SQL")]:
        status, variables, complaint = run(
            site, "-f", name, "-a", "a@b", "env")
        assert (status, variables) == (111, {}), name
        assert name in complaint and words in complaint


@pytest.mark.req("CMP-02")
def test_children_that_cannot_be_run(site, tmp_path):
    site.put("senders", "+:A=x:")
    (tmp_path / "plain").write_text("#!/bin/sh\n")
    for child in ["absent", tmp_path / "absent", tmp_path / "plain",
                  tmp_path]:
        status, _, complaint = run(site, "-f", "senders", "-a", "a@b", child)
        assert status == 111
        assert str(child) in complaint
    # The directory we are in is none of PATH.
    script = tmp_path / "mine"
    script.write_text("#!/bin/sh\nexit 0\n")
    script.chmod(0o755)
    done = subprocess.run(
        [PROGRAM_UNDER_TEST, "-f", "senders", "-a", "", "mine"], cwd=tmp_path,
        env={"CONTROLDIR": str(site.control), "PATH": ":/usr/bin::"},
        capture_output=True, timeout=PATIENCE)
    assert done.returncode == 111


@pytest.mark.req("CMP-02", "RPT-12")
def test_in_place_of_qmail_remote(site, tmp_path):
    """As qmail-rspawn runs it: fd 1 and fd 2 are one pipe."""
    script = tmp_path / "remote"
    script.write_text(f'#!/bin/sh\nexec {PROGRAM_UNDER_TEST} -f routes.by '
                      f'-e SMTPROUTE -a "$2" {PROGRAM} "$@"\n')
    script.chmod(0o755)
    argv = ["qmail-remote", "server.example", SENDER, "", "0", RECIPIENT]

    def rspawn():
        with file_of(MESSAGE) as stdin:
            done = subprocess.run(
                argv, executable=script, stdin=stdin, env=site.env,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                timeout=PATIENCE)
        return verdict(done.stdout, done.returncode)

    with Listener(willing) as server:
        site.put("routes.by", f"{SENDER}::127.0.0.1:{server.port}:")
        assert rspawn() == "K"
        assert server.connections == 1
    # Faults put it off.
    os.remove(site.control / "routes.by")
    assert rspawn() == "Z"
    site.put("routes.by", "rubbish")
    assert rspawn() == "Z"
