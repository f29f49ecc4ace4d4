"""
tlssink - a mail server that shows each client the certificate it asks for

The kind of certificate is the end of the first label of the server's name:
"anything-KIND.signed.test".  Its addresses are servers of different manners.
"""
import contextlib
import socket
import ssl
import threading
from typing import NamedTuple

PATIENCE = 20
GREETING = b"220 sink ESMTP\r\n"

# STARTTLS works; is not offered; breaks off.  TLS from the first byte.
ADDRESSES = ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"]
GOOD, CLEAR, BROKEN, AT_ONCE = ADDRESSES


class Mail(NamedTuple):
    """A transaction: at which address, in TLS or not, for which server name."""

    address: str
    encrypted: bool
    sni: str


def choose(contexts):
    """Shows the certificate of the kind that the name ends with."""
    def choice(tls, name, _):
        tls.sni = name
        if name:
            tls.context = contexts[
                name.lower().split(".")[0].rsplit("-", 1)[-1]]
    return choice


class Sink:
    """Listens at all its addresses while its with block lasts."""

    def __init__(self, chains, directory, port=0):
        contexts = {kind: c.context(directory) for kind, c in chains.items()}
        # What is shown if no name is asked for.
        self.front = chains["right"].context(directory)
        self.front.sni_callback = choose(contexts)
        # The mails of each recipient.
        self.mails = {}
        self.port = port
        self.sockets = []
        for address in ADDRESSES:
            self.sockets.append(
                socket.create_server((address, self.port), backlog=64))
            self.port = self.sockets[-1].getsockname()[1]

    def __enter__(self):
        for sock in self.sockets:
            threading.Thread(target=self.run, args=(sock,), daemon=True).start()
        return self

    def __exit__(self, *_):
        for sock in self.sockets:
            sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def run(self, listening):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = listening.accept()
                threading.Thread(
                    target=self.converse, args=(sock,), daemon=True).start()

    def converse(self, sock):
        """One connection; a client that leaves is no error."""
        sock.settimeout(PATIENCE)
        address = sock.getsockname()[0]
        with sock, contextlib.suppress(OSError):
            if address != AT_ONCE:
                sock.sendall(GREETING)
                if not self.serve(sock, address, address != CLEAR):
                    return
            if address == BROKEN:
                return
            with self.front.wrap_socket(sock, server_side=True) as tls:
                if address == AT_ONCE:
                    tls.sendall(GREETING)
                self.serve(tls, address, False)

    def serve(self, sock, address, starttls):
        """Answers commands up to STARTTLS (then it is true), or to the end."""
        encrypted = isinstance(sock, ssl.SSLSocket)
        offer = (b"250-sink\r\n" + b"250-STARTTLS\r\n" * starttls
                 + b"250-REQUIRETLS\r\n" * encrypted + b"250 PIPELINING\r\n")
        replies = {b"EHLO": offer, b"DATA": b"354 go ahead\r\n",
                   b"STAR": b"220 go ahead\r\n", b"QUIT": b"221 bye\r\n"}
        with sock.makefile("rb") as lines:
            for line in lines:
                verb = line[:4].upper()
                if verb == b"RCPT":
                    recipient = line.split(b"<")[1].split(b">")[0].decode()
                    self.mails.setdefault(recipient, []).append(
                        Mail(address, encrypted, getattr(sock, "sni", None)))
                sock.sendall(replies.get(verb, b"250 ok\r\n"))
                if verb == b"DATA":
                    while next(lines) != b".\r\n":
                        pass
                    sock.sendall(b"250 queued\r\n")
                if verb in (b"STAR", b"QUIT"):
                    return verb == b"STAR"
        return False
