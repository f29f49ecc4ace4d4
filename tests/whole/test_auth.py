"""
Logins: every mechanism against a server that checks them, whom we log in as,
and what a refusal comes to.
"""
import os
import re
import shutil
import stat
import time
from dataclasses import replace

import cdbfile
from play import certificates, rspawn, sasl
import pytest
from qremote import MESSAGE, RECIPIENT, SENDER
from whole.leaks import leaks
from whole.listener import Listener
from whole.relay import Relay, deliver

PROOFS = ["SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", *sasl.CRAMS]
SHOWN = ["LOGIN", "PLAIN", "XOAUTH2", "OAUTHBEARER"]
BOUND = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"]
ALL = [*BOUND, *PROOFS, *SHOWN]
WAYS = {"clear": (None, False), "1.2": ("1.2", False), "1.3": ("1.3", False),
        "smtps": ("1.3", True)}
NOTICE = "no supported AUTH method found, continuing without authentication."
NUMBER = re.compile(r"\(#(\d\.\d+\.\d+)\)")
# Each mechanism in each way; in clear there is nothing to be bound to.
NAMES_AND_WAYS = [(name, way) for name in ALL for way in WAYS
                  if name not in BOUND or way != "clear"]
ON_THE_WIRE = MESSAGE.replace(b"\n", b"\r\n")


def offering(*mechanisms, way="clear", **facts):
    tls, at_once = WAYS[way]
    return Relay([f"AUTH {' '.join(mechanisms)}"], tls=tls, at_once=at_once, **facts)


def accepted(relay, report):
    """The one attempt of a delivery that logged in and left its message."""
    [attempt] = relay.attempts
    assert (attempt.nonsense, attempt.accepted) == ("", True)
    assert report.letters == "rK" and relay.messages == [ON_THE_WIRE]
    assert NOTICE not in report.text
    return attempt


def refused(relay, report, *words):
    """Nothing was sent, and the report says why."""
    assert report.letters == "Z" and relay.messages == []
    for word in words:
        assert word in report.text
    assert not leaks(report.raw, relay.account.secret)


# Mechanisms.

# REQ: AUTH-02 AUTH-08 AUTH-10
@pytest.mark.parametrize("name,way", NAMES_AND_WAYS)
def test_right_password(site, name, way):
    relay = offering(name, way=way)
    report = deliver(site, relay, MESSAGE)
    assert accepted(relay, report).mechanism == name
    assert not any("AUTH=" in line for line in relay.commands)


# REQ: AUTH-09 AUTH-12 RPT-04
@pytest.mark.parametrize("name,way", NAMES_AND_WAYS)
def test_wrong_password(site, name, way):
    relay = offering(name, way=way)
    report = deliver(site, relay, MESSAGE, secret="Sesame-shut")
    refused(relay, report, "Connected to 127.0.0.1 but authentication was rejected (",
            "(#4.7.8)", "535 5.7.8 who are you?")
    [attempt] = relay.attempts
    assert (attempt.nonsense, attempt.accepted) == ("", False)
    assert not leaks(report.raw, "Sesame-shut")


# REQ: AUTH-09
@pytest.mark.parametrize("name", ALL)
def test_wrong_user(site, name):
    relay = offering(name, way="1.3")
    refused(relay, deliver(site, relay, MESSAGE, user="mallory"), "(#4.7.8)")


ODD = {
    "gs2": ("a=b,c=d", "pass,word=1"),
    "quotes": ('al"ice\\', 'pa"ss\\word'),
    "latin-1": ("alice", "pässwörd-ß"),
    "utf-8": ("ålice", "pass-слово"),
    "long": ("u" * 200, "p" * 200),
    "one": ("u", "p"),
    "hex": ("0123", "deadbeef"),
    "symbols": ("a+b@c", "!#$%&'()*+,-./:;<>?@[]^_`{|}~"),
}


