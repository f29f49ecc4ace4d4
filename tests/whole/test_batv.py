"""
Senders with a tag: batv(1), and deliveries that sign.

REQ: BATV-01 BATV-02 BATV-03 BATV-04 RPT-13
"""
import hashlib
import hmac
import json
import re
import shutil
import subprocess
import time

import pytest
from listener import Gone, Listener
from qremote import BUILD, MESSAGE, PATIENCE, RECIPIENT, SENDER, WATCHED, file_of

BATV = BUILD / "batv"
KEY = "quite a secret 42"

USAGE = "usage: batv [-k key] [-m method] [-t days] -s | -v address\n"


def today():
    return int(time.time()) // 86400


def tag(sender, day=None, key=KEY, method="md5"):
    """The sender signed, written from the description of BATV."""
    if method == "md5":
        stamp = f"0{(today() if day is None else day) % 1000:03}"
        digest = hashlib.md5(f"{stamp}{sender}{key}".encode())
    else:
        stamp = f"1{(today() + 7 if day is None else day) % 1000:03}"
        digest = hmac.new(key.encode(), f"{stamp}{sender}".encode(), hashlib.sha1)
    return f"prvs={stamp}{digest.hexdigest()[:6]}={sender}"


def batv(*arguments, env=None, prefix=()):
    """The exit status, and what was printed on both."""
    done = subprocess.run([*prefix, str(BATV), *arguments], env={**WATCHED, **(env or {})},
                          capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, done.stdout, done.stderr


# batv(1).

@pytest.mark.req("BATV-04")
@pytest.mark.parametrize("method", ["md5", "hmac-sha1"])
@pytest.mark.parametrize("address", [SENDER, "a=b@x", 'a b"=@x@y', "alice", "=", "é@x"])
def test_sign_and_verify(address, method):
    want = tag(address, method=method)
    assert batv("-k", KEY, "-m", method, "-s", address) == (0, f"{want}\n", "")
    assert batv("-k", KEY, "-v", want) == (0, f"{address}\n", "")
    assert batv("-k", KEY, "-v", want.upper()[:15] + want[15:]) == (0, f"{address}\n", "")


@pytest.mark.req("BATV-03", "BATV-04")
def test_nothing_is_signed_twice():
    signed = tag(SENDER)
    assert batv("-k", "another", "-s", signed) == (0, f"{signed}\n", "")


@pytest.mark.req("BATV-04")
@pytest.mark.parametrize("method, ago, options, status", [
    ("md5", 7, [], 0), ("md5", 8, [], 3), ("md5", 8, ["-t", "8"], 0),
    ("md5", 1, ["-t", "0"], 3), ("md5", 0, ["-t", "0"], 0), ("md5", -1, [], 3),
    ("md5", 999, ["-t", "999"], 0),
    ("hmac-sha1", 0, [], 0), ("hmac-sha1", 1, [], 3), ("hmac-sha1", -7, [], 0),
    ("hmac-sha1", -8, [], 3), ("hmac-sha1", -8, ["-t", "8"], 0),
])
def test_days(method, ago, options, status):
    signed = tag(SENDER, today() - ago, method=method)
    found = batv("-k", KEY, *options, "-v", signed)
    if status == 0:
        assert found == (0, f"{SENDER}\n", "")
    else:
        words = f"batv: {signed}: stale, its day was {ago % 1000} days ago\n"
        assert found == (3, "", words)


@pytest.mark.req("BATV-04")
def test_signed_for_some_days():
    signed = tag(SENDER, today() + 30, method="hmac-sha1")
    assert batv("-k", KEY, "-m", "hmac-sha1", "-t", "30", "-s", SENDER) == (
        0, f"{signed}\n", "")


@pytest.mark.req("BATV-04")
@pytest.mark.parametrize("address, status, words", [
    (SENDER, 1, "no tag"),
    ("prvs=", 2, "a bad tag"),
    ("prvs=0123=alice@client.example", 2, "a bad tag"),
    (tag(SENDER, key="another"), 2, "a bad tag"),
    (tag(SENDER, key="another", method="hmac-sha1"), 2, "a bad tag"),
    (tag(SENDER) + "x", 2, "a bad tag"),
    # Staleness is found out first.
    (tag(SENDER, 1, key="another"), 3, None),
])
def test_not_verified(address, status, words):
    got, out, err = batv("-k", KEY, "-v", address)
    assert (got, out) == (status, "")
    assert words is None or err == f"batv: {address}: {words}\n"


@pytest.mark.req("BATV-04")
@pytest.mark.parametrize("arguments", [
    [], ["-s"], ["-s", SENDER], ["-k", KEY], ["-k", KEY, SENDER],
    ["-k", "", "-s", SENDER], ["-k", KEY, "-s", ""], ["-k", KEY, "-s", "-v", SENDER],
    ["-k", KEY, "-s", SENDER, SENDER], ["-k", KEY, "-m", "sha256", "-s", SENDER],
    ["-k", KEY, "-t", "1000", "-s", SENDER], ["-k", KEY, "-t", "x", "-s", SENDER],
    ["-k", KEY, "-t", "-1", "-s", SENDER],
])
def test_usage(arguments):
    assert batv(*arguments) == (100, "", USAGE)


@pytest.mark.req("BATV-04")
def test_unknown_option():
    status, out, err = batv("-k", KEY, "-x", SENDER)
    assert (status, out) == (100, "") and err.endswith(USAGE)


@pytest.mark.req("BATV-04")
def test_key_in_the_environment():
    env = {"SIGNKEY": KEY}
    assert batv("-s", SENDER, env=env) == (0, f"{tag(SENDER)}\n", "")
    # The option counts for more.
    assert batv("-k", "k", "-s", SENDER, env=env) == (0, f"{tag(SENDER, key='k')}\n", "")


@pytest.mark.req("BATV-04")
def test_nowhere_to_print_to():
    with open("/dev/full", "w") as full:
        done = subprocess.run([str(BATV), "-k", KEY, "-s", SENDER], stdout=full,
                              env=WATCHED, timeout=PATIENCE)
    assert done.returncode == 111


# Deliveries.

class Senders:
    """A server that writes down which senders it hears of."""

    def __init__(self):
        self.heard = []

    def play(self, session):
        session.greet("SMTPUTF8")
        while True:
            mail = session.hear("MAIL").decode()
            session.say("250 ok")
            session.hear("RCPT")
            session.say("250 ok")
            session.hear("DATA")
            session.say("354 go ahead")
            session.until(b"\r\n.\r\n")
            self.heard.append(re.match("MAIL FROM:<(.*)>", mail).group(1))
            session.say("250 taken")
            session.more()


@pytest.fixture
def senders(site):
    senders = Senders()

    def play(session):
        try:
            senders.play(session)
        except Gone:
            pass

    with Listener(play) as server:
        site.route(server.port)
        senders.port = server.port
        yield senders.heard


def without(module):
    """A prefix for commands: a world of their own, without a module."""
    path = BUILD / f"qremote-{module}.so"
    prefix = ["unshare", "--mount", "sh", "-c",
              'mount --bind /dev/null "$0" && exec "$@"', str(path)]
    tried = subprocess.run([*prefix, "true"], capture_output=True)
    if tried.returncode != 0:
        pytest.skip(f"there is no mount namespace: {tried.stderr.decode()}")
    return prefix


@pytest.mark.req("BATV-01", "RPT-13")
@pytest.mark.parametrize("method", ["md5", "hmac-sha1"])
def test_signed(site, senders, method):
    site.put("batvkey", f"{KEY}  \nthe second line does not count")
    report = site.deliver(MESSAGE, env={"BATVMETHOD": method})
    assert report.letters == "rK"
    assert senders == [tag(SENDER, method=method)]
    assert report.recipients[0].text == f"From: <{senders[0]}> RCPT: <{RECIPIENT}> "
    assert batv("-k", KEY, "-v", senders[0]) == (0, f"{SENDER}\n", "")


@pytest.mark.req("BATV-01")
def test_the_variable_comes_before_the_file(site, senders):
    site.put("batvkey", "another")
    site.deliver(MESSAGE, env={"SIGNKEY": KEY})
    site.deliver(MESSAGE, env={"SIGNKEY": ""})
    assert senders == [tag(SENDER), tag(SENDER, key="another")]


@pytest.mark.req("BATV-01")
def test_key_of_a_route(site, senders):
    routes = (site.control / "smtproutes").read_text().strip()
    site.put("smtproutes", f"{routes} user password SIGNKEY={KEY}")
    assert site.deliver(MESSAGE).letters == "rK"
    assert senders == [tag(SENDER)]


@pytest.mark.req("BATV-01", "EAI-01")
def test_the_domain_is_signed_as_it_is_sent(site, senders):
    site.put("batvkey", KEY)
    site.deliver(MESSAGE, sender="alice@exämple.org", env={"SMTPUTF8": ""})
    site.deliver(MESSAGE, sender="ängel@exämple.org", env={"SMTPUTF8": ""})
    assert senders == [tag("alice@xn--exmple-cua.org"), tag("ängel@exämple.org")]


@pytest.mark.req("BATV-02", "EAI-01")
@pytest.mark.parametrize("name", ["exämple.org", "xn--exmple-cua.org", "XN--exmple-cua.org."])
def test_international_hosts_are_excepted_in_either_form(site, senders, name):
    site.put("batvkey", KEY)
    site.put("batvnosignremote", name)
    site.deliver(MESSAGE, "bob@exämple.org", host="exämple.org", env={"SMTPUTF8": ""})
    site.put("batvnosignremote", "")
    site.put("batvnosignlocals", name)
    site.deliver(MESSAGE, sender="alice@exämple.org", env={"SMTPUTF8": ""})
    assert senders == [SENDER, "alice@xn--exmple-cua.org"]


@pytest.mark.req("BATV-03")
def test_a_mark_alone_is_no_null_sender(site, senders):
    site.put("batvkey", KEY)
    site.deliver(MESSAGE, sender="sb*-")
    assert senders == [tag("sb*-")]


@pytest.mark.req("BATV-03", "RPT-13")
def test_signed_in_qmtp(site):
    signed = tag(SENDER)
    package = b"".join(
        b"%d:%s," % (len(part), part)
        for part in (b"\n" + MESSAGE, signed.encode(),
                     b"%d:%s," % (len(RECIPIENT), RECIPIENT.encode())))

    def play(session):
        heard = session.take(len(package))
        session.send(b"3:Kok,")
        session.rest()
        return heard

    site.put("batvkey", KEY)
    with Listener(play) as server:
        site.put("qmtproutes", f":127.0.0.1:{server.port}")
        report = site.deliver(MESSAGE)
    assert server.results == [package]
    assert report.letters == "rK"
    assert report.recipients[0].text == f"From: <{signed}> RCPT: <{RECIPIENT}> "


@pytest.mark.req("BATV-01")
@pytest.mark.parametrize("of", ["batvkey", "SIGNKEY"])
def test_the_key_is_never_shown(site, senders, of):
    """In reports, traces, explanations, settings, and findings."""
    trace = site.directory / "trace"
    site.env["QMAIL_REMOTE_TRACE"] = str(trace)
    if of == "batvkey":
        site.put("batvkey", KEY)
        (site.control / "batvkey").chmod(0o644)
    else:
        site.env["SIGNKEY"] = KEY
    shown = [site.deliver(MESSAGE).raw.decode(), trace.read_text()]
    for command in (["qmail-remote-explain", SENDER, RECIPIENT],
                    ["qmail-remote-explain", "--json", SENDER, RECIPIENT],
                    ["qmail-remote-explain", "--settings"],
                    ["qmail-remote-explain", "--settings", "--json"],
                    ["qmail-remote-lint"]):
        done = subprocess.run([str(BUILD / command[0]), *command[1:]], env=site.env,
                              capture_output=True, text=True, timeout=PATIENCE)
        shown += [done.stdout, done.stderr]
    assert senders == [tag(SENDER)]
    assert shown[0] and shown[1] and [text for text in shown if KEY in text] == []
    path = str(site.control / "batvkey") if of == "batvkey" else of
    assert f"\nsigned      <{tag(SENDER)}>  [{path}]\n" in shown[2]
    assert json.loads(shown[4])["signed_by"] == {"file": path, "line": None, "rule": ""}
    assert re.search(rf"batvkey +\(there\) +{path}\n", shown[6])


@pytest.mark.req("BATV-01")
def test_without_openssl_it_is_put_off(site, senders):
    site.put("batvkey", KEY)
    with file_of(MESSAGE) as message:
        report = site.start([*without("digest"), *site.argv()], message).finish()
    assert re.fullmatch(
        rf"Unable to sign the sender by {site.control}/batvkey: .+\. \(#4\.3\.0\)\n",
        report.text)
    assert (report.letters, senders) == ("Z", [])
    status, out, err = batv("-k", KEY, "-s", SENDER, prefix=without("digest"))
    assert (status, out) == (111, "") and err.startswith("batv: ")


@pytest.mark.req("BATV-03")
@pytest.mark.parametrize("key, sender, loaded", [
    ("", SENDER, False), (KEY, "", False), (KEY, "sb*-a@b", False), (KEY, SENDER, True)])
def test_the_module_is_loaded_only_to_sign(site, senders, key, sender, loaded):
    if not shutil.which("strace"):
        pytest.skip("not installed: strace")
    site.put("batvkey", key)
    log = site.directory / "opened"
    argv = ["strace", "-f", "-q", "-e", "trace=openat", "-o", str(log),
            *site.argv(sender=sender)]
    with file_of(MESSAGE) as message:
        assert site.start(argv, message).finish().letter == "K"
    assert ("qremote-digest.so" in log.read_text()) == loaded


# What qmail-remote-lint finds.                                     REQ: ENV-04

@pytest.mark.parametrize("files, env, wanted", [
    ({"batvkey": KEY}, {}, []),
    ({"batvkey": ""}, {}, ["{control}/batvkey:1: ignored, an empty key"]),
    ({"batvkey": "  \nkey"}, {}, ["{control}/batvkey:1: ignored, an empty key"]),
    ({"batvkey": ""}, {"SIGNKEY": KEY}, []),
    ({}, {"BATVMETHOD": "Hmac-SHA1"}, []),
    ({}, {"BATVMETHOD": "sha256"}, ['BATVMETHOD: refused, not a method: "sha256"']),
    ({}, {"DSN_NOTIFY": "SUCCESS,DELAY", "DSN_RET": "HDRS", "DSN_ENVID": "7",
          "DSN_ORCPT": "rfc822;bob@example.org"}, []),
    ({}, {"DSN_NOTIFY": "ALWAYS"},
     ['DSN_NOTIFY: refused, it makes no sense: "ALWAYS"']),
    ({}, {"DSN_ORCPT": "bob@example.org"},
     ['DSN_ORCPT: refused, it makes no sense: "bob@example.org"']),
])
def test_findings(site, files, env, wanted):
    for name, text in files.items():
        site.put(name, text)
        (site.control / name).chmod(0o600)
    assert findings(site, env) == [w.format(control=site.control) for w in wanted]


def test_key_that_everybody_may_read(site):
    site.put("batvkey", KEY)
    (site.control / "batvkey").chmod(0o644)
    assert findings(site, {}) == [
        f"{site.control}/batvkey: holds a key, and everybody may read it"]


def test_key_that_cannot_be_read(site):
    (site.control / "batvkey").mkdir()
    assert findings(site, {}) == [
        f'{site.control}/batvkey: cannot be read: "Is a directory"']


def findings(site, env):
    """All that it says."""
    done = subprocess.run([str(BUILD / "qmail-remote-lint")], env={**site.env, **env},
                          capture_output=True, text=True, timeout=PATIENCE)
    assert (done.stderr, done.returncode) == ("", 1 if done.stdout else 0)
    return done.stdout.splitlines()
