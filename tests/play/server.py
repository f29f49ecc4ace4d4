"""
server - servers that follow a script, line by line

Each address of a play has a listener with a thread; each connection to it
plays the next script written for that address.  What the client does
otherwise than the script has it is a fault, kept for the end of the play.
"""
import contextlib
import ipaddress
import pathlib
import re
import select
import socket
import ssl
import struct
import threading
import time

from . import certificates, wire
from .text import shown

# A script waits no longer than this for the client.
PATIENCE = 10
# How often a server that waits for nothing looks whether the play is over.
GLANCE = 0.05
READ = 1 << 18
# A server with small buffers takes little before it has read it.
SMALL_BUFFER = 4096
SMALL_SEGMENT = 536

FINAL_LINE = re.compile(rb"(\d{3})(?: .*)?")
CHUNK = re.compile(rb"BDAT (\d+)( LAST)?")


class Surprise(Exception):
    """The client did what the script does not foresee."""


class Gone(Exception):
    """The client hung up."""


class Over(Exception):
    """The script ends here, whatever stands behind it."""


class Conversation:
    """
    One connection, from the server's side.

    Its public methods are the steps of a script.
    """

    def __init__(self, sock, message, ended):
        sock.settimeout(PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        # The lines that DATA and BDAT are to bring.
        self.message = message
        # Set when the program has ended.
        self.ended = ended
        # For a person who wants to know what went wrong.
        self.log = []
        # The server said yes to the whole message.
        self.accepted = False
        self._heard = b""
        # Bytes of a read, and seconds before it.
        self._pace = (READ, 0)
        # What the program waits for a reply to.
        self._asked = ["greeting"]
        self._unfinished_line = b""
        self._pipelining = False
        self._message_at, self._in_message = 0, False
        self._chunk, self._chunks, self._last = 0, b"", False
        self._answers = []
        # The name that the client asked for in TLS.
        self._sni = None

    # What the client says.

    def hear(self, line, again=1):
        """This very line, as often as told."""
        for _ in range(again):
            heard = self._line()
            if heard != line:
                raise Surprise(f"heard: {shown(heard)}")

    def hear_at_once(self, line):
        """This very line, which came together with what came before it."""
        if b"\r\n" not in self._heard:
            raise Surprise("it did not come with the line before")
        self.hear(line)

    def hear_like(self, pattern):
        """A line that the regular expression matches as a whole."""
        heard = self._line()
        if not re.fullmatch(pattern, heard):
            raise Surprise(f"heard: {shown(heard)}")

    def hear_message(self, size=None):
        """So many bytes of the message, or the rest up to the final dot."""
        wire = self.message.dotted[self._message_at:]
        self._in_message = size is not None
        if self._in_message:
            wire = wire[:size]
            heard = self._take(size)
            self._message_at += size
        else:
            heard = self._take_message()
            self._asked.append("message")
        self._note("C", f"({len(heard)} bytes of the message)".encode())
        self._same(heard, wire)

    def hear_package(self, size=None):
        """So many bytes of what QMTP carries, or all that is left of it."""
        wanted = self.message.package[self._message_at:][:size]
        heard = self._take(len(wanted))
        self._message_at += len(heard)
        self._in_message = self._message_at < len(self.message.package)
        self._note("C", f"({len(heard)} bytes of the package)".encode())
        self._same(heard, wanted)

    def hear_chunk(self):
        """The bytes that the last BDAT announced."""
        self._chunks += self._take(self._chunk)
        self._note("C", f"({self._chunk} bytes of the message)".encode())
        whole = self.message.canonical
        self._same(self._chunks, whole if self._last else whole[:len(self._chunks)])
        self._asked.append("message" if self._last else "chunk")

    def hear_anything(self):
        """Whatever comes until the client hangs up, where the script ends."""
        with contextlib.suppress(Gone):
            while True:
                self._more()
                self._heard = b""
        raise Over

    def quiet(self, seconds):
        """Nothing for so long."""
        self.sock.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            self._receive()
        self.sock.settimeout(PATIENCE)
        self._nothing_heard("said without being asked")

    def is_from(self, address):
        """The client calls from this address."""
        peer = self.sock.getpeername()[0]
        if peer != address:
            raise Surprise(f"the client calls from {peer}")

    def begins_tls(self):
        """The first record of a handshake, which nobody answers yet."""
        _, _, length = struct.unpack("!BHH", self._take(5))
        self._take(length)

    def wants_name(self, name):
        """The client asked for this name in TLS; None: for none."""
        if self._sni != name:
            raise Surprise(f"the client asked for the name {self._sni}")

    def has_certificate(self, wanted):
        """Whether the client showed its certificate, as it was asked to."""
        if bool(self.sock.getpeercert()) != wanted:
            raise Surprise(f"the client showed {self.sock.getpeercert()}")

    # What the server says and does.

    def tls(self, name, *options):
        """Goes on in TLS, with a certificate."""
        self._nothing_heard("spoke before TLS began")
        self._pipelining = False
        context = _tls_context(name, options)
        context.sni_callback = self._take_sni
        # What fails is to be told before the connection ends.
        self.sock = context.wrap_socket(
            self.sock, server_side=True, do_handshake_on_connect=False,
            suppress_ragged_eofs=True)
        try:
            self.sock.do_handshake()
        except TimeoutError as e:
            raise Surprise("the handshake did not end") from e
        except OSError as e:
            self._note("S", f"(no TLS: {e})".encode())
            self._drain()
            raise (Over if "fails" in options else Surprise)(str(e)) from e
        self._note("S", f"({self.sock.version()}, {name})".encode())
        if "fails" in options:
            raise Surprise("the handshake did not fail")

    def end_tls(self):
        """Says that no more will come, and hangs up."""
        with contextlib.suppress(OSError):
            self.sock.unwrap()
        self.close()

    def say(self, data):
        """These bytes."""
        if not self._pipelining and not self._in_message:
            self._glance()
            self._nothing_heard("did not wait for a reply")
        self._track(data)
        try:
            self.sock.sendall(data)
        except ConnectionError as e:
            raise Gone from e

    def answer(self, text):
        """The answer of QMTP for the next recipient."""
        self.say(wire.netstring(text))
        self._note("S", text)
        self._answers.append(text[:1])
        self.accepted = (not self._in_message
                         and len(self._answers) == self.message.recipients
                         and b"K" in self._answers)

    def drip(self, seconds, data):
        """These bytes, one at a time."""
        for at in range(len(data)):
            if self.ended.wait(seconds):
                raise Gone
            self.say(data[at:at + 1])

    def wait(self, seconds):
        """Nothing for so long."""
        self.ended.wait(seconds)

    def slow_down(self, size, seconds):
        """From now on reads so much at a time, after so long a wait."""
        self._pace = (size, seconds)

    def stall(self):
        """Neither reads nor says anything until the client hangs up."""
        poll = select.poll()
        poll.register(self.sock, select.POLLRDHUP)
        by = time.monotonic() + 2 * PATIENCE
        while not poll.poll(GLANCE * 1000) and not self.ended.is_set():
            if time.monotonic() > by:
                raise Surprise("the client did not hang up")
        raise Over

    def close(self):
        """Hangs up; what was not read turns that into a reset."""
        self.sock.close()
        raise Over

    def reset(self):
        """Hangs up with a reset."""
        self.sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def farewell(self):
        """The end of a script: the client hangs up, and says no more."""
        with contextlib.suppress(Gone):
            while not self._heard:
                self._more()
        self._nothing_heard("had more to say")

    # Below this line nothing is a step.

    def _note(self, who, data):
        self.log.append(f"{who}: {shown(data)}")

    def _take_sni(self, _sock, name, _context):
        self._sni = name

    def _drain(self):
        """Reads below TLS until the client hangs up."""
        with contextlib.suppress(OSError):
            while socket.socket.recv(self.sock, READ):
                pass

    def _receive(self):
        size, pause = self._pace
        if pause:
            time.sleep(pause)
        try:
            data = self.sock.recv(size)
        except (ConnectionError, ssl.SSLEOFError):
            data = b""
        self._heard += data
        return data

    def _more(self):
        try:
            if not self._receive():
                raise Gone
        except TimeoutError as e:
            raise Surprise("nothing came") from e

    def _glance(self):
        self.sock.setblocking(False)
        with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError):
            self._receive()
        self.sock.settimeout(PATIENCE)

    def _take(self, size):
        while len(self._heard) < size:
            self._more()
        taken, self._heard = self._heard[:size], self._heard[size:]
        return taken

    def _take_message(self):
        """All bytes up to a line of a single dot, which may be the first."""
        seen = 0
        while self._message_at or not self._heard.startswith(b".\r\n"):
            at = self._heard.find(b"\r\n.\r\n", seen)
            if at >= 0:
                return self._take(at + 5)
            seen = max(0, len(self._heard) - 4)
            self._more()
        return self._take(3)

    def _line(self):
        while b"\n" not in self._heard:
            self._more()
        line = self._take(self._heard.index(b"\n") + 1)
        if not line.endswith(b"\r\n"):
            raise Surprise(f"a line without CR: {shown(line)}")
        line = line[:-2]
        self._note("C", line)
        self._asked.append(line)
        chunk = CHUNK.fullmatch(line)
        if chunk:
            # The reply is to the chunk that follows.
            self._asked.pop()
            self._chunk, self._last = int(chunk[1]), bool(chunk[2])
        return line

    def _same(self, heard, wanted):
        if heard == wanted:
            return
        at = next((i for i, (a, b) in enumerate(zip(heard, wanted)) if a != b),
                  min(len(heard), len(wanted)))
        raise Surprise(f"the message differs from byte {at} on:\n"
                       f"    heard:  {shown(heard[at:at + 60])}\n"
                       f"    wanted: {shown(wanted[at:at + 60])}")

    def _nothing_heard(self, complaint):
        if self._heard:
            raise Surprise(f"the client {complaint}: {shown(self._heard)}")

    def _track(self, data):
        """Notes which reply answers what, for the truth of a report."""
        *lines, self._unfinished_line = (self._unfinished_line + data).split(b"\n")
        for line in lines:
            line = line.removesuffix(b"\r")
            if len(self.log) < 1000:
                self._note("S", line)
            if line[4:].upper().startswith(b"PIPELINING"):
                self._pipelining = True
            found = FINAL_LINE.fullmatch(line)
            if found and self._asked:
                asked = self._asked.pop(0)
                if asked == "message":
                    self.accepted = (found[1].startswith(b"2")
                                     and not found[1].startswith(b"221"))