# REQ: AUTH-05 AUTH-08 AUTH-13
@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("kind", ODD)
def test_odd_credentials(site, name, kind):
    user, secret = ODD[kind]
    relay = offering(name, way="1.3", account=sasl.Account(user, secret))
    report = deliver(site, relay, MESSAGE)
    if name == "DIGEST-MD5" and kind in ("quotes", "utf-8"):
        # libgsasl does not quote what stands in quotes, and narrows only the
        # password: the login fails.                          [2831:2.1.2.1]
        refused(relay, report)
    else:
        accepted(relay, report)


# REQ: AUTH-08
@pytest.mark.parametrize("name", [*BOUND, "SCRAM-SHA-256", "SCRAM-SHA-1"])
@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_salted_password(site, name, case):
    relay = offering(name, way="1.3")
    algorithm = sasl.SCRAMS[name.removesuffix("-PLUS")]
    secret = case(sasl.salted(algorithm, relay.account.secret).hex())
    accepted(relay, deliver(site, relay, MESSAGE, secret=secret, env={"SALTED_PASSWORD": ""}))


# REQ: AUTH-08
def test_a_wrong_salted_password(site):
    relay = offering("SCRAM-SHA-1")
    refused(relay, deliver(site, relay, MESSAGE, secret="0" * 40,
                           env={"SALTED_PASSWORD": ""}), "(#4.7.8)")


# REQ: AUTH-08
@pytest.mark.parametrize("way", ["1.2", "1.3", "smtps"])
@pytest.mark.parametrize("name", BOUND)
def test_somebody_in_the_middle(site, name, way):
    """Whoever ends our TLS and begins another cannot pass our login on."""
    account = sasl.Account(bindings=(("tls-unique", bytes(12)), ("tls-exporter", bytes(32))))
    relay = offering(name, way=way, account=account)
    refused(relay, deliver(site, relay, MESSAGE), "(#4.7.8)")
    assert relay.attempts[0].nonsense == ""


# REQ: AUTH-02 AUTH-08
@pytest.mark.parametrize("name", ["SCRAM-SHA-256", "SCRAM-SHA-1"])
def test_unbound_though_the_server_could(site, name):
    """That is the postmaster's wish, and nobody's attack."""
    relay = offering(name, f"{name}-PLUS", way="1.3")
    accepted(relay, deliver(site, relay, MESSAGE, auth=name))


# REQ: AUTH-02
def test_what_was_offered_in_clear_does_not_count_in_tls(site):
    relay = offering("CRAM-MD5", way="1.3", clear_offers=["AUTH SCRAM-SHA-256 PLAIN"])
    assert accepted(relay, deliver(site, relay, MESSAGE)).mechanism == "CRAM-MD5"
    relay = Relay([], tls="1.3", clear_offers=["AUTH PLAIN"])
    report = deliver(site, relay, MESSAGE)
    assert (report.letters, relay.attempts) == ("rK", []) and NOTICE in report.text


# REQ: AUTH-13
@pytest.mark.parametrize("realms,control,realm", [
    (("a.example",), None, "a.example"),
    (("a.example",), "b.example", "a.example"),
    (("a.example", "b.example", "c.example"), "b.example", "b.example"),
    (("a.example", "b.example", "c.example"), "c.example", "c.example"),
    (("a.example", "b.example"), "x.example", "a.example"),
    (("a.example", "client.example"), None, "client.example"),
    (("a.example", "b.example"), None, "a.example"),
    (("with space", 'quo\\"te'), "with space", "with space"),
    ((), None, ""),
    ((), "b.example", ""),
])
def test_realms(site, realms, control, realm):
    if control:
        site.put("realm", control)
    relay = offering("DIGEST-MD5", account=sasl.Account(realms=realms, realm=realm))
    accepted(relay, deliver(site, relay, MESSAGE))


# REQ: AUTH-02
@pytest.mark.parametrize("name", ["XOAUTH2", "OAUTHBEARER", "PLAIN", "LOGIN"])
@pytest.mark.parametrize("size", [300, 512, 2000, 6000])
def test_long_secrets(site, name, size):
    """Past a command's length the first response waits until it is asked for."""
    relay = offering(name, way="1.3", account=sasl.Account(secret="t" * size))
    accepted(relay, deliver(site, relay, MESSAGE))
    assert all(len(line) <= 510 for line in relay.commands)


