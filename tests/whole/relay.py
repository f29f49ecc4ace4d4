"""
relay - a server that wants a login, and keeps what it heard of one

A Relay is a play for listener.Listener.  It offers what it is told, is the
server's side of every mechanism, and takes mail of anybody: whether somebody
has logged in is for the test to ask.
"""
import base64
import contextlib
import socket
import struct
from dataclasses import dataclass, field, replace

from OpenSSL import SSL
from play import certificates, sasl
from whole.listener import PATIENCE, Gone, Listener

ACCEPTED, REFUSED = "235 2.7.0 welcome", "535 5.7.8 who are you?"

VERSIONS = {"1.2": SSL.TLS1_2_VERSION, "1.3": SSL.TLS1_3_VERSION}
EXPORTER = b"EXPORTER-Channel-Binding"


class Tls:
    """A socket in TLS: as much of one as a Session uses."""

    def __init__(self, sock, version):
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        pem = str(certificates.leaf("right"))
        context.use_certificate_file(pem)
        context.use_privatekey_file(pem)
        context.load_verify_locations(str(certificates.authority("ca")))
        context.set_verify(SSL.VERIFY_PEER, lambda *facts: facts[-1])
        context.set_session_id(b"relay")
        context.set_min_proto_version(VERSIONS[version])
        context.set_max_proto_version(VERSIONS[version])
        # Its reads are to wait, as they do without TLS.
        sock.settimeout(None)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO,
                        struct.pack("ll", PATIENCE, 0))
        self.sock, self.tls = sock, SSL.Connection(context, sock)
        self.tls.set_accept_state()
        self.tls.do_handshake()

    def recv(self, n):
        try:
            return self.tls.recv(n)
        except (SSL.ZeroReturnError, SSL.SysCallError, SSL.Error):
            return b""

    def sendall(self, data):
        try:
            self.tls.sendall(data)
        except SSL.Error as e:
            raise ConnectionError from e

    def close(self):
        self.sock.close()

    def bindings(self):
        """What names this session: for each kind of name, the bytes."""
        if self.tls.get_protocol_version() == VERSIONS["1.3"]:
            return (("tls-exporter", self.tls.export_keying_material(EXPORTER, 32, b"")),)
        # The first Finished message of a full handshake is the client's.
        return (("tls-unique", self.tls.get_peer_finished()),)

    def certified(self):
        return self.tls.get_peer_certificate() is not None


@dataclass
class Attempt:
    """One AUTH command, and what came of it."""

    mechanism: str
    # The responses as they were heard, the initial one first if there was one.
    heard: list
    in_tls: bool
    accepted: bool = False
    # It was no proper exchange.
    nonsense: str = ""


