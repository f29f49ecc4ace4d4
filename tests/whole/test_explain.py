"""
qmail-remote-explain: what would happen to a message, for people and for
programs.

Every JSON text is checked against the schema in the manual (see explained.py),
whatever else a test asks of it, and no output may hold a secret.
"""
import contextlib
import json
import os
import re
import signal
import socket
import struct
import subprocess
import time

import cdbfile
import pytest
from dns_stub import Resolver
from explained import check, check_explanation
from listener import Listener, hang_up, willing
from qremote import BUILD, PATIENCE, RECIPIENT, ROOT, SENDER

EXPLAIN = BUILD / "qmail-remote-explain"

# Passwords, and values of variables, in files of these tests.
SECRETS = ("hush", "Sesame")

USAGE = "usage: qmail-remote-explain "


# Running it.

def run(site, *arguments, env=None, **more):
    """Exit status, output and complaint; a secret in either is an error."""
    more.setdefault("stdout", subprocess.PIPE)
    done = subprocess.run(
        [str(EXPLAIN), *arguments], env={**site.env, **(env or {})},
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=PATIENCE, **more)
    out, complaint = (done.stdout or b"").decode(), done.stderr.decode()
    for secret in SECRETS:
        assert secret not in out + complaint
    return done.returncode, out, complaint


def text(site, *arguments, **more):
    """What a person reads."""
    status, out, complaint = run(site, *(arguments or (SENDER, RECIPIENT)), **more)
    assert (status, complaint) == (0, "")
    assert out.endswith("\n")
    return out


def explain(site, *options, sender=SENDER, recipient=RECIPIENT, env=None):
    """What a program reads, which must be as the manual has it."""
    status, out, complaint = run(site, "--json", *options, sender, recipient, env=env)
    assert (status, complaint) == (0, "")
    found = json.loads(out)
    check_explanation(found, "--probe" in options)
    assert (found["sender"], found["recipient"]) == (sender, recipient)
    assert found["host"] == recipient.rpartition("@")[2].removesuffix(".")
    return found


def the_server(found):
    """The only server."""
    [server] = found["servers"]
    return server


def addresses(found):
    return [s["ip"] for s in found["servers"]]


# Settings that tests share.

@contextlib.contextmanager
def zone(site, records):
    """A resolver that the site asks."""
    with Resolver(records) as resolver:
        site.put("dnsservers", f"127.0.0.1@{resolver.port}")
        yield


def put_table(site, records, record=None):
    """
    Writes the timeout table: (address, failures, seconds ago) from its start.

    record makes one of address, failures and time; that of qmail-remote
    unless given.
    """
    record = record or wide
    now = int(time.time())
    table = b"".join(record(ip, count, now - ago) for ip, count, ago in records)
    path = site.directory / "queue" / "lock" / "tcpto"
    path.parent.mkdir(parents=True)
    path.write_bytes(table.ljust(64 * len(record("0.0.0.0", 0, 0)), b"\0"))
    return path


def wide(ip, count, when):
    """A record of 32 bytes."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    return struct.pack("<B3xB3xI4x16s", family, count, when, socket.inet_pton(family, ip))


def classic(ip, count, when):
    """A record of 16 bytes."""
    return struct.pack("<4sB3xI4x", socket.inet_aton(ip), count, when)


# What a person reads.

# REQ: CMP-05 RTE-01
def test_text_of_a_route(site):
    site.put("smtproutes", "other.example:203.0.113.9\nserver.example:203.0.113.1:2525")
    smtproutes = site.control / "smtproutes"
    assert text(site) == f"""\
from        <{SENDER}>
to          <{RECIPIENT}>
route       SMTP to 203.0.113.1, port 2525  [{smtproutes}:2, server.example]
login       none
server      203.0.113.1 port 2525
            from the address the system chooses  [default]
            EHLO client.example  [helohost, or me]
            no TLS  [default]
            DNSSEC: not secure
"""


# REQ: DNS-03
def test_text_of_exchangers(site):
    with zone(site, {("server.example", "MX"): ["10 mx.server.example"],
                     ("mx.server.example", "A"): ["203.0.113.1"]}):
        assert text(site, "", RECIPIENT) == f"""\
from        <>
to          <{RECIPIENT}>
route       none: the mail exchangers of server.example
login       none
server      203.0.113.1 port 25, mx.server.example, MX 10
            from the address the system chooses  [default]
            EHLO client.example  [helohost, or me]
            no TLS  [default]
            DNSSEC: not secure
