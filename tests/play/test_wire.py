"""
A message as SMTP must carry it.
"""
import pytest

from .wire import canonical, stuffed, with_header


@pytest.mark.parametrize("message, lines, dotted", [
    (b"", b"", b".\r\n"),
    (b"\n", b"\r\n", b"\r\n.\r\n"),
    (b"a\n", b"a\r\n", b"a\r\n.\r\n"),
    (b".\n", b".\r\n", b"..\r\n.\r\n"),
    (b"..a\n.\n", b"..a\r\n.\r\n", b"...a\r\n..\r\n.\r\n"),
    (b"a.\n", b"a.\r\n", b"a.\r\n.\r\n"),
    # CR LF is one line end, and any other CR is a space.
    (b"a\r\n", b"a\r\n", b"a\r\n.\r\n"),
    (b"a\r\r\n", b"a \r\n", b"a \r\n.\r\n"),
    (b"a\r.\r\n", b"a .\r\n", b"a .\r\n.\r\n"),
    (b"\r.\n", b" .\r\n", b" .\r\n.\r\n"),
    (b"a\n\r.\n", b"a\r\n .\r\n", b"a\r\n .\r\n.\r\n"),
    (b"\r\n.\r\n", b"\r\n.\r\n", b"\r\n..\r\n.\r\n"),
    (b"\0\xff\n", b"\0\xff\r\n", b"\0\xff\r\n.\r\n"),
])
def test_lines(message, lines, dotted):
    assert canonical(message) == lines
    assert stuffed(message) == dotted


def test_header():
    assert with_header(b"", b"b\n") == b"b\n"
    assert with_header(b"A: 1", b"b\n") == b"A: 1\nb\n"
    assert with_header(b"A: 1\n", b"b\n") == b"A: 1\nb\n"
