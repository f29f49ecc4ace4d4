"""
finger - what Postfix makes of the world, in a network of its own

usage: finger.py DIRECTORY

Run by root under "unshare --net --mount": Postfix wants servers at port 25, and
a resolver at port 53.  Prints JSON: all domains of cases.JUDGED, and what
posttls-finger says of the server of each: that it is VERIFIED by DANE, that it
is not, or that there is NO_SESSION with it.
"""
import concurrent.futures
import contextlib
import json
import pathlib
import subprocess
import sys

# Only as a program is it found without pytest.
sys.path.append(str(pathlib.Path(__file__).parents[1]))

import cases
import dnsworld
from chain import chains
from tlssink import Sink

VERIFIED, UNVERIFIED, NO_SESSION = "verified", "unverified", "no session"

AT_ONCE = 4
PATIENCE = 60

CONFIGURATION = """
compatibility_level = 3.6
myhostname = client.example
inet_protocols = ipv4
smtp_dns_support_level = dnssec
"""


def verdict(domain, config):
    done = subprocess.run(
        ["posttls-finger", "-l", "dane", domain],
        env={"MAIL_CONFIG": str(config), "PATH": dnsworld.SEARCHED},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
    if "Verified TLS connection established" in done.stdout:
        return VERIFIED
    # "Trusted" is what it calls those whose exchangers are not secure.
    return UNVERIFIED if "rusted TLS connection" in done.stdout else NO_SESSION


def main(directory):
    resolv = directory / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\noptions edns0 trust-ad\n")
    subprocess.run(["mount", "--bind", resolv, "/etc/resolv.conf"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    (directory / "main.cf").write_text(CONFIGURATION)
    made = chains()
    with contextlib.ExitStack() as stack:
        sink = stack.enter_context(Sink(made, directory, 25))
        stack.enter_context(dnsworld.World(
            directory, cases.records(sink.port, made), 53))
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(AT_ONCE))
        verdicts = pool.map(lambda domain: verdict(domain, directory), cases.JUDGED)
        print(json.dumps(dict(zip(cases.JUDGED, verdicts))))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
