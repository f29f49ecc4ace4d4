"""
Hooks: the programs that hear what became of a message.

None of them can change a byte of the report, nor hold its pipe open.
"""
import contextlib
import errno
import json
import os
import pathlib
import resource
import select
import signal
import socket
import subprocess
import time

import pytest
from listener import CHUNKING, PIPELINING, Gone, Listener
from play import rspawn
from qremote import (BUILD, LARGE, MESSAGE, PATIENCE, RECIPIENT, ROOT, SENDER, Report,
                     file_of)

SUCCESS, FAILURE, TEMPORARY = NAMES = (
    "ONSUCCESS_REMOTE", "ONFAILURE_REMOTE", "ONTEMPORARY_REMOTE")
OF_LETTER = {"K": SUCCESS, "D": FAILURE, "Z": TEMPORARY}

# Writes down all that it finds in its world.
WITNESS = """#!/usr/bin/python3 -IS
import json, os, signal, sys
fds = {}
for fd in os.listdir("/proc/self/fd"):
    try:
        fds[fd] = os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        pass
with open("/proc/self/status") as f:
    status = dict(line.split(":", 1) for line in f)
found = {
    "argv": sys.orig_argv[3:], "path": sys.argv[0], "fds": fds,
    "env": {k.decode("latin-1"): v.decode("latin-1") for k, v in os.environb.items()},
    "stdin": sys.stdin.buffer.read().decode("latin-1"),
    "group": os.getpgid(0) == os.getpid(),
    "blocked": int(status["SigBlk"], 16), "ignored": int(status["SigIgn"], 16),
}
with open(os.environ["RECORD"] + ".new", "w") as f:
    json.dump(found, f)
os.rename(os.environ["RECORD"] + ".new", os.environ["RECORD"])
"""


class Hooks:
    """The hooks of a site."""

    def __init__(self, site):
        self.site = site
        self.record = site.directory / "record"
        self.trace = site.directory / "trace"
        site.env["RECORD"] = str(self.record)
        site.env["QMAIL_REMOTE_TRACE"] = str(self.trace)

    def set(self, text, *names, mode=0o755):
        """Makes a program of a text, and hooks of it; without a name, of all."""
        path = self.site.directory / f"hook-{'-'.join(names) or 'all'}"
        path.write_text(text)
        path.chmod(mode)
        for name in names or NAMES:
            self.site.env[name] = str(path)
        return str(path)

    def sh(self, text, *names):
        return self.set(f"#!/bin/sh\n{text}\n", *names)

    @property
    def found(self):
        """What the witness found."""
        return json.loads(self.record.read_text())

    @property
    def told(self):
        """What the trace has of hooks."""
        events = map(json.loads, self.trace.read_text().splitlines())
        return [e for e in events if e["event"] == "hook"]

    def run(self, *recipients, message=MESSAGE, **call):
        """The report, and the exit status."""
        with file_of(message) as stdin:
            raw, status = self.site.start(self.site.argv(*recipients, **call), stdin).output()
        return Report(raw), status


@pytest.fixture
def hooks(site):
    return Hooks(site)


def answering(**replies):
    """A server that gives these replies, and is content with all else."""
    def play(session):
        with contextlib.suppress(Gone):
            session.say(replies.get("greeting", "220 server.example ESMTP"))
            session.hear("EHLO")
            session.offer(*replies.get("keywords", PIPELINING))
            _, _, line = session.envelope(
                replies.get("mail", "250 ok"),
                lambda rcpt: replies["rcpt"](rcpt) if "rcpt" in replies else "250 ok")
            if line != b"QUIT":
                session.body(line)
                session.say(*replies.get("dot", ["250 queued as 42"]))
                session.hear("QUIT")
    return play


@pytest.fixture
def answers(site):
    """A function that starts a server with such replies, and a route to it."""
    with contextlib.ExitStack() as stack:
        def start(**replies):
            server = stack.enter_context(Listener(answering(**replies)))
            site.route(server.port)
            return server
        yield start


# ------------------------------------------------------- what a hook is given

