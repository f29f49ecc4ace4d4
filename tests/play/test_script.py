"""
Plays that are understood, and plays that are not.
"""
import pytest

from .script import PlayError, parse
from .server import Conversation

REQUEST = "request example.org alice@example.com bob@example.org\n"
REPORT = r"report Zno\0" + "\n"


@pytest.fixture
def play(tmp_path):
    """Parses a play from its text."""
    def parsed(text):
        path = tmp_path / "a-play.play"
        path.write_text(text)
        return parse(path)
    return parsed


def test_defaults(play):
    p = play(REQUEST + REPORT)
    assert p.name == "a-play"
    assert p.arguments == [
        b"example.org", b"alice@example.com", b"", b"", b"bob@example.org"]
    assert p.control == {"me": b"me.example.com\n"}
    assert p.report == b"Zno\0"
    assert p.exit == 0
    assert p.calls == []


def test_arguments(play):
    assert play("classic\n" + REQUEST + REPORT).arguments == [
        b"example.org", b"alice@example.com", b"bob@example.org"]
    assert play("qqeh X: 1\\n\nsize 27\n" + REQUEST + REPORT).arguments[2:4] == [
        b"X: 1\n", b"27"]
    assert play("argv one ''\n" + REPORT).arguments == [b"one", b""]


def test_continuation(play):
    p = play(REQUEST + r"""
# a comment
report   one\n
         two\n

         three\0
control smtproutes
         a:b
         c:d
control helohost x
         y
control empty
""")
    assert p.report == b"one\ntwo\nthree\0"
    assert p.control["smtproutes"] == b"a:b\nc:d\n"
    assert p.control["helohost"] == b"x\ny\n"
    assert p.control["empty"] == b"\n"


def test_wanted_message(play):
    wanted = play("qqeh X: 1\nmessage .\\n\n" + REQUEST + REPORT).wanted_message
    assert wanted.dotted == b"X: 1\r\n..\r\n.\r\n"
    assert wanted.canonical == b"X: 1\r\n.\r\n"


def test_scripts(play):
    p = play(REQUEST + REPORT + """
S: 220 a
S: 220 b
C: EHLO x
server ::1 small-buffers
C~ EHLO .*
""")
    first, second = p.calls
    assert (first.address, first.small_buffers) == ("127.0.0.2", False)
    # What is said without a pause is one step.
    assert [(s.verb, s.args) for s in first.steps] == [
        ("say", (b"220 a\r\n220 b\r\n",)), ("hear", (b"EHLO x",))]
    assert (second.address, second.small_buffers) == ("::1", True)
    assert second.steps[0].args == (b"EHLO .*",)


def test_plain_conversation(play):
    p = play("request example.org '#@[]' bob@example.org carol@example.org\n"
             "server 127.0.0.3 accepts\nreport (accepted by 127.0.0.3)\n")
    heard = [s.args[0] for s in p.calls[0].steps if s.verb == "hear"]
    assert heard == [
        b"EHLO me.example.com", b"MAIL FROM:<>", b"RCPT TO:<bob@example.org>",
        b"RCPT TO:<carol@example.org>", b"DATA", b"QUIT"]
    assert p.report == (
        b"rFrom: <> RCPT: <bob@example.org> \0"
        b"rFrom: <> RCPT: <carol@example.org> \0"
        b"K127.0.0.3 accepted message - Protocol SMTP.\n"
        b"Remote host said: 250 queued\nProtocol SMTP; TLS none; verified none\n\0")


@pytest.mark.parametrize("line", [
    "S: 220 x", "S* 3 250-x", "S+ 25", "S! close", "S! reset", "S! stall",
    "S! wait 10ms", "S! drip 10ms 250 ok", "S! slow-read 10 10ms",
    "C: x", "C= x", "C~ x", "C* 3 x", "C: (message)", "C: (message 10)", "C: (chunk)",
    "C! anything", "C! quiet 10ms", "C! from 127.0.0.1",
])
def test_every_step_is_one_of_a_conversation(play, line):
    step, = play(REQUEST + REPORT + line + "\n").calls[0].steps
    assert callable(getattr(Conversation, step.verb))


@pytest.mark.parametrize("text, complaint", [
    (REQUEST, "no report"),
    (REPORT, "no request"),
    (REQUEST + REPORT + "nonsense\n", ":3: no such keyword"),
    ("  continued\n", ":0: continues nothing"),
    (REQUEST + REPORT + "S! dance\n", ":3: servers do not do that"),
    (REQUEST + REPORT + "C! dance\n", ":3: clients do not do that"),
    (REQUEST + REPORT + "within 3\n", ":3: ValueError: not a time"),
    (REQUEST + REPORT + "message \\q\n", ":3: ValueError: no such escape"),
    (REQUEST + REPORT + "net flood 127.0.0.2\n", ":3: no such fault of the net"),
    (REQUEST + REPORT + "net exhaust 127.0.0.2\n", ":3: own-network must come first"),
    (REQUEST + REPORT + "stdin keyboard\n", ":3: no such stdin"),
    (REQUEST + REPORT + "stdout printer\n", ":3: no such stdout"),
    (REQUEST + REPORT + "server 127.0.0.2 fast\n", ":3: this is not"),
    (REQUEST + REPORT + "certs a (wrong)\n", ":3: no such certificate"),
    (REQUEST + REPORT + "S! tls wrong\n", ":3: no such TLS"),
    (REQUEST + REPORT + "S! tls right 1.1\n", ":3: no such TLS"),
    ("server 127.0.0.2 accepts\n", ":1: this needs a request"),
    (REQUEST + REPORT + "zone example.org.\n", ":3: "),
    (REQUEST + REPORT + "tcpto 127.0.0.2 count=x\n", ":3: "),
])
def test_not_understood(play, text, complaint):
    with pytest.raises(PlayError, match=complaint):
        play(text)