def _tls_context(name, options):
    """How a server does TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.leaf(name))
    if "1.2" in options:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if "asks" in options or "insists" in options:
        context.load_verify_locations(certificates.authority("ca"))
        context.verify_mode = (
            ssl.CERT_REQUIRED if "insists" in options else ssl.CERT_OPTIONAL)
    return context


class Listener:
    """Listens at one address, and plays its scripts, one a connection."""

    def __init__(self, address, port, small_buffers=False):
        self.address = address
        self.scripts = []
        self.conversations = []
        self.faults = []
        # Closing the one wakes whoever waits for the other.
        self._bell, self._ear = socket.socketpair()
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if small_buffers:
                self.sock.setsockopt(
                    socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
                self.sock.setsockopt(
                    socket.IPPROTO_TCP, socket.TCP_MAXSEG, SMALL_SEGMENT)
            self.sock.bind((address, port))
            self.sock.listen()
        except OSError:
            self.close()
            raise

    def close(self):
        """Gives up all sockets."""
        for sock in (self.sock, self._bell, self._ear):
            sock.close()

    def start(self, message, called, ended):
        """Begins to accept; called is a list that gets each call's address."""
        self.thread = threading.Thread(
            target=self._serve, args=(message, called, ended), daemon=True)
        self.thread.start()

    def finish(self):
        """Ends it, after the program has ended."""
        self._bell.close()
        self.thread.join(3 * PATIENCE)
        if self.thread.is_alive():
            self.faults.append(f"{self.address}: a script did not come to its end")
        self.close()
        for script in self.scripts:
            self.faults.append(
                f"{self.address} was not called for line {script[0].line}")

    def _serve(self, message, called, ended):
        # A call that came before the end counts, whenever it is taken.
        while self.sock in select.select([self.sock, self._ear], [], [])[0]:
            sock, _ = self.sock.accept()
            called.append(self.address)
            with sock:
                if self.scripts:
                    self._play(sock, message, ended)
                else:
                    self.faults.append(f"{self.address} was called once more")

    def _play(self, sock, message, ended):
        talk = Conversation(sock, message, ended)
        self.conversations.append(talk)
        script = self.scripts.pop(0)
        step = None
        try:
            for step in script:
                step.play(talk)
            step = None
            talk.farewell()
        except Over:
            pass
        except Gone:
            if not (step.may_be_cut and step is script[-1]):
                self._fault(step, "the client hung up")
        except Surprise as surprise:
            self._fault(step, str(surprise))
        finally:
            # In TLS it is another one than was accepted.
            talk.sock.close()

    def _fault(self, step, what):
        where = f"line {step.line}: {step.written}" if step else "at the end"
        self.faults.append(f"{self.address}, {where}\n    {what}")


class Refusal:
    """An address where the port is taken, and nobody listens."""

    def __init__(self, address, port):
        self.sock = _bound(address, port)

    def finish(self):
        """Ends it."""
        self.sock.close()


class Blackhole:
    """An address where a connection is never established."""

    def __init__(self, address, port):
        self.sock = _bound(address, port)
        # One connection fills the queue of a listener that accepts none.
        self.sock.listen(0)
        self.filler = socket.create_connection((address, port), PATIENCE)

    def finish(self):
        """Ends it."""
        self.filler.close()
        self.sock.close()


class Exhaustion:
    """
    An address where every local port is connected to already.

    Only for a host of its own, which it leaves with two.
    """

    def __init__(self, address, port):
        self.sock = _bound(address, port)
        self.sock.listen(2)
        self.fillers = []
        pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("50000 50001")
        with contextlib.suppress(OSError):
            while True:
                self.fillers.append(socket.create_connection((address, port), PATIENCE))

    def finish(self):
        """Ends it."""
        for sock in [*self.fillers, self.sock]:
            sock.close()


def _bound(address, port):
    version = ipaddress.ip_address(address).version
    sock = socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6)
    try:
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    return sock