CASES = [
    pytest.param("K", {}, "250 queued as 42", "250", id="accepted"),
    pytest.param("K", {"dot": ["250-first", "250-", "250 last"]},
                 "250-first\n250-\n250 last", "250", id="lines"),
    pytest.param("K", {"rcpt": lambda r: "550 no" if "carol" in r else "250 ok"},
                 "250 queued as 42", "250", id="accepted-for-one"),
    pytest.param("D", {"dot": ["554 5.7.1 spam"]}, "554 5.7.1 spam", "554", id="refused"),
    pytest.param("Z", {"dot": ["451 later"]}, "451 later", "451", id="deferred"),
    pytest.param("D", {"mail": "550 not you"}, "550 not you", "550", id="mail"),
    pytest.param("Z", {"mail": "421 busy"}, "421 busy", "421", id="mail-4xx"),
    pytest.param("D", {"rcpt": lambda r: "553 no"}, "553 no", "553", id="rcpt"),
    pytest.param("Z", {"rcpt": lambda r: "450 no"}, "450 no", "450", id="rcpt-4xx"),
    pytest.param("Z", {"greeting": "421 too much"}, "421 too much", "421", id="greeting"),
    pytest.param("K", {"dot": ["250 \x1b]0;a\x07 \xe9 $(id) `id` ' \" \t\\"]},
                 "250 ?]0;a? ? $(id) `id` ' \" ?\\", "250", id="unprintable"),
    pytest.param("D", {"dot": [*(6 * ["554-" + 900 * "x"]), "554 end"]},
                 "\n".join(6 * ["554-" + 900 * "x"])[:5000], "554", id="long"),
    pytest.param("Z", {"dot": ["what is it"]}, "what is it", "0", id="garbled"),
]


@pytest.mark.req("HOOK-01", "HOOK-02", "RPT-06")
@pytest.mark.parametrize("letter, replies, text, code", CASES)
def test_each_fate_has_its_hook(hooks, answers, letter, replies, text, code):
    """And only that one runs; the rest of them is not even named to it."""
    path = hooks.set(WITNESS, OF_LETTER[letter])
    for name in set(NAMES) - {OF_LETTER[letter]}:
        hooks.site.env[name] = "/bin/false"
    answers(**replies)
    report, status = hooks.run("bob@server.example", "carol@server.example")
    assert (report.letter, status) == (letter, 0)
    env = hooks.found["env"]
    assert {k: v for k, v in env.items() if k.startswith(("SMTP", "QMTP"))} == {
        "SMTPSTATUS": letter, "SMTPTEXT": text, "SMTPCODE": code, "SMTPHOST": "127.0.0.1"}
    assert {k: v for k, v in env.items() if k in NAMES} == {OF_LETTER[letter]: path}
    assert [t["status"] for t in hooks.told] == ["0"]


@pytest.mark.req("HOOK-02", "MXP-03")
@pytest.mark.parametrize("answer, letter", [
    (b"20:Kqueued\nas 42 \x1b[0m \xe9,", "K"), (b"7:Dspam\0.,", "D"), (b"6:Zlater,", "Z"),
    (b"", None), (b"nonsense", None)])
def test_qmtp(hooks, site, answer, letter):
    """What it says of the answer, it says in two more variables."""
    hooks.set(WITNESS)

    def play(session):
        for _ in range(3):
            session.take(int(session.until(b":")[:-1]) + 1)
        session.send(answer)
    with Listener(play) as server:
        site.put("qmtproutes", f":127.0.0.1:{server.port}")
        report, status = hooks.run()
    assert (report.letter, status) == (letter or "Z", 0)
    env = hooks.found["env"]
    assert (env["SMTPSTATUS"], env["SMTPCODE"]) == (letter or "Z", "0")
    assert env["QMTPCODE"] == (letter or "0")
    assert env["QMTPTEXT"] == env["SMTPTEXT"]
    assert env["QMTPTEXT"] == {
        "K": "queued\nas 42 ?[0m ?", "D": "spam?.", "Z": "later",
        None: report.text.rstrip("\n")}[letter]


@pytest.mark.req("HOOK-01")
@pytest.mark.parametrize("classic", [False, True])
def test_its_arguments_are_ours(hooks, answers, classic):
    path = hooks.set(WITNESS)
    answers()
    odd = "a 'b\" $(id)\n"
    call = {"classic": True} if classic else {"qqeh": f"X: {odd}", "size": "17"}
    report, status = hooks.run(RECIPIENT, "carol@server.example", **call)
    assert (report.letter, status) == ("K", 0)
    argv = hooks.site.argv(RECIPIENT, "carol@server.example", **call)
    assert hooks.found["path"] == path
    assert hooks.found["argv"] == argv[1:]


