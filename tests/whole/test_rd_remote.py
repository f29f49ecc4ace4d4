"""
rd-remote: which mail goes elsewhere, and deliveries to Maildirs that are there
whole or not at all.
"""
import os
import re
import resource
import signal
import stat
import subprocess
import time

import pytest
from play.rspawn import verdict
from qremote import (BUILD, MESSAGE, PATIENCE, PROGRAM, RECIPIENT, SENDER, Report,
                     file_of)
from stand_in import StandIn, measured

NOBODY = 65534

NAME = re.compile(r"new/\d+\.M\d+P\d+R\d+\.\S+\n\Z")


@pytest.fixture
def remote(site, tmp_path):
    """What rd-remote runs for mail to addresses."""
    site.program = BUILD / "rd-remote"
    stand_in = StandIn(tmp_path / "remote")
    site.env |= {"QREMOTE": str(stand_in.path), "PATH": "/usr/bin:/bin"}
    return stand_in


class Maildir:
    """A Maildir in a test's directory."""

    def __init__(self, path):
        self.path = path
        for name in "tmp", "new", "cur":
            (path / name).mkdir(parents=True)

    @property
    def messages(self):
        return [f.read_bytes() for f in sorted((self.path / "new").iterdir())]

    @property
    def leftovers(self):
        return list((self.path / "tmp").iterdir()) if self.path.exists() else []


@pytest.fixture
def maildir(site, tmp_path):
    """A Maildir that all mail goes to."""
    maildir = Maildir(tmp_path / "Maildir")
    site.put("redirectremote", f"*:r:{maildir.path}")
    return maildir


# Which mail goes where.

# REQ: CMP-04
@pytest.mark.parametrize("lines, want", [
    ("server.example:d:x@y.example", "y.example x@y.example"),
    ("SERVER.Example:d:x@y.example", "y.example x@y.example"),
    ("bob@server.example:r:x@y.example", "y.example x@y.example"),
    ("alice@client.example:s:x@y.example", "y.example x@y.example"),
    ("*@client.example:s:x@y.example", "y.example x@y.example"),
    ("server.*:d:x@[192.0.2.1]:prefix", "[192.0.2.1] x@[192.0.2.1]"),
    # What the letter says, and not another part of the mail.
    ("client.example:d:x@y.example", None),
    ("alice@client.example:r:x@y.example", None),
    ("bob@server.example:s:x@y.example", None),
    ("erver.example:d:x@y.example", None),
    # The first line that matches.
    ("# c\n\nother:d:x@z.example\nserver.example:d:x@y.example\n*:r:a@b",
     "y.example x@y.example"),
    # A line that is not for this mail may be as it likes.
    ("other:x:rubbish\nserver.example:d:x@y.example", "y.example x@y.example"),
    ("", None),
])
def test_which_mail(site, remote, lines, want):
    site.put("redirectremote", lines)
    report = site.deliver(MESSAGE, qqeh="X: y", size="42")
    assert report.letters == "rK"
    host, recipient = (want or f"server.example {RECIPIENT}").split()
    told = remote.told
    assert told["argv"] == [host, SENDER, "X: y", "42", recipient]
    assert told["message"] == MESSAGE.decode()


# REQ: CMP-04
def test_regular_expressions(site, remote):
    site.put("redirectremote", "^(bob|joe)@:r:x@y.example")
    assert site.deliver(MESSAGE).letters == "rK"
    assert remote.told["argv"][0] == "server.example"
    site.deliver(MESSAGE, env={"QREGEX": "1"})
    assert remote.told["argv"][0] == "y.example"
    site.put("redirectremote", "(:r:x@y.example")
    report = site.deliver(MESSAGE, env={"QREGEX": "1"})
    assert report.letters == "Z"
    assert "redirectremote:1 (not a regular expression)" in report.text


# REQ: CMP-04
def test_the_null_sender(site, remote):
    site.put("redirectremote", ":s:x@y.example")
    site.deliver(MESSAGE, sender="")
    assert remote.told["argv"][0] == "y.example"
    site.deliver(MESSAGE)
    assert remote.told["argv"][0] == "server.example"


# REQ: CMP-04
def test_no_file(site, remote):
    assert site.deliver(MESSAGE).letters == "rK"
    assert remote.told["argv"][0] == "server.example"


# REQ: CMP-04
def test_really_delivered(site, server, remote):
    site.put("redirectremote", "*:r:x@y.example")
    report = site.deliver(MESSAGE, env={"QREMOTE": str(PROGRAM)})
    assert report.letters == "rK"
    assert "x@y.example" in report.recipients[0].text
    assert server.result().rcpt == [b"RCPT TO:<x@y.example>"]