# REQ: AUTH-02
@pytest.mark.parametrize("host,port", [("127.0.0.1", None)])
def test_bearer_names_the_server(site, host, port):
    relay = offering("OAUTHBEARER", way="1.3", account=sasl.Account(host=host, port=port))
    accepted(relay, deliver(site, relay, MESSAGE))


# REQ: AUTH-02
@pytest.mark.parametrize("user", ["alice@relay.example", "-"])
def test_external(site, user):
    certs = site.directory / "certs"
    certs.mkdir()
    shutil.copy(certificates.leaf("client"), certs / "clientcert.pem")
    account = sasl.Account(user="" if user == "-" else user)
    relay = offering("EXTERNAL", way="1.3", account=account)
    accepted(relay, deliver(site, relay, MESSAGE, user=user, auth="EXTERNAL"))


# REQ: AUTH-02
def test_external_without_a_certificate(site):
    relay = offering("EXTERNAL", way="1.3")
    report = deliver(site, relay, MESSAGE, auth="EXTERNAL", env={"REQUIRE_AUTH": ""})
    assert report.letters == "Z" and relay.messages == []


# REQ: AUTH-10
@pytest.mark.parametrize("submitter,parameter", [
    (None, None), ("", None), ("<>", "<>"), ("carol@x.example", "carol@x.example"),
    ("c+d=e@x.example", "c+2Bd+3De@x.example")])
def test_submitter(site, submitter, parameter):
    relay = offering("PLAIN")
    env = {} if submitter is None else {"AUTH_SUBMITTER": submitter}
    accepted(relay, deliver(site, relay, MESSAGE, env=env))
    [mail] = [line for line in relay.commands if line.startswith("MAIL")]
    found = re.search(r" AUTH=(\S*)", mail)
    assert (found and found[1]) == parameter


# REQ: AUTH-10
def test_no_submitter_without_a_login(site):
    relay = Relay([])
    deliver(site, relay, MESSAGE, env={"AUTH_SUBMITTER": "carol@x.example"})
    assert not any("AUTH=" in line for line in relay.commands)


# What a refusal comes to.

NUMBERS = {
    "432 4.7.12 change it": "4.7.12", "454 4.7.0 later": "4.7.0", "421 4.7.0 bye": None,
    "450 no": "4.7.0", "500 what?": "4.7.0", "501 5.5.4 what?": "4.7.0",
    "502 no": "4.7.0", "503 5.5.1 no": "4.7.0", "504 5.5.4 no": "4.7.0",
    "530 5.7.0 first": "4.7.0", "534 5.7.9 too weak": "4.7.9", "535 5.7.8 no": "4.7.8",
    "535 no": "4.7.8", "538 5.7.11 in TLS": "4.7.11", "550 5.7.1 no": "4.7.0",
    "554 5.7.0 no": "4.7.0", "525 5.7.13 off": "4.7.0", "599 no": "4.7.0",
}
STEPS = {name: range(n) for name, n in {
    "PLAIN": 1, "LOGIN": 3, "CRAM-MD5": 2, "CRAM-RIPEMD": 2, "DIGEST-MD5": 3,
    "SCRAM-SHA-1": 3, "SCRAM-SHA-256": 3, "XOAUTH2": 1, "OAUTHBEARER": 1}.items()}
POINTS = [(name, step) for name, steps in STEPS.items() for step in steps]


# REQ: AUTH-09 RPT-03
@pytest.mark.parametrize("reply", NUMBERS)
@pytest.mark.parametrize("name,step", POINTS)
def test_numbers(site, name, step, reply):
    relay = offering(name, replies={step: reply})
    report = deliver(site, relay, MESSAGE)
    refused(relay, report, "Connected to 127.0.0.1 but ")
    assert relay.commands[-1] in ("QUIT", *[c for c in relay.commands if "AUTH" in c])
    number = NUMBERS[reply]
    if number:
        assert NUMBER.findall(report.text)[0] == number
        assert reply in report.text
    assert rspawn.verdict(report.raw, 0) == "Z"


