"""
spawn-filter: what goes through a filter, what comes of each of its ends, and
that no filter, however it behaves, spoils a report or loses mail.
"""
import hashlib
import os
import resource
import signal
import subprocess
import time

import pytest
from play.rspawn import verdict
from qremote import (BUILD, MESSAGE, PATIENCE, PROGRAM, RECIPIENT, SENDER, Report,
                     file_of)
from stand_in import StandIn, measured

# Nothing but what stands in the program's way.
PATH = "/usr/bin:/bin"


@pytest.fixture
def remote(site, tmp_path):
    """What spawn-filter runs in the end."""
    site.program = BUILD / "spawn-filter"
    stand_in = StandIn(tmp_path / "remote")
    site.env |= {"QREMOTE": str(stand_in.path), "PATH": PATH,
                 "TMPDIR": str(tmp_path)}
    return stand_in


@pytest.fixture
def script(tmp_path):
    """Makes a filter of lines for the shell; returns its path."""
    def make(*lines, name="filter"):
        path = tmp_path / name
        path.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
        path.chmod(0o755)
        return str(path)
    return make


def dash_c(command):
    """A filter that is a command for the shell."""
    assert "'" not in command
    return f"/bin/sh -c '{command}'"


# What is delivered.

# REQ: CMP-03
@pytest.mark.parametrize("by", ["file", "pipe"])
def test_without_a_filter(site, remote, by):
    report = site.deliver(MESSAGE, by=by, qqeh="X: y", size="999")
    assert report.letters == "rK"
    told = remote.told
    assert told["argv"] == ["server.example", SENDER, "X: y", "999", RECIPIENT]
    assert told["message"] == MESSAGE.decode()
    # A file, whatever the message came through.
    assert told["offset"] == 0


# REQ: CMP-03
@pytest.mark.parametrize("by", ["file", "pipe"])
def test_through_a_filter(site, remote, by):
    env = {"FILTERARGS": "sed -e 's/body/BODY and more/'"}
    report = site.deliver(MESSAGE, by=by, env=env, size="3")
    assert report.letters == "rK"
    told = remote.told
    assert told["message"] == "Subject: test\n\nBODY and more\n"
    # The size is that of the filtered message.
    assert told["argv"][3] == str(len(told["message"]))
    assert told["offset"] == 0
    assert told["fds"] == [0, 1, 2]


# REQ: CMP-03
def test_really_delivered(site, server, remote):
    env = {"FILTERARGS": "tr a-z A-Z", "QREMOTE": str(PROGRAM)}
    assert site.deliver(MESSAGE, env=env).letters == "rK"
    assert server.result().body == MESSAGE.upper().replace(b"\n", b"\r\n")


# REQ: CMP-03
def test_from_where_the_file_stands(site, remote):
    with file_of(b"not this\n" + MESSAGE) as stdin:
        os.lseek(stdin.fileno(), 9, os.SEEK_SET)
        env = {"FILTERARGS": "cat"}
        assert site.start(site.argv(), stdin, env).finish().letters == "rK"
    assert remote.told["message"] == MESSAGE.decode()


# REQ: CMP-03
def test_the_filter_can_rewind(site, remote, script):
    twice = script("wc -c >/dev/null", "head -n 1 </proc/self/fd/0",
                   "cat /proc/self/fd/0")
    for by in "file", "pipe":
        site.deliver(MESSAGE, by=by, env={"FILTERARGS": twice})
        assert remote.told["message"] == "Subject: test\n" + MESSAGE.decode()


# Which filter.

