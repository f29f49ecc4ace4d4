"""
Where mail goes, from which address and by which name: a sample of the files
and variables that decide it, each through a real connection.

The tables that say what every line means are beside the code, in
src/delivery/path_test.c and src/policy/source_test.c.
"""
import contextlib
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import time
from typing import NamedTuple

import cdbfile
import pytest
from dns_stub import Resolver
from listener import Gone, Listener, hang_up
from qremote import RECIPIENT, SENDER, file_of

MESSAGE = b"Subject: test\n\nbody\n"
HOST = "server.example"


def has_ipv6():
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as s:
        s.bind(("::1", 0))
        return True
    return False


IPV6 = pytest.mark.skipif(not has_ipv6(), reason="needs IPv6 on loopback")


class Caller(NamedTuple):
    """Who called a server: the address, and the name in EHLO."""

    address: str
    name: str


def content(session):
    """A server that takes the mail, and looks who brings it."""
    session.say("220 server.example ESMTP")
    name = session.hear("EHLO ")[5:].decode()
    session.offer("PIPELINING")
    _, _, line = session.envelope()
    session.body(line)
    session.say("250 queued")
    return Caller(session.sock.getpeername()[0], name)


def unasked(session):
    """What the client says before the server has said a word."""
    session.sock.settimeout(2)
    with contextlib.suppress(Gone, TimeoutError):
        session.more()
    return bytes(session.heard)


def busy(session):
    """A server that has no time."""
    session.say("421 later")


# Names of databases, and what they are made of.
DATABASES = {
    "smtproutes.cdb": cdbfile.of_routes,
    "qmtproutes.cdb": cdbfile.of_routes,
    "other.cdb": cdbfile.of_routes,
    "moresmtproutes.cdb": cdbfile.of_recipients,
    "personal.cdb": cdbfile.of_recipients,
    "remote_auth.cdb": cdbfile.of_assignments,
}


def furnish(site, files, **places):
    """Writes control files; {names} in them stand for places."""
    for name, text in files.items():
        text = text.format(**places)
        if name in DATABASES:
            (site.control / name).write_bytes(DATABASES[name](text))
        else:
            site.put(name, text)


def traced(site, event, *recipients, **call):
    """The report of a delivery, and the events of one kind in its trace."""
    path = site.directory / "trace"
    path.unlink(missing_ok=True)
    env = {**call.pop("env", {}), "QMAIL_REMOTE_TRACE": str(path)}
    report = site.deliver(MESSAGE, *recipients, env=env, **call)
    lines = path.read_text().splitlines() if path.exists() else []
    return report, [e for e in map(json.loads, lines) if e["event"] == event]


@contextlib.contextmanager
def here_and_there(site, files=(), play=content):
    """
    A server that is to be called, and one that must not be.

    In the files {here} and {there} stand for them.
    """
    with Listener(play) as here, Listener(hang_up) as there:
        furnish(site, dict(files), here=f"127.0.0.1:{here.port}",
                there=f"127.0.0.1:{there.port}")
        yield here, there
    assert there.connections == 0


class Choice(NamedTuple):
    """Files and variables, and which of them decides."""

    by: str
    files: dict
    env: dict = {}
    sender: str = SENDER


TO_THERE = f"{HOST}:{{there}}"
TO_HERE = f"{HOST}:{{here}}"

