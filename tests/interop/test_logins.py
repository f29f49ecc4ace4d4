"""
Logins at real servers: every mechanism that each offers, in clear, by STARTTLS
and in TLS from the first byte, with the right secret and with wrong ones.
"""
import time
import shutil

import pytest
from cyrus import Library
from guarded import (PASSWORD, REALM, USER, EximGuarded, PostfixCyrus, PostfixDovecot,
                     database, token)
from letters import LETTERS
from play import certificates, sasl
from server import Missing
from whole.leaks import leaks
from whole.qremote import RECIPIENT, SENDER
from whole.relay import Relay, deliver

LETTER = LETTERS["ordinary"]
SERVERS = [PostfixCyrus, PostfixDovecot, EximGuarded]
WAYS = {
    # The port, what is set, and what the server says of the session.
    "clear": ("port", {}, "ESMTPA"),
    "starttls": ("tls_port", {"TLSPOLICY": "encrypt"}, "ESMTPSA"),
    "starttls-1.2": ("tls_port", {"TLSPOLICY": "encrypt"}, "ESMTPSA"),
    "smtps": ("smtps_port", {"SMTPS": ""}, "ESMTPSA"),
}


EACH = pytest.mark.parametrize(
    "guarded", SERVERS, indirect=True, ids=lambda server: server.__name__)


def each_mechanism(*names):
    """Each server with each mechanism that it offers, or with those of them."""
    return pytest.mark.parametrize("guarded,mechanism", [
        pytest.param(server, name, id=f"{server.__name__}-{name}")
        for server in SERVERS for name in server.mechanisms
        if not names or name in names], indirect=["guarded"])


@pytest.fixture(scope="session")
def servers():
    """Those that some test has asked for, and why they are missing; all run on."""
    found = {}
    yield found
    for server, _ in found.values():
        server.stop()


@pytest.fixture
def guarded(request, servers):
    if request.param not in servers:
        server = request.param()
        servers[request.param] = server, "it does not start"
        missing = None
        try:
            server.start()
        except Missing as why:
            missing = str(why)
        servers[request.param] = server, missing
    server, missing = servers[request.param]
    if missing:
        pytest.skip(missing)
    return server


def send(site, server, way, mechanism, secret=None, user=None, **env):
    port, more, _ = WAYS[way]
    if way.endswith("1.2"):
        site.put("tlsclientmethod", "TLSv1_2")
    login = f"{user or server.user} {secret or server.secret(mechanism)}"
    site.put("smtproutes", f":{server.address}:{getattr(server, port)} {login}")
    return site.deliver(LETTER, env={"AUTH_SMTP": mechanism, **more, **env})


def arrived(server, report, way):
    """The message is there, and the server knows that we had logged in."""
    assert report.letters == "rK", report.text
    [found] = server.arrivals()
    assert (found.sender, found.recipient) == (SENDER, RECIPIENT)
    assert (found.text, found.protocol) == (LETTER, WAYS[way][2])


def turned_away(server, report, *secrets):
    assert report.letters == "Z" and server.arrivals() == []
    assert "but authentication was rejected (" in report.text
    assert "(#4.7." in report.text
    assert not leaks(report.raw, *secrets)


# REQ: AUTH-02 AUTH-08 AUTH-10 AUTH-13
@pytest.mark.parametrize("way", WAYS)
@each_mechanism()
def test_login(site, guarded, mechanism, way):
    arrived(guarded, send(site, guarded, way, mechanism), way)


# REQ: AUTH-09 RPT-04
@pytest.mark.parametrize("way", WAYS)
@each_mechanism()
def test_wrong_secret(site, guarded, mechanism, way):
    report = send(site, guarded, way, mechanism, secret="Sesame-shut")
    turned_away(guarded, report, "Sesame-shut")


# REQ: AUTH-09
@each_mechanism()
def test_wrong_user(site, guarded, mechanism):
    report = send(site, guarded, "starttls", mechanism, user=f"mallory@{REALM}")
    turned_away(guarded, report, guarded.secret(mechanism))


# REQ: AUTH-02
@EACH
@pytest.mark.parametrize("way", WAYS)
def test_choice(site, guarded, way):
    """The strongest that is offered, which is the first of our list."""
    trace = site.directory / "trace"
    report = send(site, guarded, way, "", QMAIL_REMOTE_TRACE=str(trace))
    arrived(guarded, report, way)
    assert f'"AUTH {guarded.mechanisms[0]}' in trace.read_text()
    assert not leaks(trace.read_bytes(), PASSWORD)


# REQ: AUTH-01
@EACH
def test_without_a_login(site, guarded):
    """They would not have it."""
    site.put("smtproutes", f":{guarded.address}:{guarded.port}")
    assert site.deliver(LETTER).letter == "D"
    assert guarded.arrivals() == []


