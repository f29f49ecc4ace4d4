"""
Every play in tests/scenario is performed, and had better end well.
"""
import pathlib
import re

import pytest

from play.script import parse
from play.stage import perform
from play.subject import ROOT, Program

PLAYS = sorted(pathlib.Path(__file__).parent.joinpath("scenario").glob("*.play"))


def by_name(path):
    """A parameter set for a play, marked with its requirements."""
    found = re.findall(r"^# REQ: (.*)", path.read_text(), re.MULTILINE)
    marks = pytest.mark.req(*" ".join(found).split())
    return pytest.param(path, id=path.stem, marks=marks)


@pytest.mark.parametrize("path", map(by_name, PLAYS))
def test_play(path, tmp_path):
    done = perform(parse(path), Program(), tmp_path)
    if done.faults:
        pytest.fail(f"{path.relative_to(ROOT)}\n{done}", pytrace=False)
