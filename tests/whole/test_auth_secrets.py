"""
Where a secret may be: in our memory as long as the login lasts, and nowhere
else, in no dress.
"""
import base64
import os
import re
import resource
import signal
import subprocess
import threading
from dataclasses import replace

import cdbfile
from play import sasl
import pytest
from qremote import BUILD, MESSAGE, PATIENCE, RECIPIENT, SENDER, file_of
from whole.leaks import leaks
from whole.listener import Listener
from whole.relay import REFUSED, Relay, deliver

ACCOUNT = sasl.Account()
SECRET, OTHER = ACCOUNT.secret, "wrong-Sesame-3319"
CLEAR = ["SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", *sasl.CRAMS, "LOGIN", "PLAIN",
         "XOAUTH2", "OAUTHBEARER"]


def said(relay):
    """All responses, as they were sent and as they were meant."""
    for attempt in relay.attempts:
        for line in attempt.heard:
            if len(line) > 8:
                yield line
                yield sasl.decoded(line.encode()).decode("latin-1")


def shown(relay, *texts):
    """What of the secret and of the responses stands in the texts."""
    data = b"\n".join(texts)
    found = leaks(data, SECRET, OTHER)
    # The user may be named in a report; the response that has him may not.
    return found + [r for r in said(relay) if r != ACCOUNT.user and r.encode() in data]


# REQ: AUTH-11
@pytest.mark.parametrize("secret", [SECRET, OTHER], ids=["right", "wrong"])
@pytest.mark.parametrize("name", CLEAR)
def test_report_and_trace(site, name, secret):
    trace = site.directory / "trace"
    relay = Relay([f"AUTH {name}"])
    report = deliver(site, relay, MESSAGE, secret=secret,
                     env={"QMAIL_REMOTE_TRACE": str(trace)})
    assert report.letters == ("rK" if secret == SECRET else "Z")
    text = trace.read_bytes()
    assert name.encode() in text
    assert not shown(relay, report.raw, text)


class Echo:
    """A server that repeats what it heard: in challenges, refusals and later."""

    def __init__(self, name, where):
        self.name, self.where, self.heard = name, where, []

    def __call__(self, session):
        session.greet(f"AUTH {self.name}")
        talk = sasl.exchange(self.name, ACCOUNT)
        response = session.hear("AUTH ").partition(b" ")[2].partition(b" ")[2]
        challenge, accepted = next(talk), False
        try:
            if response:
                self.heard.append(response)
                challenge = talk.send(sasl.decoded(response))
            while True:
                session.say("334 " + base64.b64encode(challenge).decode())
                response = session.hear()
                self.heard.append(response)
                challenge = talk.send(sasl.decoded(response))
        except StopIteration as end:
            accepted = end.value
        assert accepted
        words = [line.decode() for line in self.heard]
        words += [sasl.decoded(line).decode("latin-1") for line in self.heard]
        words = [re.sub("[^!-~]", " ", word) for word in [*words, SECRET]]
        if self.where == "refusal":
            session.say(*(f"535-5.7.8 {word}" for word in words), REFUSED)
            session.hear("QUIT")
            return
        session.say("235 2.7.0 yes " + " ".join(words))
        session.envelope(reply_to_mail="550 5.1.0 " + " ".join(words))


# REQ: AUTH-11
@pytest.mark.parametrize("where", ["refusal", "later"])
@pytest.mark.parametrize("name", CLEAR)
def test_a_server_that_repeats_what_it_heard(site, name, where):
    """The words of a server are in reports; ours would be in its words."""
    trace = site.directory / "trace"
    echo = Echo(name, where)
    with Listener(echo) as server:
        site.put("smtproutes", f":127.0.0.1:{server.port} {ACCOUNT.user} {SECRET}")
        report = site.deliver(MESSAGE, env={
            "AUTH_SMTP": "", "QMAIL_REMOTE_TRACE": str(trace)})
    data = report.raw + trace.read_bytes()
    assert not leaks(data, SECRET)
    # An answer to a prompt may be a name, which a report may have.
    user = base64.b64encode(ACCOUNT.user.encode())
    assert not [line for line in echo.heard if len(line) > 8 and line != user
                and line in data]


def dumps_core(site, login):
    """Whether a delivery that is killed in its midst would leave a core."""
    reached, go_on = threading.Event(), threading.Event()

    class Waiting(Relay):
        def __call__(self, session):
            session.say("220 relay.example ESMTP")
            session.until(b"\r\n")
            session.say("250-relay.example\r\n250 AUTH PLAIN")
            session.until(b"\r\n")
            reached.set()
            assert go_on.wait(PATIENCE)

    with Listener(Waiting(["AUTH PLAIN"])) as server:
        site.put("smtproutes", f":127.0.0.1:{server.port}{login}")
        with file_of(MESSAGE) as stdin:
            run = site.start(
                site.argv(), stdin, env={"AUTH_SMTP": ""}, cwd=site.directory,
                preexec_fn=lambda: resource.setrlimit(
                    resource.RLIMIT_CORE, 2 * (resource.RLIM_INFINITY,)))
            try:
                assert reached.wait(PATIENCE)
                run.process.send_signal(signal.SIGQUIT)
                _, status = os.waitpid(run.process.pid, 0)
            finally:
                go_on.set()
            run.process.returncode = -1
            for pipe in (run.process.stdout, run.process.stderr):
                pipe.close()
    assert os.WIFSIGNALED(status)
    return os.WCOREDUMP(status)


