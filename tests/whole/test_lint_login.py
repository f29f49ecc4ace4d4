"""
qmail-remote-lint, and how logins are to be made.
"""
import pytest
from test_lint import findings, put, run


# REQ: AUTH-02
@pytest.mark.parametrize("name", ["", "any", "Plain", "SCRAM-SHA-256-PLUS", "external"])
def test_mechanisms_that_there_are(site, name):
    assert run(site, env={"AUTH_SMTP": name}) == (0, "", "")


# REQ: AUTH-02
@pytest.mark.parametrize("name", ["gssapi", "PLAIN LOGIN", "cram"])
def test_a_mechanism_that_is_none(site, name):
    assert findings(site, env={"AUTH_SMTP": name}) == [
        f'AUTH_SMTP: names no way to log in: "{name}"']


# REQ: AUTH-02
def test_a_mechanism_in_a_route(site):
    put(site, "smtproutes", "a.example:relay.example user Sesame AUTH_SMTP=plian\n"
                            "b.example:relay.example user Sesame AUTH_SMTP=plain")
    assert findings(site) == ['smtproutes:1: names no way to log in: "AUTH_SMTP"']
