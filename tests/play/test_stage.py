"""
The stage notices what a program does wrong.

The program is played by a client that says what a test tells it to say,
and reports what a test tells it to report.
"""
import contextlib
import socket
import ssl
import time

import dns.message
import dns.query
import pytest

from .names import ADDRESS
from .script import parse
from .stage import perform
from .subject import Run

REQUEST = "request example.org alice@example.com bob@example.org\n"
SERVER = "server 127.0.0.2 accepts"
SUCCESS = "report (accepted by 127.0.0.2)"
PLAY = f"{REQUEST}{SERVER}\n{SUCCESS}\n"
LATER = "report Zlater\\n\\0\n"
ZONE = "zone example.org. A 127.0.0.2\n"
R = b"rFrom: <alice@example.com> RCPT: <bob@example.org> \0"
K = (b"K127.0.0.2 accepted message - Protocol SMTP.\n"
     b"Remote host said: 250 queued\nProtocol SMTP; TLS none; verified none\n\0")
Z = b"Zlater\n\0"

HELLO = [b"EHLO me.example.com\r\n"]
MAIL = [b"MAIL FROM:<alice@example.com>\r\n"]
RCPT = [b"RCPT TO:<bob@example.org>\r\n"]
UP_TO_DATA = HELLO + MAIL + RCPT + [b"DATA\r\n"]
MESSAGE = [b"Subject: a test\r\n\r\nHello.\r\n.\r\n"]
QUIT = [b"QUIT\r\n"]
WHOLE = UP_TO_DATA + MESSAGE + QUIT


class Actor:
    """Stands in for the program: calls servers, asks names, and reports."""

    def __init__(self, act=None, report=R + K, complaint=b"", status=0):
        self.act = act or (lambda actor: actor.call(WHOLE))
        self.run_ = (report, complaint, status)

    def run(self, _play, _env, directory):
        """As subject.Program has it."""
        self.directory = directory
        resolver = (directory / "control" / "dnsservers").read_text()
        self.port = int(resolver.strip().split("@")[1])
        begin = time.monotonic()
        self.act(self)
        return Run(*self.run_, time.monotonic() - begin)

    def call(self, says, address="127.0.0.2"):
        """A session: the greeting, then each thing said, and its reply."""
        with self.connect(address) as sock, contextlib.suppress(OSError):
            for data in says:
                if not sock.recv(65536):
                    break
                sock.sendall(data)

    def connect(self, address="127.0.0.2", patience=1):
        """A connection, by which nobody waits for long."""
        return socket.create_connection((address, self.port), patience)

    def ask(self, name, kind):
        """A question to the resolver."""
        query = dns.message.make_query(name, kind)
        dns.query.udp(query, ADDRESS, 5, self.port)


@pytest.fixture
def faults(tmp_path):
    """Performs a play, and returns all faults in one text."""
    def performed(actor, text=PLAY):
        path = tmp_path / "a.play"
        path.write_text(text)
        done = perform(parse(path), actor, tmp_path)
        assert str(done)
        return "\n".join(done.faults)
    return performed


def test_nothing_is_wrong(faults):
    assert faults(Actor()) == ""


@pytest.mark.parametrize("says, complaint", [
    (HELLO + [b"MAIL FROM:<eve@example.com>\r\n"], "heard: MAIL FROM:<eve@"),
    (HELLO + [MAIL[0].replace(b"\r", b"")], "a line without CR"),
    (HELLO + [MAIL[0] + RCPT[0]], "did not wait for a reply: RCPT"),
    (UP_TO_DATA + [MESSAGE[0].replace(b"Hello", b"Hullo")], "differs from byte 20"),
    (UP_TO_DATA + [MESSAGE[0].replace(b"Hello", b".")], "differs from byte 19"),
    (UP_TO_DATA + [b".\r\n"], "differs from byte 0"),
    (UP_TO_DATA + MESSAGE, "the client hung up"),
    (UP_TO_DATA + MESSAGE + [QUIT[0] + b"NOOP\r\n"], "had more to say: NOOP"),
    (HELLO, "the client hung up"),
])
def test_conversation(faults, says, complaint):
    assert complaint in faults(Actor(lambda actor: actor.call(says)))


def test_speaking_before_the_greeting(faults):
    def act(actor):
        with actor.connect() as sock:
            sock.sendall(HELLO[0])
            sock.recv(100)
    late = PLAY.replace(SERVER, "S! wait 100ms\nS: 220 mx\nC: EHLO me.example.com")
    assert "did not wait for a reply: EHLO" in faults(Actor(act), late)


PIPELINED = REQUEST + """\
S: 220 mx
C: EHLO me.example.com
S: 250 PIPELINING
C: MAIL FROM:<alice@example.com>
C= RCPT TO:<bob@example.org>
S! close
report Zlater\\n\\0
"""


