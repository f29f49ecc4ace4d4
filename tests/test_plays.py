"""
Every play in tests/scenario is performed, and the plays together reach every
row of the table of rulings.
"""
import functools
import pathlib
import re

import pytest

from play.script import parse
from play.stage import perform
from play.subject import ROOT, Program

PLAYS = sorted(pathlib.Path(__file__).parent.joinpath("scenario").glob("*.play"))
RULINGS = ROOT / "src" / "policy" / "ruling.c"

# Rows that no play can reach, and why.
BEYOND_PLAYS = {
    "AT_MEMORY ANY": "no play takes the program's memory away",
    "AT_SIGNING ANY": "no play takes OpenSSL away, but tests/whole/test_batv.py does",
    "AT_OWN_ADDRESSES ANY": "the system always tells a host's addresses",
    "AT_CONNECT BY_LACK": "no play takes the program's descriptors away",
    "AT_CONNECT_QMTP BY_LACK": "the same",
}

ROW = re.compile(
    r"""\{\s* (?P<stage>\w+) ,\s* (?P<causes>[^,]+) ,\s* (?P<given>\w+) ,\s*
        (?P<act>STOP|NEXT|AGAIN_PLAIN|AGAIN_SMTP) ,\s* (?P<fate>DEFERRED|REFUSED) ,[^"]*
        "[\d.]+" ,\s* (?P<text>"[^"]*"|\w+) \s*\}""", re.VERBOSE)


def cited(path, what):
    """What the head of a play cites: requirements (REQ) or rulings (RULING)."""
    return re.findall(rf"^# {what}: (.*)", path.read_text(), re.MULTILINE)


def by_name(path):
    """A parameter set for a play, marked with its requirements."""
    marks = pytest.mark.req(*" ".join(cited(path, "REQ")).split())
    return pytest.param(path, id=path.stem, marks=marks)


@pytest.mark.parametrize("path", map(by_name, PLAYS))
def test_play(path, tmp_path):
    try:
        done = perform(parse(path), Program(), tmp_path)
    except PermissionError as e:
        pytest.skip(f"there is no network of its own: {e}")
    if done.faults:
        pytest.fail(f"{path.relative_to(ROOT)}\n{done}", pytrace=False)


def test_every_play_cites_requirements():
    for path in PLAYS:
        numbers = " ".join(cited(path, "REQ"))
        assert re.fullmatch(r"[A-Z]{3,4}-\d\d( [A-Z]{3,4}-\d\d)*", numbers), path.name


@functools.cache
def rulings():
    """The rows of the table: "AT_MAIL BY_5XX" to (act, fate, text)."""
    source = RULINGS.read_text()
    words = dict(re.findall(r'^#define (\w+) ("[^"]*")', source, re.MULTILINE))
    rows = {}
    for row in ROW.finditer(source, source.index("} rules[] =")):
        causes = re.sub(r"B\((\w+)\)|\s", r"\1", row["causes"])
        given = "" if row["given"] == "0" else f" {row['given']}"
        text = words.get(row["text"], row["text"])
        rows.setdefault(
            f"{row['stage']} {causes}{given}", (row["act"], row["fate"], text))
    return rows


def report_of(act, fate, text):
    """A pattern for reports that a row makes, or that there are in spite of it."""
    if act == "AGAIN_PLAIN":
        return rb"TLS none; verified none"
    if act == "AGAIN_SMTP":
        return rb"Protocol SMTP;"
    letter = {"DEFERRED": "Z", "REFUSED": "D"}[fate]
    words = r"[^\0]*".join(map(re.escape, re.split("%[a-z]", text.strip('"'))))
    return rf"(?:\A|\0){letter}{words}".encode()


CITATIONS = [(ruling, path) for path in PLAYS for ruling in cited(path, "RULING")]


def test_every_ruling_has_a_play():
    table = rulings()
    assert len(table) > 30
    assert table.keys() - BEYOND_PLAYS.keys() == {ruling for ruling, _ in CITATIONS}


@pytest.mark.parametrize(
    "ruling, path", CITATIONS, ids=[f"{p.stem}, {ruling}" for ruling, p in CITATIONS])
def test_play_has_the_report_of_the_ruling_that_it_cites(ruling, path):
    assert re.search(report_of(*rulings()[ruling]), parse(path).report)
