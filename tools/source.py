"""source - C files as the checks see them

Not a parser: it knows kernel normal form, in which a function's name, its
opening and its closing brace each begin a line, and the formatter sees to
that.
"""

import pathlib
import re
import sys

# A comment, a string, a character: what is not code.
TOKEN = re.compile(
    r"""/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""",
    re.DOTALL | re.VERBOSE)
DEFINITION = re.compile(r"^(\w+)\(", re.MULTILINE)


def files(root, *suffixes):
    """The C files below a folder, in order."""
    return sorted(p for p in pathlib.Path(root).rglob("*")
                  if p.suffix in (suffixes or (".c", ".h")))


def is_test(path):
    """Whether a file is only for tests."""
    return path.stem.endswith(("_test", "_fuzz")) or \
        path.name in ("check.h", "fuzz.h")


def blank(text):
    """The same length and lines, with nothing to be seen."""
    return re.sub(r"[^\n]", " ", text)


def code(text):
    """Only the code: comments, and what is within quotes, made blank."""
    def without(match):
        token = match.group()
        if token[0] == "/":
            return blank(token)
        return token[0] + blank(token[1:-1]) + token[-1]
    return TOKEN.sub(without, text)


def comments(text):
    """Only the comments, all else made blank."""
    out, at = [], 0
    for match in TOKEN.finditer(text):
        token = match.group()
        out.append(blank(text[at:match.start()]))
        out.append(token if token[0] == "/" else blank(token))
        at = match.end()
    out.append(blank(text[at:]))
    return "".join(out)


def functions(text):
    """(name, first line, last line) of each function that is defined.

    The first line is that of its name, the last that of its closing brace;
    lines are counted from 1.
    """
    bare = code(text)
    found = []
    for match in DEFINITION.finditer(bare):
        opening = re.compile(r"^\{", re.MULTILINE).search(bare, match.end())
        if opening is None or ";" in bare[match.end():opening.start()]:
            continue
        closing = re.compile(r"^\}", re.MULTILINE).search(bare, opening.end())
        if closing is None:
            continue
        found.append((match.group(1), line_of(bare, match.start()),
                      line_of(bare, closing.start())))
    return found


def line_of(text, offset):
    """The line of an offset, counted from 1."""
    return text.count("\n", 0, offset) + 1


def finish(complaints, skipped=None):
    """Prints the complaints of a check; ends it with the right status.

    skipped says why part of the check could not be done; without complaints
    the status is then 77.
    """
    for complaint in complaints:
        print(complaint)
    if skipped is not None:
        print(skipped)
    sys.exit(1 if complaints else 77 if skipped else 0)