# REQ: CMP-03
@pytest.mark.parametrize("lines, env, want", [
    ("client.example:MARK 1", {}, "1"),
    ("CLIENT.example:MARK 1", {}, "1"),
    ("client.example:remote:MARK 1", {}, "1"),
    ("client.example:local:MARK 1", {}, None),
    ("client.example:local:MARK 1\nclient.example:MARK 2", {}, "2"),
    ("client.example:local:a | b\nclient.example:MARK 2", {}, "2"),
    ("client.example:MARK 1\nclient.example:MARK 2", {}, "1"),
    ("server.example:MARK 1", {}, None),
    ("server.example:MARK 1", {"MATCH_RECIPIENT_DOMAIN": ""}, "1"),
    ("client.example:MARK 1", {"MATCH_RECIPIENT_DOMAIN": "1"}, None),
    ("# c\n\n*.example:MARK 1", {}, "1"),
    ("[a-c]lient.*:MARK 1", {}, "1"),
    ("*.org:MARK 1", {}, None),
    ("^client\\.example$:MARK 1", {}, None),
    ("^client\\.example$:MARK 1", {"QREGEX": ""}, "1"),
    ("^client\\.example$:MARK 1", {"QREGEX": "0"}, None),
    ("*:MARK 1", {"FILTERARGS": "MARK 2"}, "2"),
    ("*:MARK 1", {"FILTERARGS": ""}, "1"),
    ("*:MARK 1:A=x,KEEP=", {"KEEP": "y"}, "1"),
    # A line that is not for this mail may be as it likes.
    ("other.example:a | b\n*:MARK 1", {}, "1"),
])
def test_which_filter(site, remote, script, lines, env, want):
    mark = script('echo "Mark: $1"', "cat")
    site.put("filterargs", lines.replace("MARK", mark))
    env = {name: value.replace("MARK", mark) for name, value in env.items()}
    assert site.deliver(MESSAGE, env=env).letters == "rK"
    told = remote.told
    marks = f"Mark: {want}\n" if want else ""
    assert told["message"] == marks + MESSAGE.decode()
    if "A=x" in lines:
        assert (told["env"]["A"], told["env"].get("KEEP")) == ("x", None)


# REQ: CMP-03
def test_bounces_have_the_empty_domain(site, remote):
    site.put("filterargs", "client.example:false\n*:cat")
    for sender in "", "#@[]":
        assert site.deliver(MESSAGE, sender=sender).letters == "rK"


# REQ: CMP-03
def test_words_are_not_a_shells(site, remote, script):
    tell = script('printf "<%s>" "$@"', "echo", "cat")
    site.put("filterargs", f"*:{tell} a 'b  $c' \"d\\\"\" e\\ f 'x:y':A=1")
    site.deliver(MESSAGE)
    assert remote.told["message"].startswith('<a><b  $c><d"><e f><x:y>\n')


# REQ: CMP-03
@pytest.mark.parametrize("line, words", [
    ("*:cat | tee x", "filterargs:1 (a character that needs a shell"),
    ("a.example:x\n*:cat >x", "filterargs:2"),
    ("*:", "filterargs:1 (no filter)"),
    ("*", "filterargs:1 (no colon)"),
    ("*:'cat", "a quote without its end"),
    ("*:cat:A", "filterargs:1 (no NAME=VALUE)"),
    ("*:cat http://x", "no NAME=VALUE"),
    ("*:cat\0", "NUL"),
])
def test_lines_that_make_no_sense(site, remote, line, words):
    site.put("filterargs", line)
    report = site.deliver(MESSAGE)
    assert report.letters == "Z"
    assert words in report.text
    assert not remote.was_run


# REQ: CMP-03
def test_a_bad_regular_expression(site, remote):
    site.put("filterargs", "other(:cat")
    assert site.deliver(MESSAGE).letters == "rK"
    report = site.deliver(MESSAGE, env={"QREGEX": "1"})
    assert report.letters == "Z"
    assert "filterargs:1 (not a regular expression)" in report.text


# REQ: CMP-03
@pytest.mark.parametrize("name", ["filterargs", "fromd.envrules", "rcpt.envrules",
                                  "spamfilter"])
def test_files_that_cannot_be_read(site, remote, name):
    (site.control / name).mkdir()
    report = site.deliver(MESSAGE)
    assert report.letters == "Z"
    assert f"/{name}: Is a directory" in report.text
    assert not remote.was_run


# Variables.

# REQ: CMP-03
def test_variables_by_sender_and_recipient(site, remote):
    site.put("fromd.envrules", "other@*:A=1\n*@client.example:A=2,B=2,KEEP=\n*:A=3")
    site.put("rcpt.envrules", f"{RECIPIENT}:B=4,C=5")
    site.deliver(MESSAGE, env={"KEEP": "x"})
    env = remote.told["env"]
    assert {name: env.get(name) for name in ("A", "B", "C", "KEEP")} == {
        "A": "2", "B": "4", "C": "5", "KEEP": None}