# REQ: AUTH-09
@pytest.mark.parametrize("reply,letter,number", [
    ("534 5.7.9 too weak", "D", "5.7.9"), ("535 5.7.8 no", "D", "5.7.8"),
    ("538 5.7.11 in TLS", "D", "5.7.11"), ("432 4.7.12 change it", "Z", "4.7.12"),
    ("454 4.7.0 later", "Z", "4.7.0"), ("504 5.5.4 no", "Z", "4.7.0"),
    ("550 5.7.1 no", "Z", "4.7.0"), ("530 5.7.0 first", "Z", "4.7.0"),
    ("501 5.5.2 what?", "Z", "4.7.0")])
@pytest.mark.parametrize("name,step", POINTS)
def test_permfail(site, name, step, reply, letter, number):
    relay = offering(name, replies={step: reply})
    report = deliver(site, relay, MESSAGE, env={"AUTH_PERMFAIL": ""})
    assert report.letters == letter and relay.messages == []
    assert NUMBER.findall(report.text)[0] == number
    assert rspawn.verdict(report.raw, 0) == letter


# REQ: AUTH-09
@pytest.mark.parametrize("permfail", [False, True])
@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
def test_a_login_that_comes_too_late(site, verb, permfail):
    """530 wants a login: that of ours is at fault, or lacks, not the message."""
    env = {"AUTH_PERMFAIL": ""} if permfail else {}
    relay = Relay([], says={verb: ["530 5.7.0 log in first"]})
    report = deliver(site, relay, MESSAGE, env=env)
    # A client that runs ahead ends DATA with nothing in it.         [2920:3.1]
    assert rspawn.verdict(report.raw, 0) == "Z" and not any(relay.messages)
    assert "4.7.0" in report.text or report.letters == "sZ"
    relay = Relay(["AUTH PLAIN"], says={verb: ["530 5.7.0 log in first"]})
    assert rspawn.verdict(deliver(site, relay, MESSAGE, env=env).raw, 0) == "Z"


TEXTS = {
    ("PLAIN", 0): ("535 5.7.8 no", "authentication was rejected (plain)"),
    ("LOGIN", 0): ("535 5.7.8 no", "authentication was rejected (AUTH LOGIN)"),
    ("LOGIN", 1): ("535 5.7.8 no", "authentication was rejected (username)"),
    ("LOGIN", 2): ("535 5.7.8 no", "authentication was rejected (password)"),
    ("DIGEST-MD5", 0): ("535 5.7.8 no", "authentication was rejected (AUTH DIGEST-MD5)"),
    ("DIGEST-MD5", 1): ("535 5.7.8 no", "authentication was rejected (username+digest)"),
    ("SCRAM-SHA-1", 0): ("535 5.7.8 no", "authentication was rejected (AUTH SCRAM-SHA-1)"),
    ("SCRAM-SHA-1", 1): ("535 5.7.8 no", "authentication was rejected (username+digest)"),
    ("XOAUTH2", 0): ("535 5.7.8 no", "authentication was rejected (AUTH XOAUTH2)"),
} | {(name, 0): ("535 5.7.8 no", f"authentication was rejected (AUTH {name})")
     for name in sasl.CRAMS
} | {(name, 1): ("535 5.7.8 no", "authentication was rejected (username+digest)")
     for name in sasl.CRAMS}


# REQ: RPT-04
@pytest.mark.parametrize("name,step", TEXTS)
def test_texts(site, name, step):
    reply, words = TEXTS[name, step]
    relay = offering(name, replies={step: reply})
    report = deliver(site, relay, MESSAGE)
    first = report.text.splitlines()[0]
    assert first == f"Connected to 127.0.0.1 but {words}. (#4.7.8)"


# REQ: RPT-04
@pytest.mark.parametrize("reply", ["501 5.5.2 what?", "535 5.7.8 no", "454 4.7.0 later",
                                   "500 what?", "550 no"])