# REQ: AUTH-11
def test_no_core_has_the_secret(site):
    try:
        if not dumps_core(site, ""):
            pytest.skip("nothing leaves a core here")
    except (subprocess.SubprocessError, ValueError):
        pytest.skip("core files cannot be allowed here")
    assert not dumps_core(site, f" {ACCOUNT.user} {SECRET}")


# REQ: AUTH-11
@pytest.mark.parametrize("variable", ["SMTPROUTE", "X-SMTPROUTES", "QMTPROUTE"])
def test_environment_of_the_program(site, variable):
    """A program that fetches one secret is not told of another."""
    script = site.directory / "fetch"
    script.write_text("#!/bin/sh\ncat /proc/$$/environ /proc/$$/cmdline >$0.seen\n"
                      f"echo {SECRET}\n")
    script.chmod(0o755)
    relay = Relay(["AUTH PLAIN"])
    report = deliver(
        site, relay, MESSAGE, secret="-", envstr=f"AUTH_SECRET_PROGRAM={script}",
        env={variable: f"other.example:127.0.0.9:26 user {OTHER}", "SIGNKEY": "batv-Sesame"})
    assert report.letters == "rK" or variable != "QMTPROUTE"
    seen = (site.directory / "fetch.seen").read_bytes() if relay.attempts else b""
    assert not leaks(seen, SECRET, OTHER, "batv-Sesame")


# REQ: AUTH-11
def test_neighbours(site):
    """Explain and lint say where a login is from, and nothing of what it is."""
    salted = sasl.salted("sha1", SECRET).hex()
    site.put("smtproutes",
             f"a.example:127.0.0.1:26 {ACCOUNT.user} {SECRET} AUTH_SMTP=bogus\n"
             f"b.example:127.0.0.1:26 {ACCOUNT.user} {OTHER} AUTH_SMTP=plain\n"
             f"c.example:127.0.0.1:26 {ACCOUNT.user} {salted} SALTED_PASSWORD=1,AUTH_SMTP=\n"
             f"d.example:127.0.0.1:26:x:y {ACCOUNT.user} {SECRET} NOVALUE\n"
             f"e.example:127.0.0.1:26 {SECRET}\n"
             f":127.0.0.1:26 /token AUTH_SMTP=plain")
    (site.control / "remote_auth.cdb").write_bytes(cdbfile.of_assignments(
        f"=token:{ACCOUNT.user} {SECRET}:\n=bad:{SECRET}:\n=odd:a {OTHER} {SECRET}:\n"))
    (site.control / "smtproutes").chmod(0o644)
    env = {**site.env, "SMTPROUTE": ""}
    data = b""
    for argv in [[BUILD / "qmail-remote-lint"], [BUILD / "qmail-remote-lint", site.control],
                 *[[BUILD / "qmail-remote-explain", *form, SENDER, f"bob@{host}.example"]
                   for form in ([], ["--json"]) for host in "abcdef"]]:
        done = subprocess.run(argv, env=env, capture_output=True, timeout=PATIENCE,
                              stdin=subprocess.DEVNULL)
        assert done.returncode >= 0 and done.stdout + done.stderr
        data += done.stdout + done.stderr
    assert b"smtproutes" in data
    assert not leaks(data, SECRET, OTHER, salted)


# REQ: AUTH-11
def test_a_delivery_that_cannot_read_its_route(site):
    """A report names the line that makes no sense, and not what is in it."""
    for line in (f":127.0.0.1:99999 user {SECRET}", f":127.0.0.1:26 {SECRET}",
                 f":127.0.0.1:26 user {SECRET} NOVALUE",
                 f":127.0.0.1:26:a user {SECRET} A=b"):
        site.put("smtproutes", line)
        report = site.deliver(MESSAGE, RECIPIENT, env={"AUTH_SMTP": ""})
        assert report.letters == "Z" and not leaks(report.raw, SECRET)


# REQ: AUTH-11 AUTH-08
def test_salted_secrets_are_secrets(site):
    trace = site.directory / "trace"
    secret = sasl.salted("sha1", SECRET).hex()
    relay = Relay(["AUTH SCRAM-SHA-1 PLAIN LOGIN XOAUTH2 CRAM-MD5"],
                  account=replace(ACCOUNT, user="u"))
    for name in ("SCRAM-SHA-1", "PLAIN", "CRAM-MD5"):
        report = deliver(site, relay, MESSAGE, secret=secret, auth=name, env={
            "SALTED_PASSWORD": "", "QMAIL_REMOTE_TRACE": str(trace)})
        assert report.letters == "rK"
        data = report.raw + trace.read_bytes() + bytes(relay.in_clear)
        assert not leaks(data, secret, SECRET)
    assert [attempt.mechanism for attempt in relay.attempts] == ["SCRAM-SHA-1"]
