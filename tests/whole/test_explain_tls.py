"""
What qmail-remote-explain --probe shows of a server's TLS: its certificates, and
what came of verifying them.
"""
import contextlib
import json
import pathlib
import shutil
import ssl
import subprocess
import time

import pytest
from dns_stub import Resolver
from explained import check_explanation
from listener import Gone, Listener
from play import certificates
from qremote import BUILD, PATIENCE, RECIPIENT, SENDER

EXPLAIN = BUILD / "qmail-remote-explain"
NAME = certificates.NAME
DAYS = 24 * 60 * 60

# The lines of the text are behind so many spaces.
MARGIN = " " * 12


class Host:
    """A host whose mail goes to a server with a certificate."""

    def __init__(self, site):
        self.site = site
        self.trusted = pathlib.Path(site.env["CERTDIR"]) / "tlshosts" / f"{NAME}.pem"
        self.trusted.parent.mkdir(parents=True)
        self.env = {}

    def trust(self, authority="ca"):
        shutil.copy(certificates.authority(authority), self.trusted)

    def run(self, *options):
        done = subprocess.run(
            [str(EXPLAIN), *options, SENDER, RECIPIENT],
            env={**self.site.env, **self.env}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
        assert (done.returncode, done.stderr) == (0, b"")
        return done.stdout

    def ask(self, path, **more):
        """The server in JSON, and the lines of the text that are about its TLS."""
        play = speak(path, **more)
        with Listener(play, "127.0.0.2") as server, Resolver(
                {(NAME, "A"): ["127.0.0.2"]}) as resolver:
            self.site.put("dnsservers", f"127.0.0.1@{resolver.port}")
            self.site.put("smtproutes", f":{NAME}:{server.port}")
            found = json.loads(self.run("--json", "--probe"))
            shown = self.run("--probe").decode("ascii").splitlines()
            assert server.connections == 2
        check_explanation(found, True)
        [one] = found["servers"]
        at = next(n for n, line in enumerate(shown) if "asked: " in line)
        assert all(line.startswith(MARGIN) for line in shown[at:])
        return one, [line.removeprefix(MARGIN) for line in shown[at:]]


@pytest.fixture
def host(site):
    return Host(site)


def speak(path, at_once=False, **terms):
    """A play: greeting, EHLO, STARTTLS, EHLO, QUIT."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    for name, value in terms.items():
        setattr(context, name, value)
    if "verify_mode" in terms:
        context.load_verify_locations(certificates.authority("ca"))

    def secure(session):
        try:
            session.sock = context.wrap_socket(session.sock, server_side=True)
        except OSError as e:
            raise Gone from e

    def play(session):
        if at_once:
            secure(session)
        session.greet(*[] if at_once else ["STARTTLS"])
        if not at_once:
            session.hear("STARTTLS")
            session.say("220 go ahead")
            secure(session)
            session.hear("EHLO")
            session.offer("SIZE")
        assert session.hear() == b"QUIT"
    return play


def chain(tmp_path, leaf, *authorities):
    """The path of a leaf, its key, and authorities behind it."""
    path = tmp_path / "chain.pem"
    path.write_bytes(certificates.leaf(leaf).read_bytes() + b"".join(
        certificates.authority(name).read_bytes() for name in authorities))
    return path


def made(tmp_path, subject, names, until):
    """The path of a certificate that signed itself."""
    path = tmp_path / "made.pem"
    key = tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-noenc", "-keyout", key, "-out", path,
         "-subj", subject, "-days", str(until), *names],
        check=True, stdin=subprocess.DEVNULL, capture_output=True)
    path.write_bytes(path.read_bytes() + key.read_bytes())
    return path


def seconds(text):
    return time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone


# REQ: TLS-04 RPT-09
@pytest.mark.parametrize("at_once", [False, True], ids=["starttls", "at-once"])
def test_verified_by_authorities(host, tmp_path, at_once):
    host.trust()
    if at_once:
        host.env["SMTPS"] = ""
    server, shown = host.ask(chain(tmp_path, "right", "ca"), at_once=at_once)
    tls = server["tls"]
    assert (tls["version"], tls["verified"], tls["level"]) == ("TLSv1.3", "pkix", "pkix")
    assert tls["cipher"].startswith("TLS_")
    assert server["trouble"] is None and server["probe"]["hello"]
    own, ca = tls["chain"]
    assert (own["subject"], own["issuer"]) == ("CN=a server", "CN=the authority ca")
    assert (ca["subject"], ca["issuer"]) == ("CN=the authority ca",) * 2
    assert (own["names"], ca["names"]) == ([NAME], ["the authority ca"])
    # Whole days; it may have been made within this second.
    assert own["expired"] is False and own["days"] in (29, 30)
    assert seconds(own["not_after"]) - seconds(own["not_before"]) == 30 * DAYS
    assert abs(seconds(own["not_before"]) - time.time()) < DAYS / 2
    assert tls["by_pkix"] == {"holds": True, "name": NAME, "depth": None,
                              "authority": "CN=the authority ca", "reason": None}
    assert (tls["trusted"], tls["by_dane"]) == (str(host.trusted), None)
    assert shown[0].endswith(f", in TLSv1.3 {tls['cipher']}, verified")
    at = shown.index("certificate 0: CN=a server")
    assert shown[at:] == [
        "certificate 0: CN=a server",
        "    issued by CN=the authority ca",
        f"    valid from {own['not_before']} to {own['not_after']}, {own['days']} days left",
        f"    names: {NAME}",
        "certificate 1: CN=the authority ca",
        "    issued by CN=the authority ca",
        f"    valid from {ca['not_before']} to {ca['not_after']}, {ca['days']} days left",
        f"verified by CAs: it is {NAME}, by CN=the authority ca in {host.trusted}",
    ]


# REQ: TLS-04 TRY-03
@pytest.mark.parametrize("kind, reason", [
    ("other-name", "hostname mismatch"),
    ("expired", "certificate has expired"),
    ("other-ca", "unable to get local issuer certificate"),
    ("self-signed", "self-signed certificate"),
])
def test_not_verified_by_authorities(host, kind, reason):
    """The handshake fails, and what was seen is shown all the same."""
    host.trust()
    server, shown = host.ask(certificates.leaf(kind))
    tls = server["tls"]
    assert server["trouble"]["stage"] == "TLS handshake"
    assert server["trouble"]["letter"] == "Z"
    assert (tls["verified"], server["probe"]["hello"]) == (None, None)
    assert tls["version"] == "TLSv1.3"
    assert len(tls["chain"]) == 1
    assert tls["by_pkix"] == {"holds": False, "name": None, "authority": None,
                              "depth": 0, "reason": reason}
    assert shown[0].startswith(f"asked: TLS handshake: {reason}")
    assert shown[1].startswith("certificate 0: CN=")
    assert shown[-1] == (f"not verified by CAs: certificate 0: {reason}, with those in "
                         f"{host.trusted}")


# REQ: TLS-04
def test_expired(host):
    host.trust()
    # It ended when it began, a moment before it is shown.
    path = certificates.leaf("expired")
    time.sleep(1.1)
    server, shown = host.ask(path)
    [own] = server["tls"]["chain"]
    assert (own["expired"], own["days"]) == (True, 0)
    assert any(line.endswith(", expired 0 days ago") for line in shown)


# REQ: TLS-01
def test_nobody_demands_proof(host):
    host.env["TLSPOLICY"] = "may"
    server, shown = host.ask(certificates.leaf("self-signed"))
    tls = server["tls"]
    assert (tls["verified"], tls["by_pkix"], tls["by_dane"], tls["trusted"]) == (
        "none", None, None, None)
    assert tls["chain"][0]["subject"] == "CN=a server"
    assert shown[0].endswith(", unverified")
    assert shown[-1] == "not verified: nothing demands it"


# REQ: TLS-10
def test_the_authorities_of_the_system(host):
    host.env["TLSPOLICY"] = "verify"
    server, shown = host.ask(certificates.leaf("right"))
    assert server["tls"]["trusted"] == "/etc/ssl/certs"
    assert shown[-1] == ("not verified by CAs: certificate 0: unable to get local issuer "
                         "certificate, with those in /etc/ssl/certs")


# REQ: TLS-04
def test_common_name_only_if_there_is_no_other(host):
    host.trust()
    server, _ = host.ask(certificates.leaf("common-name"))
    assert server["tls"]["chain"][0]["names"] == [NAME]
    assert server["tls"]["by_pkix"]["name"] == NAME
    server, _ = host.ask(certificates.leaf("other-name"))
    assert server["tls"]["chain"][0]["names"] == [certificates.OTHER_NAME]


# REQ: TLS-12
def test_a_server_that_refuses_us(host):
    """It verified, and yet the handshake failed."""
    host.trust()
    server, shown = host.ask(
        certificates.leaf("right"), verify_mode=ssl.CERT_REQUIRED,
        maximum_version=ssl.TLSVersion.TLSv1_2)
    tls = server["tls"]
    assert server["trouble"]["stage"] == "TLS handshake"
    assert (tls["version"], tls["verified"]) == ("TLSv1.2", None)
    assert tls["by_pkix"]["holds"] is True
    assert shown[-1].startswith(f"verified by CAs: it is {NAME}, ")


# REQ: TLS-12 TRY-05
def test_a_server_that_refuses_us_in_place_of_its_greeting(host):
    host.env["SMTPS"] = ""
    server, shown = host.ask(
        certificates.leaf("right"), at_once=True, verify_mode=ssl.CERT_REQUIRED)
    assert server["trouble"]["stage"] == "TLS handshake"
    assert shown[0] == "asked: TLS handshake: it broke TLS off"
    assert server["tls"]["chain"][0]["subject"] == "CN=a server"


# REQ: TLS-04
def test_a_file_of_authorities_that_is_none(host):
    host.trusted.write_text("not one at all\n")
    server, shown = host.ask(certificates.leaf("right"))
    assert server["trouble"]["code"] == "4.3.0"
    assert str(host.trusted) in server["trouble"]["text"]
    assert (server["tls"]["chain"], server["tls"]["version"]) == ([], None)
    assert shown == [f"asked: TLS handshake: CA file cannot be used {host.trusted}"]


# REQ: RPT-11
def test_what_a_certificate_says_cannot_be_printed(host, tmp_path):
    host.env["TLSPOLICY"] = "may"
    path = made(tmp_path, "/O=a\x1b[31m\nverified by CAs/CN=J\u00fcrgen".encode("latin-1"),
                ["-addext", b"subjectAltName=DNS:a\x1b[0m\x07.example"], 30)
    server, shown = host.ask(path)
    [own] = server["tls"]["chain"]
    for text in [own["subject"], own["issuer"], *own["names"], *shown]:
        assert all(" " <= c <= "~" for c in text), text
    assert own["names"] == ["a?[0m?.example"]
    assert not any(line.startswith("verified") for line in shown)


# REQ: RPT-11
def test_a_certificate_without_any_name(host, tmp_path):
    host.env["TLSPOLICY"] = "may"
    server, shown = host.ask(made(tmp_path, "/", [], 30))
    [own] = server["tls"]["chain"]
    assert (own["subject"], own["issuer"], own["names"]) == ("", "", [])
    assert shown[shown.index("certificate 0: (no name)") + 3] == "    names: none"


def test_many_names(host, tmp_path):
    host.env["TLSPOLICY"] = "may"
    names = [f"mx{n}.example.org" for n in range(500)]
    path = made(tmp_path, "/CN=x", ["-addext", "subjectAltName=" + ",".join(
        ["email:a@example.org", *(f"DNS:{name}" for name in names), "IP:192.0.2.1"])], 30)
    server, _ = host.ask(path)
    assert server["tls"]["chain"][0]["names"] == names


def test_nothing_of_tls_without_tls(host):
    with contextlib.ExitStack() as stack:
        def play(session):
            session.greet()
            assert session.hear() == b"QUIT"
        server = stack.enter_context(Listener(play))
        host.site.route(server.port)
        found = json.loads(host.run("--json", "--probe"))
        shown = host.run("--probe").decode()
    check_explanation(found, True)
    tls = found["servers"][0]["tls"]
    assert (tls["chain"], tls["trusted"], tls["by_pkix"], tls["dane"]) == (
        [], None, None, None)
    assert "certificate" not in shown and "verified" not in shown
