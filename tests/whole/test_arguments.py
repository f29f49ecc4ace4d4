"""
Calls that are wrong, odd or huge, and what of them reaches the wire.
"""
import itertools

import pytest
from listener import CHUNKING, PIPELINING, Listener
from qremote import CLASSIC, MESSAGE, PROGRAM, RECIPIENT, SENDER, file_of


# REQ: CLI-02 CLI-03
@pytest.mark.parametrize("argv", [
    [PROGRAM, *["a", "b", "c", "1", "d"][:n]] for n in range(5)] + [
    [CLASSIC, *["a", "b", "c"][:n]] for n in range(3)],
    ids=lambda argv: f"{argv[0].name}-{len(argv) - 1}")
def test_too_few_arguments(site, nobody, argv):
    with file_of(MESSAGE) as stdin:
        report = site.start([str(a) for a in argv], stdin).finish()
    assert report.letters == "Z"
    assert "was invoked improperly. (#4.3.5)" in report.text


# REQ: CLI-11
@pytest.mark.parametrize("call", [
    {"size": "bob@server.example"},
    {"recipient": "", "classic": True},
    {"recipient": "1234", "classic": True},
], ids=str)
def test_one_interface_taken_for_the_other(site, nobody, call):
    recipient = call.pop("recipient", RECIPIENT)
    report = site.deliver(MESSAGE, recipient, **call)
    assert report.letters == "Z"
    assert "was invoked improperly" in report.text


# REQ: CLI-07
@pytest.mark.parametrize("classic", [False, True], ids=["qmail-remote", "classic"])
@pytest.mark.parametrize("where", ["host", "sender", "recipient"])
def test_control_characters(site, nobody, where, classic):
    call = {"host": "server.example", "sender": SENDER, "recipient": RECIPIENT}
    for code in [*range(1, 0x20), 0x7f]:
        for at in (0, 3, len(call[where])):
            bad = call[where][:at] + chr(code) + call[where][at:]
            args = {**call, where: bad}
            report = site.deliver(MESSAGE, args["recipient"], host=args["host"],
                                  sender=args["sender"], classic=classic)
            assert report.letters == "D" and "(#5.1.3)" in report.text
            assert chr(code) not in report.text.replace("\n", "")


# REQ: CLI-07
def test_control_character_in_a_later_recipient(site, nobody):
    report = site.deliver(MESSAGE, RECIPIENT, "carol\r\nDATA@server.example")
    assert report.letter == "D" and "(#5.1.3)" in report.text


# REQ: CLI-05 CLI-07
@pytest.mark.parametrize("size", ["", "12x", "x", "-1", "+1", " 1", "1 ", "1\r\nRSET", "0x10"])
def test_a_size_that_is_no_number_is_left_out(site, size):
    with Listener(lambda s: s.take_mail("PIPELINING", "SIZE 1000")) as server:
        site.route(server.port)
        assert site.deliver(MESSAGE, size=size).letters == "rK"
    assert server.result().mail == f"MAIL FROM:<{SENDER}>".encode()


# REQ: CLI-06 MSG-01 MSG-04
@pytest.mark.parametrize("qqeh,lines", [
    ("", b""), ("X: 1\n", b"X: 1\r\n"), ("X: 1", b"X: 1\r\n"),
    ("X: 1\r\nY: 2\r\n", b"X: 1\r\nY: 2\r\n"), (".\n..\n", b".\r\n..\r\n"),
    ("X: a\rb\n", b"X: a b\r\n"), ("X: 1\r", b"X: 1\r\n"),
], ids=repr)
@pytest.mark.parametrize("keywords", [[], PIPELINING, CHUNKING], ids="+".join)
def test_extra_header_is_text_like_the_message(site, qqeh, lines, keywords):
    with Listener(lambda s: s.take_mail(*keywords)) as server:
        site.route(server.port)
        assert site.deliver(b".body\n", qqeh=qqeh).letters == "rK"
    assert server.result().body == lines + b".body\r\n"


def test_empty_arguments(site, server):
    """REQ: RPT-01"""
    for host, sender, qqeh, size, recipient in itertools.product(
            *[("", full) for full in ("server.example", SENDER, "X: 1", "7", RECIPIENT)]):
        report = site.deliver(MESSAGE, recipient, host=host, sender=sender,
                              qqeh=qqeh, size=size)
        if host and recipient:
            assert report.letters == "rK"
        assert len(report.recipients) <= 1


# REQ: CLI-10
@pytest.mark.parametrize("sender,path", [
    ("", b"<>"), ("#@[]", b"<>"), ("postmaster", b"<postmaster>"),
    ("a b@x.example", b'<"a b"@x.example>'), ('q"q@x.example', b'<"q\\"q"@x.example>'),
    ("back\\slash@x.example", b'<"back\\\\slash"@x.example>'),
    (".dot@x.example", b'<".dot"@x.example>'), ("a@b@x.example", b'<"a@b"@x.example>'),
    ("@x.example", b'<""@x.example>'), ("a>@x.example", b'<"a>"@x.example>'),
], ids=repr)
def test_senders_on_the_wire(site, server, sender, path):
    report = site.deliver(MESSAGE, sender=sender)
    assert report.letters == "rK"
    assert server.result().mail == b"MAIL FROM:" + path


# REQ: RPT-01 RPT-02
@pytest.mark.parametrize("keywords", [[], PIPELINING, CHUNKING], ids="+".join)
def test_a_thousand_recipients(site, keywords):
    """Every third is refused, every third deferred; all stay in order."""
    recipients = [f"user{i}@server.example" for i in range(1000)]
    replies = [("250 ok", "r"), ("550 no", "h"), ("450 later", "s")]

    def number(rcpt):
        return int("".join(c for c in rcpt if c.isdigit()))

    def play(session):
        return session.take_mail(
            *keywords, reply_to_rcpt=lambda rcpt: replies[number(rcpt) % 3][0])

    with Listener(play) as server:
        site.route(server.port)
        report = site.deliver(MESSAGE, *recipients)
    assert report.letters == ("rhs" * 334)[:1000] + "K"
    for recipient, record in zip(recipients, report.recipients):
        assert f"RCPT: <{recipient}> " in record.text
    assert [number(r.decode()) for r in server.result().rcpt] == list(range(1000))


# REQ: RPT-01
@pytest.mark.parametrize("length", [255, 5000, 100_000])
@pytest.mark.parametrize("where", ["host", "sender", "recipient"])
def test_long_arguments(site, server, where, length):
    """If it is too long for us, the server hears nothing else in its place."""
    call = {"host": "server.example", "sender": SENDER, "recipient": RECIPIENT}
    call[where] = "x" * length + call[where]
    report = site.deliver(MESSAGE, call["recipient"], host=call["host"],
                          sender=call["sender"])
    if length < 100_000:
        assert report.letters == "rK"
    if report.letter == "K":
        mail = server.result()
        assert mail.mail == f"MAIL FROM:<{call['sender']}>".encode()
        assert mail.rcpt == [f"RCPT TO:<{call['recipient']}>".encode()]
