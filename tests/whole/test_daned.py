"""
qmail-daned and tlsacheck, and deliveries that ask the daemon.
"""
import subprocess
import time
from signal import SIGHUP, SIGUSR1, SIGUSR2

import pytest

from daned import (FAILED, NEW, NOT_VERIFIED, STALE, VERIFIED, WHITELISTED,
                   Canned, Daemon, contents, record)
from qremote import BUILD, MESSAGE, PATIENCE

DAY = 24 * 60 * 60
TLSACHECK = BUILD / "tlsacheck"


@pytest.fixture
def daemon(site):
    with Daemon(site) as daemon:
        yield daemon


def names(daemon):
    """The names in the context file, which must be whole."""
    return list(contents(daemon))


# The protocol.                                                    REQ: DND-01

def test_new(daemon):
    assert daemon.ask("q", "mx.example") == (0, NEW)


@pytest.mark.parametrize("verb, verdict", [("S", VERIFIED), ("F", FAILED)])
def test_remembers(daemon, verb, verdict):
    assert daemon.ask(verb, "mx.example") == (1, verdict)
    assert daemon.ask("q", "mx.example") == (1, verdict)
    assert daemon.ask("q", "mx2.example") == (0, NEW)


def test_last_verdict_counts(daemon):
    daemon.ask("S", "mx.example")
    daemon.ask("F", "mx.example")
    assert daemon.ask("q", "mx.example") == (1, FAILED)
    daemon.ask("S", "mx.example")
    assert daemon.ask("q", "mx.example") == (1, VERIFIED)


def test_case_and_last_dot_do_not_count(daemon):
    daemon.ask("S", "MX.Example.")
    assert daemon.ask("q", "mx.eXample") == (1, VERIFIED)


@pytest.mark.parametrize("packet", [
    b"qmx.example", b"Qmx.example\0", b"qa\0b\0", b"qa b\0",
    b"qa\n\0", b"\0\0\0", b"q.\0", b"q" + b"a" * 254 + b"\0", b"S" + b"a" * 65000 + b"\0",
    b"q" * 65507, b"\0" * 65507,
], ids=lambda p: f"{p[:4]!r}-{len(p)}")
def test_no_question(daemon, packet):
    assert daemon.send(packet) == (0, NEW)
    assert daemon.ask("S", "mx.example") == (1, VERIFIED)
    daemon.signal(SIGUSR1)
    assert names(daemon) == ["mx.example"]


@pytest.mark.parametrize("packet", [b"", b"q", b"q\0", b"\0\0", b"\1\2"], ids=repr)
def test_what_may_be_an_answer_has_none(daemon, packet):
    """Or two daemons would talk for ever, if somebody forged the first word."""
    daemon.socket.send(packet)
    assert daemon.ask("S", "mx.example") == (1, VERIFIED)
    daemon.socket.settimeout(0.1)
    with pytest.raises(TimeoutError):
        daemon.socket.recv(100)


def test_longest_name(daemon):
    name = "a" * 253
    assert daemon.ask("S", name) == (1, VERIFIED)
    assert daemon.ask("q", name) == (1, VERIFIED)


def test_thousand_queries_a_second(daemon):
    daemon.ask("S", "mx.example")
    began = time.monotonic()
    for i in range(1000):
        assert daemon.ask("q", "mx.example") == (1, VERIFIED)
        assert daemon.ask("q", f"mx{i}.example") == (0, NEW)
    assert time.monotonic() - began < 2


def test_questions_that_come_at_once(daemon):
    for i in range(100):
        daemon.socket.send(b"Smx%d.example\0" % i)
    assert [daemon.socket.recv(100) for _ in range(100)] == [b"\1\2"] * 100


# How much it holds.

def test_oldest_makes_room(site):
    now = int(time.time())
    (site.directory / "context").write_bytes(
        record("b.example", VERIFIED, now - 10) + record("a.example", VERIFIED, now - 20)
        + record("c.example", VERIFIED, now - 15))
    with Daemon(site, "-h", "3") as daemon:
        daemon.ask("S", "d.example")
        assert daemon.ask("q", "a.example") == (0, NEW)
        for name in "bcd":
            assert daemon.ask("q", f"{name}.example") == (1, VERIFIED)


