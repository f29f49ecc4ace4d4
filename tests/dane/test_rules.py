"""
What a matrix does not show: aliases, several servers, routes, exceptions.
"""
import os
import shutil
import subprocess

import pytest
from chain import OTHERS
from cases import DANE, DEFERRED, ENCRYPTED, IN_CLEAR, NAMED, PKIX
from tlssink import GOOD, Mail
from whole.cdbfile import cdb
from whole.qremote import BUILD


@pytest.mark.req("DANE-03", "DANE-04", "DANE-06", "DANE-08", "DNS-03")
@pytest.mark.parametrize("domain", NAMED)
def test_names(either, domain):
    assert either.verdict(domain) == NAMED[domain]


@pytest.mark.req("DANE-08", "TLS-08")
@pytest.mark.parametrize("domain, sni", [
    ("two-right.signed.test", "ee-right.signed.test"),
    ("at-end-right.signed.test", "records-end-right.signed.test"),
    ("at-alias-right.signed.test", "at-alias-right.signed.test"),
])
def test_the_name_asked_for_is_where_the_records_are(client, domain, sni):
    assert client.deliver(domain).letter == "K"
    assert client.world.sink.mails[f"bob@{domain}"] == [Mail(GOOD, True, sni)]


@pytest.mark.req("DANE-05", "TRY-03", "RPT-10")
@pytest.mark.parametrize("domain, verdict", [
    ("two-right.signed.test", DANE),
    ("two-none.signed.test", IN_CLEAR),
    ("two-bogus-tlsa.signed.test", DANE),
    ("two-bogus-address.signed.test", DANE),
    ("two-clear.signed.test", DANE),
    ("two-broken.signed.test", DANE),
    ("two-wrong.signed.test", DEFERRED),
])
def test_each_server_is_judged_alone(either, domain, verdict):
    assert either.verdict(domain) == verdict


@pytest.mark.req("DANE-05")
@pytest.mark.parametrize("domain, words", [
    ("wrong-right.signed.test", "could not prove who it is"),
    ("bogus-tlsa-right.signed.test", "DNS does not say for now"),
    ("clear-right.signed.test", "offers no TLS"),
    ("broken-right.signed.test", "TLS failed"),
    ("unusable-broken-right.signed.test", "TLS failed"),
])
def test_no_fault_bounces_mail(either, domain, words):
    report = either.deliver(domain)
    assert report.letter == "Z"
    assert words in report.text
    assert "(#4.7." in report.text
    assert f"bob@{domain}" not in either.world.sink.mails


@pytest.mark.req("DANE-05")
def test_all_failures_are_told(client):
    text = client.deliver("two-wrong.signed.test").text
    assert f"Tried {GOOD} (wrong-right.signed.test): TLS handshake: " in text
    assert f"Tried {GOOD} (bogus-tlsa-right.signed.test): TLSA: " in text


@pytest.mark.req("TLS-04")
@pytest.mark.parametrize("kind", OTHERS)
def test_keys_and_digests(client, kind):
    """Signatures of all kinds can be verified by CAs as well."""
    server = f"key-{kind}.signed.test"
    trust(client, kind, server)
    assert client.verdict(server) == DANE


@pytest.mark.req("DANE-01")
def test_without_dane_verification(client):
    del client.env["DANE_VERIFICATION"]
    assert client.verdict("wrong-right.signed.test") == IN_CLEAR


@pytest.mark.req("DANE-08")
@pytest.mark.parametrize("relay, verdict", [
    ("ee-right.signed.test", DANE),
    ("EE-Right.signed.test.", DANE),
    ("wrong-right.signed.test", DEFERRED),
    ("none-right.signed.test", IN_CLEAR),
    ("plain-right.plain.test", IN_CLEAR),
    ("ta-right.signed.test", DANE),
    ("ta-alias-right.signed.test", DANE),
    # It is the relay's name that counts, not the one that mail is for.
    ("ta-nexthop.signed.test", DEFERRED),
    ("bogus-address-right.signed.test", DEFERRED),
    ("[127.0.0.2]", IN_CLEAR),
    ("127.0.0.2", IN_CLEAR),
])
def test_a_relay_takes_the_exchangers_place(either, relay, verdict):
    either.site.put("smtproutes", f":{relay}:{either.world.sink.port}")
    # A domain that is not secure.
    assert either.verdict("nexthop.plain.test") == verdict


