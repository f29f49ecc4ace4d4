"""
text - bytes as a play writes them

Escapes are \\n, \\r, \\t, \\0, \\\\ and \\xHH.  {3*ab} is ababab, and a line with
{1..3} stands for three.
"""
import re
import shlex

ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.)|$)", re.DOTALL)
REPEAT = re.compile(r"\{(\d+)\*(.*?)\}")
SERIES = re.compile(r"\{(\d+)\.\.(\d+)\}")

SINGLE = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}


def text(written):
    """The bytes that a text stands for; ValueError if it stands for none."""
    return ESCAPE.sub(_escape, _repeated(written).encode())


def words(written):
    """The words of a line: quoted as for a shell, each of them a text."""
    return [text(word) for word in shlex.split(_repeated(written))]


def series(line):
    """The lines that a line stands for; its series count in step."""
    found = SERIES.search(line)
    if not found:
        return [line]
    length = int(found[2]) - int(found[1]) + 1
    return [SERIES.sub(lambda s: str(int(s[1]) + i), line) for i in range(length)]


def shown(data, most=400):
    """Bytes as a play would write them, for a person; long ones are cut."""
    cut = "" if len(data) <= most else f"... ({len(data)} bytes)"
    return data[:most].decode("latin-1").encode("unicode_escape").decode() + cut


def seconds(written):
    """A time: "3s", "0.5s" or "50ms"."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", written)
    if not found:
        raise ValueError(f"not a time: {written}")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


def _escape(found):
    if found[1]:
        return bytes.fromhex(found[1].decode())
    if found[2] not in SINGLE:
        raise ValueError(f"no such escape: {found[0].decode()}")
    return SINGLE[found[2]]


def _repeated(written):
    return REPEAT.sub(lambda found: found[2] * int(found[1]), written)
