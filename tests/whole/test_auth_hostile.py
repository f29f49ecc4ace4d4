"""
Servers that lie about a login: the message stays here, the report is Z, and
it does not take for ever.
"""
import contextlib
import time

from play import rspawn, sasl
import pytest
from qremote import MESSAGE
from whole.leaks import leaks
from whole.listener import Gone, Listener
from whole.relay import ACCEPTED, Relay, deliver

SCRAM = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"]
MUTUAL = [*SCRAM, "DIGEST-MD5"]
CHALLENGING = [*MUTUAL, *sasl.CRAMS, "LOGIN"]
ALL = [*CHALLENGING, "PLAIN", "XOAUTH2", "OAUTHBEARER"]

# How long a delivery may take where the server does not stall.
AT_MOST = 5
STALL = 1


def check(site, relay, env=None, at_most=AT_MOST):
    """A delivery that must be put off, soon, and whose message stays here."""
    started = time.monotonic()
    report = deliver(site, relay, MESSAGE, env=env)
    seconds = time.monotonic() - started
    assert (report.letters, rspawn.verdict(report.raw, 0)) == ("Z", "Z")
    messages = relay.messages if isinstance(relay, Relay) else []
    assert messages == [] and seconds < at_most
    assert not leaks(report.raw, sasl.Account().secret)
    return report


def liar(name, **lies):
    return Relay([f"AUTH {name}"], tls="1.3" if name.endswith("-PLUS") else None, **lies)


# What is wrong with the server's part of SCRAM, however it ends.
SCRAM_LIES = {
    "signature": {"final": "v=" + "A" * 28},
    "signature-of-the-other-hash": {"final": "v=" + "A" * 43 + "="},
    "no-signature": {"final": ""},
    "empty-signature": {"final": "v="},
    "signature-is-no-base64": {"final": "v=***"},
    "error": {"final": "e=invalid-proof"},
    "error-and-signature": {"final": "e=other-error,v=AAAA"},
    "final-is-nonsense": {"final": "\0\xff\n"},
    "other-nonce": {"nonce": lambda ours: "x" * 40},
    "nonce-before-ours": {"nonce": lambda ours: "x" + ours},
    "nonce-in-part": {"nonce": lambda ours: ours[:-1] + "~xyzxyz"},
    "nonce-empty": {"nonce": lambda ours: ""},
    "nonce-with-a-comma": {"nonce": lambda ours: ours + "a,b"},
    "iterations-10-million": {"iterations": "10000000"},
    "iterations-beyond-32-bits": {"iterations": "4294967297"},
    "iterations-beyond-64-bits": {"iterations": "99999999999999999999999"},
    "iterations-0": {"iterations": "0"},
    "iterations-negative": {"iterations": "-4096"},
    "iterations-empty": {"iterations": ""},
    "iterations-words": {"iterations": "many"},
    "iterations-and-more": {"iterations": "4096x"},
    "salt-empty": {"salt": ""},
    "salt-is-no-base64": {"salt": "***"},
    "no-iterations": {"first": "r=%s,s=YQ=="},
    "no-salt": {"first": "r=%s,i=4096"},
    "no-nonce": {"first": "s=YQ==,i=4096"},
    "order": {"first": "i=4096,s=YQ==,r=%s"},
    "mandatory-extension": {"first": "m=x,r=%s,s=YQ==,i=4096"},
    "first-is-nonsense": {"first": "\0\xff" * 100},
    "first-is-a-signature": {"first": "v=AAAA"},
}


# REQ: AUTH-12 AUTH-08
@pytest.mark.parametrize("kind", SCRAM_LIES)
@pytest.mark.parametrize("name", SCRAM)
def test_scram(site, name, kind):
    """The server says 235 at the end, whatever the client makes of it."""
    lies = SCRAM_LIES[kind]

    def talk(mechanism, account):
        given = dict(lies)
        if "%s" in given.get("first", ""):
            return filled(mechanism, account, given["first"])
        return sasl.exchange(mechanism, account, **given)

    def filled(mechanism, account, first):
        response = yield b""
        nonce = response.decode().rpartition(",r=")[2] + "xyz"
        yield (first % nonce).encode()
        yield b"v=AAAA"
        return True

    def obliging(mechanism, account):
        """Whatever comes of the exchange, it ends well."""
        inner = talk(mechanism, account)
        try:
            response = yield next(inner)
            while True:
                response = yield inner.send(response)
        except StopIteration:
            pass
        return True

    relay = liar(name, make=obliging)
    check(site, relay)


