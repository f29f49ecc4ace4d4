"""
Bytes as a play writes them.
"""
import pytest

from .text import seconds, series, shown, text, words


@pytest.mark.parametrize("written, data", [
    ("plain", b"plain"),
    (r"a\n\r\t\0\\b", b"a\n\r\t\0\\b"),
    (r"\x00\xfF\x7b", b"\0\xff{"),
    ("é", b"\xc3\xa9"),
    ("{3*ab}c", b"abababc"),
    (r"{2*x\n}", b"x\nx\n"),
    ("{0*gone}", b""),
    ("{a} {3} {1..2}", b"{a} {3} {1..2}"),
])
def test_text(written, data):
    assert text(written) == data


@pytest.mark.parametrize("written", [r"\q", r"\x0", "at the end\\"])
def test_no_such_escape(written):
    with pytest.raises(ValueError):
        text(written)


def test_words():
    assert words(r"""one '' 'two \n words' "it's" {2*x }""") == [
        b"one", b"", b"two \n words", b"it's", b"x", b"x"]


def test_series():
    assert series("a{1..3} b") == ["a1 b", "a2 b", "a3 b"]
    assert series("MX {5..6} mx{8..9}") == ["MX 5 mx8", "MX 6 mx9"]
    assert series("none") == ["none"]


def test_seconds():
    assert seconds("3s") == 3
    assert seconds("0.5s") == 0.5
    assert seconds("50ms") == 0.05
    with pytest.raises(ValueError):
        seconds("3")


def test_shown():
    assert shown(b"a\r\n\0'\"\\") == r"""a\r\n\x00'"\\"""
    assert shown(b"x" * 500, 3) == "xxx... (500 bytes)"
