"""
Deliveries by QMTP to mailfront, which stands before qmail's queue.

mailfront answers once for a message, not once for each recipient; so all but
one of the deliveries here have one.
"""
import contextlib
import os
import shutil
import socket
import subprocess
import threading

import pytest
from letters import LETTERS, large
from server import own_address
from whole.qremote import RECIPIENT, SENDER

PROGRAM = shutil.which("mailfront", path="/usr/sbin:/usr/bin")
ADDRESS, PORT = own_address(), 2090
LETTER = LETTERS["ordinary"]
LARGE = 30_000_000

# What stands in the place of qmail-queue: the message is on fd 0, the envelope
# on fd 1.
QUEUE = """\
#!/bin/sh
cat >"$0.message" && cat <&1 >"$0.envelope" && exit "$(cat "$0.status")"
"""

# Local parts that SMTP would quote.
LOCAL_PARTS = ["a b", 'a"b', "a\\b", ".a", "a..b", "a@b", "a,b", "3:a,", "<a>", "a" * 70]

pytestmark = [
    pytest.mark.req("MXP-05"),
    pytest.mark.skipif(
        PROGRAM is None, reason="mailfront is not installed: tools/setup interop"),
]


class Mailfront:
    """One mailfront for each connection, and what the last of them queued."""

    def __init__(self, directory, *plugins):
        self.argv = [PROGRAM, "qmtp", "qmail", *plugins]
        self.queue = directory / "qmail-queue"
        self.queue.write_text(QUEUE)
        self.queue.chmod(0o755)
        self.env = {
            "PATH": os.environ["PATH"], "PROTO": "TCP", "TCPLOCALIP": ADDRESS,
            "TCPREMOTEIP": ADDRESS, "QMAILHOME": str(directory),
            "QMAILQUEUE": str(self.queue), "DATABYTES": str(2 * LARGE)}
        self.answer_with(0)

    def answer_with(self, status):
        """How qmail-queue exits."""
        self._file("status").write_text(str(status))

    def queued(self):
        """Sender, recipients and message."""
        envelope = self._file("envelope").read_bytes()
        sender, *recipients = envelope.removesuffix(b"\0\0").split(b"\0")
        assert sender[:1] == b"F" and all(r[:1] == b"T" for r in recipients)
        return (sender[1:].decode("latin-1"), [r[1:].decode("latin-1") for r in recipients],
                self._file("message").read_bytes())

    def _file(self, what):
        return self.queue.with_name(f"{self.queue.name}.{what}")

    def __enter__(self):
        self.socket = socket.create_server((ADDRESS, PORT))
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.socket.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self.socket.accept()
                with sock:
                    subprocess.run(
                        self.argv, stdin=sock, stdout=sock, stderr=subprocess.DEVNULL,
                        env=self.env, check=False)


@pytest.fixture
def server(tmp_path, site):
    """A mailfront that takes everything, and a route of QMTP to it."""
    site.put("qmtproutes", f":{ADDRESS}:{PORT}")
    with Mailfront(tmp_path, "accept") as server:
        yield server


@pytest.mark.parametrize("by", ["file", "pipe"])
@pytest.mark.parametrize("name", LETTERS)
def test_letters_arrive_as_they_are(site, server, name, by):
    report = site.deliver(LETTERS[name], by=by)
    assert report.letters == "rK"
    assert report.text.startswith(f"{ADDRESS} accepted message - Protocol QMTP.\n"
                                  "Remote host said: 2.6.0 Accepted message qp ")
    assert report.text.endswith("\nProtocol QMTP; TLS none; verified none\n")
    assert server.queued() == (SENDER, [RECIPIENT], LETTERS[name])


@pytest.mark.parametrize("by", ["file", "pipe"])
def test_large_letters(site, server, by):
    assert site.deliver(large(LARGE), by=by, patience=60).letters == "rK"
    assert server.queued() == (SENDER, [RECIPIENT], large(LARGE))


@pytest.mark.req("CLI-06")
def test_extra_header(site, server):
    assert site.deliver(LETTER, qqeh="X-Extra: yes").letters == "rK"
    assert server.queued() == (SENDER, [RECIPIENT], b"X-Extra: yes\n" + LETTER)


@pytest.mark.req("MXP-04")
@pytest.mark.parametrize("local", LOCAL_PARTS)
def test_addresses(site, server, local):
    sender, recipient = f"{local}@client.example", f"{local}@server.example"
    assert site.deliver(LETTER, recipient, sender=sender).letters == "rK"
    assert server.queued() == (sender, [recipient], LETTER)


@pytest.mark.req("CLI-10")
def test_null_sender(site, server):
    assert site.deliver(LETTER, sender="").letters == "rK"
    assert server.queued() == ("", [RECIPIENT], LETTER)


@pytest.mark.req("MXP-03", "RPT-07")
@pytest.mark.parametrize("status,letters", [(31, "hD"), (81, "sZ"), (53, "sZ")])
def test_queue_that_says_no(site, server, status, letters):
    server.answer_with(status)
    report = site.deliver(LETTER)
    assert report.letters == letters
    assert report.text.startswith(f"Giving up on {ADDRESS}.\nRemote host said: ")


@pytest.mark.req("MXP-03")
def test_sender_that_is_refused(tmp_path, site):
    site.put("qmtproutes", f":{ADDRESS}:{PORT}")
    with Mailfront(tmp_path):
        report = site.deliver(LETTER)
    assert report.letters == "hD"
    assert "not configured to accept that sender" in report.text


@pytest.mark.req("MXP-03")
def test_one_answer_for_two_recipients(site, server):
    """What was not said of a recipient is not known."""
    site.put("timeoutremote", "1")
    report = site.deliver(LETTER, "a@server.example", "b@server.example")
    assert report.letters == "rZ" and "Possible duplicate!" in report.text
    assert server.queued() == (SENDER, ["a@server.example", "b@server.example"], LETTER)