# REQ: AUTH-12
@pytest.mark.parametrize("name", ALL)
def test_a_server_that_does_not_lie(site, name):
    """What the others are measured by: how many challenges that takes, too."""
    relay = liar(name)
    assert deliver(site, relay, MESSAGE).letters == "rK"
    [attempt] = relay.attempts
    assert attempt.accepted and len(relay.messages) == 1
    first = 1 if name in SCRAM or steps(name) == 0 else 0
    assert len(attempt.heard) == steps(name) + first


# REQ: AUTH-12
@pytest.mark.parametrize("name", MUTUAL)
@pytest.mark.parametrize("step", [0, 1, 2])
@pytest.mark.parametrize("reply", [ACCEPTED, "235", "235-2.7.0 well\r\n235 come"])
def test_yes_before_it_is_proved(site, name, step, reply):
    """The server has to show that it knows the password, too; then it may say yes."""
    relay = liar(name, replies={step: reply})
    if step == 2:
        assert deliver(site, relay, MESSAGE).letters == "rK"
    else:
        check(site, relay)


# REQ: AUTH-12
@pytest.mark.parametrize("confirm", ["", "rspauth=" + "0" * 32, "rspauth=", "x=y",
                                     "stale=true", "\0"])
def test_digest_that_proves_nothing(site, confirm):
    check(site, liar("DIGEST-MD5", lies={"confirm": confirm}))


DIGEST = {
    "no-nonce": 'realm="a",qop="auth",algorithm=md5-sess',
    "two-nonces": 'realm="a",nonce="x",nonce="y",qop="auth",algorithm=md5-sess',
    "other-algorithm": 'realm="a",nonce="x",qop="auth",algorithm=sha-1',
    "no-algorithm": 'realm="a",nonce="x",qop="auth"',
    "only-encrypted": 'realm="a",nonce="x",qop="auth-conf",cipher="rc4",algorithm=md5-sess',
    "open-quote": 'realm="a,nonce=x',
    "nonsense": "\0\xff\n,,,===",
    "only-commas": "," * 3000,
    "many-realms": ",".join(f'realm="{n}"' for n in range(200)),
}


# REQ: AUTH-13
@pytest.mark.parametrize("kind", DIGEST)
def test_digest_challenges(site, kind):
    def talk(mechanism, account):
        yield DIGEST[kind].encode("latin-1")
        yield b"rspauth=" + b"0" * 32
        return True

    check(site, liar("DIGEST-MD5", make=talk))


# What is said in place of a challenge.
CHALLENGES = {
    "no-base64": "334 *not base64*",
    "half-base64": "334 YWJ",
    "blank-in-base64": "334 YW Jj",
    "padding-first": "334 =YWJj",
    "100-kB": "334 " + "QUFB" * 25000,
    "100-kB-of-nonsense": "334 " + "*" * 100000,
    "two-lines": ["334-YWJj", "334 YWJj"],
    "no-blank": "334YWJj",
    "control-bytes": "334 \x01\x02\x1b[0m",
    "another-code": "354 YWJj",
    "ok": "250 ok",
    "no-code": "hello",
    "empty-line": "",
}


# REQ: AUTH-09
@pytest.mark.parametrize("kind", CHALLENGES)
@pytest.mark.parametrize("name", ALL)
def test_challenges(site, name, kind):
    report = check(site, liar(name, replies={0: CHALLENGES[kind]}))
    assert len(report.raw) < 8000


# REQ: AUTH-09
@pytest.mark.parametrize("name", [name for name in CHALLENGING if name != "LOGIN"])
def test_empty_challenges(site, name):
    """SCRAM speaks first, so that one there is no answer to what it has said."""
    def talk(mechanism, account):
        if mechanism in SCRAM:
            yield b""
        yield b""
        return True

    assert "got no challenge" in check(site, liar(name, make=talk)).text