@dataclass
class Relay:
    """
    offers       lines of the EHLO reply, such as "AUTH PLAIN"
    clear_offers the same before TLS, if they differ
    tls          None, "1.2" or "1.3"; at_once: from the first byte
    account      who may log in
    lies         keywords for the mechanism: see play.sasl
    replies      what is said instead of the n-th line of an AUTH exchange;
                 None hangs up
    make         makes the server's side, as play.sasl.exchange does
    """

    offers: list
    tls: str | None = None
    at_once: bool = False
    account: sasl.Account = field(default_factory=sasl.Account)
    lies: dict = field(default_factory=dict)
    replies: dict = field(default_factory=dict)
    make: callable = sasl.exchange
    clear_offers: list | None = None
    # More replies: by the first word of a command.
    says: dict = field(default_factory=dict)
    # What came of it: attempts, commands, messages, and all bytes in clear.
    attempts: list = field(default_factory=list)
    commands: list = field(default_factory=list)
    messages: list = field(default_factory=list)
    in_clear: bytearray = field(default_factory=bytearray)

    def __call__(self, session):
        self.session, self.encrypted = session, None
        self._listen_in()
        if self.at_once:
            self._begin_tls()
        session.say("220 relay.example ESMTP")
        while True:
            line = session.until(b"\r\n")[:-2]
            verb = line.split(b" ")[0].upper().decode("latin-1")
            self.commands.append(line.decode("latin-1"))
            if verb in ("EHLO", "MAIL"):
                self.recipients = 0
            if verb in self.says:
                session.say(*self.says[verb])
            elif verb == "EHLO":
                session.offer(*self._offers(), "PIPELINING")
            elif verb == "STARTTLS":
                session.say("220 go ahead")
                self._begin_tls()
            elif verb == "AUTH":
                self._auth(line.decode("latin-1"))
            elif verb == "DATA" and self.recipients == 0:
                session.say("503 5.5.1 for whom?")
            elif verb == "DATA":
                session.say("354 go ahead")
                self.messages.append(session.dotted()[1])
                session.say("250 queued")
            elif verb == "QUIT":
                session.say("221 bye")
                return
            else:
                self.recipients += verb == "RCPT"
                session.say("250 ok")

    def _offers(self):
        starttls = self.tls and not self.at_once and not self.encrypted
        offers = self.offers
        if not self.encrypted and self.clear_offers is not None:
            offers = self.clear_offers
        return ["STARTTLS"] * bool(starttls) + offers

    def _listen_in(self):
        """Keeps what is heard before TLS, as anybody on the way could."""
        session, more = self.session, self.session.more

        def overheard():
            before = len(session.heard)
            more()
            if not self.encrypted:
                self.in_clear.extend(session.heard[before:])
        session.more = overheard

    def _begin_tls(self):
        try:
            self.encrypted = Tls(self.session.sock, self.tls)
        except SSL.Error as e:
            raise Gone from e
        self.session.sock = self.encrypted

    def _account(self):
        if not self.encrypted:
            return self.account
        plus = any("-PLUS" in offer.upper() for offer in self.offers)
        return replace(
            self.account, bindings=self.account.bindings or self.encrypted.bindings(),
            offers_binding=plus, certified=self.encrypted.certified())

    def _auth(self, line):
        """One exchange, with the replies of a liar where it has some."""
        _, mechanism, *initial = line.split(" ")
        attempt = Attempt(mechanism, [], bool(self.encrypted))
        self.attempts.append(attempt)
        said = 0
        try:
            talk = self.make(mechanism, self._account(), **self.lies)
            challenge = next(talk)
            if initial:
                attempt.heard.append(initial[0])
                if challenge:
                    raise sasl.Nonsense("an initial response to a challenge")
                challenge = talk.send(sasl.decoded(initial[0].encode()))
            while True:
                response = self._ask(said, challenge)
                said += 1
                if response is None:
                    return
                attempt.heard.append(response.decode("latin-1"))
                if response == b"*":
                    self.session.say("501 5.7.0 as you like")
                    return
                challenge = talk.send(sasl.decoded(response))
        except StopIteration as end:
            attempt.accepted = bool(end.value)
        except (sasl.Nonsense, KeyError) as e:
            attempt.nonsense = repr(e)
        self._say(said, ACCEPTED if attempt.accepted else REFUSED)

    def _ask(self, n, challenge):
        """The response to a challenge; None if we said something else."""
        text = base64.b64encode(challenge).decode()
        if not self._say(n, f"334 {text}"):
            return None
        return self.session.until(b"\r\n")[:-2]

    def _say(self, n, reply):
        """Says the reply, or what is to be said instead; whether it was a 334."""
        instead = self.replies.get(n, reply)
        if instead is None:
            with contextlib.suppress(OSError):
                self.session.sock.close()
            raise Gone
        lines = [instead] if isinstance(instead, str) else instead
        self.session.say(*lines)
        return lines[0].startswith("334")


def deliver(site, relay, message, *recipients, user=None, secret=None, envstr="",
            auth="", env=None, **call):
    """One delivery to the relay, which is to log in."""
    with Listener(relay) as server:
        login = f"{user or relay.account.user} {secret or relay.account.secret}"
        site.put("smtproutes", f":127.0.0.1:{server.port} {login} {envstr}".rstrip())
        more = {} if auth is None else {"AUTH_SMTP": auth}
        if relay.at_once:
            more["SMTPS"] = ""
        elif relay.tls:
            more["TLSPOLICY"] = "encrypt"
        return site.deliver(message, *recipients, env={**more, **(env or {})}, **call)