# REQ: CMP-03
def test_rules_under_other_names(site, remote, tmp_path):
    site.put("other.rules", "*:A=1")
    (tmp_path / "more.rules").write_text("*:B=2\n")
    site.deliver(MESSAGE, env={"FROMRULES": "other.rules",
                               "RCPTRULES": str(tmp_path / "more.rules")})
    env = remote.told["env"]
    assert (env["A"], env["B"]) == ("1", "2")


# REQ: CMP-03
def test_rules_reach_the_program_itself(site, remote):
    site.put("fromd.envrules", "*:FILTERARGS=tr a-z A-Z")
    site.deliver(MESSAGE)
    assert remote.told["message"] == MESSAGE.decode().upper()
    site.put("rcpt.envrules", "*:FILTERARGS=/bin/sh -c 'exit 100',QREGEX=1")
    site.put("filterargs", "(:cat")
    assert site.deliver(MESSAGE).letter == "D"


# REQ: CMP-03
def test_rules_that_make_no_sense(site, remote):
    for line in "*", "*:A", "*:A=1,B", "*:=x":
        site.put("rcpt.envrules", line)
        report = site.deliver(MESSAGE)
        assert report.letters == "Z"
        assert "rcpt.envrules:1" in report.text
    site.put("rcpt.envrules", "other@*:rubbish")
    assert site.deliver(MESSAGE).letters == "rK"


# REQ: CMP-03
def test_what_the_filter_sees(site, remote, script, tmp_path):
    tell = script(f"env >{tmp_path}/env", "cat")
    env = {"FILTERARGS": tell, "QMAILREMOTE": "x", "QMAILLOCAL": "y"}
    recipients = ["joe-list-1@server.example", "ann@server.example"]
    site.deliver(MESSAGE, *recipients, env=env, sender="a b;$(id)@c.example",
                 qqeh="X: y\nZ: z")
    seen = (tmp_path / "env").read_text()
    for line in ["DOMAIN=server.example", "_EXT=list-1", "_QQEH=X: y\nZ: z",
                 "_SENDER=a b;$(id)@c.example", "QMAILREMOTE=spawn-filter",
                 "_RECIPIENT=" + "\n".join(recipients)]:
        assert f"{line}\n" in seen
    assert "FILTERARGS" not in seen and "QMAILLOCAL" not in seen
    gone = {"DOMAIN", "_EXT", "_QQEH", "_SENDER", "_RECIPIENT", "FILTERARGS",
            "QMAILLOCAL", "QMAILREMOTE", "QREMOTE", "SPAMFILTER"}
    assert gone.isdisjoint(remote.told["env"])


# REQ: CMP-03
def test_inherited_descriptors_are_not_passed_on(site, remote, tmp_path):
    reader, writer = os.pipe()
    env = {"FILTERARGS": dash_c(f"ls /proc/self/fd >{tmp_path}/fds; cat")}
    with file_of(MESSAGE) as stdin:
        site.start(site.argv(), stdin, env, pass_fds=[writer]).finish()
    os.close(reader)
    os.close(writer)
    # ls has the directory open.
    assert (tmp_path / "fds").read_text().split() == ["0", "1", "2", "3"]


# REQ: CMP-03
def test_recipients_that_need_different_things(site, remote):
    two = ["a@one.example", "b@two.example"]
    site.put("rcpt.envrules", "a@*:A=1")
    assert site.deliver(MESSAGE, *two).letters == "Z"
    site.put("rcpt.envrules", "*.example:A=1")
    assert site.deliver(MESSAGE, *two).letters == "rK"
    site.put("filterargs", "one.example:cat")
    env = {"MATCH_RECIPIENT_DOMAIN": ""}
    report = site.deliver(MESSAGE, *two, env=env)
    assert report.letters == "Z"
    assert "different filters" in report.text