CHOICES = [
    Choice("smtproutes", {"smtproutes": f":{{there}}\n{TO_HERE}"}),
    Choice("smtproutes.cdb", {"smtproutes.cdb": TO_HERE, "smtproutes": TO_THERE}),
    Choice("SMTPROUTE", {"smtproutes": TO_THERE},
           {"SMTPROUTE": TO_HERE, "X-SMTPROUTES": TO_THERE, "X_SMTPROUTES": TO_THERE}),
    Choice("X-SMTPROUTES", {"smtproutes.cdb": TO_THERE},
           {"X-SMTPROUTES": TO_HERE, "X_SMTPROUTES": TO_THERE}),
    Choice("X_SMTPROUTES", {"smtproutes": TO_THERE},
           {"SMTPROUTE": "", "X_SMTPROUTES": f"other.example:{{there}}\n{TO_HERE}"}),
    Choice("other", {"other": TO_HERE, "smtproutes": TO_THERE},
           {"SMTPROUTESFILE": "other"}),
    Choice("other.cdb", {"other.cdb": TO_HERE, "other": TO_THERE},
           {"SMTPROUTESFILE": "{control}/other"}),
    Choice("moresmtproutes.cdb",
           {"moresmtproutes.cdb": f"{RECIPIENT.upper()} {{here}}\n!@ {{there}}",
            "smtproutes": f"{TO_THERE}\n!@:{{there}}", "qmtproutes": TO_THERE}),
    Choice("personal.cdb", {"personal.cdb": f"{RECIPIENT} {{here}}",
                            "moresmtproutes.cdb": f"{RECIPIENT} {{there}}"},
           {"MORESMTPROUTESCDB": "personal.cdb"}),
    Choice("smtproutes", {"smtproutes": f"{TO_THERE}\n!@:{{here}}"}, sender=""),
    Choice("smtproutes", {"smtproutes": f"{TO_THERE}\n!@:{{here}}",
                          "moresmtproutes.cdb": f"{RECIPIENT} {{there}}"},
           sender="#@[]"),
    Choice("moresmtproutes.cdb",
           {"moresmtproutes.cdb": f"!@ {{here}}\n{RECIPIENT} {{there}}",
            "smtproutes": f"{TO_THERE}\n!@:{{there}}"}, sender=""),
    Choice("smtproutes", {"smtproutes": f".example:{{there}}\n{TO_HERE}",
                          "qmtproutes": ":{there}"}),
    Choice("smtproutes.cdb", {"smtproutes.cdb": ".example:{here}\n:{there}"}),
]


# REQ: RTE-01 RTE-02 RTE-06 RTE-07 RTE-08 RTE-10 RTE-11 RTE-13 ENV-03 CLI-10
@pytest.mark.parametrize("choice", CHOICES, ids=lambda c: c.by)
def test_what_decides_the_route(site, choice):
    with here_and_there(site, choice.files) as (here, there):
        env = {name: text.format(here=f"127.0.0.1:{here.port}", control=site.control,
                                 there=f"127.0.0.1:{there.port}")
               for name, text in choice.env.items()}
        report, routes = traced(site, "route", env=env, sender=choice.sender)
    assert report.letters == "rK"
    assert [os.path.basename(r["file"]) for r in routes] == [choice.by]
    assert here.connections == 1


# REQ: RTE-08 RTE-13
@pytest.mark.parametrize("choice", [
    Choice("qmtproutes", {"qmtproutes": TO_HERE, "smtproutes": TO_THERE}),
    Choice("qmtproutes.cdb", {"qmtproutes.cdb": TO_HERE, "qmtproutes": TO_THERE}),
    Choice("QMTPROUTE", {"qmtproutes": TO_THERE}, {"QMTPROUTE": f"{HOST}:relay.invalid"}),
    Choice("other", {"other": TO_HERE}, {"QMTPROUTESFILE": "other"}),
    Choice("qmtproutes", {"qmtproutes": "!@:{here}", "smtproutes": TO_THERE}, sender=""),
], ids=lambda c: c.by)
def test_routes_of_qmtp_are_not_for_smtp(site, choice):
    """Whether QMTP can be spoken or not, SMTP is not spoken in its place."""
    with here_and_there(site, choice.files, play=unasked) as (here, _):
        report, routes = traced(site, "route", env=choice.env, sender=choice.sender)
    assert report.letter == "Z"
    assert [os.path.basename(r["file"]) for r in routes] == [choice.by]
    assert all(re.match(rb"\d+:\n", package) for package in here.results)