"""


# REQ: AUTH-07 RTE-01
def test_text_of_all_that_a_route_says(site):
    site.put("smtproutes", "# a comment\n"
             ":203.0.113.1:587:90:30 alice hush ONE=Sesame,TWO=,THREE=a\\,Sesame")
    smtproutes = site.control / "smtproutes"
    assert text(site).splitlines()[2:6] == [
        f"route       SMTP to 203.0.113.1, port 587  [{smtproutes}:2, the empty field]",
        "            penalty 90 s, max_tolerance 30 s",
        f"login       as alice  [{smtproutes}:2, the empty field]",
        "variables   changed: ONE TWO THREE",
    ]


# REQ: TRY-04
@pytest.mark.parametrize("count,words", [
    (1, "failed 1 time, "), (2, "failed 2 times, last ")])
def test_text_of_the_timeout_table(site, count, words):
    site.put("smtproutes", ":203.0.113.1")
    put_table(site, [("203.0.113.1", count, 10)])
    [line] = [line for line in text(site).splitlines() if "timeout table" in line]
    assert re.fullmatch(rf" {{12}}timeout table: {words}1\d s ago"
                        + (": passed over" if count > 1 else ""), line)


# REQ: DNS-05
def test_text_of_what_is_refused_and_put_off(site):
    with zone(site, {("null.example", "MX"): ["0 ."]}):
        last = text(site, SENDER, "bob@null.example").splitlines()[-1]
        assert last == "refused     Sorry, the domain null.example says that it " \
                       "takes no mail (#5.1.10)"
    site.put("smtproutes", ":203.0.113.1:port")
    lines = text(site).splitlines()
    assert lines[2:] == [
        f"put off     Unable to follow the route at {site.control}/smtproutes:1 (bad port) (#4.3.0)"]


# REQ: EAI-01 EAI-02
def test_text_of_international_names(site):
    with zone(site, {("xn--exmple-cua.org", "A"): ["203.0.113.1"]}):
        lines = text(site, "jürgen@client.example", "bob@exämple.org",
                     env={"SMTPUTF8": ""}).splitlines()
        assert lines[4:7] == [
            "looked up   as xn--exmple-cua.org",
            "needs       SMTPUTF8, for an address",
            "server      203.0.113.1 port 25, xn--exmple-cua.org",
        ]
        lines = text(site, SENDER, "bob@exämple.org", env={"SMTPUTF8": ""}).splitlines()
        assert lines[4] == "looked up   as xn--exmple-cua.org"
        assert lines[5].startswith("server ")
    # Without the switch nothing is international.
    site.put("smtproutes", ":203.0.113.1")
    lines = text(site, "jürgen@client.example", "bob@exämple.org").splitlines()
    assert lines[4] == "server      203.0.113.1 port 25"


# What a program reads.

# REQ: EAI-01 EAI-02
@pytest.mark.parametrize("sender, recipient, env, wanted", [
    (SENDER, RECIPIENT, {}, ("server.example", False)),
    (SENDER, RECIPIENT, {"SMTPUTF8": ""}, ("server.example", False)),
    (SENDER, "bob@exämple.org", {}, ("exämple.org", False)),
    (SENDER, "bob@exämple.org", {"SMTPUTF8": ""}, ("xn--exmple-cua.org", False)),
    ("jürgen@a.example", "bob@exämple.org", {"SMTPUTF8": ""}, ("xn--exmple-cua.org", True)),
])
def test_international_names(site, sender, recipient, env, wanted):
    with zone(site, {("xn--exmple-cua.org", "A"): ["203.0.113.1"]}):
        found = explain(site, sender=sender, recipient=recipient, env=env)
    assert (found["lookup"], found["smtputf8"]) == wanted


# REQ: RTE-01 RTE-02
@pytest.mark.parametrize("file,protocol", [("smtproutes", "SMTP"), ("qmtproutes", "QMTP")])
def test_route(site, file, protocol):
    site.put(file, ".example:203.0.113.1:26\n!@:203.0.113.2:2525")
    path = str(site.control / file)
    found = explain(site)
    assert found["route"] == {
        "relay": "203.0.113.1", "port": 26, "protocol": protocol,
        "why": {"file": path, "line": 1, "rule": ".example"}}
    assert explain(site, sender="")["route"] == {
        "relay": "203.0.113.2", "port": 2525, "protocol": protocol,
        "why": {"file": path, "line": 2, "rule": "!@"}}


# REQ: MXP-02 RTE-04
@pytest.mark.parametrize("port,shown", [("", 209), (":25", 25), (":465", 465)])
def test_port_of_qmtp(site, port, shown):
    site.put("qmtproutes", f":203.0.113.1{port}")
    found = explain(site)
    assert found["route"]["port"] == shown
    server = the_server(found)
    assert (server["port"], server["protocol"]) == (shown, "QMTP")
    assert not server["falls_back"] and server["trouble"] is None
    assert server["tls"]["level"] == "never"
    assert f"server      203.0.113.1 port {shown} by QMTP\n" in text(site)


MXPS = {("server.example", "MX"): ["12801 mx.server.example"],
        ("mx.server.example", "A"): ["203.0.113.1"]}


# REQ: MXP-01
def test_exchanger_of_mxps(site):
    """Both ways to it are shown, in their order."""
    with zone(site, MXPS):
        found = explain(site)
        shown = text(site)
    assert [(s["port"], s["protocol"], s["falls_back"]) for s in found["servers"]] == [
        (209, "QMTP", False), (25, "SMTP", True)]
    assert "203.0.113.1 port 209 by QMTP, mx.server.example, MX 12801\n" in shown
    assert "203.0.113.1 port 25 by SMTP, if not by QMTP, mx.server.example, MX 12801\n" in shown


# REQ: MXP-01
def test_exchanger_of_mxps_without_mxps(site):
    with zone(site, MXPS):
        server = the_server(explain(site, env={"DISABLE_MXPS": ""}))
    assert (server["port"], server["protocol"], server["falls_back"]) == (25, "SMTP", False)


# REQ: MXP-01 AUTH-04 MSG-09 TLS-03
@pytest.mark.parametrize("env,by", [
    ({"REQUIRE_AUTH": ""}, "REQUIRE_AUTH"), ({"TLSPOLICY": "encrypt"}, "TLSPOLICY"),
    ({"SMTPS": ""}, "SMTPS")])
def test_qmtp_where_it_cannot_be(site, env, by):
    site.put("qmtproutes", ":203.0.113.1")
    found = explain(site, env=env)
    trouble = found["trouble"] or the_server(found)["trouble"]
    assert by in trouble["text"] and trouble["code"].startswith("4.7.")


# REQ: AUTH-01
def test_qmtp_with_a_login(site):
    """There is no login by QMTP; it is left out only where nobody wants it."""
    site.put("qmtproutes", ":203.0.113.1 alice hush")
    assert the_server(explain(site))["trouble"] is None
    found = explain(site, env={"AUTH_SMTP": ""})
    trouble = found["trouble"] or the_server(found)["trouble"]
    assert trouble["code"].startswith("4.7.") and "hush" not in trouble["text"]


# REQ: RTE-10
def test_route_of_a_database(site):
    """Lines do not apply to it."""
    (site.control / "smtproutes.cdb").write_bytes(
        cdbfile.of_routes("server.example:203.0.113.1 alice hush"))
    site.put("smtproutes", "server.example:203.0.113.2")
    why = {"file": str(site.control / "smtproutes.cdb"), "line": None,
           "rule": "server.example"}
    found = explain(site)
    assert found["route"]["relay"] == "203.0.113.1"
    assert found["route"]["why"] == why
    assert found["login"] == {"user": "alice", "why": why}


# REQ: RTE-06
def test_route_of_a_variable(site):
    site.put("smtproutes", ":203.0.113.1")
    found = explain(site, env={"SMTPROUTE": ":203.0.113.2 alice hush"})
    assert found["route"]["relay"] == "203.0.113.2"
    assert found["route"]["why"] == {"file": "SMTPROUTE", "line": 1, "rule": ""}


# REQ: RTE-07
def test_route_by_recipient(site):
    (site.control / "moresmtproutes.cdb").write_bytes(
        cdbfile.of_recipients(f"{RECIPIENT} 203.0.113.1:26 alice hush"))
    found = explain(site)
    assert (found["route"]["relay"], found["route"]["port"]) == ("203.0.113.1", 26)
    assert found["route"]["why"] == {"file": str(site.control / "moresmtproutes.cdb"),
                                     "line": None, "rule": RECIPIENT}


# REQ: RTE-01
def test_no_relay_but_a_port(site):
    site.put("smtproutes", "::2525")
    with zone(site, {("server.example", "MX"): ["10 mx.server.example"],
                     ("mx.server.example", "A"): ["203.0.113.1"]}):
        found = explain(site)
    assert (found["route"]["relay"], found["route"]["port"]) == ("", 2525)
    assert the_server(found)["port"] == 2525
    assert the_server(found)["preference"] == 10


# REQ: AUTH-06 AUTH-07
def test_login_of_remote_auth(site):
    """Its password, and the values that it gives, stay there."""
    site.put("smtproutes", ":203.0.113.1 /s ONE=Sesame")
    (site.control / "remote_auth.cdb").write_bytes(
        cdbfile.of_assignments(f"={SENDER}:alice hush TWO=x\\,Sesame\\,Sesame=z,THREE=:"))
    found = explain(site)
    assert found["login"]["user"] == "alice"
    assert found["login"]["why"]["file"] == str(site.control / "remote_auth.cdb")
    assert found["variables"] == ["ONE", "TWO", "THREE"]
    assert explain(site, sender="bill@x.example")["login"] is None


# REQ: AUTH-07
def test_variables_of_a_route_are_settings(site):
    site.put("smtproutes", ":203.0.113.1 alice hush MIN_PENALTY=77,OUTGOINGIP=127.0.0.9")
    found = explain(site)
    assert found["penalty"] == 77
    assert the_server(found)["local"] == {
        "ip": "127.0.0.9", "why": {"file": "OUTGOINGIP", "line": None, "rule": "127.0.0.9"}}


# REQ: TRY-05 RTE-01
def test_penalty_and_tolerance(site):
    site.put("smtproutes", "a.example:203.0.113.1::90:30\n:203.0.113.1")
    numbers = [(x["penalty"], x["max_tolerance"]) for x in (
        explain(site, recipient="bob@a.example"), explain(site),
        explain(site, env={"MIN_PENALTY": "5", "MAX_TOLERANCE": "6"}))]
    assert numbers == [(90, 30), (3600, 120), (5, 6)]


# REQ: DNS-02 DNS-03
def test_exchangers_in_order(site):
    with zone(site, {
            ("server.example", "MX"): [
                "20 c.example", "0 a.example", "10 b.example", "65535 d.example"],
            ("a.example", "A"): ["203.0.113.1"], ("b.example", "A"): ["203.0.113.2"],
            ("c.example", "A"): ["203.0.113.3"], ("d.example", "A"): ["203.0.113.4"]}):
        found = explain(site)
        assert re.findall(r"^server +(\S+) port 25, (\S+), MX (\d+)$", text(site), re.M) == [
            ("203.0.113.1", "a.example", "0"), ("203.0.113.2", "b.example", "10"),
            ("203.0.113.3", "c.example", "20"), ("203.0.113.4", "d.example", "65535")]
    assert found["route"] is None
    assert [(s["ip"], s["name"], s["preference"]) for s in found["servers"]] == [
        ("203.0.113.1", "a.example", 0), ("203.0.113.2", "b.example", 10),
        ("203.0.113.3", "c.example", 20), ("203.0.113.4", "d.example", 65535)]


# REQ: DNS-03
def test_exchangers_that_are_equally_good(site):
    with zone(site, {
            ("server.example", "MX"): ["10 a.example", "10 b.example", "20 c.example"],
            ("a.example", "A"): ["203.0.113.1"], ("b.example", "A"): ["203.0.113.2"],
            ("c.example", "A"): ["203.0.113.3"]}):
        for _ in range(5):
            found = addresses(explain(site))
            assert sorted(found[:2]) == ["203.0.113.1", "203.0.113.2"]
            assert found[2:] == ["203.0.113.3"]


# REQ: DNS-06
def test_exchangers_behind_us_do_not_count(site):
    site.put("moreipme", "203.0.113.2")
    with zone(site, {
            ("server.example", "MX"): ["10 a.example", "20 b.example", "30 c.example"],
            ("a.example", "A"): ["203.0.113.1"], ("b.example", "A"): ["203.0.113.2"],
            ("c.example", "A"): ["203.0.113.3"]}):
        assert addresses(explain(site)) == ["203.0.113.1"]


# REQ: CLI-08
def test_address_literal(site):
    found = explain(site, recipient="bob@[203.0.113.1]")
    server = the_server(found)
    assert (server["ip"], server["name"], server["preference"]) == ("203.0.113.1", "", None)


# REQ: DNS-04 DNS-05 DNS-06
@pytest.mark.parametrize("records,letter,code", [
    ({}, "D", "5.1.2"),
    ({("server.example", "TXT"): ['"x"']}, "D", "5.4.4"),
    ({("server.example", "MX"): ["0 ."]}, "D", "5.1.10"),
    ({("server.example", "MX"): ["10 mx.example"], ("mx.example", "A"): ["127.0.0.1"]},
     "D", "5.4.6"),
    ({("server.example", "MX"): ["10 mx.example"]}, "D", "5.4.4"),
], ids=["no such host", "no address", "null MX", "ourselves", "exchanger without address"])
def test_what_would_bounce(site, records, letter, code):
    with zone(site, records):
        found = explain(site)
        last = text(site).splitlines()[-1]
    assert found["servers"] == []
    assert (found["trouble"]["letter"], found["trouble"]["code"]) == (letter, code)
    assert found["trouble"]["stage"] == "DNS"
    assert "server.example" in found["trouble"]["text"]
    assert found["trouble"]["reply"] is None
    assert last == f"refused     {found['trouble']['text']} (#{code})"


class Failing(Resolver):
    """A resolver that fails for some names."""

    def __init__(self, records, names):
        super().__init__(records)
        self.failing = names

    def answer(self, query):
        reply = super().answer(query)
        if query.question[0].name.to_text(omit_final_dot=True) in self.failing:
            reply.answer.clear()
            reply.set_rcode(2)
        return reply


# REQ: DNS-04
def test_dns_that_fails(site):
    with Failing({}, ["server.example"]) as resolver:
        site.put("dnsservers", f"127.0.0.1@{resolver.port}")
        found = explain(site)
        last = text(site).splitlines()[-1]
    assert (found["trouble"]["letter"], found["trouble"]["code"]) == ("Z", "4.4.3")
    assert found["trouble"]["stage"] == "DNS"
    assert last == f"put off     {found['trouble']['text']} (#4.4.3)"


# REQ: DNS-04
def test_perhaps_more_servers(site):
    records = {("server.example", "MX"): ["10 a.example", "20 b.example"],
               ("a.example", "A"): ["203.0.113.1"]}
    more = "            perhaps more: some names had no answer"
    with Failing(records, ["b.example"]) as resolver:
        site.put("dnsservers", f"127.0.0.1@{resolver.port}")
        found = explain(site)
        assert more in text(site).splitlines()
    assert (addresses(found), found["complete"], found["trouble"]) == (
        ["203.0.113.1"], False, None)
    with zone(site, {**records, ("b.example", "A"): ["203.0.113.2"]}):
        assert explain(site)["complete"] is True
        assert more not in text(site).splitlines()


# REQ: RTE-09 AUTH-07
@pytest.mark.parametrize("line,wrong", [
    ("server.example:203.0.113.1:port alice hush", "bad port"),
    ("server.example:203.0.113.1:0 alice hush", "bad port"),
    ("server.example:203.0.113.1 hush", "bad login"),
    ("server.example:203.0.113.1 alice hush Sesame", "bad envstr"),
    ("server.example:203.0.113.1 alice hush A=x,Sesame", "bad envstr"),
    ("server.example", "no colon"),
], ids=repr)
def test_route_that_makes_no_sense(site, line, wrong):
    site.put("smtproutes", f"x.example:\n{line}")
    found = explain(site)
    assert (found["trouble"]["letter"], found["trouble"]["stage"]) == ("Z", "route")
    assert found["trouble"]["text"] == \
        f"Unable to follow the route at {site.control}/smtproutes:2 ({wrong})"
    assert (found["login"], found["variables"], found["servers"]) == (None, [], [])
    text(site)


# REQ: BND-05 ENV-03
@pytest.mark.parametrize("name", ["me", "bindroutes", "timeoutconnect", "smtproutes"])
def test_control_file_that_cannot_be_read(site, name):
    site.put("smtproutes", ":203.0.113.1")
    (site.control / name).unlink(missing_ok=True)
    (site.control / name).mkdir()
    trouble = explain(site)["trouble"]
    assert (trouble["letter"], trouble["code"], trouble["stage"]) == ("Z", "4.3.0", "control")
    assert str(site.control / name) in trouble["text"]
    assert text(site).splitlines()[-1] == f"put off     {trouble['text']} (#4.3.0)"


# Local addresses and names.

# REQ: BND-01
def test_bindroutes(site):
    site.put("smtproutes", "a.example:203.0.113.1\nb.example:203.0.113.77\n:198.51.100.1")
    site.put("bindroutes", "198.51.100.:127.0.0.1\n203.0.113.:127.0.0.2\n203.0.113.77:never")
    path = str(site.control / "bindroutes")
    assert the_server(explain(site))["local"] == {
        "ip": "127.0.0.1", "why": {"file": path, "line": 1, "rule": "198.51.100."}}
    assert the_server(explain(site, recipient="b@a.example"))["local"] == {
        "ip": "127.0.0.2", "why": {"file": path, "line": 2, "rule": "203.0.113."}}
    assert f"            from 127.0.0.1  [{path}:1, 198.51.100.]" in text(site).splitlines()
    forbidden = the_server(explain(site, recipient="b@b.example"))
    assert forbidden["trouble"]["stage"] == "bindroutes"
    assert forbidden["trouble"]["text"] == f"{path}:3 (203.0.113.77) keeps me from connecting to 203.0.113.77"
    assert text(site, SENDER, "b@b.example").splitlines()[-1] == \
        f"            {path}:3 (203.0.113.77) keeps me from connecting to 203.0.113.77 (#4.3.0)"


# REQ: BND-02 BND-05
def test_domainbindings(site):
    site.put("smtproutes", ":203.0.113.1")
    site.put("domainbindings", "x.example:127.0.0.3\nclient.example:127.0.0.2\n:127.0.0.4")
    path = str(site.control / "domainbindings")
    why = {"file": path, "line": 2, "rule": "client.example"}
    server = the_server(explain(site))
    assert server["local"] == {"ip": "127.0.0.2", "why": why}
    assert server["helo"] == {"name": "client.example", "why": why}
    assert f"            EHLO client.example  [{path}:2, client.example]" in \
        text(site).splitlines()
    other = the_server(explain(site, sender="a@other.example"))
    assert other["local"] == {"ip": "127.0.0.4", "why": {"file": path, "line": 3, "rule": ""}}
    assert other["helo"]["why"] == {"file": "helohost, or me", "line": None, "rule": ""}


# REQ: BND-03
@pytest.mark.parametrize("name", ["outgoingip", "outgoingip.server.example"])
def test_outgoingip(site, name):
    site.put("smtproutes", ":203.0.113.1")
    site.put(name, "127.0.0.5")
    assert the_server(explain(site))["local"] == {
        "ip": "127.0.0.5",
        "why": {"file": str(site.control / name), "line": 1, "rule": "127.0.0.5"}}


# REQ: BND-05
def test_helohostbyip(site):
    site.put("smtproutes", ":203.0.113.1")
    site.put("helohostbyip", "127.0.0.1:one.example\n127.0.0.2:two.example")
    path = str(site.control / "helohostbyip")
    assert the_server(explain(site, env={"OUTGOINGIP": "127.0.0.2"}))["helo"] == {
        "name": "two.example", "why": {"file": path, "line": 2, "rule": "127.0.0.2"}}
    assert f"            EHLO two.example  [{path}:2, 127.0.0.2]" in \
        text(site, env={"OUTGOINGIP": "127.0.0.2"}).splitlines()
    assert the_server(explain(site, env={"OUTGOINGIP": "127.0.0.3"}))["helo"]["name"] == \
        "client.example"


# REQ: BND-05
def test_helohostbyip_of_an_address_that_the_system_chooses(site):
    """Known once connected, the reason as well as the name."""
    site.put("helohostbyip", "127.0.0.1:one.example")
    with Listener(asked()) as server:
        site.route(server.port)
        helo = the_server(explain(site, "--probe"))["helo"]
        assert server.result() == b"EHLO one.example"
    assert helo == {"name": "one.example", "why": {
        "file": str(site.control / "helohostbyip"), "line": 1, "rule": "127.0.0.1"}}


# REQ: BND-05
def test_no_name_to_say_hello_with(site):
    site.put("smtproutes", ":203.0.113.1")
    (site.control / "me").unlink()
    assert explain(site)["trouble"]["stage"] == "control"


# The timeout table.

# REQ: TRY-04 TRY-05
def test_timeout_table(site):
    """Read, and left as it was; servers that rest are shown in their place."""
    path = put_table(site, [("203.0.113.9", 9, 1), ("203.0.113.1", 2, 30), ("203.0.113.2", 1, 40),
                            ("203.0.113.3", 10, 20000)])
    before = path.read_bytes()
    with zone(site, {
            ("server.example", "MX"): [
                "10 a.example", "20 b.example", "30 c.example", "40 d.example"],
            ("a.example", "A"): ["203.0.113.1"], ("b.example", "A"): ["203.0.113.2"],
            ("c.example", "A"): ["203.0.113.3"], ("d.example", "A"): ["203.0.113.4"]}):
        servers = explain(site)["servers"]
        never = explain(site, env={"MIN_PENALTY": "0"})["servers"]
    assert [(s["ip"], s["resting"], s["failures"]) for s in servers] == [
        ("203.0.113.1", True, 2), ("203.0.113.2", False, 1),
        ("203.0.113.3", False, 10), ("203.0.113.4", False, 0)]
    for server, ago in zip(servers, [30, 40, 20000]):
        assert ago <= server["failed_ago"] <= ago + PATIENCE
    assert [s["resting"] for s in never] == [False] * 4
    assert path.read_bytes() == before


# REQ: TRY-04
def test_timeout_table_of_classic(site):
    site.put("smtproutes", ":203.0.113.1")
    put_table(site, [("203.0.113.1", 3, 30)], classic)
    server = the_server(explain(site, "--classic"))
    assert (server["resting"], server["failures"]) == (True, 3)
    assert 30 <= server["failed_ago"] <= 30 + PATIENCE


# REQ: TRY-04
@pytest.mark.parametrize("options", [[], ["--classic"]], ids=["wide", "classic"])
def test_timeout_table_that_cannot_be_used(site, options):
    site.put("smtproutes", ":203.0.113.1")
    (site.directory / "queue" / "lock" / "tcpto").mkdir(parents=True)
    server = the_server(explain(site, *options))
    assert (server["resting"], server["failures"]) == (False, 0)


# Servers that are asked.

def asked(*keywords):
    """A play that answers EHLO, and returns it; then it must hear QUIT."""
    def play(session):
        session.say("220 server.example ESMTP")
        hello = session.hear("EHLO ")
        session.offer(*keywords)
        assert session.hear() == b"QUIT"
        session.say("221 bye")
        assert session.rest() == b""
        return hello
    return play


def test_no_server_is_asked_unless_it_shall(site, nobody):
    server = the_server(explain(site))
    assert (server["ip"], server["port"]) == ("127.0.0.1", nobody.port)
    assert " asked: " not in text(site)


def test_probe(site):
    with Listener(asked("PIPELINING", "SIZE 1000")) as server:
        site.route(server.port)
        found = the_server(explain(site, "--probe"))
        shown = text(site, "--probe", SENDER, RECIPIENT).splitlines()
        assert server.result(0) == server.result(1) == b"EHLO client.example"
    lines = ["250-server.example", "250-PIPELINING", "250 SIZE 1000"]
    assert found["probe"]["connected"] is True
    assert found["probe"]["hello"] == lines
    assert found["probe"]["ms"] < 1000 * PATIENCE
    assert found["trouble"] is None
    at = next(n for n, line in enumerate(shown) if "asked: " in line)
    assert re.fullmatch(r" {12}asked: it answered within \d+ ms", shown[at])
    assert shown[at + 1:] == [" " * 16 + line for line in lines]


def test_probe_waits_for_a_slow_server(site):
    def play(session):
        time.sleep(0.3)
        session.greet()
    with Listener(play) as server:
        site.route(server.port)
        assert 300 <= the_server(explain(site, "--probe"))["probe"]["ms"] < 1000 * PATIENCE


def test_probe_of_unprintable_bytes(site):
    def play(session):
        session.greet("X\x1b[31m", "\xff")
    with Listener(play) as server:
        site.route(server.port)
        hello = the_server(explain(site, "--probe"))["probe"]["hello"]
        shown = text(site, "--probe", SENDER, RECIPIENT)
    assert hello == ["250-server.example", "250-X?[31m", "250 ?"]
    assert "250-X?[31m\n" in shown and "\x1b" not in shown


@pytest.mark.parametrize("play,stage,letter,reply", [
    (lambda s: s.say("421 later"), "greeting", "Z", "421 later"),
    (lambda s: s.say("554 never"), "greeting", "D", "554 never"),
    (lambda s: s.say("hello"), "greeting", "Z", None),
    (hang_up, "greeting", "Z", None),
    (lambda s: (s.say("220 x"), s.hear("EHLO"), s.say("421 who?")), "HELO", "Z", "421 who?"),
], ids=["4xx", "5xx", "not a reply", "hangs up", "4xx to EHLO"])
def test_probe_of_a_server_that_will_not(site, play, stage, letter, reply):
    with Listener(play) as server:
        site.route(server.port)
        found = the_server(explain(site, "--probe"))
        shown = text(site, "--probe", SENDER, RECIPIENT).splitlines()
    assert found["probe"] == {"connected": True, "ms": None, "hello": None}
    assert (found["trouble"]["stage"], found["trouble"]["letter"]) == (stage, letter)
    if reply is not None:
        assert found["trouble"]["reply"].splitlines() == [reply]
    assert shown[-1].startswith(f"            asked: {stage}: {reply or ''}")


def test_probe_of_a_port_that_is_closed(site):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        site.route(s.getsockname()[1])
        found = explain(site, "--probe")
        shown = text(site, "--probe", SENDER, RECIPIENT).splitlines()
    server = the_server(found)
    assert server["probe"] == {"connected": False, "ms": None, "hello": None}
    assert (server["trouble"]["stage"], server["trouble"]["letter"]) == ("connect", "Z")
    assert found["trouble"] is None
    assert shown[-1] == "            asked: connect: Connection refused"


# REQ: TRY-04
def test_probe_asks_all_and_forgets_it(site):
    """Servers that rest too; the timeout table stays as it is."""
    path = put_table(site, [("127.0.0.2", 5, 30), ("127.0.0.3", 1, 300)])
    before = path.read_bytes()
    with Listener(asked(), "127.0.0.2") as one:
        with Listener(lambda s: s.say("421 later"), "127.0.0.3", one.port), zone(site, {
                ("server.example", "MX"): ["10 a.example", "20 b.example", "30 c.example"],
                ("a.example", "A"): ["127.0.0.2"], ("b.example", "A"): ["127.0.0.3"],
                ("c.example", "A"): ["127.0.0.4"]}):
            site.put("smtproutes", f"::{one.port}")
            servers = explain(site, "--probe")["servers"]
    assert [(s["ip"], s["resting"], s["probe"]["connected"], s["probe"]["hello"] is not None)
            for s in servers] == [
        ("127.0.0.2", True, True, True), ("127.0.0.3", False, True, False),
        ("127.0.0.4", False, False, False)]
    assert path.read_bytes() == before


# REQ: BND-01
def test_probe_leaves_forbidden_servers_alone(site, nobody):
    site.put("bindroutes", "127.0.0.1:never")
    server = the_server(explain(site, "--probe"))
    assert server["probe"] == {"connected": False, "ms": None, "hello": None}
    assert server["trouble"]["stage"] == "bindroutes"


# REQ: MXP-02
def test_probe_by_qmtp(site):
    """It is called, and nothing is said."""
    with Listener(lambda session: session.rest()) as server:
        site.put("qmtproutes", f":127.0.0.1:{server.port}")
        found = the_server(explain(site, "--probe"))
        shown = text(site, "--probe", SENDER, RECIPIENT)
        assert server.result(0) == server.result(1) == b""
    assert found["probe"]["connected"] and found["probe"]["hello"] is None
    assert "asked: it is there, within " in shown


def test_explain_and_delivery_agree(site, by_mx):
    """What is explained is what happens."""
    found = the_server(explain(site))
    assert site.deliver(b"Subject: test\n\n").letters == "rK"
    assert (found["ip"], found["port"]) == ("127.0.0.2", by_mx.port)


# REQ: DNS-01
def test_host_with_a_trailing_dot(site):
    """It is the same host, with the same route."""
    site.put("smtproutes", "server.example:203.0.113.1\n.sub.example:203.0.113.2")
    for host, ip in ("server.example", "203.0.113.1"), ("a.sub.example", "203.0.113.2"):
        found = [explain(site, recipient=f"bob@{name}") for name in (host, f"{host}.")]
        assert [x["host"] for x in found] == [host, host]
        assert [the_server(x)["ip"] for x in found] == [ip, ip]


# Settings.

def table():
    """The rows of the table in settings.c: name, variable and so on."""
    source = (ROOT / "src/file/settings.c").read_text()
    source = source.split("table[] = {", 1)[1].split("\n};", 1)[0]
    rows = []
    for row in re.findall(r"\[SET_\w+\]\s*=\s*\{(.*?)\}", source, re.S):
        fields = [json.loads(f) if f != "NULL" else None
                  for f in re.findall(r'NULL|"[^"]*"', row)]
        rows.append(dict(zip(
            ["file", "variable", "renamed_by", "type", "default", "help"], fields, strict=True)))
    return rows


def settings(site, *options, **more):
    """All settings, by the name of the file, or of the variable."""
    status, out, complaint = run(site, "--json", "--settings", *options, **more)
    assert (status, complaint) == (0, "")
    found = json.loads(out)
    null = type(None)
    for row in found:
        check(row, file=[str, null], variable=[str, null], renamed_by=[str, null],
              type=[str, null], default=[str, null], value=[str], source=[str], help=[str])
    return {row["file"] or row["variable"]: row for row in found}


# REQ: ENV-02
def test_every_setting_is_shown(site):
    rows = table()
    assert len(rows) > 40
    found = list(settings(site).values())
    assert [{name: row[name] for name in rows[0]} for row in found] == rows


# REQ: ENV-02
def test_every_setting_is_shown_in_text(site):
    lines = text(site, "--settings").splitlines()
    rows = table()
    assert len(lines) == 2 * len(rows)
    for row, shown, line, help_line in zip(
            rows, settings(site).values(), lines[::2], lines[1::2]):
        value = f"{shown['value']:20} " if len(shown["value"]) <= 20 else f"{shown['value']} "
        assert line == f"{row['file'] or row['variable']:24} {value}{shown['source']}"
        assert help_line == f"{'':24} {row['help']}"


# REQ: ENV-02
def test_where_values_come_from(site):
    site.put("timeoutconnect", "7 seconds")
    site.put("ehlodiscard", "CHUNKING\nSIZE")
    site.put("helohostbyip", "127.0.0.1:a.example")
    (site.control / "remote_auth.cdb").write_bytes(
        cdbfile.of_assignments("+:alice hush:"))
    (site.control / "timeoutdns").mkdir()
    site.put("routes", "a.example:203.0.113.1 alice hush\n# Sesame\n:203.0.113.2 alice hush")
    found = settings(site, env={
        "MIN_PENALTY": "12", "SMTPS": "", "DANE_VERIFICATION": "1", "EHLODISCARD": "",
        "SMTPROUTESFILE": "routes", "QMTPROUTE": ":203.0.113.1 alice hush",
        "OUTGOINGIP": "127.0.0.9"})
    here = site.control
    assert {name: (found[name]["value"], found[name]["source"]) for name in [
        "CONTROLDIR", "me", "helohost", "timeoutconnect", "timeoutremote", "MIN_PENALTY",
        "MAX_TOLERANCE", "SMTPS", "DANE_VERIFICATION", "REQUIRETLS", "ehlodiscard",
        "helohostbyip", "smtproutes", "QMTPROUTE", "SMTPROUTE", "remote_auth.cdb",
        "moresmtproutes.cdb", "timeoutdns", "timeoutdelivery", "OUTGOINGIP", "bindroutes",
    ]} == {
        "CONTROLDIR": (str(here), "CONTROLDIR"),
        "me": ("client.example", f"{here}/me"),
        "helohost": ("client.example", f"{here}/me"),
        "timeoutconnect": ("7 seconds", f"{here}/timeoutconnect"),
        "timeoutremote": ("1200", "default"),
        "MIN_PENALTY": ("12", "MIN_PENALTY"),
        "MAX_TOLERANCE": ("120", "default"),
        "SMTPS": ("", "SMTPS"),
        "DANE_VERIFICATION": ("1", "DANE_VERIFICATION"),
        "REQUIRETLS": ("", "not set"),
        "ehlodiscard": ("2 lines", f"{here}/ehlodiscard"),
        "helohostbyip": ("1 line", f"{here}/helohostbyip"),
        "smtproutes": ("2 lines", f"{here}/routes"),
        "QMTPROUTE": ("1 line", "QMTPROUTE"),
        "SMTPROUTE": ("", "not set"),
        "remote_auth.cdb": ("(there)", f"{here}/remote_auth.cdb"),
        "moresmtproutes.cdb": ("", "not set"),
        "timeoutdns": ("(cannot be read)", f"{here}/timeoutdns"),
        "timeoutdelivery": ("", "not set"),
        "OUTGOINGIP": ("127.0.0.9", "OUTGOINGIP"),
        "bindroutes": ("", "not set"),
    }


# REQ: ENV-02 RTE-10
@pytest.mark.parametrize("name", ["smtproutes", "qmtproutes"])
@pytest.mark.parametrize("file", ["{}.cdb", "other.cdb"])
def test_a_database_that_takes_the_place_of_lines(site, name, file):
    file = site.control / file.format(name)
    file.write_bytes(cdbfile.of_routes(":203.0.113.1 alice hush"))
    site.put(name, ":203.0.113.2")
    env = {f"{name.upper()}FILE": file.name} if file.name == "other.cdb" else {}
    row = settings(site, env=env)[name]
    assert (row["value"], row["source"]) == ("(there)", str(file))


# REQ: ENV-02
def test_a_database_that_is_none(site):
    (site.control / "remote_auth.cdb").write_bytes(b"alice hush")
    row = settings(site)["remote_auth.cdb"]
    assert (row["value"], row["source"]) == (
        "(cannot be read)", str(site.control / "remote_auth.cdb"))


# REQ: ENV-02
@pytest.mark.parametrize("options,prefix", [([], ""), (["--classic"], "classic_")])
def test_directories_that_were_built_in(site, options, prefix):
    built = {o["name"]: o["value"] for o in json.loads(
        (BUILD / "meson-info" / "intro-buildoptions.json").read_text())}
    for name in list(site.env):
        del site.env[name]
    found = settings(site, *options)
    for name in ("controldir", "certdir", "queuedir"):
        row = found[name.upper()]
        assert (row["value"], row["source"]) == (built[prefix + name], "default")


# Exit status.

@pytest.mark.parametrize("arguments", [
    [], [SENDER], [SENDER, RECIPIENT, RECIPIENT], ["--settings", SENDER],
    ["--settings", SENDER, RECIPIENT], ["--wrong", SENDER, RECIPIENT],
    ["-x"], ["--json=1", SENDER, RECIPIENT], [SENDER, RECIPIENT, "--json"]], ids=repr)
def test_arguments_that_make_no_sense(site, arguments):
    status, out, complaint = run(site, *arguments)
    assert (status, out) == (100, "")
    assert USAGE in complaint


@pytest.mark.parametrize("sender,recipient", [
    (SENDER, "bob"), (SENDER, "bob@"), (SENDER, ""), (SENDER, "bob@server.example\n"),
    ("a\rb@x.example", RECIPIENT), (SENDER, "b\x7f@server.example")], ids=repr)
def test_addresses_that_make_no_sense(site, sender, recipient):
    status, out, complaint = run(site, sender, recipient)
    assert (status, out) == (100, "")
    assert complaint == "qmail-remote-explain: not an address\n"


@pytest.mark.parametrize("arguments", [
    ["--settings"], ["--json", "--settings"], [SENDER, RECIPIENT],
    ["--json", "--probe", SENDER, RECIPIENT]], ids=" ".join)
@pytest.mark.parametrize("how", ["full", "closed", "no reader"])
def test_output_that_cannot_be_written(site, arguments, how):
    with Listener(willing) as server:
        site.route(server.port)
        if how == "full":
            with open("/dev/full", "wb") as out:
                status, _, complaint = run(site, *arguments, stdout=out)
        elif how == "closed":
            status, _, complaint = run(
                site, *arguments, stdout=None, preexec_fn=lambda: os.close(1))
        else:
            reader, writer = os.pipe()
            os.close(reader)
            try:
                status, _, complaint = run(
                    site, *arguments, stdout=writer,
                    preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL))
            finally:
                os.close(writer)
    assert status == 111
    assert complaint.startswith("qmail-remote-explain: standard output: ")


# REQ: DNS-02
@pytest.mark.parametrize("probe", [[], ["--probe"]], ids=["plan", "probe"])
def test_closed_output_is_no_socket(site, by_mx, probe):
    """Nothing that is opened in its place gets the text."""
    status, _, complaint = run(
        site, *probe, SENDER, RECIPIENT, stdout=None, preexec_fn=lambda: os.close(1))
    assert status == 111
    assert "standard output" in complaint