@pytest.mark.req("DANE-08")
def test_an_address_literal_has_no_dane(client):
    assert client.verdict("[127.0.0.2]") == IN_CLEAR


@pytest.mark.req("DANE-08")
def test_names_with_a_dot_at_the_end(either):
    either.site.put("tlsadomains", "ee-right.signed.test")
    assert either.verdict("ee-right.signed.test", host="EE-right.signed.test.") == DANE


@pytest.mark.req("DANE-02", "DANE-09")
@pytest.mark.parametrize("text, listed, verdict", [
    ("ee-right.signed.test", [], DANE),
    ("EE-RIGHT.signed.TEST", [], DANE),
    ("other.example", [], IN_CLEAR),
    # Servers are listed, not domains, and by their whole names.
    ("two-right.signed.test", [], IN_CLEAR),
    ("right.signed.test", [], IN_CLEAR),
    (".signed.test", [], IN_CLEAR),
    (None, ["ee-right.signed.test"], DANE),
    (None, ["other.example"], IN_CLEAR),
    # Both are asked.
    ("other.example", ["ee-right.signed.test"], DANE),
    ("ee-right.signed.test", ["other.example"], DANE),
    ("other.example", ["another.example"], IN_CLEAR),
    # A list without lines has nobody.
    ("", [], IN_CLEAR),
    ("# nobody", [], IN_CLEAR),
    ("", ["ee-right.signed.test"], DANE),
    # None at all has everybody.
    (None, [], DANE),
])
def test_tlsadomains(client, text, listed, verdict):
    if text is not None:
        (client.site.control / "tlsadomains").write_text(text)
    if listed:
        (client.site.control / "tlsadomains.cdb").write_bytes(
            cdb([(name.encode(), b"") for name in listed]))
    client.site.put("smtproutes", f":EE-right.signed.test:{client.world.sink.port}")
    assert client.verdict("two-right.signed.test") == verdict


@pytest.mark.req("DANE-02")
def test_tlsadomains_renamed(client):
    client.site.put("tlsadomains", "ee-right.signed.test")
    client.site.put("others", "wrong-right.signed.test")
    client.env["TLSADOMAINS"] = "others"
    assert client.verdict("ee-right.signed.test") == IN_CLEAR
    assert client.verdict("wrong-right.signed.test") == DEFERRED


@pytest.mark.req("DANE-02", "DANE-09")
def test_tlsadomains_may_name_a_database(client):
    (client.site.control / "others.cdb").write_bytes(
        cdb([(b"wrong-right.signed.test", b"")]))
    client.env["TLSADOMAINS"] = "others.cdb"
    assert client.verdict("ee-right.signed.test") == IN_CLEAR
    assert client.verdict("wrong-right.signed.test") == DEFERRED


@pytest.mark.req("TLS-10", "DANE-05")
@pytest.mark.parametrize("domain, exception, verdict", [
    ("wrong-right.signed.test", "wrong-right.signed.test", IN_CLEAR),
    ("ee-right.signed.test", "ee-right.signed.test", IN_CLEAR),
    ("two-right.signed.test", "two-right.signed.test", IN_CLEAR),
    ("two-right.signed.test", "WRONG-right.signed.test", IN_CLEAR),
    ("two-right.signed.test", "ee-right.signed.test", IN_CLEAR),
    # Nobody need ask for what would not be looked at.
    ("bogus-tlsa-right.signed.test", "bogus-tlsa-right.signed.test", IN_CLEAR),
    ("bogus-address-right.signed.test", "bogus-address-right.signed.test", DEFERRED),
    ("wrong-right.signed.test", "ee-right.signed.test", DEFERRED),
])
@pytest.mark.parametrize("where", ["notlhosts", "notlshosts"])
def test_exceptions(client, domain, exception, verdict, where):
    if where == "notlhosts":
        client.site.put(where, exception)
    else:
        folder = client.site.directory / "certs" / where
        folder.mkdir(parents=True)
        (folder / exception.lower()).touch()
    assert client.verdict(domain) == verdict


