"""
International mail to Postfix and to Exim: it arrives as it was.
"""
import re

import pytest
from letters import LETTERS
from whole.qremote import RECIPIENT, SENDER

LETTER = LETTERS["ordinary"]
UTF8_LETTER = "From: <alice@client.example>\nSubject: Käse zum Frühstück\n\nÄpfel\n".encode()

JUERGEN, BOERGE = "jürgen@client.example", "børge@server.example"
IN_DNS = "xn--exmple-cua.example"


def decoded(address):
    """The address as the server has it; it was read as Latin-1."""
    return address.encode("latin-1").decode()


class International:
    """Delivers to a server with SMTPUTF8 set, and sees what was said."""

    def __init__(self, site, server):
        self.site, self.server = site, server
        self.trace = site.directory / "trace"
        site.route(server.port, server.address)

    def deliver(self, message, *recipients, discard="", env=None, **call):
        env = {"SMTPUTF8": "", "EHLODISCARD": discard,
               "QMAIL_REMOTE_TRACE": str(self.trace), **(env or {})}
        return self.site.deliver(message, *recipients, env=env, **call)

    def mail(self):
        """The parameters of MAIL, of the last delivery."""
        return re.findall(r'"MAIL FROM:<[^>]*>(.*?)"', self.trace.read_text())[-1].split()

    def arrived(self):
        """The one message that arrived: sender, recipient, text."""
        [found] = self.server.arrivals()
        return decoded(found.sender), decoded(found.recipient), found.text


@pytest.fixture
def international(site, server):
    return International(site, server)


# REQ: EAI-01
@pytest.mark.parametrize("discard", ["", "CHUNKING", "CHUNKING PIPELINING"])
@pytest.mark.parametrize("sender, recipient, message, eightbit", [
    (JUERGEN, RECIPIENT, LETTER, False),
    (SENDER, BOERGE, LETTER, False),
    (JUERGEN, BOERGE, UTF8_LETTER, True),
    (SENDER, RECIPIENT, UTF8_LETTER, True),
    ("", BOERGE, LETTER, False),
], ids=["sender", "recipient", "both-and-header", "header", "bounce"])
def test_arrives_as_it_was(international, discard, sender, recipient, message, eightbit):
    report = international.deliver(message, recipient, sender=sender, discard=discard)
    assert report.letters == "rK"
    assert international.arrived() == (sender, recipient, message)
    assert "SMTPUTF8" in international.mail()
    assert ("BODY=8BITMIME" in international.mail()) == eightbit


# REQ: EAI-02
@pytest.mark.parametrize("env", [{}, {"SMTPUTF8": ""}])
def test_ascii_mail_does_not_need_it(international, env):
    report = international.deliver(LETTER, env=env)
    assert report.letters == "rK"
    assert "SMTPUTF8" not in international.mail()
    assert international.arrived() == (SENDER, RECIPIENT, LETTER)


# REQ: EAI-02
def test_domain_in_a_label_form_does_not_need_it(international):
    report = international.deliver(
        LETTER, "bob@exämple.example", sender="alice@EXÄMPLE.example",
        discard="SMTPUTF8")
    assert report.letters == "rK"
    assert international.arrived() == (f"alice@{IN_DNS}", f"bob@{IN_DNS}", LETTER)


# REQ: EAI-01
@pytest.mark.parametrize("sender, recipient, message", [
    (JUERGEN, RECIPIENT, LETTER), (SENDER, BOERGE, LETTER), (SENDER, RECIPIENT, UTF8_LETTER)])
def test_server_without_it(international, sender, recipient, message):
    """helo_port knows no EHLO, and so no SMTPUTF8."""
    server = international.server
    international.site.route(server.helo_port, server.address)
    report = international.deliver(message, recipient, sender=sender)
    assert report.letters == "D"
    assert report.text == (f"Connected to {server.address} but it offers no SMTPUTF8, "
                           "which the message needs. (#5.6.7)\n")
    assert server.arrivals() == []


# REQ: EAI-03
def test_received_by_it(international):
    """What a server's own Received field says makes the next hop need it."""
    assert international.deliver(LETTER, sender=JUERGEN).letters == "rK"
    [first] = international.server.arrivals()
    assert first.protocol.startswith("UTF8")
    received = f"Received: from a.example by b.example\n\twith {first.protocol} id 1;\n\tnow\n"
    message = received.encode() + LETTER
    assert international.deliver(message).letters == "rK"
    assert international.mail()[-1] == "SMTPUTF8"
    assert international.arrived() == (SENDER, RECIPIENT, message)
