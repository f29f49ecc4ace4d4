"""
International mail: what a delivery looks at, how far, and what it loads.

The conversations themselves are plays in tests/scenario.
"""
import re
import shutil

import pytest
from dns_stub import Resolver
from listener import Gone, Listener
from qremote import BUILD, file_of

EAI = {"SMTPUTF8": ""}
JUERGEN = "jürgen@client.example"

# Where an international host is found.
HOST, IN_DNS = "exämple.org", "xn--exmple-cua.org"


class Mails:
    """What the server heard of each message: MAIL's parameters, RCPT's address."""

    def __init__(self):
        self.heard = []

    def play(self, session):
        session.say("220 server.example")
        session.hear("EHLO")
        session.say("250-server.example", "250-8BITMIME", "250 SMTPUTF8")
        mail = session.hear("MAIL")
        session.say("250 ok")
        rcpt = session.hear("RCPT")
        session.say("250 ok")
        session.hear("DATA")
        session.say("354 go ahead")
        session.until(b"\r\n.\r\n")
        # A test may look as soon as the program has its answer.
        self.heard.append((mail.split(b">", 1)[1].decode(), rcpt))
        session.say("250 taken")
        try:
            session.more()
        except Gone:
            pass


@pytest.fixture
def mails(site):
    """A server that offers SMTPUTF8, and a route to it."""
    mails = Mails()
    with Listener(mails.play) as server:
        site.route(server.port)
        yield mails


