"""
judges - what was wrong with a performance

Each judge looks at one side of it, and yields the faults that it finds.
"""
import difflib
import json
import re

from . import rspawn, table
from .text import shown

# What a person is shown of a difference.
MOST_LINES = 60

GRAMMAR = re.compile(rb"(?:[rhs][^\0]*\0)*[KZD][^\0]*\0")
UNPRINTABLE = re.compile(rb"[^\0\n\x20-\x7e]")


def faults(play, done):
    """All of them."""
    for listener in done.listeners:
        yield from listener.faults
    for judge in (_run, _report, _truth, _calls, _names, _table, _trace):
        yield from judge(play, done)


def _run(play, done):
    """How it ended, when, and with what on fd 2."""
    run = done.run
    if run.complaint:
        yield f"on fd 2: {shown(run.complaint, 4000)}"
    if run.status != play.exit:
        yield f"exit {run.status}, not {play.exit}"
    if not play.after <= run.seconds <= play.within:
        yield f"it took {run.seconds:.2f} s, not {play.after} to {play.within}"


def _report(play, done):
    """Its grammar (RPT-01, RPT-02), and its text."""
    report, wanted = done.run.report, play.report
    if isinstance(wanted, re.Pattern):
        if not wanted.fullmatch(report):
            yield f"the report is {shown(report, 4000)}"
    elif report != done.filled(wanted or b""):
        yield "the report differs\n" + _difference(done.filled(wanted or b""), report)
    if wanted is None:
        return
    if not GRAMMAR.fullmatch(report):
        yield "the report is none: not r, h, s and then one of K, Z, D"
    if report.count(b"\0") - 1 > play.recipients:
        yield "the report has more recipients than there are"
    if UNPRINTABLE.search(report) and not UNPRINTABLE.search(b"".join(play.arguments)):
        yield "the report is not printable"


def _truth(play, done):
    """
    K if, and only if, a server said yes to the whole message; and what
    qmail-rspawn makes of the report is the same.
    """
    report, letter = done.run.report, _letter(done.run.report)
    accepted = any(talk.accepted for l in done.listeners for talk in l.conversations)
    if play.report is not None and accepted != (letter == "K"):
        no = "" if accepted else "not "
        yield f"{letter} is not true: the message was {no}accepted"
    if letter == "K" and not re.search(rb"(?:\A|\0)r", report):
        yield "K without a recipient"
    verdict = rspawn.verdict(report, done.run.status)
    if play.recipients == 1 and verdict != (letter or "Z"):
        yield f"qmail-rspawn takes {letter} for {verdict}"


def _calls(play, done):
    """The servers were called in the order of their scripts."""
    wanted, called = [call.address for call in play.calls], done.called
    if play.any_order:
        wanted, called = sorted(wanted), sorted(called)
    if called != wanted:
        who = [" ".join(addresses) or "nobody" for addresses in (called, wanted)]
        yield "called {}, not {}".format(*who)


def _names(play, done):
    """What was asked of the DNS, and never everything at once (DNS-03)."""
    asked = set(done.asked)
    never = set(play.not_asked) | {(name, "ANY") for name, _ in asked}
    if play.zone is None and asked:
        yield f"asked for {sorted(asked)}, though there is no zone"
    for name, kind in sorted(set(play.asked) - asked):
        yield f"did not ask for {name} {kind}"
    for name, kind in sorted(never & asked):
        yield f"asked for {name} {kind}"


def _table(play, done):
    """The timeout table, where the play has one."""
    if not play.tcpto_after:
        return
    counts = table.counts(done.table, play.classic)
    for address, wanted in play.tcpto_after.items():
        found = counts.get(address, 0)
        if found != wanted:
            yield f"the timeout table has {address} {found} times, not {wanted}"


def _trace(play, done):
    """Each line is JSON, and the ones that the play names are there."""
    events = [json.loads(line) for line in done.trace]
    for wanted in play.trace:
        wanted = {k: v.replace("$PORT", str(done.port)) for k, v in wanted.items()}
        if not any(wanted.items() <= event.items() for event in events):
            yield f"not in the trace: {wanted}"


def _letter(report):
    """The letter of the message report, if the report is one."""
    return report[:-1].rpartition(b"\0")[2][:1].decode("latin-1")


def _difference(wanted, got):
    """Two reports side by side, a line each of their lines."""
    lines = [
        [shown(line, 4000) for line in re.split(rb"(?<=[\n\0])", report) if line]
        for report in (wanted, got)
    ]
    found = list(difflib.unified_diff(*lines, "wanted", "got", lineterm=""))
    return "\n".join(found[:MOST_LINES])