# REQ: RTE-01 DNS-04
def test_a_route_asks_for_no_names(site):
    """Neither exchangers nor canonical names: the resolver hears nothing."""
    with here_and_there(site, {"smtproutes": TO_HERE}), \
            socket.socket(type=socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        site.put("dnsservers", f"127.0.0.1@{deaf.getsockname()[1]}")
        assert site.deliver(MESSAGE, env={"CNAME_LOOKUPS": ""}).letters == "rK"
        deaf.setblocking(False)
        with pytest.raises(BlockingIOError):
            deaf.recv(1)


# REQ: RTE-03 RTE-05 DNS-06
@pytest.mark.parametrize("relay", ["relay.example", ""])
def test_relays_by_name_and_by_none(site, relay):
    """The addresses of a relay; without one, the exchangers, by its port."""
    records = {
        (HOST, "MX"): ["10 mx.example."],
        ("mx.example", "A"): ["127.0.0.3"],
        ("relay.example", "MX"): ["10 mx.example."],
        ("relay.example", "A"): ["127.0.0.2"],
    }
    address = "127.0.0.2" if relay else "127.0.0.3"
    with Resolver(records) as resolver, Listener(content, address) as server:
        furnish(site, {"smtproutes": f"{HOST}:{relay}:{server.port}",
                       "dnsservers": f"127.0.0.1@{resolver.port}"})
        report, connects = traced(site, "connect")
    assert report.letters == "rK"
    assert [(c["ip"], c["name"]) for c in connects] == [
        (address, relay or "mx.example")]


def greets(session):
    """A server that greets, and listens to what comes of that."""
    session.say("220 server.example ESMTP")
    return session.rest()


# REQ: RTE-04 TLS-02
@pytest.mark.skipif(os.getuid() != 0, reason="needs root to listen at port 465")
def test_port_465_is_never_spoken_to_in_clear(site):
    site.put("smtproutes", f"{HOST}:127.0.0.9:465")
    with Listener(greets, "127.0.0.9", 465) as server:
        assert site.deliver(MESSAGE).letter == "Z"
    assert not any(heard.startswith(b"EHLO") for heard in server.results)


# What is wrong with the files.

BAD_LINE = "d.example:x\n\nserver.example:relay:smtp"


# REQ: RTE-09 RTE-11
@pytest.mark.parametrize("files,env,named", [
    ({"smtproutes": BAD_LINE}, {}, "{control}/smtproutes:3"),
    ({"qmtproutes": BAD_LINE}, {}, "{control}/qmtproutes:3"),
    ({"other": BAD_LINE}, {"SMTPROUTESFILE": "other"}, "{control}/other:3"),
    ({}, {"SMTPROUTE": BAD_LINE}, "SMTPROUTE:3"),
    ({}, {"QMTPROUTE": BAD_LINE}, "QMTPROUTE:3"),
    ({"smtproutes.cdb": "server.example:relay:smtp"}, {}, "{control}/smtproutes.cdb"),
    ({"moresmtproutes.cdb": f"{RECIPIENT} relay:smtp"}, {},
     "{control}/moresmtproutes.cdb"),
    ({"smtproutes": f"{HOST}:relay user"}, {}, "{control}/smtproutes:1"),
    ({"smtproutes": f"{HOST}:relay /token", "remote_auth.cdb": "=token:user:"}, {},
     "{control}/remote_auth.cdb"),
], ids=lambda p: next(iter(p), None) if isinstance(p, dict) else p)
def test_a_line_that_makes_no_sense(site, files, env, named):
    furnish(site, files)
    report = site.deliver(MESSAGE, env=env)
    assert report.letters == "Z" and "(#4.3.0)" in report.text
    assert named.format(control=site.control) in report.text


def cut(data):
    """Without the tables: a lookup is led behind the end."""
    return data[:2048]


def shorter(data):
    """Not even a whole header."""
    return data[:2047]


# REQ: RTE-12
@pytest.mark.parametrize("damage", [cut, shorter])
@pytest.mark.parametrize("name,text", [
    ("smtproutes.cdb", f"{HOST}:{{there}}"),
    ("qmtproutes.cdb", f"{HOST}:{{there}}"),
    ("moresmtproutes.cdb", f"{RECIPIENT} {{there}}"),
    ("remote_auth.cdb", "=token:user password:"),
])
def test_a_damaged_database(site, name, text, damage):
    with here_and_there(site, {"smtproutes": f"{HOST}:{{there}} /token", name: text}):
        path = site.control / name
        path.write_bytes(damage(path.read_bytes()))
        report = site.deliver(MESSAGE)
    assert report.letters == "Z" and "(#4.3.0)" in report.text
    assert str(path) in report.text


# REQ: RTE-14
@pytest.mark.parametrize("files", [
    {"moresmtproutes.cdb": f"{RECIPIENT} relay.example"},
    {"moresmtproutes.cdb": "carol@server.example {there}:600"},
    {"remote_auth.cdb": f"={RECIPIENT}:user secret:\n=carol@{HOST}:user other:"},
    {"remote_auth.cdb": f"={RECIPIENT}:user secret:"},
], ids=["relay", "penalty", "password", "login"])
def test_recipients_that_need_different_routes(site, files):
    with here_and_there(site, {"smtproutes": f"{HOST}:{{there}} /r", **files}):
        report = site.deliver(MESSAGE, RECIPIENT, "carol@server.example")
    assert report.letters == "Z" and "(#4.3.5)" in report.text
    assert "carol@server.example" in report.text and "secret" not in report.text


# REQ: RTE-14
def test_recipients_that_share_a_route(site):
    with here_and_there(site, {"smtproutes": TO_HERE,
                               "moresmtproutes.cdb": f"{RECIPIENT} {{here}}"}):
        report = site.deliver(MESSAGE, RECIPIENT, "carol@server.example")
    assert report.letters == "rrK"


# Logins, and changes to the environment.

# REQ: AUTH-01 AUTH-11
@pytest.mark.parametrize("files,env,asked", [
    ({"smtproutes": f"{TO_HERE} user secret"}, {}, False),
    ({"smtproutes": f"{TO_HERE} user secret"}, {"AUTH_SMTP": ""}, True),
    ({"smtproutes": f"{TO_HERE} user secret AUTH_SMTP=plain"}, {}, True),
    ({"smtproutes": f"{TO_HERE} user secret AUTH_SMTP="}, {"AUTH_SMTP": ""}, False),
    ({"smtproutes": f"{TO_HERE} /s",
      "remote_auth.cdb": f"={SENDER}:user secret AUTH_SMTP=plain:"}, {}, True),
    ({"smtproutes": f"{TO_HERE} /s", "remote_auth.cdb": "=x@y.example:user secret:"},
     {"AUTH_SMTP": ""}, False),
    ({"smtproutes": f"{TO_HERE} /s"}, {"AUTH_SMTP": ""}, False),
], ids=["no-AUTH_SMTP", "variable", "route", "taken-away", "remote_auth", "not-listed",
        "no-database"])
def test_a_login_is_only_for_those_who_ask(site, files, env, asked):
    """Of a server without AUTH, those who ask hear that, or put the mail off."""
    with here_and_there(site, files, play=lambda s: s.take_mail()) as (here, _):
        path = site.directory / "trace"
        report = site.deliver(MESSAGE, env={**env, "QMAIL_REMOTE_TRACE": str(path)})
    assert "secret" not in report.text + path.read_text()
    if asked:
        assert report.letter == "Z" or "no supported AUTH method found" in report.text
    else:
        assert report.letters == "rK" and here.connections == 1
        assert "AUTH" not in report.text


# REQ: AUTH-05 AUTH-07
def test_changes_are_for_one_route(site):
    files = {
        "smtproutes": "a.example:{here} user secret OUTGOINGIP=127.0.0.7,CONTROLDIR=/\n"
                      "b.example:{here}\n"
                      "c.example:{here} /c OUTGOINGIP=127.0.0.7\n"
                      "d.example:{here} /d\n"
                      "e.example:{here} user secret HELOHOSTBYIP=a\\,b,OUTGOINGIP=\n",
        "remote_auth.cdb": "=c:user secret OUTGOINGIP=127.0.0.8:\n"
                           "=d:user secret OUTGOINGIP=:\n",
        "a,b": "127.0.0.1:e.client.example",
    }
    with here_and_there(site, files) as (here, _):
        for letter in "abcde":
            host = f"{letter}.example"
            report = site.deliver(MESSAGE, f"bob@{host}", host=host,
                                  env={"OUTGOINGIP": "127.0.0.9"})
            assert report.letters == "rK"
    assert here.results == [
        Caller("127.0.0.7", "client.example"),
        Caller("127.0.0.9", "client.example"),
        Caller("127.0.0.8", "client.example"),
        Caller("127.0.0.1", "client.example"),
        Caller("127.0.0.1", "e.client.example"),
    ]


# REQ: AUTH-07 RTE-09
def test_changes_that_make_no_sense(site):
    with here_and_there(site, {"smtproutes": f"{HOST}:{{there}} user secret A=x,hush"}):
        report = site.deliver(MESSAGE)
    assert report.letters == "Z"
    assert f"{site.control}/smtproutes:1" in report.text
    assert "hush" not in report.text and "secret" not in report.text


# The local end.

class End(NamedTuple):
    """Files and variables, and the local end that they make."""

    caller: Caller
    files: dict
    env: dict = {}
    sender: str = SENDER


ME = "client.example"
ENDS = {
    "system": End(Caller("127.0.0.1", ME), {}),
    "outgoingip": End(Caller("127.0.0.5", ME), {"outgoingip": "# one\n127.0.0.5"}),
    "outgoingip-0.0.0.0": End(Caller("127.0.0.1", ME), {"outgoingip": "0.0.0.0"}),
    "outgoingip.host": End(Caller("127.0.0.4", ME),
                           {f"outgoingip.{HOST}": "127.0.0.4", "outgoingip": "127.0.0.5"}),
    "OUTGOINGIP": End(Caller("127.0.0.3", ME),
                      {f"outgoingip.{HOST}": "127.0.0.4", "outgoingip": "127.0.0.5"},
                      {"OUTGOINGIP": "127.0.0.3"}),
    "domainbindings": End(Caller("127.0.0.2", ME),
                          {"domainbindings": "other.example:127.0.0.9\n:127.0.0.2"},
                          {"OUTGOINGIP": "127.0.0.3"}),
    "domainbindings-by-domain": End(
        Caller("127.0.0.2", "sender.example"),
        {"domainbindings": "sender.example:127.0.0.2"}, sender="a@sender.example"),
    "domainbindings-by-suffix": End(
        Caller("127.0.0.2", "sub.sender.example"),
        {"domainbindings": ".sender.example:127.0.0.2"}, sender="a@sub.sender.example"),
    "domainbindings-empty": End(
        Caller("127.0.0.1", "sender.example"),
        {"domainbindings": "a@sender.example:"}, {"OUTGOINGIP": "127.0.0.3"},
        sender="a@sender.example"),
    "DOMAINBINDINGS": End(
        Caller("127.0.0.6", ME), {"domainbindings": ":127.0.0.2", "other": ":127.0.0.6"},
        {"DOMAINBINDINGS": "other"}),
    "bindroutes": End(
        Caller("127.0.0.8", ME),
        {"bindroutes": "127.0.:127.0.0.8\n127.:127.0.0.9\n:127.0.0.10",
         "domainbindings": ":127.0.0.2"}, {"OUTGOINGIP": "127.0.0.3"}),
    "helohost": End(Caller("127.0.0.1", "helo.example"), {"helohost": "helo.example"}),
    "helohostbyip": End(
        Caller("127.0.0.2", "two.example"),
        {"helohostbyip": "127.0.0.1:one.example\n127.0.0.2:two.example",
         "domainbindings": "sender.example:127.0.0.2"}, sender="a@sender.example"),
    "helohostbyip-of-the-system": End(
        Caller("127.0.0.1", "one.example"),
        {"helohostbyip": "127.0.0.1:one.example\n127.0.0.2:two.example"}),
    "HELOHOSTBYIP": End(
        Caller("127.0.0.1", "other.example"),
        {"helohostbyip": "127.0.0.1:one.example", "other": "127.0.0.1:other.example"},
        {"HELOHOSTBYIP": "other"}),
}


# REQ: BND-01 BND-02 BND-03 BND-04 BND-05
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_local_ends(site, end):
    with here_and_there(site, {"smtproutes": TO_HERE, **end.files}) as (here, _):
        report = site.deliver(MESSAGE, env=end.env, sender=end.sender)
    assert report.letters == "rK"
    assert here.results == [end.caller]


# REQ: BND-01 BND-04 BND-05 RTE-05
@IPV6
@pytest.mark.parametrize("files,env,name", [
    ({}, {}, ME),
    ({"bindroutes": "[::1]:[::1]", "helohostbyip": "[::1]:six.example"}, {}, "six.example"),
    ({}, {"OUTGOINGIP": "::1"}, ME),
    ({"outgoingip": "127.0.0.5"}, {}, ME),
    ({"domainbindings": "client.example:127.0.0.5"}, {}, "client.example"),
], ids=["system", "bindroutes", "OUTGOINGIP", "outgoingip-of-IPv4", "domainbindings-of-IPv4"])
def test_local_ends_of_ipv6(site, files, env, name):
    with Listener(content, "::1") as server:
        furnish(site, {"smtproutes": f"{HOST}:[::1]:{server.port}", **files})
        assert site.deliver(MESSAGE, env=env).letters == "rK"
    assert server.results == [Caller("::1", name)]


# REQ: BND-02
def test_addresses_take_turns(site):
    """The time chooses, so within a few seconds both have come."""
    with here_and_there(site, {"smtproutes": TO_HERE,
                               "outgoingip": "127.0.0.5\nbad\n127.0.0.6"}) as (here, _):
        for _ in range(20):
            assert site.deliver(MESSAGE).letters == "rK"
            if len(set(here.results)) == 2:
                break
            time.sleep(0.2)
    assert {caller.address for caller in here.results} == {"127.0.0.5", "127.0.0.6"}


# REQ: BND-06
@pytest.mark.parametrize("files,env,named", [
    # Of nobody on this host.
    ({"domainbindings": "# comment\nclient.example:192.0.2.1"}, {},
     "{control}/domainbindings:2"),
    ({}, {"OUTGOINGIP": "192.0.2.1"}, "OUTGOINGIP"),
    ({"outgoingip": "192.0.2.1"}, {}, "{control}/outgoingip:1"),
    # No addresses.
    ({"domainbindings": "client.example:eth0"}, {}, "{control}/domainbindings:1"),
    ({}, {"OUTGOINGIP": "eth0"}, "OUTGOINGIP"),
    ({f"outgoingip.{HOST}": "eth0", "outgoingip": "127.0.0.5"}, {},
     f"{{control}}/outgoingip.{HOST}:1"),
    # Nothing may connect.
    ({"bindroutes": "10.:10.0.0.1\n:301.32.1.1"}, {}, "{control}/bindroutes:2"),
], ids=["domainbindings", "OUTGOINGIP", "outgoingip", "domainbindings-eth0",
        "OUTGOINGIP-eth0", "outgoingip.host-eth0", "bindroutes"])
def test_an_address_that_cannot_be_had(site, files, env, named):
    with here_and_there(site, {"smtproutes": f"{HOST}:{{there}}", **files}):
        report = site.deliver(MESSAGE, env=env)
    assert report.letters == "Z" and "(#4.3.0)" in report.text
    assert named.format(control=site.control) in report.text


# REQ: BND-04 RPT-10
def test_bindroutes_keep_from_one_server_of_two(site):
    records = {("relay.example", "A"): ["127.0.0.2", "127.0.0.3"]}
    with Resolver(records) as resolver, Listener(content, "127.0.0.3") as server, \
            Listener(hang_up, "127.0.0.2", server.port) as forbidden:
        furnish(site, {"smtproutes": f"{HOST}:relay.example:{server.port}",
                       "dnsservers": f"127.0.0.1@{resolver.port}",
                       "bindroutes": "127.0.0.2:nowhere"})
        report = site.deliver(MESSAGE)
    assert report.letters == "rK"
    assert forbidden.connections == 0


# REQ: DNS-02
@IPV6
@pytest.mark.parametrize("files,env,host,tried", [
    ({}, {}, "both", ["127.0.0.2", "::1"]),
    ({"ipfamily": "prefer-ipv6"}, {}, "both", ["::1", "127.0.0.2"]),
    ({}, {"OUTGOINGIP": "::1"}, "both", ["::1"]),
    ({}, {"OUTGOINGIP": "::1"}, "four", ["127.0.0.2"]),
    ({}, {"OUTGOINGIP": "127.0.0.5"}, "both", ["127.0.0.2"]),
    ({}, {"OUTGOINGIP": "127.0.0.5"}, "six", ["::1"]),
    ({"domainbindings": "client.example:127.0.0.5", "ipfamily": "prefer-ipv6"}, {},
     "both", ["127.0.0.2"]),
    ({"outgoingip": "127.0.0.5\n::1"}, {}, "both", ["127.0.0.2", "::1"]),
    # What is ruled out stays so.
    ({"ipfamily": "ipv4"}, {"OUTGOINGIP": "::1"}, "both", ["127.0.0.2"]),
    # The system's choice is no address of one family.
    ({}, {"OUTGOINGIP": "0.0.0.0"}, "both", ["127.0.0.2", "::1"]),
    ({"outgoingip": "0.0.0.0"}, {}, "both", ["127.0.0.2", "::1"]),
], ids=["no-rule", "prefer-ipv6", "IPv6", "IPv6-and-host-of-IPv4", "IPv4",
        "IPv4-and-host-of-IPv6", "domainbindings", "one-of-each", "ipv4",
        "OUTGOINGIP-0.0.0.0", "outgoingip-0.0.0.0"])
def test_local_addresses_choose_the_family(site, files, env, host, tried):
    """The other family is tried only where the host has none of theirs."""
    records = {
        ("both.example", "A"): ["127.0.0.2"], ("both.example", "AAAA"): ["::1"],
        ("four.example", "A"): ["127.0.0.2"], ("six.example", "AAAA"): ["::1"],
    }
    with Resolver(records) as resolver, Listener(busy, "::1") as six, \
            Listener(busy, "127.0.0.2", six.port):
        furnish(site, {"smtproutes": f"{HOST}:{host}.example:{six.port}",
                       "dnsservers": f"127.0.0.1@{resolver.port}", **files})
        report, connects = traced(site, "connect", env=env)
    assert report.letter == "Z" and "greeting failed" in report.text
    assert [c["ip"] for c in connects] == tried


# Names that become part of a file name.

# As long as a name can be.
LONG = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])