def trust(client, chain, *servers):
    """tlshosts/SERVER.pem with a chain's CA."""
    folder = client.site.directory / "certs/tlshosts"
    folder.mkdir(parents=True)
    for server in servers:
        (folder / f"{server}.pem").write_bytes(client.world.chains[chain].ca.pem())


@pytest.mark.req("TLS-10", "TLS-04", "DANE-03")
@pytest.mark.parametrize("label, ca, verdict", [
    # Both must hold.
    ("ee-right", "right", DANE),
    ("ta-right", "right", DANE),
    ("ee-right", "stranger", DEFERRED),
    ("ta-right", "stranger", DEFERRED),
    ("wrong-right", "right", DEFERRED),
    # Records that cannot be used, or are not there, leave the other.
    ("unusable-right", "right", PKIX),
    ("unusable-right", "stranger", DEFERRED),
    ("none-right", "right", PKIX),
    ("none-right", "stranger", DEFERRED),
    ("bogus-tlsa-right", "right", DEFERRED),
])
def test_with_tlshosts(client, label, ca, verdict):
    server = f"{label}.signed.test"
    trust(client, ca, server)
    assert client.verdict(server) == verdict


@pytest.mark.req("TLS-10", "TLS-04")
def test_tlshosts_wants_the_name_of_the_server(client):
    """The name it was found by, wherever its records are."""
    assert client.verdict("alias-nexthop.signed.test") == DANE
    assert client.verdict("nexthop.signed.test") == DANE
    trust(client, "right", "at-end-right.signed.test", "alias-nexthop.signed.test",
          "ta-nexthop.signed.test")
    assert client.verdict("at-end-right.signed.test") == DANE
    # DANE is content with the name at the end of an alias, and with the
    # domain's.
    assert client.verdict("alias-nexthop.signed.test") == DEFERRED
    assert client.verdict("nexthop.signed.test") == DEFERRED


@pytest.mark.req("TLS-01", "TLS-10")
@pytest.mark.parametrize("policy, label, verdict", [
    ("may", "none", ENCRYPTED),
    ("may", "wrong", DEFERRED),
    ("may", "ee", DANE),
    ("encrypt", "wrong", DEFERRED),
    # Records go before what is for all domains, and stand beside what is for
    # one; the system's CAs know nothing of ours.
    ("verify", "ee", DANE),
    ("verify", "none", DEFERRED),
    ("{domain}:may", "wrong", DEFERRED),
    ("{domain}:encrypt", "ee", DANE),
    ("{domain}:verify", "ee", DEFERRED),
])
def test_with_tlspolicy(client, policy, label, verdict):
    domain = f"{label}-right.signed.test"
    client.site.put("tlspolicy", policy.format(domain=domain))
    assert client.verdict(domain) == verdict


@pytest.mark.req("TLS-02", "TLS-10")
@pytest.mark.parametrize("label, verdict", [
    ("at-once", DANE), ("at-once-wrong", DEFERRED),
])
def test_tls_at_once(client, label, verdict):
    client.env["SMTPS"] = ""
    assert client.verdict(f"{label}-right.signed.test") == verdict


@pytest.mark.req("DANE-09")
def test_no_trust_anchor(client):
    client.site.put("trustanchor", "/nonexistent/anchor")
    report = client.deliver("none-right.signed.test")
    assert report.letter == "Z"
    assert "DNSSEC cannot be used" in report.text
    assert "/nonexistent/anchor" in report.text