def test_together(faults):
    batch = Actor(lambda actor: actor.call(HELLO + [MAIL[0] + RCPT[0]]), Z)
    assert faults(batch, PIPELINED) == ""


def test_not_together(faults):
    def act(actor):
        with actor.connect() as sock:
            for data in HELLO + MAIL:
                sock.recv(100)
                sock.sendall(data)
            time.sleep(0.2)
            sock.sendall(RCPT[0])
    assert "did not come with the line before" in faults(Actor(act, Z), PIPELINED)


def test_quiet(faults):
    text = PIPELINED.replace("C= RCPT TO:<bob@example.org>", "C! quiet 100ms")
    assert "said without being asked: RCPT" in faults(
        Actor(lambda actor: actor.call(HELLO + [MAIL[0] + RCPT[0]]), Z), text)


SECURED = REQUEST + """\
S: 220 mx
C: STARTTLS
S: 220 go ahead
S! tls right asks
C! name mx1.example.org
C! no-certificate
C: EHLO me.example.com
S! close
report Zlater\\n\\0
"""


def speaking_tls(name, before=b""):
    """An actor that asks for a name in TLS."""
    def act(actor):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with actor.connect() as sock, contextlib.suppress(OSError):
            sock.recv(100)
            sock.sendall(b"STARTTLS\r\n" + before)
            sock.recv(100)
            with context.wrap_socket(sock, server_hostname=name) as secured:
                secured.sendall(HELLO[0])
                secured.recv(100)
    return Actor(act, Z)


@pytest.mark.parametrize("name, before, script, complaint", [
    ("mx1.example.org", b"", SECURED, ""),
    ("mx2.example.org", b"", SECURED, "asked for the name mx2.example.org"),
    (None, b"", SECURED, "asked for the name None"),
    ("mx1.example.org", b"EHLO me\r\n", SECURED, "did not wait for a reply: EHLO me"),
    ("mx1.example.org", b"", SECURED.replace("no-cert", "cert"), "the client showed None"),
    ("mx1.example.org", b"", SECURED.replace("asks", "fails"), "did not fail"),
], ids=["right", "other-name", "no-name", "too-early", "no-certificate", "no-failure"])
def test_tls(faults, name, before, script, complaint):
    found = faults(speaking_tls(name, before), script)
    assert complaint in found and bool(complaint) == bool(found)


CHUNKED = REQUEST + """\
S: 220 mx
C: EHLO me.example.com
S: 250 PIPELINING
C: BDAT 17
C: (chunk)
C: BDAT 10 LAST
C: (chunk)
S: 250 chunk
S: 250 queued
C! anything
report (accepted by 127.0.0.2)
"""


@pytest.mark.parametrize("second, complaint", [
    (b"\r\nHello.\r\n", ""),
    (b"\r\nHullo.\r\n", "differs from byte 20"),
    (b"\r\n", "the client hung up"),
])
def test_chunks(faults, second, complaint):
    said = HELLO + [b"BDAT 17\r\nSubject: a test\r\nBDAT 10 LAST\r\n" + second]
    assert complaint in faults(Actor(lambda actor: actor.call(said)), CHUNKED)


def test_called_once_more(faults):
    def act(actor):
        actor.call(WHOLE)
        actor.call([])
    assert "127.0.0.2 was called once more" in faults(Actor(act))


def test_not_called(faults):
    found = faults(Actor(lambda actor: None, Z), PLAY)
    assert "127.0.0.2 was not called for line 2" in found
    assert "called nobody, not 127.0.0.2" in found


def test_called_though_uncalled(faults):
    text = REQUEST + "net uncalled 127.0.0.3\n" + LATER
    assert "called 127.0.0.3, not nobody" in faults(
        Actor(lambda actor: actor.call([], "127.0.0.3"), Z), text)


@pytest.mark.parametrize("any_order, complaint", [
    ("", "called 127.0.0.3 127.0.0.2, not 127.0.0.2 127.0.0.3"),
    ("any-order\n", ""),
])
def test_order_of_calls(faults, any_order, complaint):
    def act(actor):
        actor.call([b""], "127.0.0.3")
        actor.call([b""], "127.0.0.2")
    text = REQUEST + any_order + LATER
    text += "server 127.0.0.2\nS! close\nserver 127.0.0.3\nS! close\n"
    assert faults(Actor(act, Z), text) == complaint


def test_client_address(faults):
    text = REQUEST + "C! from 127.0.0.9\n" + LATER
    found = faults(Actor(lambda actor: actor.call([]), Z), text)
    assert "the client calls from 127.0.0.1" in found


@pytest.mark.parametrize("report, complaint", [
    (R + K[:-1], "the report is none"),
    (R + K + b"r\0", "the report is none"),
    (R + K + K, "the report is none"),
    (b"warning\n" + R + K, "the report is none"),
    (R, "the report is none"),
    (b"", "the report is none"),
    (R + R + K, "more recipients than there are"),
    (K, "K without a recipient"),
    (R + K.replace(b"queued", b"que\x1bued"), "not printable"),
    (R + K.replace(b"queued", b"taken"), "-Remote host said: 250 queued"),
    (R + Z, "Z is not true: the message was accepted"),
    (R.replace(b"rF", b"sF") + K, "qmail-rspawn takes K for Z"),
])
def test_report(faults, report, complaint):
    assert complaint in faults(Actor(report=report))


