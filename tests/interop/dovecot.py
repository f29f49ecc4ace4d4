"""
dovecot - Debian's Dovecot, as a service that checks logins for Postfix
"""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from server import PATIENCE, Missing

PROGRAM = pathlib.Path("/usr/sbin/dovecot")

CONFIGURATION = """\
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/log
protocols =
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
auth_mechanisms = {mechanisms}
auth_realms = {realm}
auth_default_realm = {realm}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {dir}/oauth2.conf
}}
passdb {{
  driver = passwd-file
  mechanisms = {passwords}
  args = {dir}/users
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home=/nonexistent
}}
service anvil {{
  chroot =
  # No penalty for whoever failed before: all clients have one address.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener {dir}/auth {{
    mode = 0666
  }}
}}
"""

# Tokens are checked here, with one key for all of them.
OAUTH2 = """\
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={dir}/keys/
username_attribute = sub
"""

PASSWORDS = ["plain", "login", "cram-md5", "digest-md5", "scram-sha-1", "scram-sha-256"]


class Dovecot:
    """Checks logins at the socket "auth" of its directory."""

    def __init__(self, realm, logins, key):
        if not PROGRAM.exists():
            raise Missing("Dovecot is not installed: tools/setup interop")
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.directory.chmod(0o755)
        self.socket = self.directory / "auth"
        for name in ("run", "state", "keys/default/HS256"):
            (self.directory / name).mkdir(parents=True)
        self.write("dovecot.conf", CONFIGURATION.format(
            dir=self.directory, realm=realm, passwords=" ".join(PASSWORDS),
            mechanisms=" ".join([*PASSWORDS, "xoauth2", "oauthbearer"])))
        self.write("oauth2.conf", OAUTH2.format(dir=self.directory))
        self.write("keys/default/HS256/default", key)
        self.write("users", "".join(
            f"{user}:{{PLAIN}}{password}::::::\n" for user, password in logins))
        with open(self.directory / "out", "wb") as out:
            self.process = subprocess.Popen(
                [PROGRAM, "-F", "-c", self.directory / "dovecot.conf"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        deadline = time.monotonic() + PATIENCE
        while not self.socket.exists():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(f"Dovecot does not start\n{self.logs()}")
            time.sleep(0.005)

    def write(self, name, text):
        (self.directory / name).write_text(text)

    def logs(self):
        paths = [self.directory / "out", self.directory / "log"]
        return "\n".join(path.read_text(errors="replace")[-4000:]
                         for path in paths if path.exists())

    def stop(self):
        """Ends it, and what it started: all in one session."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        shutil.rmtree(self.directory)