@pytest.mark.req("DANE-09", "DANE-07")
def test_an_anchor_that_is_not_the_roots(client):
    """Nothing can be believed then."""
    other = client.site.directory / "anchor"
    other.write_text(". IN DS 1 13 2 " + "0" * 64 + "\n")
    client.site.put("trustanchor", other)
    assert client.verdict("ee-right.signed.test") == DEFERRED


@pytest.mark.req("DANE-09")
def test_a_resolver_elsewhere_is_not_trusted(client):
    client.site.put("dnssec", "trust-ad")
    client.site.put("dnsservers", f"127.0.0.1@{client.world.dns.port}\n192.0.2.53")
    report = client.deliver("none-right.signed.test")
    assert report.letter == "Z"
    assert "trust-ad is only for a resolver on a loopback address" in report.text


@pytest.mark.req("DANE-09")
def test_no_module(client):
    """A host without libunbound."""
    if os.getuid() != 0 or not shutil.which("unshare"):
        pytest.skip("only root can hide a file")
    inner = client.site.argv("bob@none-right.signed.test", host="none-right.signed.test")
    hide = 'mount --bind /dev/null "$0" && exec "$@"'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", hide, BUILD / "qremote-unbound.so", *inner],
        env={**client.site.env, **client.env, "PATH": os.environ["PATH"]},
        input=b"Subject: test\n\n", capture_output=True)
    assert done.returncode == 0 and not done.stderr
    assert done.stdout.startswith(b"ZDANE is asked for, but DNSSEC cannot be used: ")
    assert b"qremote-unbound.so" in done.stdout


@pytest.mark.req("DANE-07", "DNS-09")
def test_a_resolver_that_is_silent(client):
    client.site.put("dnsservers", "127.0.0.9@9")
    client.site.put("timeoutdns", "1")
    assert client.verdict("ee-right.signed.test") == DEFERRED


@pytest.mark.req("MSG-09")
@pytest.mark.parametrize("domain, words", [
    ("ee-right.signed.test", None),
    ("ta-right.signed.test", None),
    # The next exchanger is as good as the first.
    ("two-right.signed.test", None),
    ("wrong-right.signed.test", "there is no REQUIRETLS in verified TLS: "),
    ("clear-right.signed.test", "there is no REQUIRETLS in verified TLS: no STARTTLS"),
    # TLS is made, and nothing is proved by it.
    ("unusable-right.signed.test",
     "there is no REQUIRETLS in verified TLS: it has not proved who it is"),
    # The system's CAs know nothing of ours.
    ("none-right.signed.test", "there is no REQUIRETLS in verified TLS: "),
    # Who says that this is an exchanger?
    ("to-insecure-mx-311-right.plain.test", "DNSSEC does not prove that "),
    ("by-plain-alias.plain.test", "DNSSEC does not prove that "),
    ("bogus-tlsa-right.signed.test", "DNS does not say"),
])
def test_requiretls(client, domain, words):
    report = client.deliver(domain, env={"REQUIRETLS": ""})
    seen = client.world.sink.mails.get(f"bob@{domain}", [])
    if words is None:
        assert report.letter == "K" and report.text.endswith("; verified dane\n")
        assert [mail.encrypted for mail in seen] == [True]
    else:
        assert (report.letter, seen) == ("Z", [])
        assert words in report.text
        assert ("(#4.7.30)" in report.text) == ("DNS does" not in report.text)


@pytest.mark.req("MSG-09")
@pytest.mark.parametrize("domain", [
    "none-right.signed.test", "plain-right.plain.test", "unusable-right.signed.test"])
def test_requiretls_by_a_file_in_tlshosts(client, domain):
    """The file proves the server, and that it is the right one."""
    trust(client, "right", domain)
    assert client.verdict(domain, env={"REQUIRETLS": ""}) == PKIX
