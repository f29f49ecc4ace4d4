"""
dnsworld - NSD with the zones, and Unbound that validates them, on loopback

Neither needs root.  A port may be taken between its choice and its use; then
others are tried.
"""
import contextlib
import random
import shutil
import socket
import subprocess
import time

import dns.exception
import dns.flags
import dns.message
import dns.query
import zones

PROGRAMS = ["nsd", "unbound", "ldns-keygen", "ldns-signzone"]
SEARCHED = "/usr/sbin:/sbin:/usr/bin:/bin"
PATIENCE = 10
TRIES = 5

NSD = """
server:
  ip-address: 127.0.0.1
  port: {authority}
  zonesdir: "{dir}"
  username: ""
  chroot: ""
  database: ""
  pidfile: "{dir}/nsd.pid"
  zonelistfile: "{dir}/nsd.zones"
  xfrdfile: "{dir}/nsd.state"
  xfrdir: "{dir}"
  logfile: "{dir}/nsd.log"
  server-count: 1
remote-control:
  control-enable: no
"""

UNBOUND = """
server:
  interface: 127.0.0.1
  port: {resolver}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{dir}"
  pidfile: "{dir}/unbound.pid"
  use-syslog: no
  logfile: "{dir}/unbound.log"
  num-threads: 1
  so-rcvbuf: 0
  do-not-query-localhost: no
  trust-anchor-file: "{anchor}"
  module-config: "validator iterator"
  local-zone: "test." nodefault
remote-control:
  control-enable: no
"""


def missing():
    """The programs that are not installed."""
    return [p for p in PROGRAMS if not shutil.which(p, path=SEARCHED)]


def free_port():
    """A port for UDP and TCP, below those that the kernel gives away."""
    while True:
        port = random.randrange(10240, 32000)
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                sock = stack.enter_context(socket.socket(type=kind))
                sock.bind(("127.0.0.1", port))
            return port


class World:
    """Runs while its with block lasts."""

    def __init__(self, directory, records, port=None):
        self.directory = directory
        # Any, if none is given.
        self.wanted_port = port
        self.paths, self.anchor = zones.build(records, directory)
        self.processes = []
        self.authority = self.port = None

    def __enter__(self):
        for _ in range(TRIES):
            with contextlib.ExitStack() as stack:
                stack.callback(self.stop)
                self.start()
                if self.is_up():
                    stack.pop_all()
                    return self
        logs = [p.read_text() for p in self.directory.glob("*.log")]
        raise RuntimeError("no DNS: " + "\n".join(logs))

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.authority, self.port = free_port(), self.wanted_port or free_port()
        facts = {"dir": self.directory, "anchor": self.anchor,
                 "authority": self.authority, "resolver": self.port}
        nsd, unbound = NSD.format(**facts), UNBOUND.format(**facts)
        for zone, path in self.paths.items():
            nsd += f'zone:\n  name: "{zone}"\n  zonefile: "{path}"\n'
            unbound += (f'stub-zone:\n  name: "{zone}"\n'
                        f"  stub-addr: 127.0.0.1@{self.authority}\n")
        for program, text in (("nsd", nsd), ("unbound", unbound)):
            path = self.directory / f"{program}.conf"
            path.write_text(text)
            self.processes.append(subprocess.Popen(
                [shutil.which(program, path=SEARCHED), "-d", "-c", path],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL))

    def is_up(self):
        """
        Whether both soon answer, and a secure answer comes from both.

        Unbound is left alone until NSD is there: it would be slow to ask
        again.
        """
        return (self.answers(self.authority, dns.flags.AA) and
                self.answers(self.port, dns.flags.AD))

    def answers(self, port, flag):
        query = dns.message.make_query("signed.test.", "SOA", want_dnssec=True)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if any(p.poll() is not None for p in self.processes):
                return False
            with contextlib.suppress(OSError, EOFError, dns.exception.DNSException):
                answer = dns.query.tcp(query, "127.0.0.1", 2, port)
                if answer.flags & flag:
                    return True
            time.sleep(0.02)
        return False

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(PATIENCE)
        self.processes = []
