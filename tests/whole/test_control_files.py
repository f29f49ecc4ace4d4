"""
Control files that cannot be read, that make no sense, or that are not there.

None of them bounces mail: the report is Z, names the file, and no server is
connected to.
"""
import os
import resource
import shutil
import tempfile

import pytest
from listener import Listener, willing
from qremote import CLASSIC, MESSAGE, PROGRAM, Site, file_of

ROOT = pytest.mark.skipif(os.getuid() != 0, reason="needs root to become another user")

# Files that every delivery through DNS reads.
READ = ["me", "helohost", "smtproutes", "timeoutconnect", "timeoutremote",
        "timeoutdelivery", "timeoutdns", "ipfamily", "notipme", "moreipme",
        "dnsservers", "ehlodiscard"]


def spoil(site, name, how):
    """Makes a control file unusable."""
    path = site.control / name
    text = path.read_bytes() if path.exists() else b""
    path.unlink(missing_ok=True)
    if how == "directory":
        path.mkdir()
    elif how == "loop":
        path.symlink_to(name)
    else:
        path.write_bytes(b"x\0y\n" + text)


# REQ: RTE-12
@pytest.mark.parametrize("how", ["directory", "loop", "NUL"])
@pytest.mark.parametrize("name", READ)
def test_unusable_control_file(site, by_mx, name, how):
    assert site.deliver(MESSAGE).letters == "rK"
    if name == "me":
        # Where helohost is there, nobody asks for me.
        spoil(site, name, how)
        site.put("helohost", "client.example")
        assert site.deliver(MESSAGE).letters == "rK"
        (site.control / "helohost").unlink()
    else:
        spoil(site, name, how)
    report = site.deliver(MESSAGE)
    assert report.letters == "Z"
    assert str(site.control / name) in report.text and "(#4.3.0)" in report.text
    assert by_mx.connections == (2 if name == "me" else 1)


# REQ: BND-05
def test_no_name_to_say_hello_with(site, nobody):
    for name in ("absent", "empty"):
        (site.control / "me").unlink(missing_ok=True)
        if name == "empty":
            site.put("me", " \t")
        report = site.deliver(MESSAGE)
        assert report.letters == "Z" and "(#4.3.0)" in report.text


def test_no_control_directory(site):
    """REQ: RTE-12"""
    report = site.deliver(MESSAGE, env={"CONTROLDIR": str(site.directory / "no")})
    assert report.letters == "Z" and "(#4.3.0)" in report.text


@pytest.mark.parametrize("name", [
    "timeoutconnect", "timeoutremote", "timeoutdelivery", "timeoutdns"])
def test_numbers(site, by_mx, name):
    """The leading digits count; empty is absent; no digit is a mistake."""
    for text in ("12", " ", "12x", "00012 ", "99999999999999999999"):
        site.put(name, text)
        assert site.deliver(MESSAGE).letters == "rK", text
    for text in ("x", "-1", "x12", "# 12"):
        site.put(name, text)
        report = site.deliver(MESSAGE)
        assert report.letters == "Z" and name in report.text, text


# REQ: RTE-12 DNS-02 DNS-06 DNS-08
@pytest.mark.parametrize("name,line", [
    ("ipfamily", "ipv5"), ("ipfamily", "ipv4 ipv6"), ("notipme", "127.0.0"),
    ("notipme", "127.0.0.1/8"), ("moreipme", "mx.server.example"), ("moreipme", "::g"),
    ("dnsservers", "resolver.example"), ("dnsservers", "127.0.0.1@65536"),
    ("dnsservers", "@53"),
])
def test_what_a_control_file_cannot_mean(site, by_mx, name, line):
    site.put(name, line)
    report = site.deliver(MESSAGE)
    assert report.letters == "Z"
    assert f"{name}:1" in report.text and "(#4.3.0)" in report.text
    assert by_mx.connections == 0


# REQ: RTE-12
@pytest.mark.plain
@pytest.mark.parametrize("how", ["fifo", "endless"])
def test_a_control_file_that_has_no_end(site, nobody, how):
    path = site.control / "helohost"
    if how == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    with file_of(MESSAGE) as stdin:
        # So that a fault does not take all of the machine's memory.
        report = site.start(site.argv(), stdin, preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_AS, (1 << 28, 1 << 28))).finish(5)
    assert report.letters == "Z"
    assert str(path) in report.text and "(#4.3.0)" in report.text


# REQ: RTE-09
@pytest.mark.parametrize("line", [
    "server.example", "server.example:127.0.0.1:x", "server.example:127.0.0.1:65536",
    "server.example:[127.0.0.1:25", "server.example:127.0.0.1:25:x",
    "server.example:127.0.0.1:-1",
])
def test_an_invalid_route_that_matches(site, nobody, line):
    route = (site.control / "smtproutes").read_text()
    (site.control / "smtproutes").write_text(f"# routes\n\n{line}\n{route}")
    report = site.deliver(MESSAGE)
    assert report.letters == "Z"
    assert "smtproutes" in report.text and ":3" in report.text


# REQ: RTE-09
def test_an_invalid_route_that_does_not_match(site, server):
    route = (site.control / "smtproutes").read_text()
    (site.control / "smtproutes").write_text(f"other.example:x:y\n{route}")
    assert site.deliver(MESSAGE).letters == "rK"


# REQ: RTE-05 DNS-06
@pytest.mark.parametrize("relay", ["[::1]", "[IPv6:::1]"])
def test_routes_to_ipv6(site, relay):
    with Listener(willing, "::1") as server:
        site.put("smtproutes", f"server.example:{relay}:{server.port}")
        report = site.deliver(MESSAGE)
    assert report.letters == "rK" and report.text.startswith("::1 accepted message")


@pytest.fixture
def other_user():
    """A host that another user can see, with programs for that user to run."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        copies = [shutil.copy(program, directory) for program in (PROGRAM, CLASSIC)]
        yield Site(directory, *copies)


# REQ: RTE-12 ENV-04
@ROOT
@pytest.mark.parametrize("name", ["me", "helohost", "smtproutes", "timeoutremote", "ehlodiscard"])
def test_control_file_without_permission(other_user, name):
    """As on a host where root wrote it with a tight umask."""
    site = other_user
    with Listener(willing) as server:
        site.route(server.port)
        argv = site.argv()
        for mode, letters in ((0o644, "rK"), (0o600, "Z")):
            path = site.control / name
            path.touch()
            path.chmod(mode)
            with file_of(MESSAGE) as stdin:
                report = site.start(argv, stdin, user=65534, group=65534,
                                    extra_groups=[]).finish()
            assert report.letters == letters
    assert str(site.control / name) in report.text
    assert "Permission denied" in report.text


# REQ: RTE-12
@ROOT
def test_control_directory_without_permission(other_user):
    other_user.control.chmod(0o700)
    with file_of(MESSAGE) as stdin:
        report = other_user.start(other_user.argv(), stdin, user=65534, group=65534,
                                  extra_groups=[]).finish()
    assert report.letters == "Z" and "(#4.3.0)" in report.text
