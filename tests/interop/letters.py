"""
letters - messages that something on the way might not leave as they are
"""
import functools

LETTERS = {
    "ordinary": b"From: <alice@client.example>\nSubject: lunch\n\nAt twelve?\n",
    "8-bit": b"Subject: na\xc3\xafve\n\n" + bytes(range(128, 256)) + b"\n\xff\n",
    "control-bytes": b"Subject: c\n\n"
        + bytes(n for n in range(1, 32) if n not in b"\r\n") + b"\x7f\n",
    "nul": b"Subject: n\n\na\0b\n\0\n\0\0\n",
    "dots": b"Subject: d\n\n.\n..\n.a\n...\na.\n. \n\n.\n\n.\n",
    "blanks-at-the-end": b"Subject: b\n\na \nb\t\n \n\t\n  \n \n",
    "empty-lines": b"Subject: e\n\n\n\na\n\n\n\n",
    "long-lines": b"Subject: l\n\n" + b"".join(
        b"x" * n + b"\n." + b"y" * n + b"\n"
        for n in (997, 998, 999, 2047, 5000, 70_000)),
    "long-field": b"Subject: " + b"s" * 5000 + b"\n\na\n",
    "only-a-header": b"Subject: h\n",
    "no-header": b"There is no header here,\n.\nand no subject.\n",
    "one-newline": b"\n",
    "empty": b"",
    "cr-lf": b"Subject: c\r\n\r\na\r\n.\r\n..\r\n\r\n",
    "bare-cr": b"Subject: c\n\na\rb\n\r.\r\n\r\r\n.\r\rMAIL FROM:<>\r\n",
    "chunks": b"Subject: s\n\n" + b"".join(
        b"." * (n % 90) + b"%d\n" % n for n in range(6000)),
}


@functools.cache
def large(size):
    """A message of so many bytes, no line like another."""
    lines = b"".join(b"%d is a number\n" % n for n in range(size // 16))
    return (b"Subject: large\n\n" + lines)[:size - 1] + b"\n"