def test_never_holds_more(site):
    with Daemon(site, "-h", "50") as daemon:
        for i in range(1000):
            assert daemon.ask("S", f"mx{i}.example") == (1, VERIFIED)
            assert daemon.ask("q", f"mx{i}.example") == (1, VERIFIED)
    assert len(names(daemon)) == 50


# The lists.

def test_whitelist(site):
    site.put("white", "# friends\nMX.example")
    with Daemon(site, "-w", "white") as daemon:
        for verb in "qSFD":
            assert daemon.ask(verb, "mx.example") == (1, WHITELISTED)
        assert daemon.ask("q", "a.mx.example") == (0, NEW)
    assert names(daemon) == []


def test_whitelist_by_path(site):
    path = site.directory / "white"
    path.write_text("mx.example\n")
    with Daemon(site, "-w", str(path)) as daemon:
        assert daemon.ask("q", "mx.example") == (1, WHITELISTED)


@pytest.mark.parametrize("options", [(), ("-T", "others")], ids=["control", "option"])
def test_tlsadomains(site, options):
    site.put(options[1] if options else "tlsadomains", "mx.example")
    with Daemon(site, *options) as daemon:
        for verb in "qSFD":
            assert daemon.ask(verb, "other.example") == (1, NOT_VERIFIED)
        assert daemon.ask("q", "MX.example") == (0, NEW)
        assert daemon.ask("S", "mx.example") == (1, VERIFIED)
    assert names(daemon) == ["mx.example"]


def test_hup_reads_the_lists_again(site):
    site.put("white", "a.example")
    with Daemon(site, "-w", "white") as daemon:
        site.put("white", "b.example")
        assert daemon.ask("q", "b.example") == (0, NEW)
        daemon.signal(SIGHUP)
        assert daemon.ask("q", "b.example") == (1, WHITELISTED)
        assert daemon.ask("q", "a.example") == (0, NEW)
        site.put("tlsadomains", "c.example")
        daemon.signal(SIGHUP)
        assert daemon.ask("q", "a.example") == (1, NOT_VERIFIED)


def test_hup_keeps_what_cannot_be_read_again(site):
    site.put("white", "a.example")
    with Daemon(site, "-w", "white") as daemon:
        (site.control / "white").unlink()
        daemon.signal(SIGHUP)
        assert daemon.ask("q", "a.example") == (1, WHITELISTED)
    assert "white: No such file" in daemon.log.read_text()


# Time, and the context file.

def test_stale_then_forgotten(site):
    now = int(time.time())
    (site.directory / "context").write_bytes(
        record("old.example", VERIFIED, now - 3 * DAY) + record("new.example", FAILED, now - DAY))
    with Daemon(site, "-t", "2") as daemon:
        assert daemon.ask("q", "old.example") == (1, STALE)
        assert daemon.ask("q", "new.example") == (1, FAILED)
        daemon.signal(SIGUSR2)
        assert daemon.ask("q", "old.example") == (0, NEW)
        assert daemon.ask("q", "new.example") == (1, FAILED)
    assert names(daemon) == ["new.example"]


def test_seven_days(site):
    now = int(time.time())
    (site.directory / "context").write_bytes(
        record("old.example", VERIFIED, now - 7 * DAY - 60)
        + record("new.example", VERIFIED, now - 7 * DAY + 60))
    with Daemon(site) as daemon:
        assert daemon.ask("q", "old.example") == (1, STALE)
        assert daemon.ask("q", "new.example") == (1, VERIFIED)


def test_verdict_on_what_is_stale(site):
    (site.directory / "context").write_bytes(record("mx.example", FAILED, 1))
    with Daemon(site) as daemon:
        assert daemon.ask("q", "mx.example") == (1, STALE)
        daemon.ask("S", "mx.example")
        assert daemon.ask("q", "mx.example") == (1, VERIFIED)