@pytest.mark.parametrize("step,words", [
    (0, "(AUTH LOGIN)"), (1, "(username)"), (2, "(password)")])
def test_texts_go_by_the_step(site, reply, step, words):
    relay = offering("LOGIN", replies={step: reply})
    assert words in deliver(site, relay, MESSAGE).text


# REQ: RPT-04
@pytest.mark.parametrize("reply", ["502 5.5.1 what?", "504 5.5.4 what?"])
def test_a_command_that_is_not_known(site, reply):
    relay = offering("PLAIN", replies={0: reply})
    assert "authentication was rejected (AUTH PLAIN)." in deliver(site, relay, MESSAGE).text


# REQ: RPT-04
@pytest.mark.parametrize("name", ["DIGEST-MD5", *sasl.CRAMS])
@pytest.mark.parametrize("challenge,words", [
    ("334 ***", "unable to base64decode challenge."), ("334 YQ", "unable to base64decode challenge."),
    ("334 ", "got no challenge."), ("334", "got no challenge.")])
def test_texts_of_challenges(site, name, challenge, words):
    relay = offering(name, replies={0: challenge})
    report = deliver(site, relay, MESSAGE)
    refused(relay, report, f"Connected to 127.0.0.1 but {words} (#4.7.0)")


# The notice.

# REQ: RPT-03 AUTH-04
@pytest.mark.parametrize("says,letters,verdict", [
    ({}, "rK", "K"),
    ({"MAIL": ["550 5.1.0 no"]}, "D", "D"),
    ({"MAIL": ["450 4.1.0 later"]}, "Z", "Z"),
    ({"RCPT": ["550 5.1.1 nobody"]}, "hD", "D"),
    ({"RCPT": ["450 4.2.1 later"]}, "sZ", "Z"),
    ({"DATA": ["554 5.6.0 no"]}, "rD", "D"),
    ({"DATA": ["451 4.3.0 later"]}, "rZ", "Z"),
])
def test_notice(site, says, letters, verdict):
    """It stands in the message report, where nothing takes it for the verdict."""
    relay = Relay(["AUTH GSSAPI"], says=says)
    report = deliver(site, relay, MESSAGE)
    assert report.letters == letters and rspawn.verdict(report.raw, 0) == verdict
    lines = report.text.splitlines()
    assert lines.index(NOTICE) == 1
    assert report.raw.count(NOTICE.encode()) == 1


# REQ: AUTH-04
@pytest.mark.parametrize("by", ["variable", "file"])
def test_a_login_is_demanded(site, by):
    if by == "file":
        site.put("requireauth", "1")
    env = {"REQUIRE_AUTH": ""} if by == "variable" else {}
    for offers in ([], ["AUTH GSSAPI"], ["AUTH PLAIN"]):
        relay = Relay(offers)
        report = deliver(site, relay, MESSAGE, env={**env, "DISABLE_AUTH_PLAIN": ""})
        refused(relay, report)
        assert NOTICE not in report.text
        assert ("requireauth" if by == "file" else "REQUIRE_AUTH") in report.text
    relay = Relay(["AUTH PLAIN"])
    accepted(relay, deliver(site, relay, MESSAGE, env=env))


# REQ: AUTH-04 AUTH-01
@pytest.mark.parametrize("login,auth", [(" alice secret", None), ("", "")])
def test_a_login_is_demanded_and_not_possible(site, login, auth):
    with Listener(Relay(["AUTH PLAIN"])) as server:
        site.put("smtproutes", f":127.0.0.1:{server.port}{login}")
        env = {"REQUIRE_AUTH": ""} | ({} if auth is None else {"AUTH_SMTP": auth})
        report = site.deliver(MESSAGE, env=env)
    assert report.letters == "Z" and "REQUIRE_AUTH" in report.text


# Whom we log in as.