@pytest.mark.req("HOOK-06", "HOOK-03", "AUTH-11")
def test_what_it_does_not_get(hooks, answers):
    """Routes may hold passwords; what is left over would mislead."""
    hooks.set(WITNESS)
    server = answers()
    (hooks.site.control / "smtproutes").unlink()
    relay = f":127.0.0.1:{server.port}"
    hooks.site.env.update({
        "SMTPROUTE": relay, "X-SMTPROUTES": f"{relay} user secret",
        "X_SMTPROUTES": f"{relay} user secret", "QMTPROUTE": "nobody.example:127.0.0.1",
        "SIGNKEY": "secret", "SIGNKEYS": "kept", "EMPTY": "",
        "SMTPTEXT": "old", "SMTPCODE": "old", "SMTPHOST": "old", "SMTPSTATUS": "old",
        "QMTPTEXT": "old", "QMTPCODE": "old"})
    report, _ = hooks.run()
    assert report.letter == "K"
    env = hooks.found["env"]
    assert not {"SMTPROUTE", "X-SMTPROUTES", "X_SMTPROUTES", "QMTPROUTE", "SIGNKEY",
                "QMTPTEXT", "QMTPCODE"} & env.keys()
    assert (env["SIGNKEYS"], env["EMPTY"]) == ("kept", "")
    assert "old" not in env.values() and "secret" not in str(env)


@pytest.mark.req("HOOK-06", "AUTH-07")
def test_the_route_changes_its_environment(hooks, answers):
    """It names the hook, too, and takes one away."""
    path = hooks.set(WITNESS)
    server = answers()
    hooks.site.env.update({"GONE": "x", SUCCESS: "/bin/false"})
    hooks.site.put("smtproutes",
                   f":127.0.0.1:{server.port} user secret GONE=,NEW=a\\,b c,{SUCCESS}={path}")
    report, status = hooks.run()
    assert (report.letter, status) == ("K", 0)
    assert hooks.found["env"]["NEW"] == "a,b c"
    assert "GONE" not in hooks.found["env"]
    hooks.record.unlink()
    hooks.site.put("smtproutes", f":127.0.0.1:{server.port} user secret {SUCCESS}=")
    assert hooks.run()[1] == 0
    assert not hooks.record.exists()


@pytest.mark.req("HOOK-02", "HOOK-06")
@pytest.mark.parametrize("host", [None, "127.0.0.1"])
def test_no_reply_was_heard(hooks, host):
    """The text is ours; without a server, its address is not set."""
    hooks.set(WITNESS, TEMPORARY)
    hooks.site.env["SMTPHOST"] = "old"
    if host:
        with socket.socket() as s:
            s.bind((host, 0))
            hooks.site.route(s.getsockname()[1])
    else:
        hooks.site.put("smtproutes", ":127.0.0.1:x")
    report, status = hooks.run()
    assert (report.letter, status) == ("Z", 0)
    env = hooks.found["env"]
    assert (env["SMTPCODE"], env.get("SMTPHOST")) == ("0", host)
    assert env["SMTPTEXT"] == report.text.rstrip("\n")
    assert ("wasn't able to establish" if host else "route") in env["SMTPTEXT"]


@pytest.mark.req("HOOK-02")
def test_a_text_of_ours_is_cut(hooks):
    """What the kernel takes for one variable is less than a report may be."""
    hooks.set(WITNESS, FAILURE)
    report, status = hooks.run(host=130_000 * "x")
    assert (report.letter, status) == ("D", 0)
    assert len(report.text) > 130_000
    assert hooks.found["env"]["SMTPTEXT"] == report.text[:5000]


@pytest.mark.req("HOOK-01", "HOOK-02", "CLI-07")
def test_an_address_that_no_server_may_see(hooks):
    """Settled before the message is read: the hook gets all of it."""
    hooks.set(WITNESS, FAILURE)
    report, status = hooks.run("bob\n@server.example")
    assert (report.letter, status) == ("D", 0)
    assert hooks.found["stdin"] == MESSAGE.decode()
    assert hooks.found["argv"][-1] == "bob\n@server.example"