def test_verdict_of_the_future_is_one_of_today(site):
    tomorrow = int(time.time()) + DAY
    (site.directory / "context").write_bytes(
        record("a.example", VERIFIED, tomorrow) + record("b.example", VERIFIED, 2**64 - 1))
    with Daemon(site) as daemon:
        assert daemon.ask("q", "a.example") == (1, VERIFIED)
    times = [int(line.split(b"\0")[2]) for line in daemon.context.read_bytes().splitlines()]
    assert len(times) == 2 and max(times) < tomorrow


def test_usr1_saves(daemon):
    daemon.ask("S", "mx.example")
    before = int(time.time())
    daemon.signal(SIGUSR1)
    data = daemon.context.read_bytes()
    assert data in [record("mx.example", VERIFIED, before - ago) for ago in range(5)]


def test_term_saves_and_the_next_one_reads(site):
    with Daemon(site) as daemon:
        daemon.ask("S", "a.example")
        daemon.ask("F", "b.example")
    with Daemon(site) as daemon:
        assert daemon.ask("q", "a.example") == (1, VERIFIED)
        assert daemon.ask("q", "b.example") == (1, FAILED)


def test_data_of_a_record_is_passed_over(site):
    now = int(time.time())
    (site.directory / "context").write_bytes(
        record("a.example", VERIFIED, now, b"\0x\n\0") + record("b.example", FAILED, now))
    with Daemon(site) as daemon:
        assert daemon.ask("q", "a.example") == (1, VERIFIED)
        assert daemon.ask("q", "b.example") == (1, FAILED)


def test_status_3_of_another_daemon_is_no_leave(site):
    """Others write 3 for a failure.                             REQ: DND-04"""
    now = int(time.time())
    (site.directory / "context").write_bytes(
        record("a.example", NOT_VERIFIED, now) + record("b.example", VERIFIED, now))
    with Daemon(site) as daemon:
        assert daemon.ask("q", "a.example") == (0, NEW)
        assert daemon.ask("q", "b.example") == (1, VERIFIED)


@pytest.mark.parametrize("damage", [
    b"x", b"\0", b"c.example\0", b"c.example\0\2\0x\0000\0\n", b"c.example\0\2\0001\00099999\0\n",
    b"a" * 100000,
])
def test_damaged_context_file(site, damage):
    now = int(time.time())
    (site.directory / "context").write_bytes(record("a.example", VERIFIED, now) + damage)
    with Daemon(site) as daemon:
        assert daemon.ask("q", "a.example") == (1, VERIFIED)
        assert daemon.ask("q", "c.example") == (0, NEW)
    assert "damaged; 1 verdict" in daemon.log.read_text()


def test_context_file_that_cannot_be_written(site):
    with Daemon(site) as daemon:
        daemon.context.mkdir()
        daemon.ask("S", "mx.example")
        daemon.signal(SIGUSR1)
        assert daemon.ask("q", "mx.example") == (1, VERIFIED)
        assert daemon.end() == 111
    assert "context: Is a directory" in daemon.log.read_text()


# How it is called.

@pytest.mark.parametrize("argv", [
    [], ["127.0.0.1"], ["localhost", "context"], ["127.0.0.1@1", "context"],
    ["-p", "0", "127.0.0.1", "context"], ["-t", "x", "127.0.0.1", "context"],
    ["-h", "0", "127.0.0.1", "context"], ["-x", "127.0.0.1", "context"],
    ["127.0.0.1", "context", "more"],
], ids=" ".join)
def test_usage(site, argv):
    done = subprocess.run([BUILD / "qmail-daned", *argv], env=site.env,
                          cwd=site.directory, stderr=subprocess.PIPE, timeout=PATIENCE)
    assert done.returncode == 100
    assert b"usage: " in done.stderr


def test_address_in_use(site, daemon):
    done = subprocess.run(daemon.argv, env=site.env, stderr=subprocess.PIPE, timeout=PATIENCE)
    assert done.returncode == 111
    assert b"in use" in done.stderr


def test_whitelist_must_be_there(site):
    done = subprocess.run([BUILD / "qmail-daned", "-w", "none", "127.0.0.1", "context"],
                          env=site.env, stderr=subprocess.PIPE, timeout=PATIENCE)
    assert done.returncode == 111


