"""
qremote - run the program as qmail-rspawn does, and read its report

A Site is what a delivery sees of its host: a control directory and an
environment.  A Report is what qmail-rspawn would make of fd 1, read strictly:
text that is not exactly a report is an error of the test.
"""
import os
import pathlib
import subprocess
import tempfile
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("QREMOTE_BUILD", "build")
PROGRAM = BUILD / "qmail-remote"
CLASSIC = BUILD / "qmail-remote-classic"

# What a program that is built to be watched needs of our own environment.
WATCHED = {name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS")
           if name in os.environ}

# No delivery of a test takes longer, unless it says so.
PATIENCE = 20

SENDER = "alice@client.example"
RECIPIENT = "bob@server.example"
MESSAGE = b"Subject: test\n\nbody\n"
# More than all the buffers between us and a server hold.
LARGE = b"a line of a large message\n" * 1_000_000


class Record(NamedTuple):
    """One NUL-terminated record: its letter, and the text after it."""

    letter: str
    text: str


class Report:
    """
    Recipient reports in order, then one message report, and nothing else.

    Raises ValueError if the bytes are not that.                      (RPT-01)
    """

    def __init__(self, raw):
        self.raw = raw
        if not raw.endswith(b"\0"):
            raise ValueError(f"the report does not end with a NUL: {raw[-200:]!r}")
        records = [
            Record(chr(r[0]) if r else "", r[1:].decode("latin-1"))
            for r in raw[:-1].split(b"\0")
        ]
        self.recipients, self.message = records[:-1], records[-1]
        if any(r.letter not in ("r", "h", "s") for r in self.recipients):
            raise ValueError(f"not a recipient report: {raw[:400]!r}")
        if self.message.letter not in ("K", "Z", "D"):
            raise ValueError(f"not a message report: {raw[-400:]!r}")

    @property
    def letters(self):
        """All letters in order: "rhK"."""
        return "".join(r.letter for r in [*self.recipients, self.message])

    @property
    def letter(self):
        """The message report's letter."""
        return self.message.letter

    @property
    def text(self):
        """The message report's text."""
        return self.message.text

    def __repr__(self):
        return f"Report({self.raw[:1000]!r})"


class Run:
    """A program that was started; finish() waits for it and reads its report."""

    def __init__(self, process):
        self.process = process

    @property
    def pid(self):
        return self.process.pid

    def finish(self, patience=PATIENCE):
        """
        The report of a run that exits 0, and says nothing on fd 2.  (RPT-12)
        """
        raw, status = self.output(patience)
        assert status == 0, f"exit {status}, report {raw[-400:]!r}"
        return Report(raw)

    def output(self, patience=PATIENCE):
        """The bytes on fd 1 and the exit status, whatever they are."""
        try:
            raw, complaint = self.process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        assert not complaint, f"on fd 2: {complaint!r}"
        return raw, self.process.returncode


class Site:
    """A control directory and an environment; files are written by put()."""

    def __init__(self, directory, program=PROGRAM, classic=CLASSIC):
        self.directory = pathlib.Path(directory)
        self.control = self.directory / "control"
        self.control.mkdir()
        self.program, self.classic = program, classic
        self.env = {
            **WATCHED,
            "CONTROLDIR": str(self.control),
            "CERTDIR": str(self.directory / "certs"),
            "QUEUEDIR": str(self.directory / "queue"),
        }
        self.put("me", "client.example")

    def put(self, name, text):
        """Writes a control file."""
        (self.control / name).write_text(f"{text}\n")

    def route(self, port, address="127.0.0.1"):
        """Sends all mail to one server, without DNS."""
        self.put("smtproutes", f":{address}:{port}")

    def argv(self, *recipients, host="server.example", sender=SENDER, qqeh="",
             size="0", classic=False):
        """The command line, as qmail-rspawn would make it."""
        recipients = recipients or (RECIPIENT,)
        if classic:
            return [str(self.classic), host, sender, *recipients]
        return [str(self.program), host, sender, qqeh, size, *recipients]

    def start(self, argv, stdin, env=None, **popen):
        """Starts argv with the message on fd 0 and pipes on fd 1 and fd 2."""
        popen.setdefault("stdout", subprocess.PIPE)
        popen.setdefault("stderr", subprocess.PIPE)
        return Run(subprocess.Popen(
            argv, stdin=stdin, env={**self.env, **(env or {})}, **popen))

    def deliver(self, message, *recipients, by="file", env=None,
                patience=PATIENCE, **call):
        """One delivery, the message on fd 0 as a file or through a pipe."""
        argv = self.argv(*recipients, **call)
        if by == "file":
            with file_of(message) as stdin:
                return self.start(argv, stdin, env).finish(patience)
        process = self.start(argv, subprocess.PIPE, env).process
        raw, complaint = process.communicate(message, timeout=patience)
        assert not complaint, f"on fd 2: {complaint!r}"
        assert process.returncode == 0
        return Report(raw)


def file_of(message):
    """An open file, at its beginning, that holds the message."""
    f = tempfile.TemporaryFile()
    f.write(message)
    f.seek(0)
    return f


def cpu_seconds(pid):
    """Processor time that a running process has used so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