# REQ: TLS-11 TLS-04
@pytest.mark.parametrize("relay,file,demanded", [
    ("relay.example", "relay.example", True),
    ("Relay.Example", "relay.example", True),
    ("relay.example.", "relay.example", True),
    ("Relay.Example", "Relay.Example", True),
    ("relay.example", "Relay.Example", False),
    ("relay.example", "other.example", False),
    ("127.0.0.2", "127.0.0.2", False),
    # With its suffix this is longer than any file's name.
    (LONG, "other.example", False),
], ids=["lower", "upper-for-lower", "dot", "as-written", "not-as-written", "other",
        "address", "long"])
def test_certificates_that_are_demanded(site, relay, file, demanded):
    """By tlshosts/NAME.pem: nothing is said to such a server in clear."""
    directory = site.directory / "certs" / "tlshosts"
    directory.mkdir(parents=True)
    (directory / f"{file}.pem").write_text("")
    name = relay.lower().removesuffix(".")
    with Resolver({(name, "A"): ["127.0.0.2"], (relay, "A"): ["127.0.0.2"]}) as resolver, \
            Listener(lambda s: s.take_mail(), "127.0.0.2") as server:
        furnish(site, {"smtproutes": f"{HOST}:{relay}:{server.port}",
                       "dnsservers": f"127.0.0.1@{resolver.port}"})
        report, said = traced(site, "said")
    if demanded:
        assert report.letter == "Z"
        assert not any(s["line"].startswith("MAIL") for s in said)
    else:
        assert report.letters == "rK"