@pytest.mark.req("CLI-02", "RPT-08")
def test_a_wrong_call_has_no_hook(hooks):
    hooks.set(WITNESS)
    with file_of(MESSAGE) as stdin:
        run = hooks.site.start([str(hooks.site.program), "host", "sender"], stdin)
        assert run.finish().letter == "Z"
    assert not hooks.record.exists()


@pytest.mark.req("HOOK-03")
@pytest.mark.parametrize("keywords", [PIPELINING, CHUNKING], ids="+".join)
@pytest.mark.parametrize("message", [b"", MESSAGE, LARGE[:26 * 4000]], ids=len)
@pytest.mark.parametrize("offset", [0, 9])
def test_it_reads_the_message(hooks, answers, keywords, message, offset):
    """From where it begins, which need not be where the file does."""
    hooks.set(WITNESS, SUCCESS)
    answers(keywords=keywords)
    with file_of(b"not this\n"[:offset] + message) as stdin:
        os.lseek(stdin.fileno(), offset, os.SEEK_SET)
        raw, status = hooks.site.start(hooks.site.argv(), stdin).output()
    assert (Report(raw).letter, status) == ("K", 0)
    assert hooks.found["stdin"] == message.decode()
    assert hooks.found["fds"]["0"].startswith("/tmp/")


@pytest.mark.req("HOOK-03")
@pytest.mark.parametrize("letter, stdin", [
    ("K", "pipe"), ("K", "socket"), ("K", "/dev/null"), ("Z", "closed"), ("Z", "write-only")])
def test_it_cannot_read_the_message(hooks, answers, letter, stdin):
    hooks.set(WITNESS)
    answers()
    with contextlib.ExitStack() as stack:
        if stdin in ("pipe", "socket"):
            ours, theirs = (s.detach() for s in socket.socketpair()) \
                if stdin == "socket" else os.pipe()[::-1]
            os.write(ours, MESSAGE)
            os.close(ours)
        else:
            path = "/dev/null" if stdin != "write-only" else hooks.site.directory / "file"
            theirs = os.open(path, os.O_RDONLY if stdin != "write-only" else
                             os.O_WRONLY | os.O_CREAT)
        stack.callback(os.close, theirs)
        raw, status = hooks.site.start(
            hooks.site.argv(), theirs,
            preexec_fn=(lambda: os.close(0)) if stdin == "closed" else None).output()
    assert (Report(raw).letter, status) == (letter, 0)
    assert hooks.found["fds"]["0"] == "/dev/null"
    assert hooks.found["stdin"] == ""


# ----------------------------------------------------------------- its world

def ignored(mask):
    """The signals of a mask but 32 and 33, which are the C library's own."""
    return {n for n in range(1, 65) if mask >> (n - 1) & 1} - {32, 33}


@pytest.mark.req("HOOK-03", "HOOK-06")
@pytest.mark.parametrize("close", [(), (2,), (0, 2)], ids=str)
def test_its_descriptors_group_and_signals(hooks, answers, close):
    """
    What we have open it does not get, nor what we were given.
    """
    hooks.set(WITNESS)
    answers()
    leak = os.open("/dev/zero", os.O_RDONLY)
    trace = os.open(hooks.trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def before():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGCHLD])
        for number in (signal.SIGUSR2, signal.SIGCHLD, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)
        for fd in close:
            os.close(fd)

    with file_of(MESSAGE) as stdin:
        raw, status = hooks.site.start(
            hooks.site.argv(), stdin, {"QMAIL_REMOTE_TRACE": str(trace)},
            preexec_fn=before, pass_fds=[leak, trace]).output()
    os.close(leak)
    os.close(trace)
    assert (Report(raw).letter, status) == ("Z" if 0 in close else "K", 0)
    found = hooks.found
    ours = {"1": "/dev/null", "2": "/dev/null"}
    assert {k: v for k, v in found["fds"].items() if k != "0"
            and not v.startswith("/proc/")} == ours
    assert found["group"] and found["blocked"] == 0
    # Python itself ignores these two.
    assert ignored(found["ignored"]) <= {signal.SIGPIPE, signal.SIGXFSZ}
    assert [t["status"] for t in hooks.told] == ["0"]


@pytest.mark.req("HOOK-03", "HOOK-04")
def test_signals_have_their_defaults(hooks, server):
    """Those that we ignore, too."""
    hooks.sh("cat /proc/$$/status >$RECORD")
    assert hooks.run()[1] == 0
    status = dict(line.split(":", 1) for line in hooks.record.read_text().splitlines())
    assert ignored(int(status["SigIgn"], 16)) == set()


