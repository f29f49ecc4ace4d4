"""
Notifications that a message asks Postfix for: it makes them as it was asked.
"""
import re

import pytest
from letters import LETTERS
from postfix import Postfix
from whole.qremote import RECIPIENT, SENDER

LETTER = LETTERS["ordinary"]
SUCCESS = {"DSN_NOTIFY": "SUCCESS"}


@pytest.fixture
def notified(site, server):
    """A function that delivers; it returns the notification, or None."""
    if not isinstance(server, Postfix):
        pytest.skip("does not notify unless told to")
    site.route(server.port, server.address)

    def deliver(env, *recipients, sender=SENDER):
        report = site.deliver(LETTER, *recipients, env=env, sender=sender)
        assert report.letter == "K"
        found = server.arrivals()
        mails = [a for a in found if a.sender == sender and a.recipient != SENDER]
        assert [a.text for a in mails] == [LETTER] * len(recipients or (RECIPIENT,))
        others = [a for a in found if a not in mails]
        assert len(others) < 2 and all(a.recipient == SENDER for a in others)
        return others[0].text.decode() if others else None
    return deliver


def field(name, notification):
    """The values of a field."""
    return re.findall(rf"^{name}: (.*)$", notification, re.MULTILINE)


@pytest.mark.req("MSG-08")
@pytest.mark.parametrize("discard", ["", "CHUNKING", "CHUNKING PIPELINING"])
def test_success(notified, discard):
    found = notified({
        **SUCCESS, "DSN_ENVID": "order 7+1=8", "DSN_RET": "HDRS",
        "DSN_ORCPT": "rfc822;bob+list@server.example", "EHLODISCARD": discard})
    assert field("Action", found) == ["relayed"]
    assert field("Original-Envelope-Id", found) == ["order 7+1=8"]
    assert field("Original-Recipient", found) == ["rfc822;bob+list@server.example"]
    assert "Content-Type: text/rfc822-headers" in found


@pytest.mark.req("MSG-08")
@pytest.mark.parametrize("env", [
    {}, {"DSN_NOTIFY": "NEVER"}, {"DSN_NOTIFY": "FAILURE,DELAY"},
    {**SUCCESS, "EHLODISCARD": "DSN"}])
def test_no_success(notified, env):
    assert notified({"DSN_ENVID": "7", **env}) is None