# The timeout table.

RECORD = 32


def put_table(site, count, age, address="127.0.0.1"):
    """A table whose third record is about an address; returns its path."""
    path = site.directory / "queue" / "lock" / "tcpto"
    path.parent.mkdir(parents=True, exist_ok=True)
    record = struct.pack("<B3xB3xI4x4s12x", socket.AF_INET, count,
                         int(time.time()) - age, socket.inet_aton(address))
    path.write_bytes(bytes(2 * RECORD) + record + bytes(61 * RECORD))
    return path


def record_of(path):
    """Count, and age in seconds, of that record; nothing else may be there."""
    table = path.read_bytes()
    assert len(table) == 64 * RECORD
    assert not any(table[:2 * RECORD] + table[3 * RECORD:])
    count, when = struct.unpack_from("<4xB3xI", table, 2 * RECORD)
    return count, int(time.time()) - when


# REQ: TRY-05 TRY-06
@pytest.mark.parametrize("count,age,env,fields,skipped", [
    # The penalty is an hour, and up to half of it more.
    (2, 3590, {}, "", True),
    (2, 5410, {}, "", False),
    (1, 10, {}, "", False),
    (2, 590, {"MIN_PENALTY": "600"}, "", True),
    (2, 910, {"MIN_PENALTY": "600"}, "", False),
    (10, 590, {"MIN_PENALTY": "600"}, "", True),
    (2, 5, {"MIN_PENALTY": "0"}, "", False),
    (2, 5410, {"MIN_PENALTY": "7200"}, "", True),
    # The route has the last word.
    (2, 590, {"MIN_PENALTY": "0"}, ":600", True),
    (2, 910, {"MIN_PENALTY": "7200"}, ":600", False),
    (2, 5, {"MIN_PENALTY": "600"}, ":0", False),
    (2, 590, {}, ":0:600", False),
    (2, 590, {}, "::600", True),
    (2, 910, {}, " u p MIN_PENALTY=600", False),
], ids=str)
def test_how_long_a_server_is_left_in_peace(site, count, age, env, fields, skipped):
    with Listener(content) as server:
        site.put("smtproutes", f"{HOST}:127.0.0.1:{server.port}{fields}")
        table = put_table(site, count, age)
        report = site.deliver(MESSAGE, env=env)
    assert server.connections == (0 if skipped else 1)
    if skipped:
        assert report.letters == "Z" and "(#4.4.1)" in report.text
        assert record_of(table)[0] == count
    else:
        assert report.letters == "rK"
        assert record_of(table)[0] == 0