CONVERSATION = """\
S: 220 mx
C: EHLO me.example.com
S: 250 mx
C: MAIL FROM:<alice@example.com>
S: 250 ok
C: RCPT TO:<bob@example.org>
S: 250 ok
C: DATA
S: 354 go ahead
"""


def test_success_without_a_message(faults):
    refused = PLAY.replace(SERVER, CONVERSATION + "C: (message)\nS: 554 spam\nC: QUIT")
    assert faults(Actor(), refused) == "K is not true: the message was not accepted"


@pytest.mark.parametrize("heard_before", ["", "C: (message 5)\n"])
def test_success_before_its_time(faults, heard_before):
    early = PLAY.replace(
        SERVER, CONVERSATION + heard_before + "S: 250 queued\nC! anything")
    assert "K is not true" in faults(Actor(), early)


def test_report_by_pattern(faults):
    like = PLAY.replace(SUCCESS, r"report~ r[^\0]*\0K127\.0\.0\.2 .*\0")
    assert faults(Actor(), like) == ""


def test_report_not_like_the_pattern(faults):
    unlike = PLAY.replace(SUCCESS, r"report~ K.*")
    assert "the report is rFrom" in faults(Actor(), unlike)


@pytest.mark.parametrize("actor, text, complaint", [
    (Actor(complaint=b"oops\n"), PLAY, r"on fd 2: oops\n"),
    (Actor(status=1), PLAY, "exit 1, not 0"),
    (Actor(), PLAY + "exit 111\n", "exit 0, not 111"),
    (Actor(), PLAY + "after 5s\n", "s, not 5.0 to 10"),
    (Actor(), PLAY + "within 0s\n", "s, not 0 to 0.0"),
    (Actor(), PLAY + "trace said line=QUIT\n", "not in the trace: {'event': 'said'"),
    (Actor(), PLAY + "tcpto-after 127.0.0.2 count=1\n", "127.0.0.2 0 times, not 1"),
    (Actor(), PLAY + ZONE + "asked example.org. MX\n", "did not ask for example.org."),
])
def test_run(faults, actor, text, complaint):
    assert complaint in faults(actor, text)


def test_trace(faults):
    def act(actor):
        actor.call(WHOLE)
        event = '{"ms":1,"event":"said","line":"QUIT"}\n'
        (actor.directory / "trace").write_text(event)
    assert faults(Actor(act), PLAY + "trace said line=QUIT\n") == ""


@pytest.mark.parametrize("kind, text, complaint", [
    ("A", PLAY, "though there is no zone"),
    ("A", PLAY + ZONE, ""),
    ("A", PLAY + ZONE + "asked example.org. A\n", ""),
    ("A", PLAY + ZONE + "not-asked example.org. A\n", "asked for example.org. A"),
    ("ANY", PLAY + ZONE, "asked for example.org. ANY"),
])
def test_names(faults, kind, text, complaint):
    def act(actor):
        actor.ask("example.org", kind)
        actor.call(WHOLE)
    found = faults(Actor(act), text)
    assert complaint in found and bool(complaint) == bool(found)


def test_refused_and_blackhole(faults):
    def act(actor):
        with pytest.raises(ConnectionRefusedError):
            actor.connect()
        with pytest.raises(TimeoutError):
            actor.connect("127.0.0.3", 0.3)
    text = REQUEST + "net refuse 127.0.0.2\nnet blackhole 127.0.0.3\n" + LATER
    assert faults(Actor(act, Z), text) == ""


@pytest.mark.parametrize("trouble", ["S! close", "S! reset"])
def test_hanging_up(faults, trouble):
    def act(actor):
        with actor.connect() as sock:
            try:
                ends.append(sock.recv(10))
            except ConnectionResetError:
                ends.append("reset")
    ends = []
    assert faults(Actor(act, Z), f"{REQUEST}S! wait 50ms\n{trouble}\n{LATER}") == ""
    assert ends == [b"" if trouble == "S! close" else "reset"]


def test_drip_and_wait(faults):
    def act(actor):
        with actor.connect() as sock:
            first = sock.recv(100)
            begin = time.monotonic()
            rest = sock.makefile("rb").read()
            pieces.append((first, rest, time.monotonic() - begin))
    pieces = []
    text = REQUEST + "S! drip 20ms 220 slow\nS! wait 200ms\nS! close\n" + LATER
    assert faults(Actor(act, Z), text) == ""
    (first, rest, took), = pieces
    assert (first, rest) == (b"2", b"20 slow\r\n")
    assert took > 0.3