def header(size, last=""):
    """A header of so many bytes, whose last field is given."""
    field = "X-Filler: 0123456789\n"
    text = field * (size // len(field)) + last + "\n"
    return text.encode() + b"body\n"


# REQ: EAI-01
@pytest.mark.parametrize("by, size, seen", [
    ("file", 1000, True),
    ("file", 60_000, True),
    # A file is looked at as far as the header goes,
    ("file", 300_000, True),
    ("pipe", 60_000, True),
    # but of what comes from elsewhere only the beginning is known in time.
    ("pipe", 300_000, False),
])
def test_header_at_any_length(site, mails, by, size, seen):
    message = header(size, "Subject: Käse\n")
    assert site.deliver(message, by=by, env=EAI).letters == "rK"
    [(parameters, _)] = mails.heard
    assert ("SMTPUTF8" in parameters) == seen
    assert "BODY=8BITMIME" in parameters


# REQ: EAI-02
@pytest.mark.parametrize("by", ["file", "pipe"])
@pytest.mark.parametrize("size", [1000, 300_000])
def test_body_does_not_matter(site, mails, by, size):
    message = header(size) + "Käse\n".encode() + b"Received: by a with UTF8SMTP; now\n"
    assert site.deliver(message, by=by, env=EAI).letters == "rK"
    [(parameters, _)] = mails.heard
    assert "SMTPUTF8" not in parameters


# REQ: EAI-03
@pytest.mark.parametrize("classic", [False, True])
def test_classic_does_it_too(site, mails, classic):
    report = site.deliver(b"Subject: x\n\nbody\n", sender=JUERGEN, env=EAI, classic=classic)
    assert report.letters == "rK"
    assert mails.heard[0][0] == " SMTPUTF8"


# REQ: EAI-01 EAI-02
def test_set_by_a_route(site, mails):
    """A route's changes to the environment come after it was found."""
    [route] = (site.control / "smtproutes").read_text().splitlines()
    site.put("smtproutes", f"{route} alice hush SMTPUTF8=1")
    assert site.deliver(b"Subject: x\n\nbody\n", f"bob@{HOST}").letters == "rK"
    assert mails.heard[0][1] == f"RCPT TO:<bob@{IN_DNS}>".encode()


# REQ: EAI-02
def test_removed_by_a_route(site, mails):
    [route] = (site.control / "smtproutes").read_text().splitlines()
    site.put("smtproutes", f"{route} alice hush SMTPUTF8=")
    report = site.deliver(b"Subject: x\n\nbody\n", f"bob@{HOST}", env=EAI, sender=JUERGEN)
    assert report.letters == "rK"
    assert mails.heard == [("", f"RCPT TO:<bob@{HOST}>".encode())]


# REQ: EAI-02
def test_domain_that_can_have_no_other_form(site, mails):
    """It stays as it is; the server decides."""
    assert site.deliver(b"Subject: x\n\nbody\n", "bob@i❤.example", env=EAI).letters == "rK"
    assert mails.heard == [(" SMTPUTF8", "RCPT TO:<bob@i❤.example>".encode())]


# REQ: EAI-02 CLI-07
@pytest.mark.parametrize("domain", [
    "a＞b.example", "a　b.example", "a＜b.example", "a：b.example", "℀.example", "。"])
def test_nothing_is_mapped_to_what_ends_an_address(site, mails, domain):
    report = site.deliver(b"Subject: x\n\nbody\n", f"bob@{domain}", env=EAI)
    assert report.letters == "rK"
    assert mails.heard == [(" SMTPUTF8", f"RCPT TO:<bob@{domain}>".encode())]


def traced(site, *strace, sender="alice@client.example", host="server.example", env=None):
    """One delivery under strace: its report, and what strace wrote."""
    if not shutil.which("strace"):
        pytest.skip("not installed: strace")
    log = site.directory / "strace"
    argv = ["strace", "-q", "-o", str(log), *strace,
            *site.argv("bob@server.example", host=host, sender=sender)]
    with file_of(b"Subject: x\n\nbody\n") as message:
        report = site.start(argv, message, env).finish()
    return report, log.read_text()


# REQ: EAI-02
@pytest.mark.parametrize("sender, env, wanted", [
    ("alice@client.example", {}, []),
    ("alice@client.example", EAI, []),
    (JUERGEN, {}, []),
    # Its domain is ASCII.
    (JUERGEN, EAI, []),
    (f"alice@{HOST}", {}, []),
    (f"alice@{HOST}", EAI, ["idn"]),
    ("alice@\xff.example", EAI, ["idn"]),
])
def test_library_is_loaded_for_a_name_that_needs_it(site, mails, sender, env, wanted):
    report, log = traced(site, "-e", "trace=openat", sender=sender, env=env)
    assert report.letters == "rK"
    assert re.findall(r"qremote-(\w+)\.so", log) == wanted
    assert ("libidn2" in log) == (wanted != [])


# REQ: EAI-02
def test_ascii_mail_costs_no_system_call_more(site, mails):
    calls = [len(traced(site, env=env)[1].splitlines()) for env in ({}, EAI)]
    # The line of execve and the rest; addresses of memory do not matter.
    assert calls[0] == calls[1]


# REQ: EAI-01
@pytest.mark.parametrize("host, sender", [
    (HOST, "alice@client.example"), ("server.example", f"alice@{HOST}")])
def test_missing_library_is_a_deferral(site, host, sender):
    """It is a fault of this host, and its report says what is missing."""
    module = BUILD / "qremote-idn.so"
    site.put("smtproutes", ":127.0.0.1:1")
    report, _ = traced(site, "-e", "trace=openat", "-P", str(module),
                       "-e", "inject=openat:error=ENOENT", host=host, sender=sender, env=EAI)
    assert report.letters == "Z"
    assert report.text.startswith("Unable to make a name for the DNS of ex??mple.org: ")
    assert "qremote-idn.so" in report.text
    assert report.text.endswith(" (#4.3.0)\n")


# REQ: EAI-01
def test_localhost_in_full_width_is_this_host(site):
    """The name is looked at in the form that it has in the end."""
    with Resolver({}) as resolver:
        (site.control / "smtproutes").unlink(missing_ok=True)
        site.put("dnsservers", f"127.0.0.1@{resolver.port}")
        report = site.deliver(b"Subject: x\n\nbody\n", host="ｌｏｃａｌｈｏｓｔ", env=EAI)
    assert report.letters == "D"
    assert report.text.startswith("Sorry, I am the best mail exchanger listed for localhost")