# REQ: CMP-04 CMP-03
def test_run_by_spawn_filter(site, remote, maildir, tmp_path):
    site.program = BUILD / "spawn-filter"
    report = site.deliver(MESSAGE, env={"QREMOTE": str(BUILD / "rd-remote"),
                                        "FILTERARGS": "tr a-z A-Z"})
    assert report.letters == "rK"
    assert maildir.messages[0].endswith(MESSAGE.upper())


# REQ: CMP-04
@pytest.mark.parametrize("line, words", [
    ("*", "no colon"),
    ("*:", "neither d, nor r, nor s"),
    ("*:x:a@b", "neither d, nor r, nor s"),
    ("*:d", "its destination"),
    ("*:d:", "its destination"),
    ("*:r:Maildir/", "its destination"),
    ("*:r:a@", "its destination"),
    ("*:r:a@b\x1b", "a control character"),
    ("server.example:x:a@b", "neither"),
    ("bob@server.example:x:a@b", "neither"),
    ("alice@client.example:x:a@b", "neither"),
])
def test_lines_that_make_no_sense(site, remote, line, words):
    site.put("redirectremote", f"# c\n{line}")
    report = site.deliver(MESSAGE)
    assert report.letters == "Z"
    assert f"redirectremote:2 ({words}" in report.text
    assert not remote.was_run


# REQ: CMP-04
def test_a_file_that_cannot_be_read(site, remote):
    (site.control / "redirectremote").mkdir()
    report = site.deliver(MESSAGE)
    assert report.letters == "Z"
    assert "redirectremote: Is a directory" in report.text


# REQ: CMP-04 CLI-02 CLI-07
@pytest.mark.parametrize("argv, letter, words", [
    ([], "Z", "I (rd-remote) was invoked improperly"),
    (["h", "s@x", "", "0", "a@y", "b@y"], "Z", "more than one recipient"),
    (["h", "s@x", "", "0", "a\n@y"], "D", "has a character in it"),
])
def test_calls_that_cannot_be_meant(site, remote, maildir, argv, letter, words):
    with file_of(MESSAGE) as stdin:
        report = site.start([site.program, *argv], stdin).finish()
    assert report.letters == letter
    assert words in report.text
    assert maildir.messages == [] and not remote.was_run


# Maildirs.

# REQ: CMP-04
@pytest.mark.parametrize("by", ["file", "pipe"])
@pytest.mark.parametrize("prefix, delivered", [
    ("", f"{SENDER}-{RECIPIENT}"), (":held", f"held-{RECIPIENT}"),
    (":", f"{SENDER}-{RECIPIENT}"), (":a:b", f"a:b-{RECIPIENT}"),
])
def test_to_a_maildir(site, remote, maildir, by, prefix, delivered):
    site.put("redirectremote", f"*:r:{maildir.path}{prefix}")
    report = site.deliver(MESSAGE, by=by)
    assert report.letters == "rK"
    assert report.recipients[0].text == f"From: <{SENDER}> RCPT: <{RECIPIENT}> "
    assert report.text.startswith(
        f"{maildir.path} accepted message - Protocol Maildir.\nIt is new/")
    assert maildir.messages == [
        f"Return-Path: <{SENDER}>\nDelivered-To: {delivered}\n".encode() + MESSAGE]
    assert maildir.leftovers == []
    assert not remote.was_run
    path, = (maildir.path / "new").iterdir()
    assert path.name in report.text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


# REQ: CMP-04
@pytest.mark.parametrize("qqeh, lines", [
    ("X: y", b"X: y\n"), ("X: y\n", b"X: y\n"), ("X: y\nZ: z", b"X: y\nZ: z\n")])
def test_extra_header_lines(site, remote, maildir, qqeh, lines):
    site.deliver(MESSAGE, qqeh=qqeh)
    assert maildir.messages[0].split(b"\n", 2)[2] == lines + MESSAGE


# REQ: CMP-04
@pytest.mark.parametrize("sender, line", [
    ("", b"Return-Path: <>\n"), ("#@[]", b"Return-Path: <>\n"),
    ('a "b"@c', b'Return-Path: <"a \\"b\\""@c>\n')])
def test_return_paths(site, remote, maildir, sender, line):
    assert site.deliver(MESSAGE, sender=sender).letters == "rK"
    assert maildir.messages[0].startswith(line)


# REQ: CMP-04
@pytest.mark.parametrize("message", [
    b"", b"\n", b"no end", b"a\r\nb\n.\n.\nFrom x\n", bytes(range(256)) + b"\n",
    b"From " + b"x" * 1_000_000])
def test_bytes_are_kept(site, remote, maildir, message):
    assert site.deliver(message).letters == "rK"
    assert maildir.messages[0].split(b"\n", 2)[2] == message