# REQ: AUTH-09
@pytest.mark.parametrize("challenge", [b"", b"x", b"Username:", b"{}"])
@pytest.mark.parametrize("name", ALL)
def test_challenges_for_ever(site, name, challenge):
    def talk(mechanism, account):
        while True:
            yield challenge

    relay = liar(name, make=talk)
    check(site, relay)
    assert len(relay.attempts[0].heard) < 6


# REQ: AUTH-09
@pytest.mark.parametrize("step", [0, 1, 2])
@pytest.mark.parametrize("name", ALL)
def test_hanging_up(site, name, step):
    relay = liar(name, replies={step: None})
    if step < steps(name):
        assert "died" in check(site, relay).text


# REQ: AUTH-09 TRY-07
@pytest.mark.parametrize("step", [0, 1])
@pytest.mark.parametrize("name", ["SCRAM-SHA-256", "DIGEST-MD5", "CRAM-MD5", "LOGIN"])
def test_stalling(site, name, step):
    site.put("timeoutremote", str(STALL))

    def play(session):
        session.greet(f"AUTH {name}")
        talk = sasl.exchange(name, sasl.Account())
        line = session.hear("AUTH ")
        challenge = next(talk)
        if b" " in line[5:]:
            challenge = talk.send(sasl.decoded(line.split(b" ")[2]))
        if step == 1:
            session.say("334 " + sasl.base64.b64encode(challenge).decode())
            session.hear()
        session.rest()

    started = time.monotonic()
    with Listener(play) as server:
        login = f"{sasl.Account().user} {sasl.Account().secret}"
        site.put("smtproutes", f":127.0.0.1:{server.port} {login}")
        report = site.deliver(MESSAGE, env={"AUTH_SMTP": ""})
    assert report.letters == "Z"
    assert STALL <= time.monotonic() - started < STALL + AT_MOST


# REQ: AUTH-09 TRY-07
def test_dripping(site):
    """A byte now and then does not make the deadline any later."""
    site.put("timeoutremote", str(STALL))

    def play(session):
        session.greet("AUTH PLAIN")
        session.hear("AUTH ")
        session.send(b"334 ")
        with contextlib.suppress(Gone, OSError):
            while True:
                session.sock.sendall(b"Q")
                time.sleep(0.1)

    started = time.monotonic()
    with Listener(play) as server:
        site.put("smtproutes", f":127.0.0.1:{server.port} user password")
        report = site.deliver(MESSAGE, env={"AUTH_SMTP": ""})
    assert report.letters == "Z"
    assert time.monotonic() - started < STALL + AT_MOST


# REQ: AUTH-09
@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("reply", [
    ["235 2.7.0 yes", "250 ok", "250 ok", "354 go", "250 queued"],
    ["235 2.7.0 yes", "550 no"], ["235 2.7.0 yes", "421 bye"], ["535 no", "250 ok"],
    ["421 4.7.0 bye"], ["421 4.7.0 bye", "235 yes"]])
def test_answers_to_what_was_not_asked(site, name, reply):
    """What is behind the end of a login answers nothing, and decides nothing."""
    check(site, liar(name, replies={steps(name): reply}))


# REQ: AUTH-09
@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("reply", ["220 ok", "250 ok", "251 ok", "354 go", "300 more",
                                   "100 wait", "999 no", "2350 yes", "235yes"])
def test_other_codes_are_no_yes(site, name, reply):
    check(site, liar(name, replies={steps(name): reply}))


def steps(name):
    """How many challenges a login takes when all is well."""
    if name in SCRAM or name in ("DIGEST-MD5", "LOGIN"):
        return 2
    return 1 if name in sasl.CRAMS else 0


# REQ: AUTH-09
def test_the_end_of_an_exchange_is_said(site):
    """A challenge that makes no sense is answered with "*", and QUIT."""
    heard = []

    def play(session):
        session.greet("AUTH CRAM-MD5")
        session.hear("AUTH CRAM-MD5")
        session.say("334 ***")
        heard.append(session.hear("*"))
        session.say("501 5.7.0 as you like")
        heard.append(session.until(b"\r\n"))

    with Listener(play) as server:
        site.put("smtproutes", f":127.0.0.1:{server.port} user password")
        report = site.deliver(MESSAGE, env={"AUTH_SMTP": ""})
    assert report.letters == "Z" and "base64decode" in report.text
    assert heard == [b"*", b"QUIT\r\n"]
