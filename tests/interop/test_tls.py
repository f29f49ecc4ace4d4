"""
Deliveries in TLS to Postfix, which has OpenSSL, and to Exim, which has GnuTLS.
"""
import json
import shutil
import subprocess

import pytest
from letters import LETTERS, large
from play import certificates
from whole.canonical import canonical
from whole.dns_stub import Resolver
from whole.explained import check_explanation
from whole.qremote import BUILD, PATIENCE, RECIPIENT, SENDER

LETTER = LETTERS["ordinary"]
NAME = certificates.NAME
LARGE = 5_000_000


class Host:
    """A host that knows the server by its name, and how to ask it for TLS."""

    def __init__(self, site, server, resolver):
        self.site, self.server = site, server
        self.certs = site.directory / "certs"
        (self.certs / "tlshosts").mkdir(parents=True)
        site.put("dnsservers", f"127.0.0.1@{resolver.port}")
        self.starttls()

    def starttls(self):
        self.site.put("smtproutes", f":{NAME}:{self.server.tls_port}")
        self.env, self.protocol = {}, "SMTP"

    def at_once(self):
        self.site.put("smtproutes", f":{NAME}:{self.server.smtps_port}")
        self.env, self.protocol = {"SMTPS": ""}, "SMTPS"

    def trust(self, authority):
        shutil.copy(certificates.authority(authority),
                    self.certs / "tlshosts" / f"{NAME}.pem")

    def deliver(self, message, **more):
        return self.site.deliver(message, env={**self.env, **more})

    def probe(self):
        """What explain has of the server's TLS, and the trouble with it."""
        done = subprocess.run(
            [str(BUILD / "qmail-remote-explain"), "--json", "--probe", SENDER, RECIPIENT],
            env={**self.site.env, **self.env}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, timeout=PATIENCE, check=True)
        found = json.loads(done.stdout)
        check_explanation(found, True)
        [server] = found["servers"]
        return server["tls"], server["trouble"]

    def check(self, report, message, version, verified):
        """The one recipient has the message, by TLS of this kind."""
        server = self.server
        assert report.letters == "rK"
        [arrived] = server.arrivals()
        assert arrived.text == server.kept(canonical(message).replace(b"\r\n", b"\n"))
        assert (arrived.sender, arrived.recipient) == (SENDER, RECIPIENT)
        assert arrived.protocol == "ESMTPS"
        last = report.text.splitlines()[-1]
        assert last.startswith(f"Protocol {self.protocol}; TLS {version} ")
        assert last.endswith(f"; verified {verified}")


@pytest.fixture
def host(site, server):
    with Resolver({(NAME, "A"): [server.address]}) as resolver:
        yield Host(site, server, resolver)


@pytest.fixture(params=["starttls", "at-once"])
def each(request, host):
    """The same, by STARTTLS and from the first byte."""
    if request.param == "at-once":
        host.at_once()
    return host


# REQ: TLS-02 TLS-04 RPT-09
@pytest.mark.parametrize("letter", LETTERS)
def test_verified(each, letter):
    each.trust("ca")
    message = LETTERS[letter]
    each.check(each.deliver(message), message, "TLSv1.3", "pkix")


# REQ: TLS-04 TLS-02
@pytest.mark.parametrize("authority, reasons", [
    ("ca", [None]),
    # Servers show the authority, or leave it out.
    ("rogue", ["self-signed certificate in certificate chain",
               "unable to get local issuer certificate"])])
def test_what_explain_shows(each, authority, reasons):
    each.trust(authority)
    tls, trouble = each.probe()
    holds = reasons == [None]
    assert tls["version"] == "TLSv1.3"
    assert tls["verified"] == ("pkix" if holds else None)
    own = tls["chain"][0]
    assert (own["subject"], own["names"], own["expired"]) == (
        "CN=a server", [NAME], False)
    assert tls["trusted"] == str(each.certs / "tlshosts" / f"{NAME}.pem")
    assert tls["by_pkix"]["holds"] is holds and tls["by_pkix"]["reason"] in reasons
    assert (trouble is None) is holds
    assert each.server.arrivals() == []


# REQ: TLS-01 MSG-01 TRY-07
@pytest.mark.parametrize("discard", ["", "CHUNKING", "CHUNKING PIPELINING"])
def test_large(each, discard):
    message = large(LARGE)
    report = each.deliver(message, TLSPOLICY="encrypt", EHLODISCARD=discard)
    each.check(report, message, "TLSv1.3", "none")


# REQ: TLS-04 TRY-03
def test_another_authority(each):
    each.trust("rogue")
    report = each.deliver(LETTER)
    assert report.letters == "Z" and "could not prove who it is" in report.text
    assert each.server.arrivals() == []


# REQ: TLS-01 TLS-12
def test_client_certificate(each):
    """Both servers ask for one, and verify it."""
    shutil.copy(certificates.leaf("client"), each.certs / "clientcert.pem")
    each.check(each.deliver(LETTER), LETTER, "TLSv1.3", "none")


# REQ: TLS-03 TLS-01
def test_client_certificate_of_another_authority(host):
    """It does not keep mail from getting there."""
    shutil.copy(certificates.leaf("self-signed"), host.certs / "clientcert.pem")
    host.check(host.deliver(LETTER), LETTER, "TLSv1.3", "none")


# REQ: TLS-06
@pytest.mark.parametrize("method, version", [
    ("TLSv1_2", "TLSv1.2"), ("TLSv1_3", "TLSv1.3"), ("TLSv1", "TLSv1.3")])
def test_version(each, method, version):
    each.site.put("tlsclientmethod", method)
    each.check(each.deliver(LETTER, TLSPOLICY="encrypt"), LETTER, version, "none")


# REQ: TLS-03
def test_demanded_and_not_offered(host):
    host.site.put("smtproutes", f":{NAME}:{host.server.port}")
    report = host.deliver(LETTER, TLSPOLICY="encrypt")
    assert report.letters == "Z" and "it offers no TLS" in report.text
    assert host.server.arrivals() == []


# REQ: TLS-02
def test_at_once_where_it_is_not_spoken(host):
    host.site.put("smtproutes", f":{NAME}:{host.server.port}")
    report = host.deliver(LETTER, SMTPS="")
    assert report.letters == "Z" and "which SMTPS demands" in report.text
    assert host.server.arrivals() == []