@pytest.mark.req("HOOK-06")
def test_no_shell_and_no_search(hooks, answers):
    """The value is one path, whatever is in it."""
    answers()
    directory = hooks.site.directory
    for name in ("true", "hook arg", "touch bad", "$(touch bad)"):
        path = directory / name
        path.write_text(WITNESS)
        path.chmod(0o755)
    for value in ("true", "touch bad; true", "nothing ; touch bad", f"{directory}/$HOME"):
        hooks.site.env[SUCCESS] = value
        hooks.site.env["PATH"] = str(directory)
        assert hooks.run()[1] == 0
        assert not hooks.record.exists()
    for name in ("hook arg", "$(touch bad)"):
        hooks.site.env[SUCCESS] = str(directory / name)
        assert hooks.run()[1] == 0
        assert hooks.found["path"] == str(directory / name)
        hooks.record.unlink()
    assert not (directory / "bad").exists() and not pathlib.Path("bad").exists()


# ---------------------------------------------------- what it does, and we do

@pytest.mark.req("HOOK-05", "RPT-08")
@pytest.mark.parametrize("code", [0, 1, 99, 111, 255])
@pytest.mark.parametrize("ignore", [None, "ignore", "IGNORE", "yes", ""])
def test_its_exit_status(hooks, server, code, ignore):
    hooks.sh(f"exit {code}", SUCCESS)
    if ignore is not None:
        hooks.site.env["HOOK_EXIT"] = ignore
    report, status = hooks.run()
    assert report.letters == "rK"
    assert status == (0 if (ignore or "").lower() == "ignore" else code)
    assert [t["status"] for t in hooks.told] == [str(code)]


@pytest.mark.req("HOOK-05")
def test_its_exit_status_if_children_are_ignored(hooks, server):
    """Who starts us so would have the kernel forget the status."""
    hooks.sh("exit 7", SUCCESS)
    with file_of(MESSAGE) as stdin:
        raw, status = hooks.site.start(
            hooks.site.argv(), stdin,
            preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)).output()
    assert (Report(raw).letters, status) == ("rK", 7)


@pytest.mark.req("HOOK-05", "RPT-08")
@pytest.mark.parametrize("code, verdict", [(0, "K"), (1, "D"), (111, "Z")])
def test_what_the_manual_warns_of(hooks, server, code, verdict):
    """qmail-rspawn goes by the status first, and the report comes too late."""
    hooks.sh(f"exit {code}")
    report, status = hooks.run()
    assert report.letters == "rK"
    assert rspawn.verdict(report.raw, status) == verdict
    page = (ROOT / "man/qmail-remote.8").read_text().replace("\n", " ")
    assert "takes 111 for a deferral and every other status but 0 for a failure" in page


FAULTS = [
    pytest.param("/usr/no-such-hook", "cannot be run", id="missing"),
    pytest.param("/", "cannot be run", id="directory"),
    pytest.param("/etc/passwd", "cannot be run", id="not-executable"),
    pytest.param("hook", "cannot be run", id="relative-and-missing"),
]


@pytest.mark.req("HOOK-04", "HOOK-06")
@pytest.mark.parametrize("path, problem", FAULTS)
def test_it_cannot_be_run(hooks, server, path, problem):
    hooks.site.env[SUCCESS] = path
    report, status = hooks.run()
    assert (report.letters, status) == ("rK", 0)
    told, = hooks.told
    assert (told["path"], told["problem"]) == (path, problem) and told["reason"]


@pytest.mark.req("HOOK-04", "HOOK-06")
@pytest.mark.parametrize("text, mode", [
    (WITNESS, 0o644), ("touch bad", 0o755), ("#!/usr/no-such-shell\n", 0o755), ("", 0o755)])
def test_a_file_that_cannot_be_run(hooks, server, text, mode):
    """No shell takes over what the kernel does not know how to run."""
    hooks.set(text, SUCCESS, mode=mode)
    report, status = hooks.run()
    assert (report.letters, status) == ("rK", 0)
    assert [t["problem"] for t in hooks.told] == ["cannot be run"]


@pytest.mark.req("HOOK-04")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM,
                                    signal.SIGPIPE])