# REQ: TRY-05
@pytest.mark.parametrize("age,env,fields,count", [
    (100, {}, "", 1),
    (130, {}, "", 2),
    (100, {"MAX_TOLERANCE": "60"}, "", 2),
    (590, {"MAX_TOLERANCE": "600"}, "", 1),
    (610, {"MAX_TOLERANCE": "600"}, "", 2),
    (100, {"MAX_TOLERANCE": "0"}, "", 2),
    (100, {"MAX_TOLERANCE": "600"}, "::60", 2),
    (100, {"MAX_TOLERANCE": "600"}, ":3600:60", 2),
    (590, {}, "::600", 1),
    (100, {}, "::0", 2),
    (100, {}, " u p MAX_TOLERANCE=60", 2),
], ids=str)
def test_how_long_a_server_may_fail(site, age, env, fields, count):
    """A failure is counted only when so many seconds have passed."""
    with Listener(hang_up) as server:
        site.put("smtproutes", f"{HOST}:127.0.0.1:{server.port}{fields}")
        table = put_table(site, 1, age)
        assert site.deliver(MESSAGE, env=env).letter == "Z"
    found, seconds = record_of(table)
    assert found == count
    assert seconds < 60 if count == 2 else age <= seconds < age + 60


# REQ: TRY-05
@pytest.mark.parametrize("files", [
    {"domainbindings": ":192.0.2.1"},
    {"bindroutes": ":nowhere"},
    {"helohostbyip": "127.0.0.9:a.example", "me": "", "helohost": ""},
], ids=["address", "bindroutes", "name"])
def test_a_fault_of_our_own_is_neither_failure_nor_success(site, files):
    with Listener(lambda s: s.rest()) as server:
        furnish(site, {"smtproutes": f"{HOST}:127.0.0.1:{server.port}", **files})
        table = put_table(site, 1, 1000)
        before = table.read_bytes()
        assert site.deliver(MESSAGE).letter == "Z"
    assert table.read_bytes() == before


