"""
What qmail-remote-lint finds in the files that TLS goes by.
"""
import pathlib
import subprocess

import pytest
from cdbfile import cdb
from play import certificates
from qremote import BUILD, PATIENCE

LINT = BUILD / "qmail-remote-lint"


@pytest.fixture
def findings(site):
    """A function that returns the exit status and all findings."""
    certs = pathlib.Path(site.env["CERTDIR"])
    (certs / "tlshosts").mkdir(parents=True)

    def run():
        done = subprocess.run([str(LINT)], env=site.env, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=PATIENCE)
        assert done.stderr == b""
        return done.returncode, done.stdout.decode().splitlines()
    return run


# REQ: TLS-01 TLS-06
@pytest.mark.parametrize("name, text", [
    ("tlspolicy", "may"),
    ("tlspolicy", "verify\nexample.org:CLIENTCERT\nexample.com:encrypt"),
    ("tlsclientmethod", "TLSv1_2"),
    ("tlsclientmethod", "TLSv1_2:TLSv1_3"),
    ("clientcipherlist", "HIGH"),
])
def test_nothing_is_wrong(site, findings, name, text):
    site.put(name, text)
    assert findings() == (0, [])


# REQ: TLS-01 TLS-06 ENV-04
@pytest.mark.parametrize("name, text, line, words", [
    ("tlspolicy", "may\nexample.org:secure", 2, 'no such level: "secure"'),
    ("tlspolicy", "may\nexample.org:", 2, "no such level"),
    ("tlsclientmethod", "TLSv1", 1,
     'taken for TLSv1_2, the lowest that is spoken: "TLSv1"'),
    ("tlsclientmethod", "SSLv23:TLSv1_3", 1,
     'taken for TLSv1_2, the lowest that is spoken: "SSLv23"'),
    ("tlsclientmethod", "TLSv1_2:TLSv2", 1, 'refused, not a version of TLS: "TLSv2"'),
    ("tlsclientmethod", "TLSv1_2:", 1, "refused, not a version of TLS"),
    ("tlsclientmethod", "TLSv1_3:TLSv1_2", 1,
     'refused, the highest is below the lowest: "TLSv1_2"'),
    ("tlsclientciphers", "HIGH", None, "ignored, clientcipherlist takes its place"),
])
def test_control_file(site, findings, name, text, line, words):
    site.put(name, text)
    where = f"{site.control / name}:" + (f"{line}:" if line else "")
    assert findings() == (1, [f"{where} {words}"])


# REQ: DANE-09 DANE-02
@pytest.mark.parametrize("text", ["", "\n", "# nobody\n"])
def test_list_of_servers_without_any(site, findings, text):
    path = site.control / "tlsadomains"
    path.write_text(text)
    assert findings() == (1, [f"{path}: has no names, so DANE is for no server"])
    (site.control / "tlsadomains.cdb").write_bytes(cdb([(b"mx.example.org", b"")]))
    assert findings() == (0, [])
    (site.control / "tlsadomains.cdb").unlink()
    path.write_text(text + "mx.example.org\n")
    assert findings() == (0, [])


# REQ: DANE-01
@pytest.mark.parametrize("value, bad", [
    ("", False), ("yes", False), ("@", False), ("127.0.0.1@1998", False), ("@1998", False),
    ("[::1]@", False), ("0@1998", False),
    ("localhost@1998", True), ("127.0.0.1@0", True), ("127.0.0.1@65536", True),
    ("127.0.0.1@x", True)])
def test_where_the_daemon_is(site, findings, value, bad):
    site.env["DANE_VERIFICATION"] = value
    assert findings() == (1, [
        f'DANE_VERIFICATION: refused, not address@port: "{value}"']) if bad else (0, [])
    assert "Unable to read control files: DANE_VERIFICATION" in site.deliver(
        b"Subject: test\n\n").text if bad else True


# REQ: DANE-04
def test_who_validates(site, findings):
    for word in "validate", "TRUST-AD", "":
        site.put("dnssec", word)
        assert findings() == (0, [])
    site.put("dnssec", "yes")
    assert findings() == (1, [
        f'{site.control / "dnssec"}:1: refused, neither validate nor trust-ad: "yes"'])
    site.put("dnssec", "validate")
    site.put("trustanchor", site.control / "me")
    assert findings() == (0, [])
    site.put("trustanchor", "/usr/no-such-anchor")
    assert findings() == (1, [
        '/usr/no-such-anchor: refused, cannot be read: "No such file or directory"'])


# REQ: TLS-12
@pytest.mark.parametrize("name", ["clientcert.pem", "tlshosts/mx.example.org.pem"])
def test_certificate_that_cannot_be_read(site, findings, name):
    path = pathlib.Path(site.env["CERTDIR"]) / name
    path.write_bytes(certificates.content("client"))
    assert findings() == (0, [])
    # Nobody can read this, not even root.
    path.unlink()
    path.symlink_to(path)
    status, [finding] = findings()
    assert status == 1
    assert finding == (f"{path}: cannot be read, for which the group is qcerts: "
                       '"Too many levels of symbolic links"')


# REQ: TLS-04 TLS-12
@pytest.mark.parametrize("text", [
    b"", b"not one at all\n", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
@pytest.mark.parametrize("name, words", [
    ("clientcert.pem", "client certificate cannot be used"),
    ("tlshosts/mx.example.org.pem", "CA file cannot be used")])
def test_certificate_that_is_none(site, findings, name, words, text):
    path = pathlib.Path(site.env["CERTDIR"]) / name
    path.write_bytes(text)
    assert findings() == (1, [
        f"{path}: refused, a handshake that needs it cannot begin: \"{words} {path}\""])
    # Authorities of a server have another ending.
    path.rename(path.with_suffix(".old"))
    assert findings() == (0, [])


# REQ: TLS-12
def test_certificate_without_its_key(site, findings):
    path = pathlib.Path(site.env["CERTDIR"]) / "clientcert.pem"
    path.write_bytes(certificates.content("ca"))
    status, [finding] = findings()
    assert status == 1 and "client certificate cannot be used" in finding


# REQ: TLS-12 ENV-03
def test_certificate_of_another_name(site, findings):
    path = site.directory / "other.pem"
    path.symlink_to(path)
    site.env["CLIENTCERT"] = str(path)
    status, [finding] = findings()
    assert status == 1 and finding.startswith(f"{path}: cannot be read")