# REQ: CMP-03
@pytest.mark.parametrize("env, line, letters", [
    ({"SPAMFILTER": "bogofilter -p"}, None, "Z"),
    ({"SPAMFILTER": ""}, None, "rK"),
    ({}, "server.example:bogofilter -p", "Z"),
    ({}, "server.example:local:bogofilter -p", "rK"),
    ({}, "client.example:bogofilter -p", "rK"),
])
def test_spam_filters_are_not_left_out(site, remote, env, line, letters):
    if line:
        site.put("spamfilter", line)
    assert site.deliver(MESSAGE, env=env).letters == letters
    assert remote.was_run == (letters == "rK")


# How a filter ends.

# REQ: CMP-03
@pytest.mark.parametrize("command, letters, words", [
    ("cat; exit 2", "rK", "Message dropped by the filter"),
    ("echo no spam here >&2; exit 100", "D",
     "The filter rejects this message. (#5.7.1)\nIt said: no spam here\n"),
    ("cat; exit 1", "Z", "exited with status 1"),
    ("cat; exit 99", "Z", "exited with status 99"),
    ("cat; echo why >&2; exit 111", "Z",
     "exited with status 111. (#4.3.0)\nIt said: why\n"),
    ("cat; kill -SEGV $$", "Z", "was ended by signal 11"),
    ("cat; kill -KILL $$", "Z", "was ended by signal 9"),
    ("true", "Z", "wrote nothing"),
    ("printf cut", "Z", "ended within a line"),
    ("exit 127", "Z", "exited with status 127"),
])
@pytest.mark.parametrize("one_pipe", [False, True])
def test_ends(site, remote, command, letters, words, one_pipe):
    stderr = subprocess.STDOUT if one_pipe else subprocess.PIPE
    with file_of(MESSAGE) as stdin:
        report = site.start(site.argv(), stdin, {"FILTERARGS": dash_c(command)},
                            stderr=stderr).finish()
    assert report.letters == letters
    assert words in report.text
    assert not remote.was_run
    assert verdict(report.raw, 0) == letters[-1]


# REQ: CMP-03
@pytest.mark.parametrize("what", ["absent", "/absent/filter", "plain", "directory",
                                  "interpreter", "rubbish"])
def test_filters_that_cannot_be_run(site, remote, tmp_path, script, what):
    (tmp_path / "plain").write_text("#!/bin/sh\ncat\n")
    (tmp_path / "directory").mkdir()
    (tmp_path / "rubbish").write_bytes(b"\x7fELF rubbish")
    (tmp_path / "rubbish").chmod(0o755)
    (tmp_path / "interpreter").write_text(f"#!{tmp_path}/absent\n")
    (tmp_path / "interpreter").chmod(0o755)
    name = what if what[0] in "/a" else str(tmp_path / what)
    report = site.deliver(MESSAGE, env={"FILTERARGS": name})
    assert report.letters == "Z"
    assert f"Unable to run the filter {name}: " in report.text
    assert not remote.was_run


# REQ: CMP-03
@pytest.mark.parametrize("args, words", [(" ", "FILTERARGS (no filter)"),
                                         ("''", "Unable to run the filter")])
def test_a_filter_that_is_none(site, remote, args, words):
    report = site.deliver(MESSAGE, env={"FILTERARGS": args})
    assert report.letters == "Z"
    assert words in report.text
    assert not remote.was_run


# REQ: CMP-03
def test_a_caller_that_ignores_its_children(site, remote):
    """The filter's exit status is known all the same, and counts."""
    def ignore():
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)

    for status, letters in (0, "rK"), (2, "rK"), (100, "D"), (1, "Z"):
        remote.told_path.unlink(missing_ok=True)
        with file_of(MESSAGE) as stdin:
            env = {"FILTERARGS": dash_c(f"cat; exit {status}")}
            report = site.start(site.argv(), stdin, env, preexec_fn=ignore).finish()
        assert report.letters == letters
        assert remote.was_run == (status == 0)


# REQ: CMP-03
def test_an_empty_or_partial_message_is_the_messages_own_fault(site, remote):
    for message in b"", b"Subject: x\n\ncut":
        assert site.deliver(message, env={"FILTERARGS": "cat"}).letters == "rK"
        assert remote.told["message"] == message.decode()


