"""
What qmail-remote-explain shows of TLSA records, and of what they verify.
"""
import json
import pathlib
import subprocess

import pytest
from whole.cdbfile import cdb
from whole.explained import check_explanation
from whole.qremote import BUILD, SENDER

EXPLAIN = BUILD / "qmail-remote-explain"
MARGIN = " " * 12
# An explanation waits for DNS, too.
PATIENCE = 40


def run(client, domain, *options):
    done = subprocess.run(
        [str(EXPLAIN), *options, SENDER, f"bob@{domain}"],
        env={**client.site.env, **client.env}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


def explain(client, domain, *options):
    """The only server in JSON, and the lines of the text without their margin."""
    found = json.loads(run(client, domain, "--json", *options))
    check_explanation(found, "--probe" in options)
    [server] = found["servers"]
    shown = run(client, domain, *options).decode("ascii").splitlines()
    return server, [line.removeprefix(MARGIN) for line in shown]


def hexadecimal(client, chain, kind):
    return client.world.chains[chain].association(*kind).hex()


@pytest.mark.req("DANE-03", "RPT-09")
@pytest.mark.parametrize("kind, depth, name", [
    ((3, 1, 1), 0, None), ((3, 0, 0), 0, None), ((2, 0, 1), 1, "*.signed.test"),
    ((2, 1, 2), 1, "*.signed.test")])
def test_verified(either, kind, depth, name):
    domain = "right-{}{}{}-right.signed.test".format(*kind)
    server, shown = explain(either, f"to-{domain}", "--probe")
    tls, data = server["tls"], hexadecimal(either, "right", kind)
    assert (tls["level"], tls["verified"]) == ("dane", "dane")
    assert tls["dane"] == {"search": "found", "base": domain, "records": [
        dict(zip(("usage", "selector", "matching"), kind),
             data=data, usable=True, matched=True)]}
    assert tls["by_dane"]["holds"] is True
    assert tls["by_dane"]["name"] == name
    assert tls["by_pkix"] is None
    assert [c["subject"] for c in tls["chain"]] == ["CN=right", "CN=the CA"]
    at = shown.index(f"DANE: TLSA records, secure, of {domain}")
    assert shown[at + 1] == (
        "    {} {} {} ".format(*kind) + data[:32] + "..."
        + f"  matches certificate {depth}")
    assert shown[-1] == (f"verified by DANE: a record matches certificate {depth}"
                         + (f", and it is {name}" if name else ""))


@pytest.mark.req("DANE-03", "DANE-05")
@pytest.mark.parametrize("domain, depth, reason", [
    ("wrong-311-right.signed.test", 0, "no matching DANE TLSA records"),
    ("wrong-201-right.signed.test", 1, "no matching DANE TLSA records"),
    ("misnamed-201-misnamed.signed.test", 0, "hostname mismatch"),
    ("expired-201-expired.signed.test", 0, "certificate has expired"),
])
def test_not_verified(either, domain, depth, reason):
    server, shown = explain(either, f"to-{domain}", "--probe")
    tls = server["tls"]
    assert (tls["verified"], server["trouble"]["letter"]) == (None, "Z")
    assert tls["by_dane"] == {"holds": False, "name": None, "authority": None,
                              "depth": depth, "reason": reason}
    assert not tls["dane"]["records"][0]["matched"]
    assert len(tls["chain"]) == 2
    assert shown[-1] == f"not verified by DANE: certificate {depth}: {reason}"


@pytest.mark.req("TLS-10", "DANE-03")
@pytest.mark.parametrize("authority, verified, words", [
    ("right", "dane", "verified by CAs: it is *.signed.test, by CN=the CA in "),
    ("stranger", None, "not verified by CAs: certificate 1: "),
])
def test_authorities_as_well(client, authority, verified, words):
    domain = "right-311-right.signed.test"
    trusted = pathlib.Path(client.site.env["CERTDIR"]) / "tlshosts" / f"{domain}.pem"
    trusted.parent.mkdir(parents=True)
    trusted.write_bytes(client.world.chains[authority].ca.pem())
    server, shown = explain(client, f"to-{domain}", "--probe")
    tls = server["tls"]
    assert (tls["by_dane"]["holds"], tls["by_pkix"]["holds"], tls["verified"]) == (
        True, verified is not None, verified)
    assert tls["trusted"] == str(trusted)
    assert shown[-2].startswith("verified by DANE: a record matches certificate 0")
    assert shown[-1].startswith(words) and shown[-1].endswith(f" in {trusted}")


@pytest.mark.req("DANE-03")
def test_expired(client):
    server, shown = explain(client, "to-expired-311-expired.signed.test", "--probe")
    assert server["tls"]["verified"] == "dane"
    assert (server["tls"]["chain"][0]["expired"], server["tls"]["chain"][0]["days"]) == (
        True, 1)
    assert any(line.endswith(", expired 1 day ago") for line in shown)
    assert any(line.endswith(" days left") for line in shown)


@pytest.mark.req("DANE-03")
@pytest.mark.parametrize("what, kind", [
    ("right", (1, 1, 1)), ("right", (0, 0, 1)), ("malformed", (3, 1, 1)),
    ("unknown-matching", (3, 1, 1))])
def test_no_record_can_be_used(either, what, kind):
    domain = f"{what}-{''.join(map(str, kind))}-right.signed.test"
    for options in [(), ("--probe",)]:
        server, shown = explain(either, f"to-{domain}", *options)
        [record] = server["tls"]["dane"]["records"]
        assert (record["usable"], record["matched"]) == (False, False)
        assert sum(line.endswith("  cannot be used") for line in shown) == 1
    assert (server["tls"]["verified"], server["tls"]["by_dane"]) == ("none", None)
    assert shown[-1] == "not verified: no TLSA record can be used"


@pytest.mark.req("DANE-06")
def test_one_of_two_records_matches(either):
    server, _ = explain(either, "to-renewed-311-right.signed.test", "--probe")
    records = server["tls"]["dane"]["records"]
    right = hexadecimal(either, "right", (3, 1, 1))
    assert {r["data"]: r["matched"] for r in records} == {
        hexadecimal(either, "stranger", (3, 1, 1)): False, right: True}


@pytest.mark.req("DANE-04")
@pytest.mark.parametrize("domain, search, words", [
    ("none-right.signed.test", "none", "DANE: none: no TLSA records"),
    ("plain-right.plain.test", "insecure", "DANE: none: DNSSEC does not prove the answers"),
])
def test_no_records(client, domain, search, words):
    client.site.put("smtproutes", f":{domain}:{client.world.sink.port}")
    server, shown = explain(client, domain)
    assert server["tls"]["dane"] == {"search": search, "base": None, "records": []}
    assert words in shown


@pytest.mark.req("DANE-04")
@pytest.mark.parametrize("domain", ["bogus-tlsa-right.signed.test"])
def test_forged_records(client, domain):
    server, shown = explain(client, domain, "--probe")
    assert server["tls"]["dane"]["search"] == "bogus"
    assert server["trouble"]["stage"] == "TLSA" and not server["probe"]["connected"]
    assert "DANE: a forged answer about TLSA records" in shown
    # A resolver does not tell those who trust it why there is no answer.
    client.site.put("dnssec", "trust-ad")
    server, shown = explain(client, domain)
    assert server["tls"]["dane"]["search"] == "failed"
    assert "DANE: no answer about TLSA records" in shown


@pytest.mark.req("DANE-02", "DANE-08", "TLS-10")
def test_why_nobody_asks(client):
    domain = "ee-right.signed.test"

    def search():
        server, shown = explain(client, domain)
        [line] = [line for line in shown if line.startswith("DANE: ")]
        return server["tls"]["dane"]["search"], line

    assert search() == ("found", f"DANE: TLSA records, secure, of {domain}")
    (client.site.control / "tlsadomains.cdb").write_bytes(
        cdb([(b"other.example", b"")]))
    assert search() == ("not listed", "DANE: none: tlsadomains does not have it")
    client.site.put("notlhosts", domain)
    assert search() == ("excepted", "DANE: none: it gets no TLS")
    (client.site.control / "notlhosts").unlink()
    client.site.put("smtproutes", f":127.0.0.2:{client.world.sink.port}")
    assert search() == ("address", "DANE: none: an address has no records")
    client.env = {}
    server, shown = explain(client, domain)
    assert server["tls"]["dane"] is None
    assert not any(line.startswith("DANE") for line in shown)
