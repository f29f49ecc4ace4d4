"""
dns_stub - a resolver on loopback with a few fixed answers
"""
import socket
import threading

import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.rrset


class Resolver:
    """
    Answers over UDP while its with block lasts.

    records maps (name, type) to the answers' data; a name that is not there
    at all does not exist.  Names in the data are absolute as they stand.
    """

    def __init__(self, records):
        self.records = records
        self.names = {name for name, _ in records}
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.failures = []
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)

    def answer(self, query):
        reply = dns.message.make_response(query, recursion_available=True)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        kind = dns.rdatatype.to_text(question.rdtype)
        if name not in self.names:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        for data in self.records.get((name, kind), []):
            rdata = dns.rdata.from_text("IN", kind, data, dns.name.root, relativize=False)
            reply.answer.append(dns.rrset.from_rdata(question.name, 60, rdata))
        return reply

    def run(self):
        while True:
            data, peer = self.socket.recvfrom(65535)
            if not data:
                return
            try:
                reply = self.answer(dns.message.from_wire(data))
                self.socket.sendto(reply.to_wire(), peer)
            except Exception as e:
                self.failures.append(e)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        # An empty datagram ends the loop.
        self.socket.sendto(b"", self.socket.getsockname())
        self.thread.join()
        self.socket.close()
        if self.failures:
            raise self.failures[0]