def test_it_crashes(hooks, server, number):
    hooks.sh(f"kill -{number.value} $$", SUCCESS)
    report, status = hooks.run()
    assert (report.letters, status) == ("rK", 0)
    assert [t["problem"] for t in hooks.told] == ["was ended by a signal"]


def alive(path):
    """Which of the processes are there that wrote their numbers to a file."""
    found = []
    for pid in map(int, path.read_text().split()):
        with contextlib.suppress(OSError):
            if pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")")[1].split()[0] != "Z":
                found.append(pid)
    return found


@pytest.mark.req("HOOK-04")
def test_it_hangs(hooks, server):
    """It is killed, and its children with it, whatever they ignore."""
    hooks.sh("trap '' TERM INT HUP\nsleep 600 & echo $! $$ >$RECORD\nsleep 600", SUCCESS)
    hooks.site.env["HOOK_TIMEOUT"] = "1"
    began = time.monotonic()
    report, status = hooks.run()
    assert 1 <= time.monotonic() - began < 10
    assert (report.letters, status) == ("rK", 0)
    assert [t["problem"] for t in hooks.told] == ["takes too long, and is killed"]
    until = time.monotonic() + PATIENCE
    while alive(hooks.record) and time.monotonic() < until:
        time.sleep(0.01)
    assert alive(hooks.record) == []


@pytest.mark.req("HOOK-04")
@pytest.mark.parametrize("seconds", ["0", "x", "99999999999999999999999", "2"])
def test_it_takes_a_second(hooks, server, seconds):
    """No limit, one that is none, one beyond all clocks, and enough."""
    hooks.sh("sleep 1; exit 3", SUCCESS)
    hooks.site.env["HOOK_TIMEOUT"] = seconds
    report, status = hooks.run()
    assert (report.letters, status) == ("rK", 3)


@pytest.mark.req("HOOK-03", "HOOK-04", "RPT-12")
@pytest.mark.parametrize("text", [
    "sleep 600",
    "sleep 600 & exit 0",
    "exec 3>&1 4>&2; setsid sleep 600 & sleep 600",
    "head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2; sleep 600",
    "for f in /proc/$PPID/fd/*; do echo Kforged >$f; done; sleep 600",
])
def test_the_report_ends_before_it_runs(hooks, server, text):
    """As qmail-rspawn has it: one pipe for fd 1 and fd 2, read to its end."""
    hooks.sh(f"echo $$ >$RECORD\n{text}", SUCCESS)
    reader, writer = os.pipe()
    with file_of(MESSAGE) as stdin:
        run = hooks.site.start(hooks.site.argv(), stdin, stdout=writer, stderr=writer)
    os.close(writer)
    raw, until = b"", time.monotonic() + 5
    while select.select([reader], [], [], max(0, until - time.monotonic()))[0]:
        piece = os.read(reader, 65536)
        if not piece:
            break
        raw += piece
    else:
        pytest.fail("the pipe of the report stays open")
    os.close(reader)
    assert Report(raw).letters == "rK" and "forged" not in str(raw)
    if "& exit" not in text:
        assert run.process.poll() is None
    # All that it started is of one group, or of one session.
    until = time.monotonic() + PATIENCE
    while not hooks.record.exists() or not hooks.record.read_text().endswith("\n"):
        assert time.monotonic() < until
        time.sleep(0.01)
    group = int(hooks.record.read_text())
    strays = [pid for pid in children_of(group) if os.getpgid(pid) != group]
    for kill, number in [(os.killpg, group), *((os.kill, pid) for pid in strays)]:
        with contextlib.suppress(ProcessLookupError):
            kill(number, signal.SIGKILL)
    assert run.process.wait(PATIENCE) == 0


