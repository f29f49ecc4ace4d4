"""
script - a play, parsed

A statement is a keyword and its text; lines that begin with white space
continue it.  tests/scenario/README.md has them all.
"""
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from . import certificates, wire
from .names import Zone
from .text import seconds, series, text, words

DEFAULT_SERVER = "127.0.0.2"
DEFAULT_MESSAGE = b"Subject: a test\n\nHello.\n"
# What qmail-send gives as the sender of a double bounce.
DOUBLE_BOUNCE = "#@[]"
ACCEPTED = re.compile(r"\(accepted by (\S+?)(?:, (smtps )?(none|pkix|dane))?\)")
# What both sides choose if nothing keeps them from it.
USUAL_TLS = "TLSv1.3 TLS_AES_256_GCM_SHA384"
TLS_OPTIONS = {"1.2", "asks", "insists", "fails"}


class PlayError(Exception):
    """A play that cannot be understood."""


class Step(NamedTuple):
    """One step of a script: a method of a Conversation, and its arguments."""

    line: int
    written: str
    verb: str
    args: tuple

    def play(self, talk):
        """Does it."""
        getattr(talk, self.verb)(*self.args)

    @property
    def may_be_cut(self):
        """Whether the client may hang up meanwhile, if it is the last."""
        return self.verb in ("say", "drip", "wait")


class Call(NamedTuple):
    """A connection that a server expects."""

    address: str
    small_buffers: bool
    steps: list
    # At the port of QMTP, on a host of its own.
    qmtp: bool = False


class Message(NamedTuple):
    """What the servers are to receive."""

    # After DATA, with dots stuffed and the final one; by BDAT.
    dotted: bytes
    canonical: bytes
    # By QMTP, and how many answers that gets.
    package: bytes
    recipients: int


@dataclass
class Play:
    """Everything that a file says."""

    name: str
    # The world.
    zone: Zone = None
    control: dict = field(default_factory=lambda: {"me": b"me.example.com\n"})
    # Databases: (key, data) pairs by file.
    cdb: dict = field(default_factory=dict)
    env: dict = field(default_factory=dict)
    # Files below CERTDIR: bytes, or (name,) of a certificate.
    certs: dict = field(default_factory=dict)
    # (address, count, age); None: there is no table.
    tcpto: list = None
    # On a host of its own, at the usual ports.
    own_network: bool = False
    # (kind, address, at the port of QMTP): refuse, blackhole, exhaust, uncalled.
    net: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    any_order: bool = False
    # The request.
    classic: bool = False
    request: list = None
    argv: list = None
    qqeh: bytes = b""
    size: bytes = b""
    message: bytes = DEFAULT_MESSAGE
    stdin: tuple = ("file",)
    stdout: str = "pipe"
    # What must come of it.  report: bytes, a pattern, or None for nothing.
    report: object = None
    exit: int = 0
    within: float = 10
    after: float = 0
    asked: list = field(default_factory=list)
    not_asked: list = field(default_factory=list)
    tcpto_after: dict = field(default_factory=dict)
    trace: list = field(default_factory=list)

    @property
    def arguments(self):
        """The command line, without the program."""
        if self.argv is not None:
            return self.argv
        host, sender, *recipients = self.request
        extra = [] if self.classic else [self.qqeh, self.size]
        return [host, sender, *extra, *recipients]

    @property
    def recipients(self):
        """How many recipients the request has."""
        return len(self.request) - 2 if self.argv is None else 0

    @property
    def wanted_message(self):
        """The message that servers are to receive."""
        whole = wire.with_header(self.qqeh, self.message)
        _, sender, *recipients = self.request or [b"", b"", b""]
        if sender == DOUBLE_BOUNCE.encode():
            sender = b""
        return Message(wire.stuffed(whole), wire.canonical(whole),
                       wire.package(whole, sender, recipients), len(recipients))


def parse(path):
    """The play in a file; PlayError if it makes no sense."""
    return _Reader(path).read()


