"""
qmail-remote-lint, about the files of spawn-filter and rd-remote.
"""
import pytest
from test_lint import findings, put, run

ABSENT = "/no/such/file"


# REQ: CMP-03 CMP-04
def test_nothing_to_find(site, tmp_path):
    (tmp_path / "Maildir").mkdir()
    put(site, "filterargs", "a.example:cat\n*:remote:/bin/sh -c 'a | b':A=1,B=\n"
                            "b.example:local:a | b")
    put(site, "spamfilter", "*:local:bogofilter")
    put(site, "fromd.envrules", "*@a.example:A=1,B=")
    put(site, "rcpt.envrules", "[ab]@c:A=1\n(:A=1")
    put(site, "redirectremote", f"a:d:b@c\n*:r:{tmp_path}/Maildir:p")
    assert run(site, env={"FILTERARGS": "/bin/cat -u"}) == (0, "", "")


# REQ: CMP-03 CMP-04
@pytest.mark.parametrize("name, line, found", [
    ("filterargs", "*", 'refused: "no colon"'),
    ("filterargs", "*:", 'refused: "no filter"'),
    ("filterargs", "*:a | hush", 'refused: "a character that needs a shell, or quotes"'),
    ("filterargs", f"*:{ABSENT} hush",
     f'refused, this cannot be run: "{ABSENT}"'),
    ("filterargs", "*:cat:A=1,hush", "refused, no NAME=VALUE"),
    ("spamfilter", "*:bogofilter", 'refused, spawn-filter runs no spam filter: "*"'),
    ("fromd.envrules", "hush", "refused, no colon"),
    ("fromd.envrules", "*:A=1,hush", "refused, no NAME=VALUE"),
    ("rcpt.envrules", "*:=hush", "refused, no NAME=VALUE"),
    ("redirectremote", "*:x:a@b", 'refused: "neither d, nor r, nor s"'),
    ("redirectremote", f"*:d:{ABSENT}",
     f'refused, there is no such Maildir: "{ABSENT}"'),
    ("redirectremote", "*:d:Maildir",
     'refused: "its destination is no address, nor begins with \'/\'"'),
], ids=map(str, range(12)))  # A name of a test would show the secret.
def test_lines(site, name, line, found):
    put(site, name, f"# c\n{line}")
    assert findings(site) == [f"{name}:2: {found}"]


# REQ: CMP-03 CMP-04
@pytest.mark.parametrize("name, line", [
    ("filterargs", "(:cat"), ("filterargs", "(:local:cat"), ("rcpt.envrules", "(:A=1"),
    ("redirectremote", "(:d:a@b")])
def test_regular_expressions(site, name, line):
    put(site, name, line)
    assert run(site) == (0, "", "")
    assert findings(site, env={"QREGEX": ""}) == [
        f'{name}:1: refused, not a regular expression: "("']


# REQ: CMP-03
def test_the_variable(site):
    assert findings(site, env={"FILTERARGS": "a | b"}) == [
        'FILTERARGS: refused: "a character that needs a shell, or quotes"']
    assert findings(site, env={"FILTERARGS": f"{ABSENT} x"}) == [
        f'FILTERARGS: refused, this cannot be run: "{ABSENT}"']