class Logins:
    """A relay that takes any name in LOGIN, and the files that lead to it."""

    def __init__(self, site):
        self.site = site

    def tried(self, routes="", logins=None, env=None, sender=SENDER,
              recipients=(RECIPIENT,), letters=None):
        """(user, password) of the one attempt; None if there was none."""
        relay = Relay(["AUTH LOGIN PLAIN CRAM-MD5"], make=self.take)
        self.seen = None
        with Listener(relay) as server:
            to = f"127.0.0.1:{server.port}"
            if routes:
                self.site.put("smtproutes", routes.replace("{to}", to))
            if logins is not None:
                (self.site.control / "remote_auth.cdb").write_bytes(
                    cdbfile.of_assignments(logins))
            filled = {k: v.replace("{to}", to) for k, v in (env or {}).items()}
            report = self.site.deliver(MESSAGE, *recipients, sender=sender, env=filled)
        assert report.letters == (letters or "r" * len(recipients) + "K"), report.text
        return self.seen

    def take(self, name, account):
        user = yield b"Username:" if name == "LOGIN" else b""
        if name == "LOGIN":
            self.seen = user.decode(), (yield b"Password:").decode()
        else:
            self.seen = tuple(part.decode() for part in user.split(b"\0"))[1:]
        return True


@pytest.fixture
def logins(site):
    return Logins(site)


ANY = {"AUTH_SMTP": "login"}
TABLE = ("+:all@x.example open:\n=alice@client.example:al@x.example sesame:\n"
         "+bob:bo@x.example shut AUTH_SMTP=plain:\n=token:to@x.example ken:\n"
         "=alice@client.example:second second:\n+alice@:nobody never:\n")


# REQ: AUTH-01 AUTH-05 AUTH-06
@pytest.mark.parametrize("route,env,found", [
    (":{to} user pass", ANY, ("user", "pass")),
    (":{to} user pass", {"AUTH_SMTP": "plain"}, ("user", "pass")),
    (":{to} user pass", {}, None),
    (":{to} user pass AUTH_SMTP=plain", {}, ("user", "pass")),
    (":{to} user pass AUTH_SMTP=", ANY, None),
    (":{to} user pass A=b c,AUTH_SMTP=login", {}, ("user", "pass")),
    (":{to}:60:120 user pass", ANY, ("user", "pass")),
    (":{to}: user pass", ANY, ("user", "pass")),
    (":{to}", ANY, None),
    (":{to} /s", ANY, ("al@x.example", "sesame")),
    (":{to} /s AUTH_SMTP=login", {}, ("al@x.example", "sesame")),
    (":{to} /r", ANY, ("bo@x.example", "shut")),
    (":{to} /r", {}, ("bo@x.example", "shut")),
    (":{to} /token", ANY, ("to@x.example", "ken")),
    (":{to} /TOKEN", ANY, ("to@x.example", "ken")),
    (":{to} /token AUTH_SMTP=plain", {}, ("to@x.example", "ken")),
    (":{to} /other", ANY, ("all@x.example", "open")),
])
def test_forms_of_routes(logins, route, env, found):
    assert logins.tried(route, TABLE, env) == found


# REQ: AUTH-05
@pytest.mark.parametrize("variable", ["SMTPROUTE", "X-SMTPROUTES"])
def test_a_route_in_a_variable(logins, variable):
    env = {variable: ":{to} user pass AUTH_SMTP=login"}
    assert logins.tried(env=env) == ("user", "pass")
    assert logins.tried(env=ANY | {variable: ":{to} /s"}, logins=TABLE) == (
        "al@x.example", "sesame")


# REQ: AUTH-06
@pytest.mark.parametrize("table,sender,found", [
    ("+:a b:\n+joe-:c d:\n=joe:e f:\n", "joe", ("e", "f")),
    ("+:a b:\n+joe-:c d:\n=joe:e f:\n", "joe-direct", ("c", "d")),
    ("+:a b:\n+joe-:c d:\n=joe:e f:\n", "bill", ("a", "b")),
    ("+joe:a b:\n+joe-x:c d:\n", "joe-xyz@h.example", ("c", "d")),
    ("+joe:a b:\n+joe-x:c d:\n", "joe-y@h.example", ("a", "b")),
    ("+joe:a b:\n+joe-x:c d:\n", "jo@h.example", None),
    ("+JOE-:a b:\n", "Joe-X@h.example", ("a", "b")),
    ("=JOE@H.example:a b:\n", "joe@h.EXAMPLE", ("a", "b")),
    ("=joe@h.example:a b:\n=joe@h.example:c d:\n", "joe@h.example", ("a", "b")),
    ("+:a b:\n", "", ("a", "b")),
    ("+a:a b:\n=x:c d:\n", "", None),
])
def test_remote_auth(logins, table, sender, found):
    """What is behind the prefix is not appended to the password."""
    assert logins.tried(":{to} /s", table, ANY, sender=sender) == found