class _Reader:
    """Each keyword is a method do_KEYWORD(text, continuation lines)."""

    def __init__(self, path):
        self.path = path
        self.play = Play(path.stem)
        self.line = 0
        self.said = set()

    def read(self):
        """All statements, in order."""
        try:
            for keyword, rest, more in self._statements():
                self._do(keyword, rest, more)
        except PlayError:
            raise
        except (ValueError, TypeError, ArithmeticError) as e:
            raise self._error(f"{type(e).__name__}: {e}") from e
        if "report" not in self.said:
            raise self._error("no report")
        if self.play.request is None and self.play.argv is None:
            raise self._error("no request")
        return self.play

    def _error(self, complaint):
        return PlayError(f"{self.path}:{self.line}: {complaint}")

    def _fields(self, pattern, rest):
        """The groups of a pattern that the text must match."""
        found = re.fullmatch(pattern, rest)
        if not found:
            raise self._error(f"this is not {pattern}: {rest}")
        return found.groups()

    def _statements(self):
        """(keyword, rest, continuation lines) of each statement."""
        pending = None
        lines = self.path.read_text().splitlines()
        for number, line in enumerate(lines, 1):
            if line.startswith("#"):
                continue
            if line[:1].isspace():
                if pending is None:
                    raise self._error(f"continues nothing: {line.strip()}")
                pending[2].append(line.strip())
            elif line:
                if pending:
                    yield pending
                self.line = number
                keyword, _, rest = line.partition(" ")
                pending = (keyword, rest.strip(), [])
        if pending:
            yield pending

    def _do(self, keyword, rest, more):
        if keyword[0] in "CS" and keyword[1:] in (":", "=", "~", "*", "+", "!"):
            self._add_step(keyword, rest)
            return
        name = "do_" + keyword.replace("-", "_").replace("~", "_like")
        if not hasattr(self, name):
            raise self._error(f"no such keyword: {keyword}")
        self.said.add(keyword.rstrip("~"))
        getattr(self, name)(rest, more)

    # The world.

    def do_zone(self, rest, more):
        """zone NAME TYPE DATA"""
        self.play.zone = Zone(
            line for written in (rest, *more) for line in series(written))

    def do_secure(self, _rest, _):
        """secure"""
        self.play.zone.secure = True

    def do_control(self, rest, more):
        """control FILE LINE"""
        name, _, first = rest.partition(" ")
        if first in ("(absent)", "(directory)"):
            self.play.control[name] = first
        else:
            lines = [first, *more] if first or not more else more
            self.play.control[name] = b"".join(text(line) + b"\n" for line in lines)

    def do_cdb(self, rest, more):
        """cdb FILE, and a line KEY DATA for each record"""
        pairs = [tuple(text(part) for part in line.split(None, 1)) for line in more]
        self.play.cdb[rest] = pairs

    def do_env(self, rest, _):
        """env NAME VALUE"""
        name, _, value = rest.partition(" ")
        self.play.env[name] = text(value.strip())

    def do_certs(self, rest, more):
        """certs FILE LINE, or certs FILE (CERTIFICATE)"""
        name, _, first = rest.partition(" ")
        found = re.fullmatch(r"\(([a-z-]+)\)", first)
        if found and found[1] not in {*certificates.LEAVES, "ca", "rogue"}:
            raise self._error(f"no such certificate: {found[1]}")
        lines = [first, *more] if first else more
        self.play.certs[name] = (found[1],) if found else b"".join(
            text(line) + b"\n" for line in lines)

    def do_tcpto(self, rest, _):
        """tcpto [IP count=N age=N]"""
        self.play.tcpto = self.play.tcpto or []
        if rest:
            address, count, age = self._fields(r"(\S+) count=(\d+) age=(\d+)", rest)
            self.play.tcpto.append((address, int(count), int(age)))

    def do_net(self, rest, _):
        """net refuse|blackhole|exhaust|uncalled IP [qmtp]"""
        kind, address, qmtp = self._fields(r"(\S+) (\S+)( qmtp)?", rest)
        if kind not in ("refuse", "blackhole", "exhaust", "uncalled"):
            raise self._error(f"no such fault of the net: {kind}")
        if kind == "exhaust" and not self.play.own_network:
            raise self._error("own-network must come first")
        self.play.net += [(kind, each, bool(qmtp)) for each in series(address)]

    def do_own_network(self, _rest, _):
        """own-network"""
        self.play.own_network = True

    # The request.

    def do_request(self, rest, _):
        """request HOST SENDER RECIPIENT..."""
        self.play.request = words(rest)

    def do_argv(self, rest, _):
        """argv WORD..."""
        self.play.argv = words(rest)

    def do_classic(self, _rest, _):
        """classic"""
        self.play.classic = True

    def do_qqeh(self, rest, more):
        """qqeh TEXT"""
        self.play.qqeh = text(rest + "".join(more))

    def do_size(self, rest, _):
        """size TEXT"""
        self.play.size = text(rest)

    def do_message(self, rest, more):
        """message TEXT"""
        self.play.message = text(rest + "".join(more))

    def do_stdin(self, rest, _):
        """stdin file|pipe|socket|closed|offset N"""
        kind, *n = rest.split()
        if kind not in ("file", "pipe", "socket", "closed", "offset"):
            raise self._error(f"no such stdin: {kind}")
        self.play.stdin = (kind, *map(int, n))

    def do_stdout(self, rest, _):
        """stdout pipe|file|full|closed"""
        if rest not in ("pipe", "file", "full", "closed"):
            raise self._error(f"no such stdout: {rest}")
        self.play.stdout = rest

    # What must come of it.

    def do_report(self, rest, more):
        """report TEXT, or report (none), or report (accepted by IP, VERIFIED)"""
        written = rest + "".join(more)
        found = ACCEPTED.fullmatch(written)
        if found:
            written = self._report_of_success(*found.groups())
        self.play.report = None if written == "(none)" else text(written)

    def do_report_like(self, rest, more):
        """report~ REGEX"""
        pattern = (rest + "".join(more)).encode()
        self.play.report = re.compile(pattern, re.DOTALL)

    def do_exit(self, rest, _):
        """exit N"""
        self.play.exit = int(rest)

    def do_within(self, rest, _):
        """within TIME"""
        self.play.within = seconds(rest)

    def do_after(self, rest, _):
        """after TIME"""
        self.play.after = seconds(rest)

    def do_asked(self, rest, _):
        """asked NAME TYPE"""
        self.play.asked.append(tuple(rest.split()))

    def do_not_asked(self, rest, _):
        """not-asked NAME TYPE"""
        self.play.not_asked.append(tuple(rest.split()))

    def do_any_order(self, _rest, _):
        """any-order"""
        self.play.any_order = True

    def do_tcpto_after(self, rest, _):
        """tcpto-after IP count=N"""
        address, count = self._fields(r"(\S+) count=(\d+)", rest)
        self.play.tcpto = self.play.tcpto or []
        self.play.tcpto_after[address] = int(count)

    def do_trace(self, rest, _):
        """trace EVENT KEY=VALUE..."""
        event, *items = words(rest)
        wanted = dict(item.decode().split("=", 1) for item in items)
        self.play.trace.append({"event": event.decode(), **wanted})

    # The servers.

    def do_server(self, rest, _):
        """server IP [qmtp] [small-buffers] [accepts [offering X] [[at-once] tls CERT...]]"""
        address, qmtp, small, accepts, offer, at_once, tls = self._fields(
            r"(\S+)( qmtp)?( small-buffers)?(?:( accepts)(?: offering (\S+))?"
            r"(?:( at-once)? (tls .*))?)?", rest)
        self.play.calls.append(Call(address, bool(small), [], bool(qmtp)))
        if not accepts:
            return
        for keyword, line in self._conversation(offer, at_once, tls):
            self._add_step(keyword, line)

    def _envelope(self):
        """Sender and recipients, as text, of a request that came before."""
        if self.play.request is None:
            raise self._error("this needs a request before it")
        _, sender, *recipients = (word.decode() for word in self.play.request)
        return "" if sender == DOUBLE_BOUNCE else sender, recipients

    def _hello(self, offer):
        """EHLO, and a keyword at most in reply."""
        yield "C:", "EHLO me.example.com"
        if offer:
            yield "S:", "250-mx.example.org"
        yield "S:", f"250 {offer or 'mx.example.org'}"

    def _conversation(self, offer, at_once, tls):
        """The script of a server that takes everything."""
        sender, recipients = self._envelope()
        if at_once:
            yield "S!", tls
        yield "S:", "220 mx.example.org ESMTP"
        if tls and not at_once:
            yield from self._hello("STARTTLS")
            yield "C:", "STARTTLS"
            yield "S:", "220 go ahead"
            yield "S!", tls
        yield from self._hello(offer)
        yield "C:", f"MAIL FROM:<{sender}>"
        yield "S:", "250 ok"
        for recipient in recipients:
            yield "C:", f"RCPT TO:<{recipient}>"
            yield "S:", "250 ok"
        yield "C:", "DATA"
        yield "S:", "354 go ahead"
        yield "C:", "(message)"
        yield "S:", "250 queued"
        yield "C:", "QUIT"

    def _report_of_success(self, address, at_once, verified):
        """What becomes of that conversation."""
        sender, recipients = self._envelope()
        words_ = "r\\0" if self.play.classic else rf"rFrom: <{sender}> RCPT: <%s> \0"
        protocol = "SMTPS" if at_once else "SMTP"
        tls = USUAL_TLS if verified else "none"
        return "".join(words_.replace("%s", recipient) for recipient in recipients) + (
            rf"K{address} accepted message - Protocol {protocol}.\n"
            r"Remote host said: 250 queued\n"
            rf"Protocol {protocol}; TLS {tls}; verified {verified or 'none'}\n\0")

    def _add_step(self, keyword, rest):
        if not self.play.calls:
            self.play.calls.append(Call(DEFAULT_SERVER, False, []))
        steps = self.play.calls[-1].steps
        verb, args = getattr(self, "_client" if keyword[0] == "C" else "_server")(
            keyword[1], rest)
        if verb == "say" and steps and steps[-1].verb == "say":
            # What a server says without a pause leaves in one piece.
            before = steps.pop()
            args = (before.args[0] + args[0],)
        steps.append(Step(self.line, f"{keyword} {rest}", verb, args))

    def _client(self, mark, rest):
        """What the client says: C: C= C~ C* C!"""
        if mark == "~":
            return "hear_like", (rest.encode(),)
        if mark == "=":
            return "hear_at_once", (text(rest),)
        if mark == "*":
            again, _, line = rest.partition(" ")
            return "hear", (text(line), int(again))
        if mark == "!" and rest == "anything":
            return "hear_anything", ()
        if mark == "!" and rest.startswith("quiet "):
            return "quiet", (seconds(rest.split()[1]),)
        if mark == "!" and rest.startswith("from "):
            return "is_from", (rest.split()[1],)
        if mark == "!" and rest == "begins-tls":
            return "begins_tls", ()
        if mark == "!" and rest.startswith("name "):
            name = rest.split()[1]
            return "wants_name", (None if name == "(none)" else name,)
        if mark == "!" and rest in ("certificate", "no-certificate"):
            return "has_certificate", (rest == "certificate",)
        if mark == ":" and rest == "(chunk)":
            return "hear_chunk", ()
        found = re.fullmatch(r"\((message|package)(?: (\d+))?\)", rest)
        if mark == ":" and found:
            return f"hear_{found[1]}", (found[2] and int(found[2]),)
        if mark == ":":
            return "hear", (text(rest),)
        raise self._error(f"clients do not do that: {rest}")

    def _server(self, mark, rest):
        """What the server says and does: S: S= S* S+ S!"""
        if mark == "=":
            return "answer", (text(rest),)
        if mark == "+":
            return "say", (text(rest),)
        if mark == "*":
            again, _, line = rest.partition(" ")
            return "say", ((text(line) + b"\r\n") * int(again),)
        if mark == ":":
            return "say", (text(rest) + b"\r\n",)
        if mark == "!" and rest.startswith("tls "):
            name, *options = rest.split()[1:]
            if name not in certificates.LEAVES or not set(options) <= TLS_OPTIONS:
                raise self._error(f"no such TLS: {rest}")
            return "tls", (name, *options)
        if mark == "!" and rest == "end-tls":
            return "end_tls", ()
        verb, *words_ = rest.split(None, 2)
        if mark == "!" and verb in ("close", "reset", "stall") and not words_:
            return verb, ()
        if mark == "!" and verb == "wait":
            return "wait", (seconds(*words_),)
        if mark == "!" and verb == "drip":
            return "drip", (seconds(words_[0]), text(words_[1]) + b"\r\n")
        if mark == "!" and verb == "slow-read":
            return "slow_down", (int(words_[0]), seconds(words_[1]))
        raise self._error(f"servers do not do that: {rest}")
