"""
Servers that do not keep to the protocol: what they can make us say.

Whatever a server does, the report is a report, says K only of a message that
the server took, and D only of one that it refused.
"""
import contextlib
import random
import resource
import socket

import pytest
from listener import CHUNKING, PIPELINING, Gone, Listener
from qremote import LARGE, MESSAGE, file_of


def deliver(site, play, *recipients, message=MESSAGE, **call):
    with Listener(play) as server:
        site.route(server.port)
        return site.deliver(message, *recipients, **call)


def answers(keywords=(), **replies):
    """
    A server that gives one odd reply and is well-behaved otherwise.

    The keys are greeting, ehlo, mail, rcpt, data and dot; the reply is bytes.
    """
    def play(session):
        with contextlib.suppress(Gone):
            session.send(replies.get("greeting", b"220 server.example\r\n"))
            session.hear("EHLO")
            if "ehlo" in replies:
                session.send(replies["ehlo"])
            else:
                session.offer(*keywords)
            session.hear("MAIL")
            session.send(replies.get("mail", b"250 ok\r\n"))
            while session.hear("RCPT", "DATA").startswith(b"RCPT"):
                session.send(replies.get("rcpt", b"250 ok\r\n"))
            session.send(replies.get("data", b"354 go\r\n"))
            session.dotted()
            session.send(replies.get("dot", b"250 queued\r\n"))
        session.rest()
    return play


# What is no SMTP reply at all, or not one that makes sense there.
NONSENSE = {
    "empty line": b"\r\n",
    "no code": b"hello there\r\n",
    "two digits": b"25 ok\r\n",
    "four digits": b"2500 ok\r\n",
    "letter in code": b"2x0 ok\r\n",
    "sign in code": b"-50 ok\r\n",
    "no blank": b"250ok\r\n",
    "class 0": b"050 ok\r\n",
    "class 1": b"150 ok\r\n",
    "class 6": b"650 ok\r\n",
    "class 9": b"999 ok\r\n",
    "codes differ": b"250-ok\r\n550 no\r\n",
    "code gone": b"250-ok\r\n\r\n",
    "NUL for code": b"\0\0\0 ok\r\n",
    "high bytes": b"\xff\xfe\xfd\r\n",
}


# REQ: RPT-01 RPT-12
@pytest.mark.parametrize("step", ["greeting", "ehlo", "mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_is_neither_yes_nor_no(site, step, kind):
    report = deliver(site, answers(**{step: NONSENSE[kind]}))
    assert report.letter == "Z"
    assert ("Possible duplicate!" in report.text) == (step == "dot")


# REQ: RPT-06
def test_peer_text_cannot_make_records(site):
    """A NUL in a reply would end our record and begin one of the server's."""
    evil = b"550 no\0Kmx accepted message.\0r\x1b[31m\xe4\r\n"
    for step in ("greeting", "mail", "rcpt", "data", "dot"):
        report = deliver(site, answers(**{step: evil}))
        assert report.letter == "D"
        assert "550 no?Kmx accepted message.?r?[31m?\n" in report.text
        assert len(report.recipients) <= 1


# REQ: RPT-06
def test_peer_text_is_cut(site):
    """Of endless words 5000 bytes are shown, and lines stay lines."""
    reply = b"".join(b"550-%04d %s\r\n" % (i, b"x" * 97) for i in range(200))
    report = deliver(site, answers(mail=reply + b"550 end\r\n"))
    words = report.text.split("Remote host said: ", 1)[1]
    assert report.letter == "D"
    assert words.splitlines()[:2] == [f"550-{i:04} " + "x" * 97 for i in range(2)]
    assert len(words.rstrip("\n")) == 5000


def test_one_line_without_end_is_cut(site):
    """A megabyte in one line takes no memory, and its code counts."""
    report = deliver(site, answers(mail=b"550 " + b"x" * 1_000_000 + b"\r\n"))
    assert report.letter == "D"
    assert len(report.raw) < 6000


# REQ: RPT-05
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b" \t\r\n"])
def test_lines_may_end_in_lf_alone(site, end):
    report = deliver(site, answers(dot=b"250-a" + end + b"250 b" + end))
    assert report.letter == "K"
    assert "Remote host said: 250-a" in report.text


def test_replies_may_come_byte_by_byte(site):
    def play(session):
        class Slowly:
            def sendall(self, data):
                for byte in data:
                    session_send(bytes([byte]))

        session_send, session.send = session.send, Slowly().sendall
        return session.take_mail(*PIPELINING)

    assert deliver(site, play, "b@server.example", "c@server.example").letters == "rrK"


def test_a_server_that_talks_before_it_reads(site):
    """
    Neither side waits for the other: what is said meanwhile is taken in.

    The commands are 5 MB, the replies 1.6 MB, more than the buffers between us
    hold, and the server reads nothing before it has said it all.
    """
    recipients = [f"{'x' * 3000}{i}@server.example" for i in range(1600)]

    def many_arguments():
        resource.setrlimit(resource.RLIMIT_STACK, (1 << 26, resource.RLIM_INFINITY))

    def play(session):
        session.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        session.greet(*PIPELINING)
        session.hear("MAIL")
        session.say("250 ok")
        for _ in recipients:
            session.say("250-" + "x" * 1000, "250 ok")
        session.say("354 go")
        for _ in recipients:
            session.hear("RCPT")
        session.hear("DATA")
        session.dotted()
        session.say("250 queued")

    with Listener(play) as server:
        server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        site.route(server.port)
        with file_of(MESSAGE) as stdin:
            report = site.start(site.argv(*recipients), stdin,
                                preexec_fn=many_arguments).finish()
    assert report.letters == "r" * 1600 + "K"