# REQ: CMP-04
def test_names_are_unique(site, remote, maildir):
    with file_of(MESSAGE) as stdin:
        runs = [site.start(site.argv(), open(f"/proc/self/fd/{stdin.fileno()}"))
                for _ in range(30)]
        texts = {run.finish().text for run in runs}
    assert len(texts) == len(maildir.messages) == 30
    assert all(NAME.search(text[:-2] + "\n") for text in texts)


# REQ: CMP-04
@pytest.mark.parametrize("fault, words", [
    ("absent", "No such file or directory"), ("file", "Not a directory"),
    ("no-tmp", "No such file or directory"), ("no-new", "No such file or directory"),
    ("dangling", "No such file or directory")])
def test_maildirs_that_are_none(site, remote, maildir, fault, words):
    def remove(path):
        subprocess.run(["rm", "-rf", path], check=True)

    if fault in ("no-tmp", "no-new"):
        remove(maildir.path / fault[3:])
    else:
        remove(maildir.path)
    if fault == "file":
        maildir.path.write_text("")
    elif fault == "dangling":
        maildir.path.symlink_to("nowhere")
    report = site.deliver(MESSAGE)
    assert report.letters == "Z"
    assert f"the Maildir {maildir.path}: {words}" in report.text
    if fault == "no-new":
        assert maildir.leftovers == []
    assert not remote.was_run
    assert verdict(report.raw, 0) == "Z"


# REQ: CMP-04
@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become another user")
def test_maildirs_that_are_others(site, remote, maildir, tmp_path):
    for path in [tmp_path, *tmp_path.parents][:4]:
        path.chmod(path.stat().st_mode | 0o055)
    program = tmp_path / "rd-remote"
    program.write_bytes(site.program.read_bytes())
    program.chmod(0o755)
    site.program = program
    with file_of(MESSAGE) as stdin:
        report = site.start(site.argv(), stdin, user=NOBODY, group=NOBODY,
                            extra_groups=[]).finish()
    assert report.letters == "Z"
    assert "Permission denied" in report.text


# REQ: CMP-04
def test_a_full_disk(site, remote, maildir):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (10000, 10000))

    with file_of(b"x\n" * 10000) as stdin:
        report = site.start(site.argv(), stdin, preexec_fn=limit).finish()
    assert report.letters == "Z"
    assert "Unable to write to the Maildir" in report.text
    assert maildir.messages == [] and maildir.leftovers == []


# REQ: CMP-04
def test_a_message_that_cannot_be_read(site, remote, maildir):
    # No page is at its beginning.
    with open("/proc/self/mem", "rb", buffering=0) as stdin:
        report = site.start(site.argv(), stdin).finish()
    assert report.letters == "Z"
    assert "Unable to read the message for the Maildir" in report.text
    assert maildir.messages == [] and maildir.leftovers == []


# REQ: CMP-04
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_stop(site, remote, maildir, number):
    run = site.start(site.argv(), subprocess.PIPE)
    run.process.stdin.write(b"Subject: half\n")
    run.process.stdin.flush()
    while not maildir.leftovers or not maildir.leftovers[0].stat().st_size > 80:
        time.sleep(0.01)
    os.kill(run.pid, number)
    raw, status = run.output()
    assert status == 0
    report = Report(raw)
    assert report.letters == "Z"
    assert "told to stop" in report.text
    assert maildir.messages == [] and maildir.leftovers == []


# REQ: CMP-04
def test_on_the_disk_before_it_is_there(site, remote, maildir, tmp_path):
    """File, name, directory: each is brought to the disk in its turn."""
    trace = tmp_path / "trace"
    with file_of(MESSAGE) as stdin:
        done = subprocess.run(
            ["strace", "-o", trace, "-e", "trace=fsync,linkat,unlinkat,write",
             *site.argv()], stdin=stdin, env=site.env, timeout=PATIENCE,
            stdout=subprocess.PIPE)
    if done.returncode != 0 or not trace.exists():
        pytest.skip("strace cannot trace here")
    calls = [line.split("(")[0] for line in trace.read_text().splitlines()
             if "(" in line]
    # The last write is the report.
    assert calls == ["write", "write", "fsync", "linkat", "fsync", "unlinkat",
                     "write"]


# REQ: CMP-04
def test_200_megabytes_in_constant_memory(site, remote, maildir, tmp_path):
    path = tmp_path / "message"
    with open(path, "wb") as f:
        for _ in range(200):
            f.write((b"x" * 999 + b"\n") * 1000)
    with open(path, "rb") as stdin:
        argv = measured(tmp_path / "rss", site.argv())
        assert site.start(argv, stdin).finish(60).letters == "rK"
    assert int((tmp_path / "rss").read_text()) < 40_000
    message, = (maildir.path / "new").iterdir()
    assert message.stat().st_size > 200_000_000