# REQ: AUTH-01 AUTH-07
@pytest.mark.parametrize("route,entry,env,taken", [
    ("AUTH_SMTP=plain", "", {}, "PLAIN"),
    ("", "AUTH_SMTP=plain", {}, "PLAIN"),
    ("AUTH_SMTP=plain", "AUTH_SMTP=cram-md5", {}, "CRAM-MD5"),
    ("AUTH_SMTP=plain", "AUTH_SMTP=", {}, None),
    ("AUTH_SMTP=", "AUTH_SMTP=login", ANY, "LOGIN"),
    ("", "", {"AUTH_SMTP": "plain"}, "PLAIN"),
    ("DISABLE_CRAM_MD5=", "", {"AUTH_SMTP": "", "DISABLE_CRAM_MD5": ""}, "CRAM-MD5"),
    ("DISABLE_CRAM_MD5=1", "", {"AUTH_SMTP": ""}, "LOGIN"),
    ("DISABLE_CRAM_MD5=1", "DISABLE_AUTH_LOGIN=1", {"AUTH_SMTP": ""}, "PLAIN"),
    ("AUTH_SMTP=plain,SECURE_AUTH=1", "SECURE_AUTH=", {}, "PLAIN"),
    ("SECURE_AUTH=1", "", {"AUTH_SMTP": "plain"}, None),
])
def test_changes_of_variables(site, route, entry, env, taken):
    account = sasl.Account("user", "pass")
    relay = Relay(["AUTH LOGIN PLAIN CRAM-MD5"], account=account)
    (site.control / "remote_auth.cdb").write_bytes(
        cdbfile.of_assignments(f"=token:user pass {entry}".rstrip() + ":"))
    with Listener(relay) as server:
        site.put("smtproutes", f":127.0.0.1:{server.port} /token {route}".rstrip())
        report = site.deliver(MESSAGE, env=env)
    assert report.letters == "rK"
    assert [attempt.mechanism for attempt in relay.attempts] == [taken] * bool(taken)
    assert all(attempt.accepted for attempt in relay.attempts)


# Secrets that are fetched.

def program(site, text, mode=0o755):
    path = site.directory / "fetch"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(mode)
    return path


def fetched(site, name, path, relay=None, **call):
    relay = relay or offering("XOAUTH2", way="1.3")
    started = time.monotonic()
    report = deliver(site, relay, MESSAGE, secret="-", envstr=f"{name}={path}", **call)
    return relay, report, time.monotonic() - started


# REQ: AUTH-14
@pytest.mark.parametrize("text", ["{}\n", "{}", "{} \t\n", "{}\nsecond\n", "{}\n\n\n"])
def test_secret_in_a_file(site, text):
    path = site.directory / "token"
    path.write_text(text.format(sasl.Account().secret))
    relay, report, _ = fetched(site, "AUTH_SECRET_FILE", path)
    accepted(relay, report)


# REQ: AUTH-14
@pytest.mark.parametrize("kind,words", [
    ("missing", "No such file"), ("empty", "no line"), ("directory", "irectory"),
    ("blank", "no line")])
def test_secret_in_no_file(site, kind, words):
    path = site.directory / "token"
    if kind == "directory":
        path.mkdir()
    elif kind != "missing":
        path.write_text("" if kind == "empty" else "\n")
    relay, report, _ = fetched(site, "AUTH_SECRET_FILE", path)
    refused(relay, report, str(path), words)
    assert relay.attempts == []