# REQ: CMP-03 RPT-12
def test_a_filter_that_talks_too_much(site, remote):
    talk = dash_c("head -c 1000000 /dev/zero | tr \\\\0 a >&2; cat; exit 100")
    report = site.deliver(MESSAGE, env={"FILTERARGS": talk})
    assert report.letters == "D"
    assert report.text.count("a" * 900) == 1
    assert len(report.text) < 1200
    talk = dash_c("head -c 1000000 /dev/urandom >&2; cat")
    assert site.deliver(MESSAGE, env={"FILTERARGS": talk}).letters == "rK"


# REQ: CMP-03 RPT-12
def test_words_of_a_filter_are_made_fit_to_print(site, remote, script):
    talk = script(r"printf 'a\0Kfalse\001\377\nb' >&2", "exit 100")
    report = site.deliver(MESSAGE, env={"FILTERARGS": talk})
    assert report.letters == "D"
    assert "It said: a?Kfalse??\nb\n" in report.text


# REQ: CMP-03
def test_a_filter_that_ignores_its_input(site, remote):
    big = b"x" * 70 + b"\n"
    with file_of(big * 100_000) as stdin:
        env = {"FILTERARGS": "/bin/echo other"}
        assert site.start(site.argv(), stdin, env).finish().letters == "rK"
    assert remote.told["message"] == "other\n"


# REQ: CMP-03
def test_a_filter_that_hangs(site, remote, tmp_path):
    env = {"FILTER_TIMEOUT": "1", "FILTERARGS": dash_c(
        f"cat; echo $$ >{tmp_path}/pid; sleep 60 & sleep 60")}
    begin = time.monotonic()
    report = site.deliver(MESSAGE, env=env)
    assert report.letters == "Z"
    assert "took too long" in report.text
    assert 1 <= time.monotonic() - begin < 10
    # Its whole group is gone.
    group = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        for _ in range(100):
            os.killpg(group, 0)
            time.sleep(0.05)
    assert not remote.was_run


# REQ: CMP-03 RPT-12
@pytest.mark.parametrize("setsid", ["", "setsid "])
def test_what_a_filter_leaves_behind(site, remote, setsid):
    """It holds up nothing, and adds nothing to a message that is being sent."""
    behind = dash_c(f"{setsid}sh -c \"while sleep 0.1; do echo late; done\" & cat")
    begin = time.monotonic()
    with file_of(MESSAGE) as stdin:
        report = site.start(site.argv(), stdin, {"FILTERARGS": behind},
                            stderr=subprocess.STDOUT).finish()
    assert time.monotonic() - begin < 5
    assert report.letters == "rK"
    message = remote.told["message"]
    assert message.replace("late\n", "") == MESSAGE.decode()
    assert remote.told["argv"][3] == str(len(message))


# REQ: CMP-03
def test_a_filter_that_floods_from_behind(site, remote):
    flood = dash_c("setsid yes & cat")
    report = site.deliver(MESSAGE, env={"FILTERARGS": flood})
    assert report.letter in "KZ"


# REQ: CMP-03
def test_no_room_for_the_message(site, remote, tmp_path):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (10000, 10000))

    for args in {"FILTERARGS": "head -c 100000 /dev/zero"}, {}:
        with file_of(b"x\n" * 10000) as f:
            stdin = f if args else subprocess.PIPE
            process = site.start(site.argv(), stdin, args, preexec_fn=limit).process
            raw, _ = process.communicate(None if args else f.read(), PATIENCE)
        report = Report(raw)
        assert report.letters == "Z"
        assert "File too large" in report.text
    report = site.deliver(MESSAGE, env={"FILTERARGS": "cat",
                                        "TMPDIR": str(tmp_path / "absent")})
    assert report.letters == "Z"
    assert "Unable to make a temporary file" in report.text
    assert not remote.was_run


# REQ: CMP-03
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_stop(site, remote, tmp_path, number):
    env = {"FILTERARGS": dash_c(f"echo $$ >{tmp_path}/pid; exec sleep 60")}
    with file_of(MESSAGE) as stdin:
        run = site.start(site.argv(), stdin, env)
    pid = tmp_path / "pid"
    while not pid.exists() or not pid.read_text():
        time.sleep(0.01)
    os.kill(run.pid, number)
    report = run.finish()
    assert report.letters == "Z"
    assert "told to stop" in report.text
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


