"""
Which way of logging in is taken: every line of auth_choice.txt, each against a
server that checks the login.
"""
import pathlib
import re
import shutil
from typing import NamedTuple

from play import certificates, sasl
import pytest
from qremote import MESSAGE
from whole.leaks import leaks
from whole.relay import Relay, deliver

# The strongest first.
ORDER = """
    SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1 DIGEST-MD5
    CRAM-RIPEMD CRAM-SHA512 CRAM-SHA384 CRAM-SHA256 CRAM-SHA224 CRAM-SHA1 CRAM-MD5
    LOGIN PLAIN XOAUTH2 OAUTHBEARER""".split()
DISABLE = {
    "SCRAM-SHA-256-PLUS": "SCRAM_SHA256_PLUS", "SCRAM-SHA-256": "SCRAM_SHA256",
    "SCRAM-SHA-1-PLUS": "SCRAM_SHA1_PLUS", "SCRAM-SHA-1": "SCRAM_SHA1",
    "LOGIN": "AUTH_LOGIN", "PLAIN": "AUTH_PLAIN", "XOAUTH2": "AUTH_OAUTH2",
    "OAUTHBEARER": "AUTH_OAUTH2",
}
ALGORITHMS = {"40": "sha1", "64": "sha256"}
NOTICE = "no supported AUTH method found, continuing without authentication."
FILE = pathlib.Path(__file__).with_name("auth_choice.txt")


class Row(NamedTuple):
    """One line of the table."""

    line: int
    offers: str
    auth: str
    more: str
    session: str
    taken: str

    def offered(self):
        if self.offers == "(all)":
            return ["AUTH " + " ".join(["EXTERNAL", *reversed(ORDER)])]
        return [] if self.offers == "-" else self.offers.split(" / ")

    def variables(self):
        env = {} if self.auth == "(unset)" else {
            "AUTH_SMTP": "" if self.auth == "(empty)" else self.auth}
        more = self.more
        if forbidden := re.search(r"\(no (\S+) or better\)", more):
            more = more.replace(forbidden[0], "")
            for name in ORDER[:ORDER.index(forbidden[1]) + 1]:
                env["DISABLE_" + DISABLE.get(name, name.replace("-", "_"))] = ""
        for word in more.split():
            if word.isupper() or "=" in word:
                name, _, value = word.partition("=")
                env[name] = value
        if "salted-" in more:
            env["SALTED_PASSWORD"] = ""
        return env

    def secret(self, account):
        """The password, or what SCRAM makes of it."""
        if digits := re.search(r"salted-(\d+)", self.more):
            return sasl.salted(ALGORITHMS[digits[1]], account.secret).hex()
        return account.secret


def rows():
    for number, line in enumerate(FILE.read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            yield Row(number, *(field.strip() for field in line.split(" |")))


def test_the_table_is_no_smaller_than_it_was():
    found = list(rows())
    assert len(found) >= 200
    assert len({row[1:] for row in found}) == len(found)


# REQ: AUTH-01 AUTH-02 AUTH-03 AUTH-04 AUTH-08 RPT-03
@pytest.mark.parametrize("row", rows(), ids=lambda row: f"line-{row.line}")
def test_choice(site, row):
    relay = Relay(row.offered(), tls={"clear": None, "smtps": "1.3"}.get(
        row.session, row.session), at_once=row.session == "smtps")
    account = relay.account
    secret = row.secret(account)
    env = row.variables()
    if "certificate" in row.more:
        certs = site.directory / "certs"
        certs.mkdir()
        shutil.copy(certificates.leaf("client"), certs / "clientcert.pem")
    report = deliver(site, relay, MESSAGE, secret=secret, auth=None, env=env)
    taken = [attempt.mechanism for attempt in relay.attempts]
    assert not leaks(report.raw, account.secret, secret)
    if relay.tls or "SECURE_AUTH" in env or row.taken in ("none", "off", "Z"):
        assert not leaks(bytes(relay.in_clear), account.secret, secret)
    if row.taken == "Z":
        assert (report.letters, taken, relay.messages) == ("Z", [], [])
        return
    assert report.letters == "rK", report.text
    assert relay.messages == [MESSAGE.replace(b"\n", b"\r\n")]
    assert (NOTICE in report.text) == (row.taken == "none")
    if row.taken in ("none", "off"):
        assert taken == []
        return
    [attempt] = relay.attempts
    assert (attempt.mechanism, attempt.nonsense, attempt.accepted) == (row.taken, "", True)
    assert attempt.in_tls == bool(relay.tls)