# How much routes cost.

def instructions(site):
    """Of one delivery that ends when the connection is refused."""
    with file_of(MESSAGE) as stdin:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
             *site.argv()],
            stdin=stdin, env=site.env, capture_output=True, timeout=60, check=True)
    assert done.stdout.startswith(b"ZSorry, I wasn't able to establish")
    return int(re.search(rb"Collected : (\d+)", done.stderr)[1])


def milliseconds(site, runs=25):
    """Processor time of one such delivery: the least of many."""
    least = 1e9
    for _ in range(runs):
        with file_of(MESSAGE) as stdin, open(os.devnull, "wb") as out:
            process = site.start(site.argv(), stdin, stdout=out, stderr=out).process
            _, status, usage = os.wait4(process.pid, 0)
        # wait4() took the status, and Popen need not look for it.
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        least = min(least, 1000 * (usage.ru_utime + usage.ru_stime))
    return least


@pytest.fixture
def refusing(site):
    """The address of a port that nobody listens at."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{s.getsockname()[1]}"


VALGRIND = pytest.mark.skipif(
    shutil.which("valgrind") is None, reason="needs valgrind")


# REQ: RTE-10
@pytest.mark.plain
@VALGRIND
def test_a_million_routes_cost_no_more_than_ten(site, refusing, record_property):
    counts = []
    for n in (10, 1_000_000):
        records = [(b"%d.d" % i, b"relay:26") for i in range(n)]
        records.append((HOST.encode(), refusing.encode()))
        (site.control / "smtproutes.cdb").write_bytes(cdbfile.cdb(records))
        counts.append(instructions(site))
    record_property("instructions", counts)
    assert counts[1] <= 1.1 * counts[0]


# REQ: RTE-01
@pytest.mark.plain
@VALGRIND
def test_ten_thousand_lines_cost_little(site, refusing, record_property):
    counts, times = [], []
    for n in (10, 10_000):
        lines = [f"d{i}.example:relay.example:26" for i in range(n)]
        site.put("smtproutes", "\n".join([*lines, f"{HOST}:{refusing}"]))
        counts.append(instructions(site))
        times.append(milliseconds(site))
    record_property("instructions", counts)
    record_property("milliseconds", times)
    assert times[1] - times[0] < 3


# REQ: RTE-10
@pytest.mark.skipif(shutil.which("cdb") is None, reason="needs tinycdb's cdb")
def test_tinycdb_makes_the_same_databases(tmp_path):
    records = [(b"d%d.example" % i, b"relay:%d" % i) for i in range(500)]
    records += [(b"", b"\n\0"), (b"d7.example", b"second")]
    text = b"".join(b"+%d,%d:%s->%s\n" % (len(k), len(d), k, d) for k, d in records)
    path = tmp_path / "made.cdb"
    subprocess.run(["cdb", "-c", path], input=text + b"\n", check=True)
    assert path.read_bytes() == cdbfile.cdb(records)