# The program that delivers.

# REQ: CMP-03
def test_its_exit_status_is_ours(site, remote):
    with file_of(MESSAGE) as stdin:
        raw, status = site.start(site.argv(), stdin, {"STAND_IN_EXIT": "7"}).output()
    assert status == 7
    assert Report(raw).letters == "rK"


# REQ: CMP-03
@pytest.mark.parametrize("name", ["absent", "/absent/remote", "/"])
def test_a_program_that_cannot_be_run(site, remote, name):
    report = site.deliver(MESSAGE, env={"QREMOTE": name})
    assert report.letters == "Z"
    assert f"Unable to run {name}: " in report.text


# REQ: CMP-03
def test_programs_that_run_one_another_come_to_an_end(site, remote):
    """The second is given no QREMOTE; what is installed may not be there."""
    env = {"QREMOTE": str(site.program), "FILTERARGS": "cat"}
    assert site.deliver(MESSAGE, env=env).letter == "Z"


# REQ: CMP-03
def test_found_in_path(site, remote, tmp_path):
    env = {"QREMOTE": "stand-in", "PATH": f"/absent::{tmp_path}/remote:{PATH}"}
    assert site.deliver(MESSAGE, env=env).letters == "rK"


# REQ: CMP-03 CLI-02 CLI-07
@pytest.mark.parametrize("argv, letter, words", [
    ([], "Z", "I (spawn-filter) was invoked improperly"),
    (["h", "s@x", "", "0"], "Z", "improperly"),
    (["h", "s@x", "r@y", "r@z", "r@y"], "Z", "improperly"),
    (["h", "s@x", "", "0", "r\n@y"], "D", "has a character in it"),
    (["h", "s@x\x7f", "", "0", "r@y"], "D", "has a character in it"),
])
def test_calls_that_cannot_be_meant(site, remote, argv, letter, words):
    with file_of(MESSAGE) as stdin:
        report = site.start([site.program, *argv], stdin).finish()
    assert report.letters == letter
    assert words in report.text
    assert not remote.was_run


# REQ: CMP-03 CLI-08
def test_broken_descriptors(site, remote):
    env = {"FILTERARGS": "cat"}
    with file_of(MESSAGE) as stdin:
        _, status = site.start(site.argv(), stdin, env,
                               preexec_fn=lambda: os.close(1)).output()
        assert status == 111
        assert site.start(site.argv(), None, env,
                          preexec_fn=lambda: os.close(0)).finish().letters == "Z"
        report = site.start(site.argv(), stdin, env,
                            preexec_fn=lambda: os.close(2)).finish()
        assert report.letters == "rK"
        with open("/dev/full", "wb") as full:
            _, status = site.start(site.argv(), stdin,
                                   {"FILTERARGS": "false"}, stdout=full).output()
        assert status == 111


# Large messages.

# REQ: CMP-03
@pytest.mark.parametrize("by", ["file", "pipe"])
def test_200_megabytes_in_constant_memory(site, remote, tmp_path, by):
    line = b"a line of a large message, as long as this\n"
    count = 200_000_000 // len(line)
    wanted = hashlib.sha256(line.replace(b"a", b"A") * count).hexdigest()
    path = tmp_path / "message"
    with open(path, "wb") as f:
        for _ in range(100):
            f.write(line * (count // 100))
        f.write(line * (count % 100))
    env = {"FILTERARGS": "tr a A"}
    argv = measured(tmp_path / "rss", site.argv())
    source = (open(path, "rb") if by == "file" else
              subprocess.Popen(["cat", path], stdout=subprocess.PIPE).stdout)
    with source:
        run = site.start(argv, source, env)
        report = run.finish(patience=120)
    assert report.letters == "rK"
    told = remote.told
    assert told["length"] == len(line) * count
    assert told["digest"] == wanted
    # Kilobytes, of spawn-filter and then of the stand-in, a Python program
    # that reads blocks of a megabyte.
    assert int((tmp_path / "rss").read_text()) < 40_000