# REQ: AUTH-03
@each_mechanism("LOGIN", "PLAIN")
def test_no_password_in_clear(site, guarded, mechanism):
    """It goes without, is refused, and it is not the message's fault."""
    report = send(site, guarded, "clear", mechanism, SECURE_AUTH="", REQUIRE_AUTH="")
    assert report.letters == "Z" and guarded.arrivals() == []
    arrived(guarded, send(site, guarded, "starttls", mechanism, SECURE_AUTH=""),
            "starttls")


# REQ: AUTH-08
@each_mechanism(*sasl.SCRAMS)
def test_a_salted_password_that_is_not_the_servers(site, guarded, mechanism):
    """Another salt, another password: SCRAM fails, and nothing else is tried."""
    salted = sasl.salted(sasl.SCRAMS[mechanism], PASSWORD, b"a salt of ours")
    report = send(site, guarded, "clear", "", secret=salted.hex(), SALTED_PASSWORD="")
    turned_away(guarded, report, PASSWORD, salted.hex())


# Tokens.

# REQ: AUTH-02 AUTH-09
@each_mechanism("XOAUTH2", "OAUTHBEARER")
@pytest.mark.parametrize("make", [
    lambda user: token(user, seconds=-60), lambda user: token("mallory"),
    lambda user: token(user, key=b"another key"),
    lambda user: token(user)[:-4], lambda user: "no-token"],
    ids=["expired", "of-another", "forged", "cut", "none"])
def test_bad_tokens(site, guarded, mechanism, make):
    bad = make(guarded.user)
    turned_away(guarded, send(site, guarded, "starttls", mechanism, bad), bad)


# REQ: AUTH-14
@each_mechanism("XOAUTH2", "OAUTHBEARER")
def test_fetched_tokens(site, guarded, mechanism):
    """Fetched for each delivery, so that it is never too old."""
    script, held = site.directory / "fetch", site.directory / "token"
    script.write_text(f"#!/bin/sh\ncat {held}\n")
    script.chmod(0o755)
    for seconds in (-60, 600):
        held.write_text(token(guarded.user, seconds) + "\n")
        report = send(site, guarded, "smtps", mechanism,
                      secret=f"- AUTH_SECRET_PROGRAM={script}")
        if seconds < 0:
            turned_away(guarded, report, held.read_text().strip())
    arrived(guarded, report, "smtps")


# REQ: AUTH-02 TLS-12
@pytest.mark.parametrize("guarded", [EximGuarded], indirect=True)
@pytest.mark.parametrize("way", ["starttls", "smtps"])
def test_external(site, guarded, way):
    certs = site.directory / "certs"
    certs.mkdir()
    shutil.copy(certificates.leaf("client"), certs / "clientcert.pem")
    arrived(guarded, send(site, guarded, way, "EXTERNAL", user="a"), way)


# The library alone, which is told what names the TLS session.

BOUND = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"]
OF_LIBRARY = [*BOUND, *PostfixCyrus.mechanisms]
OFFER = f"AUTH {' '.join(OF_LIBRARY)}"


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    path = tmp_path_factory.mktemp("sasl") / "passwords"
    try:
        database(path, USER, REALM, PASSWORD)
        # It offers what is bound with the others.
        return Library(path, PostfixCyrus.mechanisms)
    except Missing as why:
        pytest.skip(str(why))


def by(library, **facts):
    account = sasl.Account(USER, PASSWORD, **facts)

    def make(mechanism, account):
        return library.exchange(REALM, mechanism, account)
    return {"account": account, "make": make}


# REQ: AUTH-08
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("mechanism", OF_LIBRARY)
def test_library(site, library, mechanism, version, at_once):
    relay = Relay([OFFER], tls=version, at_once=at_once, **by(library))
    report = deliver(site, relay, LETTER, auth=mechanism)
    assert report.letters == "rK", report.text
    assert [(a.mechanism, a.accepted) for a in relay.attempts] == [(mechanism, True)]


# REQ: AUTH-08 AUTH-09
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("mechanism", OF_LIBRARY)
def test_library_and_a_wrong_password(site, library, mechanism, version):
    relay = Relay([OFFER], tls=version, **by(library))
    report = deliver(site, relay, LETTER, auth=mechanism, secret="Sesame-shut")
    assert report.letters == "Z" and not relay.attempts[0].accepted


# REQ: AUTH-08
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("mechanism", BOUND)
def test_library_and_somebody_in_the_middle(site, library, mechanism, version):
    """The library's session is not ours: there is one on either side of him."""
    kind, size = {"1.2": ("tls-unique", 12), "1.3": ("tls-exporter", 32)}[version]
    theirs = ((kind, b"\1" * size),)
    relay = Relay([OFFER], tls=version, **by(library, bindings=theirs))
    report = deliver(site, relay, LETTER, auth=mechanism)
    assert report.letters == "Z" and relay.messages == []
    assert not relay.attempts[0].accepted
    # The same without a binding would have got through.
    unbound = Relay([OFFER], tls=version, **by(library, bindings=theirs))
    report = deliver(site, unbound, LETTER, auth=mechanism.removesuffix("-PLUS"))
    assert report.letters == "rK"
