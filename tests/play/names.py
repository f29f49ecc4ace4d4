"""
names - a DNS server for the zone of a play

Answers over UDP and TCP.  A name that is in the zone, or above one that is,
exists; any other does not.  A line may say how questions fare instead of
what the answer is:

servfail   the server cannot answer
timeout    no answer comes
truncate   over UDP the answer does not fit; over TCP it comes
drop-tcp   the same, but TCP connections are closed without an answer
nxdomain   there is no such name; for the reader, as it goes without saying
"""
import contextlib
import socket
import struct
import threading

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

ADDRESS = "127.0.0.53"
MODES = ("servfail", "timeout", "truncate", "drop-tcp", "nxdomain")
TTL = 60
# A client without EDNS0 takes no more over UDP.
PLAIN_UDP = 512
# The longest that one client may keep a TCP connection.
PATIENCE = 10


class Zone:
    """
    What the lines "NAME TYPE DATA", "NAME TYPE MODE" and "NAME MODE" say.
    """

    # Whether answers say that DNSSEC has proved them.
    secure = False

    def __init__(self, lines=()):
        self.lines = list(lines)
        self.records, self.modes, self.names = {}, {}, set()
        for line in self.lines:
            self._add(line)

    def at(self, port):
        """The zone with $PORT filled in."""
        zone = Zone(line.replace("$PORT", str(port)) for line in self.lines)
        zone.secure = self.secure
        return zone

    def _add(self, line):
        name, kind, *rest = line.split(None, 2)
        name = dns.name.from_text(name)
        if kind in MODES and not rest:
            kind, rest = None, [kind]
        elif rest:
            kind = dns.rdatatype.from_text(kind)
        else:
            raise ValueError(f"neither a record nor a mode: {line}")
        if rest[0] in MODES:
            self.modes[name, kind] = rest[0]
        else:
            new = dns.rrset.from_text(
                name, TTL, dns.rdataclass.IN, kind, rest[0])
            self.records.setdefault((name, kind), new).update(new)
        if rest[0] != "nxdomain":
            self.names.add(name)

    def mode(self, name, kind):
        """How a question for a type of a name fares; None: it is answered."""
        return self.modes.get((name, kind), self.modes.get((name, None)))

    def exists(self, name):
        """Whether there is such a name, or one below it."""
        return any(known.is_subdomain(name) for known in self.names)

    def find(self, name, kind):
        """The records, CNAMEs first, and the name they end at."""
        found = []
        seen = set()
        while name not in seen:
            seen.add(name)
            alias = self.records.get((name, dns.rdatatype.CNAME))
            if alias is None or kind == dns.rdatatype.CNAME:
                break
            found.append(alias)
            name = alias[0].target
        records = self.records.get((name, kind))
        return found + ([records] if records else []), name


class Server:
    """Serves a zone on 127.0.0.53 at a port, until it is closed."""

    def __init__(self, zone, port):
        self.zone = zone
        # (name, type) as text, in the order they were asked for.
        self.asked = []
        with contextlib.ExitStack() as undo:
            self.udp = undo.enter_context(
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            self.udp.bind((ADDRESS, port))
            self.tcp = undo.enter_context(
                socket.create_server((ADDRESS, port)))
            undo.pop_all()
        self.threads = [
            threading.Thread(target=serve, daemon=True)
            for serve in (self._serve_udp, self._serve_tcp)
        ]
        for thread in self.threads:
            thread.start()

    def close(self):
        """Stops both threads."""
        for sock in (self.udp, self.tcp):
            # What wakes a thread that waits in recv or accept.
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(PATIENCE)
        self.udp.close()
        self.tcp.close()

    def _serve_udp(self):
        while True:
            packet, peer = self.udp.recvfrom(65535)
            if not packet:
                break
            answer = self.answer(packet, udp=True)
            if answer is not None:
                self.udp.sendto(answer, peer)

    def _serve_tcp(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self.tcp.accept()
                with sock, contextlib.suppress(OSError, struct.error):
                    sock.settimeout(PATIENCE)
                    self._serve_one(sock)

    def _serve_one(self, sock):
        with sock.makefile("rwb") as stream:
            length, = struct.unpack("!H", stream.read(2))
            answer = self.answer(stream.read(length), udp=False)
            if answer is not None:
                stream.write(struct.pack("!H", len(answer)) + answer)

    def answer(self, packet, udp):
        """The answer to a query packet; None: none is given."""
        query = dns.message.from_wire(packet)
        question = query.question[0]
        name, kind = question.name, question.rdtype
        mode = self.zone.mode(name, kind)
        self.asked.append((str(name).lower(), dns.rdatatype.to_text(kind)))
        if mode == "timeout" or (mode == "drop-tcp" and not udp):
            return None
        reply = dns.message.make_response(query, recursion_available=True)
        room = max(query.payload, PLAIN_UDP)
        if mode == "servfail":
            reply.set_rcode(dns.rcode.SERVFAIL)
            return reply.to_wire()
        if self.zone.secure:
            reply.flags |= dns.flags.AD
        reply.answer, end = self.zone.find(name, kind)
        if not self.zone.exists(end):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        # Records stay in the order of the play.
        whole = reply.to_wire(max_size=65535, want_shuffle=False)
        if udp and (mode in ("truncate", "drop-tcp") or len(whole) > room):
            reply.answer = []
            reply.flags |= dns.flags.TC
            return reply.to_wire()
        return whole
