"""
postfix - Debian's Postfix
"""
import os
import pathlib

from server import Missing, Server

SBIN = pathlib.Path("/usr/lib/postfix/sbin")

MAIN = """\
compatibility_level = 2
queue_directory = {dir}/spool
data_directory = {dir}/data
command_directory = /usr/sbin
daemon_directory = {sbin}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {dir}/mail.log
maillog_file_prefixes = {dir}

myhostname = postfix.example
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =

# Every address is one to relay to, and reaches the store as it came.
relay_domains = static:all
relay_transport = store
store_destination_recipient_limit = 1
allow_untrusted_routing = yes
allow_min_user = yes
swap_bangpath = no
allow_percent_hack = no
local_header_rewrite_clients =
strict_rfc821_envelopes = yes

smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access regexp:{dir}/recipients
smtpd_peername_lookup = no
smtputf8_enable = yes
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
smtpd_tls_security_level = none
smtpd_tls_cert_file = {dir}/server.pem
smtpd_tls_key_file = {dir}/server.pem
smtpd_tls_CAfile = {dir}/ca.pem
smtpd_tls_ask_ccert = yes
message_size_limit = {largest}

# What cannot be stored comes back to the store, where a test finds it.
notify_classes =
"""

MASTER = """\
{address}:{port} inet n - n - - smtpd
{address}:{helo_port} inet n - n - - smtpd
    -o smtpd_command_filter=regexp:{dir}/commands
{address}:{small_port} inet n - n - - smtpd -o message_size_limit={small}
{address}:{tls_port} inet n - n - - smtpd -o smtpd_tls_security_level=may
{address}:{smtps_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
tlsmgr unix - - n 1000? 1 tlsmgr
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
store unix - n n - 10 pipe flags= user=nobody null_sender=
    argv={dir}/store {dir}/mail ${{recipient}} ${{sender}}
"""

RECIPIENTS = """\
/^{refused}@/ 550 5.1.1 nobody of that name
/^{deferred}@/ 450 4.2.1 come again
"""

COMMANDS = """\
/^EHLO / UNKNOWN
"""


class Postfix(Server):
    """Postfix with its own queue; its pipe(8) delivers to the store."""

    # More lines of main.cf.
    more = ""

    storer = "nobody"
    queues = ("maildrop", "incoming", "active", "deferred")
    most_errors = 20

    def check(self):
        if not (SBIN / "master").exists():
            raise Missing("Postfix is not installed: tools/setup interop")

    def configure(self):
        self.folders("etc", "spool", "spool/pid")
        self.folders("data", "spool/public", "spool/maildrop", owner="postfix")
        self.folders(*(f"spool/{name}" for name in (
            "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold",
            "incoming", "private", "saved", "trace")), owner="postfix", mode=0o700)
        self.write("recipients", RECIPIENTS)
        self.write("commands", COMMANDS)
        for path in (self.write("etc/main.cf", MAIN + self.more, sbin=SBIN),
                     self.write("etc/master.cf", MASTER)):
            # It distrusts files that are younger than two seconds, and waits.
            os.utime(path, (0, 0))
        return [SBIN / "master", "-c", self.directory / "etc", "-d"]