def children_of(pid):
    with contextlib.suppress(OSError):
        return [int(n) for n in
                pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


@pytest.mark.req("HOOK-04")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_while_it_runs(hooks, server, number):
    """The report is out: there is nothing more to say, and nothing is lost."""
    hooks.sh("echo >$RECORD; sleep 1; exit 5", SUCCESS)
    with file_of(MESSAGE) as stdin:
        run = hooks.site.start(hooks.site.argv(), stdin)
    until = time.monotonic() + PATIENCE
    while not hooks.record.exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    run.process.send_signal(number)
    raw, status = run.output()
    assert (Report(raw).letters, status) == ("rK", 5)


@pytest.mark.req("RPT-12", "HOOK-03")
def test_no_hook_without_a_report(hooks, server):
    """A report that is not out whole: 111, and nobody may hear more than that."""
    hooks.set(WITNESS)
    with open("/dev/full", "wb") as full, file_of(MESSAGE) as stdin:
        _, status = hooks.site.start(hooks.site.argv(), stdin, stdout=full).output()
    assert status == 111
    assert not hooks.record.exists()


@pytest.mark.req("HOOK-04", "CLI-09")
def test_an_environment_that_is_too_large_for_it(hooks, answers):
    """What we were started with and what we add is more than the kernel takes."""
    hooks.set(WITNESS, SUCCESS)
    answers(dot=[*(5 * ["250-" + 900 * "x"]), "250 end"])
    env = {**hooks.site.env, "PADDING": 60000 * "x", "MORE": ""}
    low, high = 0, 70000
    while high - low > 1:
        env["MORE"] = (low + high) // 2 * "x"
        try:
            subprocess.run(["/bin/true"], env=env, preexec_fn=small_stack, check=True)
            low = (low + high) // 2
        except OSError:
            high = (low + high) // 2
    env["MORE"] = (low - 1000) * "x"
    with file_of(MESSAGE) as stdin:
        raw, status = hooks.site.start(hooks.site.argv(), stdin, env,
                                       preexec_fn=small_stack).output()
    assert (Report(raw).letters, status) == ("rK", 0)
    assert [t["reason"] for t in hooks.told] == [os.strerror(errno.E2BIG)]


def small_stack():
    resource.setrlimit(resource.RLIMIT_STACK, (512 * 1024, 512 * 1024))


# ----------------------------------------------------- what tells of it before

@pytest.mark.req("HOOK-06")
def test_lint(hooks):
    def findings():
        done = subprocess.run([str(BUILD / "qmail-remote-lint")], env=hooks.site.env,
                              stdout=subprocess.PIPE, timeout=PATIENCE)
        return done.returncode, done.stdout.decode().splitlines()
    good = hooks.set(WITNESS)
    hooks.site.env.update({"HOOK_EXIT": "ignore", "HOOK_TIMEOUT": "5"})
    assert findings() == (0, [])
    bad = hooks.set(WITNESS, FAILURE, mode=0o644)
    hooks.site.env.update({SUCCESS: "true -x", TEMPORARY: "/usr/no-such-hook",
                           "HOOK_EXIT": "no", "HOOK_TIMEOUT": "x"})
    assert findings() == (1, [
        'HOOK_TIMEOUT:1: ignored, not a number: "x"',
        f'{SUCCESS}: names a hook by no absolute path: "true -x"',
        f'{TEMPORARY}: names a hook that is not there: "/usr/no-such-hook"',
        f'{FAILURE}: names a hook that cannot be run: "{bad}"',
        'HOOK_EXIT: ignored, the one word is ignore: "no"'])
    for name in (*NAMES, "HOOK_EXIT", "HOOK_TIMEOUT"):
        del hooks.site.env[name]
    hooks.site.put("smtproutes", f"a:b user pw {SUCCESS}={good}\nc:d user pw {SUCCESS}=x,{FAILURE}=")
    (hooks.site.control / "smtproutes").chmod(0o600)
    assert findings() == (1, [
        f'{hooks.site.control}/smtproutes:2: names a hook by no absolute path: "{SUCCESS}"'])


@pytest.mark.req("HOOK-06")
def test_explain(hooks):
    path = hooks.set(WITNESS)
    hooks.site.put("smtproutes", f":127.0.0.1:9 user pw {FAILURE}=/usr/of-the-route,{TEMPORARY}=")

    def explain(*options):
        return subprocess.run(
            [str(BUILD / "qmail-remote-explain"), *options, SENDER, RECIPIENT],
            env=hooks.site.env, stdout=subprocess.PIPE, check=True, timeout=PATIENCE
        ).stdout.decode()
    assert [line.split(None, 1)[1] for line in explain().splitlines()
            if line.startswith("hook ")] == [
        f"after success: {path}  [{SUCCESS}]", f"if refused: /usr/of-the-route  [{FAILURE}]"]
    assert json.loads(explain("--json"))["hooks"] == {
        "success": path, "failure": "/usr/of-the-route"}
