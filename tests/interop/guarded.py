"""
guarded - the real servers again, with logins

Each takes mail only from who has logged in: as USER, with PASSWORD or a token.
"""
import base64
import hmac
import json
import shutil
import subprocess
import time

from dovecot import Dovecot
from exim import Exim
from postfix import Postfix
from server import Missing

USER, PASSWORD = "alice", "open-Sesame-8417"
REALM = "relay.example"
KEY = b"a key that only tests use"


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token(user, seconds=600, key=KEY):
    """A token for a user, good for so many seconds.              [7519:3]"""
    now = int(time.time())
    claims = {"sub": user, "iat": now - 5, "nbf": now - 5, "exp": now + seconds}
    text = b".".join(part(json.dumps(each).encode()) for each in (
        {"alg": "HS256", "typ": "JWT", "kid": "default"}, claims))
    return (text + b"." + part(hmac.digest(key, text, "sha256"))).decode()


POSTFIX = """
smtpd_sasl_auth_enable = yes
smtpd_sasl_local_domain = relay.example
smtpd_sasl_security_options = noanonymous
smtpd_sender_restrictions = permit_sasl_authenticated, reject
broken_sasl_auth_clients = yes
"""

CYRUS = """\
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {dir}/sasl/passwords
mech_list: {mechanisms}
"""


def database(path, user, realm, password):
    """A database of passwords for libsasl2."""
    program = shutil.which("saslpasswd2", path="/usr/sbin:/usr/bin")
    if program is None:
        raise Missing("saslpasswd2 is not installed: tools/setup interop")
    subprocess.run([program, "-p", "-c", "-f", path, "-u", realm, user], check=True,
                   input=password.encode(), capture_output=True)


class Guarded:
    """
    What tests ask of a server with logins.  Its ports are its own, as all may
    be running.
    """

    user, realm = USER, REALM
    mechanisms = ()

    def secret(self, mechanism):
        return PASSWORD


class PostfixCyrus(Guarded, Postfix):
    """Postfix, which asks libsasl2."""

    port, helo_port, small_port, tls_port, smtps_port = range(3000, 3005)
    mechanisms = ("SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "CRAM-MD5", "LOGIN",
                  "PLAIN")
    more = POSTFIX + "smtpd_sasl_path = smtpd\n"

    def configure(self):
        argv = super().configure()
        # Debian's Postfix looks for it there, if not in /etc/postfix.
        self.folders("etc/sasl", "sasl")
        self.write("etc/sasl/smtpd.conf", CYRUS, mechanisms=" ".join(self.mechanisms))
        database(self.directory / "sasl/passwords", USER, REALM, PASSWORD)
        shutil.chown(self.directory / "sasl/passwords", "postfix")
        return argv


class PostfixDovecot(Guarded, Postfix):
    """Postfix, which asks Dovecot."""

    port, helo_port, small_port, tls_port, smtps_port = range(4000, 4005)
    mechanisms = ("SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "CRAM-MD5", "LOGIN",
                  "PLAIN", "XOAUTH2", "OAUTHBEARER")
    more = POSTFIX + "smtpd_sasl_type = dovecot\nsmtpd_sasl_path = {socket}\n"
    user = f"{USER}@{REALM}"
    dovecot = None

    def configure(self):
        self.dovecot = Dovecot(REALM, [(self.user, PASSWORD)],
                               base64.b64encode(KEY).decode())
        return super().configure()

    def write(self, name, template, **facts):
        return super().write(name, template, socket=self.dovecot.socket, **facts)

    def stop(self):
        super().stop()
        if self.dovecot:
            self.dovecot.stop()

    def logs(self):
        return super().logs() + self.dovecot.logs()

    def secret(self, mechanism):
        if mechanism in ("XOAUTH2", "OAUTHBEARER"):
            return token(self.user)
        return PASSWORD


AUTHENTICATORS = """
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = ${{if and{{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = ${{if eq{{$auth1}}{{{user}}}{{{password}}}fail}}
  server_set_id = $auth1
external:
  driver = external
  public_name = EXTERNAL
  server_advertise_condition = $tls_in_certificate_verified
  server_param2 = ${{certextract{{subject,CN}}{{$tls_in_peercert}}}}
  server_condition = ${{if eq{{$auth2}}{{a client}}}}
  server_set_id = $auth1
"""


class EximGuarded(Guarded, Exim):
    """Exim, which checks logins itself."""

    port, helo_port, small_port, tls_port, smtps_port = range(5000, 5005)
    mechanisms = ("CRAM-MD5", "LOGIN", "PLAIN")
    admits = "accept authenticated = *\n  deny message = 550 5.7.1 log in first"

    @property
    def more(self):
        names = "{user}", "{password}"
        return AUTHENTICATORS.replace(names[0], USER).replace(names[1], PASSWORD)
