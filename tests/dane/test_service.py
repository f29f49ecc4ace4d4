"""
qmail-daned as administrators start it: by the examples of docs/examples.

The unit is not run by systemd, which tests cannot count on; its restrictions
are applied by others, or it is watched for what they would forbid.
                                                                 REQ: DND-01
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import pytest
from whole.daned import NEW, VERIFIED, WHITELISTED, Daemon, contents
from whole.qremote import BUILD, PATIENCE

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "docs/examples"
UNIT = EXAMPLES / "qmail-daned.service"
CONTEXT = "/var/lib/qmail-daned/context"
SERVER = "ee-right.signed.test"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def needs(*programs):
    """Skips what cannot be run here."""
    lack = [p for p in programs if not shutil.which(p, path=PATH)]
    return pytest.mark.skipif(bool(lack), reason=f"not installed: {' '.join(lack)}")


as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")


def settings():
    """The lines of the unit, by name; the last of a name counts."""
    return dict(re.findall(r"^([A-Za-z]+)=(.*)$", UNIT.read_text(), re.M))


@pytest.fixture
def open_site(client):
    """A client whose files others may read, and the program among them."""
    with tempfile.TemporaryDirectory(prefix="qremote-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        for kind in ("control", "certs"):
            source = client.site.directory / kind
            if source.exists():
                shutil.copytree(source, folder / kind)
        anchor = folder / "anchor"
        shutil.copy(client.world.dns.anchor, anchor)
        (folder / "control/trustanchor").write_text(f"{anchor}\n")
        shutil.copy(BUILD / "qmail-daned", folder)
        client.site.directory, client.site.control = folder, folder / "control"
        client.site.env.update(CONTROLDIR=str(folder / "control"),
                               CERTDIR=str(folder / "certs"))
        yield client.site


def nobodys(site):
    """A folder for the context file, of somebody without privileges."""
    state = site.directory / "state"
    state.mkdir()
    shutil.chown(state, "nobody")
    return state


@needs("systemd-analyze")
def test_systemd_understands_the_unit(tmp_path):
    copy = tmp_path / UNIT.name
    text = UNIT.read_text()
    assert "/usr/sbin/qmail-daned" in text
    copy.write_text(text.replace("/usr/sbin/qmail-daned", str(BUILD / "qmail-daned")))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE)
    # It knows of other units' faults as well.
    assert [line for line in done.stdout.splitlines() if UNIT.name in line] == []
    assert done.returncode == 0


@as_root
@needs("unshare", "setpriv", "mount")
def test_as_the_unit_restricts_it(open_site):
    """Without privileges, and with nothing to write to but its folder."""
    unit = settings()
    assert unit["DynamicUser"] == unit["NoNewPrivileges"] == "yes"
    assert unit["ProtectSystem"] == "strict" and unit["CapabilityBoundingSet"] == ""
    daemon = Daemon(open_site)
    daemon.context = nobodys(open_site) / "context"
    restrict = (
        'mount --bind "$0" "$0" && mount -o remount,bind,ro / && '
        'for d in /home /root /run/user; do '
        '[ ! -d $d ] || mount -t tmpfs -o ro,mode=000 none $d; done && umask "$1" && '
        'shift && exec setpriv --reuid nobody --regid nogroup --clear-groups '
        '--no-new-privs --bounding-set -all --inh-caps -all "$@"')
    daemon.argv = ["unshare", "--mount", "sh", "-c", restrict, str(daemon.context.parent),
                   unit["UMask"], str(open_site.directory / "qmail-daned"),
                   *daemon.argv[1:-1], str(daemon.context)]
    daemon.env["PATH"] = PATH
    with daemon:
        status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
        assert re.search(r"^CapBnd:\s*0+$", status, re.M)
        assert daemon.ask("D", SERVER) == (1, VERIFIED)
    assert contents(daemon) == {SERVER: VERIFIED}
    assert daemon.context.stat().st_mode & 0o777 == 0o600
    with daemon:
        assert daemon.ask("q", SERVER) == (1, VERIFIED)


def allowed():
    """The system calls that the unit lets through."""
    text = subprocess.check_output(
        ["systemd-analyze", "--no-pager", "syscall-filter"], text=True)
    sets = {}
    for line in text.splitlines():
        if line.startswith("@"):
            members = sets[line.strip()] = []
        elif line.startswith("    ") and not line.strip().startswith("#"):
            members.append(line.strip())

    def expand(name):
        if not name.startswith("@"):
            return {name}
        return set().union(*map(expand, sets[name]))

    return expand(settings()["SystemCallFilter"])


@needs("systemd-analyze", "strace")
def test_the_unit_forbids_nothing_that_it_does(client):
    """All that it does is seen: lists, questions, a verification, saving."""
    client.site.put("white", "friend.example")
    trace = client.site.directory / "trace"
    daemon = Daemon(client.site, "-w", "white")
    daemon.argv = ["strace", "-f", "-qq", "-o", str(trace), *daemon.argv]
    daemon.start()
    for verb, name, answer in (
            ("D", SERVER, (1, VERIFIED)), ("q", "friend.example", (1, WHITELISTED)),
            ("S", "a.example", (1, VERIFIED)), ("q", "b.example", (0, NEW))):
        assert daemon.ask(verb, name) == answer
    tracer = daemon.process.pid
    inner = pathlib.Path(f"/proc/{tracer}/task/{tracer}/children").read_text().split()[0]
    for name in ("HUP", "USR2", "USR1", "TERM"):
        subprocess.run(["kill", f"-{name}", inner], check=True)
        time.sleep(0.1)
    assert daemon.process.wait(PATIENCE) == 0
    assert SERVER in contents(daemon)
    lines = trace.read_text().splitlines()
    calls = {m[1]: line for line in lines if (m := re.match(r"\d+ +(\w+)\(", line))}
    # The first of all is what starts it.
    assert {"recvfrom", "rename", "fsync", "socket"} <= set(calls)
    assert {c: line for c, line in calls.items() if c not in allowed()} == {}
    families = {m[1] for line in lines if (m := re.search(r"\bsocket\((\w+)", line))}
    assert families <= set(settings()["RestrictAddressFamilies"].split())
    # Of MemoryDenyWriteExecute.
    assert [line for line in lines if re.search(
        r"\bmmap\(.*PROT_WRITE\|PROT_EXEC|\bmprotect\(.*PROT_EXEC", line)] == []


class Supervised:
    """The run script, under supervise while the with block lasts."""

    def __init__(self, site, port):
        self.folder = site.directory / "service"
        (self.folder / "env").mkdir(parents=True)
        for name, value in site.env.items():
            (self.folder / "env" / name).write_text(value)
        self.context = nobodys(site) / "context"
        text = (EXAMPLES / "qmail-daned.run").read_text()
        for ours, theirs in (
                (" qmailr ", " nobody "), (CONTEXT, str(self.context)),
                ("\tqmail-daned ", f"\t{site.directory}/qmail-daned -p {port} ")):
            assert text.count(ours) == 1
            text = text.replace(ours, theirs)
        run = self.folder / "run"
        run.write_text(text)
        run.chmod(0o755)

    def svc(self, option):
        subprocess.run(["svc", option, self.folder], check=True, timeout=PATIENCE)

    def wait_for(self, words):
        end = time.monotonic() + PATIENCE
        while words not in (text := subprocess.check_output(
                ["svstat", self.folder], text=True)):
            assert time.monotonic() < end, text
            time.sleep(0.02)

    def __enter__(self):
        self.process = subprocess.Popen(["supervise", self.folder], env={"PATH": PATH})
        self.wait_for(": up")
        return self

    def __exit__(self, *_):
        self.svc("-dx")
        self.process.wait(PATIENCE)


@as_root
@needs("supervise", "svc", "svstat", "envdir", "setuidgid")
def test_under_supervise(open_site):
    """Started, told, stopped, and started again: it knows what it knew."""
    daemon = Daemon(open_site)
    with Supervised(open_site, daemon.port) as service:
        daemon.context = service.context
        daemon.connect()
        assert daemon.ask("D", SERVER) == (1, VERIFIED)
        service.svc("-d")
        service.wait_for(": down")
        assert contents(daemon) == {SERVER: VERIFIED}
        assert service.context.owner() == "nobody"
        service.svc("-u")
        service.wait_for(": up")
        daemon.connect()
        assert daemon.ask("q", SERVER) == (1, VERIFIED)
        (open_site.control / "tlsadomains").write_text("other.example\n")
        service.svc("-h")
        end = time.monotonic() + PATIENCE
        while daemon.ask("q", SERVER) == (1, VERIFIED):
            assert time.monotonic() < end
        # What ends it unasked is no end.
        service.svc("-k")
        daemon.connect()
        assert daemon.ask("q", "other.example") == (0, NEW)