# tlsacheck.                                                       REQ: CMP-06

def check(daemon, *argv, env=None):
    done = subprocess.run([TLSACHECK, *argv], env=env or {}, text=True, timeout=PATIENCE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout or done.stderr


def test_tlsacheck(daemon):
    at = f"127.0.0.1@{daemon.port}"
    assert check(daemon, "mx.example", at) == (2, "mx.example: not known\n")
    assert check(daemon, "-S", "mx.example", at) == (0, "mx.example: verified\n")
    assert check(daemon, "-q", "mx.example", at) == (0, "mx.example: verified\n")
    assert check(daemon, "-F", "mx.example", at) == (1, "mx.example: failed\n")
    assert check(daemon, "mx.example", env={"DANE_VERIFICATION": f"@{daemon.port}"}) == \
        (1, "mx.example: failed\n")


def test_tlsacheck_without_daemon(daemon):
    at = f"127.0.0.1@{daemon.port}"
    daemon.kill()
    status, text = check(daemon, "mx.example", at)
    assert (status, text) == (111, "tlsacheck: Connection refused\n")


@pytest.mark.parametrize("answer, status, words", [
    ((0, NEW), 2, "not known"),
    ((1, NEW), 2, "not known"),
    # The lists count, whatever else is known.
    ((0, WHITELISTED), 0, "whitelisted"),
    ((1, WHITELISTED), 0, "whitelisted"),
    ((0, VERIFIED), 2, "verified"),
    ((1, VERIFIED), 0, "verified"),
    ((0, NOT_VERIFIED), 2, "not to be verified"),
    ((1, NOT_VERIFIED), 0, "not to be verified"),
    ((0, FAILED), 1, "failed"),
    ((1, FAILED), 1, "failed"),
    ((0, STALE), 2, "too old"),
    ((1, STALE), 2, "too old"),
], ids=str)
@pytest.mark.parametrize("verb", "qDSF")
def test_tlsacheck_of_each_answer(verb, answer, status, words):
    with Canned(answer, verb.encode()) as daemon:
        assert check(daemon, f"-{verb}", "MX.example.", f"@{daemon.port}") == \
            (status, f"MX.example.: {words}\n")
    assert daemon.heard == [f"{verb}mx.example\0".encode()]


@pytest.mark.parametrize("answer", [(1, 6), (2, 1), (255, 255), (1, 128)], ids=str)
def test_tlsacheck_of_no_answer(answer):
    with Canned(answer) as daemon:
        assert check(daemon, "mx.example", f"@{daemon.port}") == \
            (111, "tlsacheck: no answer\n")


@pytest.mark.parametrize("answer, options, env", [
    (None, ["-t", "1"], {}),
    (None, [], {"DANETIMEOUT": "1"}),
    (None, ["-t", "1"], {"DANETIMEOUT": "100"}),
    ((), ["-t", "1"], {}),
    ((1,), ["-t", "1"], {}),
    ((1, 1, 1), ["-t", "1"], {}),
], ids=["option", "variable", "both", "empty", "short", "long"])
def test_tlsacheck_waits_so_long(answer, options, env):
    with Canned(answer) as daemon:
        began = time.monotonic()
        assert check(daemon, *options, "mx.example", f"@{daemon.port}", env=env) == \
            (111, "tlsacheck: no answer\n")
        assert 1 <= time.monotonic() - began < 3


@pytest.mark.parametrize("value", ["0", "x", "-1", "99999999999"])
def test_tlsacheck_without_sense(value):
    status, words = check(None, "mx.example", env={"DANETIMEOUT": value})
    assert (status, words) == (100, "tlsacheck: DANETIMEOUT makes no sense\n")


@pytest.mark.parametrize("argv", [[], ["a b"], ["mx.example", "nowhere"], ["-x", "mx.example"],
                                  ["-t", "0", "mx.example"], ["a", "@", "b"]], ids=" ".join)
def test_tlsacheck_usage(argv):
    assert check(None, *argv)[0] == 100