# REQ: AUTH-14
@pytest.mark.parametrize("text", [
    "echo '{}'", "printf '%s' '{}'", "printf '%s \\t\\nmore\\n' '{}'",
    "echo '{}'; yes | head -c 1000000", "echo oops >&2; echo '{}'", "cat; echo '{}'",
    "exec 2>&-; echo '{}'"])
def test_secret_of_a_program(site, text):
    path = program(site, text.replace("{}", sasl.Account().secret))
    relay, report, _ = fetched(site, "AUTH_SECRET_PROGRAM", path)
    accepted(relay, report)


# REQ: AUTH-14
def test_the_program_gets_no_arguments_and_no_descriptors(site):
    path = program(site, "ls -l /proc/$$/fd >$0.fd; echo $# >$0.argc; cat >$0.in; "
                         f"echo {sasl.Account().secret}")
    relay, report, _ = fetched(site, "AUTH_SECRET_PROGRAM", path)
    accepted(relay, report)
    assert (site.directory / "fetch.argc").read_text() == "0\n"
    assert (site.directory / "fetch.in").read_text() == ""
    fds = (site.directory / "fetch.fd").read_text()
    assert str(site.directory / "control") not in fds and "socket" not in fds


# REQ: AUTH-14
@pytest.mark.parametrize("text,words", [
    ("exit 0", "no line"), ("echo", "no line"), ("echo secret; exit 1", "failed"),
    ("echo secret; kill -9 $$", "failed"), ("exit 111", "")])
def test_a_program_that_fails(site, text, words):
    path = program(site, text)
    relay, report, _ = fetched(site, "AUTH_SECRET_PROGRAM", path)
    refused(relay, report, str(path), words)
    assert relay.attempts == [] and "secret" not in report.text


# REQ: AUTH-14
@pytest.mark.parametrize("kind,words", [
    ("missing", "No such file"), ("mode", "ermission"), ("directory", "ermission"),
    ("format", "xec")])
def test_a_program_that_cannot_be_run(site, kind, words):
    path = site.directory / "fetch"
    if kind == "mode":
        program(site, "echo secret", mode=0o644)
    elif kind == "directory":
        path.mkdir()
    elif kind == "format":
        path.write_bytes(b"\x7fno program\n")
        path.chmod(stat.S_IRWXU)
    relay, report, _ = fetched(site, "AUTH_SECRET_PROGRAM", path)
    refused(relay, report, str(path), words)


# REQ: AUTH-14
def test_a_program_that_hangs(site):
    """It is ended with all that it began when the delivery's time is up."""
    path = program(site, "echo $$ >$0.pid; sleep 300 & echo $! >>$0.pid; wait")
    site.put("timeoutdelivery", "2")
    relay, report, seconds = fetched(site, "AUTH_SECRET_PROGRAM", path)
    refused(relay, report, str(path))
    assert seconds < 5
    pids = [int(pid) for pid in (site.directory / "fetch.pid").read_text().split()]
    deadline = time.monotonic() + 5
    while alive := [pid for pid in pids if os.path.exists(f"/proc/{pid}/fd")
                    and running(pid)]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.01)


def running(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


# REQ: AUTH-14
def test_a_program_that_floods(site):
    path = program(site, "yes x | tr -d '\\n'")
    site.put("timeoutdelivery", "2")
    relay, report, seconds = fetched(site, "AUTH_SECRET_PROGRAM", path)
    refused(relay, report, str(path))
    assert seconds < 5


# REQ: AUTH-14
@pytest.mark.parametrize("secret", ["-", "--", "-x"])
def test_a_dash_is_a_password_where_nothing_is_to_be_fetched(site, secret):
    relay = offering("PLAIN", account=replace(sasl.Account(), secret=secret))
    accepted(relay, deliver(site, relay, MESSAGE))


# REQ: AUTH-14
def test_a_password_is_literal(site):
    path = site.directory / "token"
    path.write_text("another\n")
    relay = offering("PLAIN")
    accepted(relay, deliver(site, relay, MESSAGE, envstr=f"AUTH_SECRET_FILE={path}"))