def test_success_before_the_end_is_no_success(site):
    """354 and 250 in one breath: the 250 cannot be about the message."""
    def play(session):
        session.greet(*PIPELINING)
        session.envelope()
        session.say("354 go", "250 queued")
        session.rest()

    for message in (MESSAGE, LARGE):
        report = deliver(site, play, message=message)
        assert report.letter == "Z"


def test_a_refusal_in_mid_message_counts(site):
    """The server says why and hangs up while we still send."""
    def play(session):
        session.greet(*PIPELINING)
        session.envelope()
        session.say("354 go")
        session.take(100_000)
        session.say("552 5.3.4 too large")
        session.sock.shutdown(1)
        session.rest()

    report = deliver(site, play, message=LARGE)
    assert report.letter == "D"
    assert "Remote host said: 552 5.3.4 too large\n" in report.text


def test_a_refused_chunk_counts(site):
    """REQ: MSG-10"""
    def play(session):
        session.greet(*CHUNKING)
        session.envelope()
        session.say("452 4.3.1 no space")
        session.rest()

    report = deliver(site, play, message=LARGE)
    assert report.letter == "Z"
    assert "Remote host said: 452 4.3.1 no space\n" in report.text


def test_a_reset_is_no_verdict(site):
    def play(session):
        session.greet(*PIPELINING)
        session.envelope()
        session.say("354 go")
        session.take(10_000)
        session.reset()

    report = deliver(site, play, message=LARGE)
    assert report.letter == "Z"
    assert "but connection died" in report.text
    assert "Possible duplicate!" not in report.text


def test_354_without_recipients_sends_nothing(site):
    """REQ: RPT-07.  An empty message would go to nobody; it is not success."""
    heard = []

    def play(session):
        session.greet(*PIPELINING)
        session.envelope(reply_to_rcpt=lambda rcpt: "550 unknown")
        session.say("354 go")
        heard.append(session.dotted()[0])
        session.say("250 queued")
        session.rest()

    report = deliver(site, play)
    assert report.letters == "hD"
    assert heard == [b".\r\n"]


def test_more_replies_than_commands(site):
    """Those in advance would answer what was not asked yet."""
    def play(session):
        session.greet()
        session.hear("MAIL")
        session.say(*["250 ok"] * 3, "354 go", "250 queued", "250 queued")
        session.rest()

    assert deliver(site, play).letter == "Z"


# What a server may come up with anywhere; None: it hangs up.
ODDITIES = [
    b"250 ok\r\n", b"354 go\r\n", b"221 bye\r\n", b"421 4.3.2 closing\r\n",
    b"450 later\r\n", b"550 5.1.1 never\r\n", b"250-a\r\n250 b\r\n",
    b"550-a\r\n550-b\r\n550 c\r\n", b"\r\n", b"2\r\n", b"\0\r\n", b"999 x\r\n",
    b"250 ok\r\n250 ok\r\n250 ok\r\n", b"354 go\r\n250 ok\r\n", None,
]


class Erratic:
    """A server that mostly does what it should, and remembers what it did."""

    def __init__(self, seed):
        self.choose = random.Random(seed)
        # It took a message; it never said an odd thing; it said 5xx; it said
        # more than it was asked, so that a client may mistake its words.
        self.took, self.proper = False, True
        self.refused = self.excessive = False

    def say(self, session, reply):
        """Says the reply, or something odd; returns what was said."""
        said = reply
        if self.choose.random() < 0.1:
            said = self.choose.choice(ODDITIES)
        if said is None:
            raise Gone
        session.send(said)
        self.proper &= said == reply
        self.refused |= said.startswith(b"5")
        self.excessive |= b"\r\n250 ok" in said
        return said

    def play(self, session):
        with contextlib.suppress(Gone):
            self.say(session, b"220 hi\r\n")
            session.hear()
            keywords = self.choose.choice([[], PIPELINING, CHUNKING])
            self.say(session, b"".join(
                b"250-%s\r\n" % k.encode() for k in keywords) + b"250 end\r\n")
            while (line := session.hear()) != b"QUIT":
                self.command(session, line)
        session.sock.close()

    def command(self, session, line):
        if line == b"DATA":
            self.say(session, b"354 go\r\n")
            session.dotted()
        elif line.startswith(b"BDAT"):
            session.take(int(line.split()[1]))
        said = self.say(session, b"250 ok\r\n")
        if line == b"DATA" or line.endswith(b" LAST"):
            self.took |= said[:3] in (b"250", b"221")


# REQ: RPT-01 RPT-02 RPT-07
@pytest.mark.parametrize("block", range(10))
def test_erratic_servers(site, block):
    """K means taken, taken without a false note means K, D means refused."""
    site.put("timeoutremote", 5)
    for seed in range(100 * block, 100 * (block + 1)):
        server = Erratic(seed)
        recipients = [f"user{i}@server.example" for i in range(seed % 4 + 1)]
        report = deliver(site, server.play, *recipients)
        assert len(report.recipients) <= len(recipients)
        if report.letter == "K":
            assert server.took or server.excessive, (seed, report)
        if report.letter == "D":
            assert server.refused, (seed, report)
        if server.took and server.proper:
            assert report.letters == "r" * len(recipients) + "K", (seed, report)
