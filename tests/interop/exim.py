"""
exim - Debian's Exim, as setup unpacked it
"""
import re
import shutil

from server import ROOT, Missing, Server

PROGRAM = ROOT / "build/exim/usr/sbin/exim4"
USER = "Debian-exim"

CONFIGURE = """\
primary_hostname = exim.example
exim_path = {dir}/exim4
spool_directory = {dir}/spool
log_file_path = {dir}/%slog
pid_file_path = {dir}/exim.pid
local_interfaces = <; [{address}]:{port} ; [{address}]:{helo_port} ; \
  [{address}]:{small_port} ; [{address}]:{tls_port} ; [{address}]:{smtps_port}
keep_environment =
never_users =
deliver_drop_privilege
host_lookup =
rfc1413_hosts =
write_rejectlog = no
smtp_accept_queue_per_connection = 0
chunking_advertise_hosts = *
smtputf8_advertise_hosts = *
tls_advertise_hosts = ${{if eq{{$received_port}}{{{tls_port}}}{{*}}{{}}}}
tls_on_connect_ports = {smtps_port}
tls_certificate = {dir}/server.pem
tls_verify_certificates = {dir}/ca.pem
tls_try_verify_hosts = *
message_size_limit = ${{if eq{{$received_port}}{{{small_port}}}{{{small}}}{{{largest}}}}}
acl_smtp_helo = helo
acl_smtp_rcpt = rcpt
acl_smtp_data = data

begin acl
helo:
  deny
    condition = ${{if eq{{$received_port}}{{{helo_port}}}}}
    condition = ${{if match{{$smtp_command}}{{^EHLO}}}}
  accept
rcpt:
  deny
    local_parts = {refused}
    message = 550 5.1.1 nobody of that name
  defer
    local_parts = {deferred}
    message = 450 4.2.1 come again
  {admits}
data:
  accept

begin routers
all:
  driver = accept
  transport = store

begin transports
store:
  driver = pipe
  # Addresses reach a program only through its environment.
  use_shell
  command = exec {dir}/store {dir}/mail "\\$LOCAL_PART@\\$DOMAIN" "\\$SENDER"
  message_prefix =
  message_suffix =
  user = {user}
"""


class Exim(Server):
    """Exim as a daemon; a pipe transport delivers to the store."""

    storer = USER
    queues = ("input",)
    # Who may send; the authenticators.
    admits, more = "accept", ""

    def check(self):
        if not PROGRAM.exists():
            raise Missing("Exim is not unpacked: tests/interop/setup")

    def configure(self):
        self.folders("spool", owner=USER)
        # It starts itself anew as a user who may not enter the build folder.
        program = shutil.copy(PROGRAM, self.directory)
        # That user writes its logs and its process id here.
        shutil.chown(self.directory, group=USER)
        self.directory.chmod(0o775)
        path = self.write(
            "exim.conf", CONFIGURE + self.more, user=USER, admits=self.admits)
        return [program, "-C", path, "-bdf"]

    def kept(self, message):
        """It adds the empty line behind the header, too, if there is none."""
        kept = super().kept(message)
        ended = re.search(rb"^\n", kept, re.MULTILINE)
        return kept if ended else kept + b"\n"
