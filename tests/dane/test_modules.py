"""
What a delivery needs of OpenSSL and libunbound is all that it loads.
"""
import re
import shutil

import pytest
from whole.qremote import file_of


def loaded(client, domain):
    """Which of our modules, and whether OpenSSL, one delivery opens."""
    if not shutil.which("strace"):
        pytest.skip("not installed: strace")
    log = client.site.directory / "opened"
    argv = ["strace", "-f", "-q", "-e", "trace=openat", "-o", str(log),
            *client.site.argv(f"bob@{domain}", host=domain)]
    with file_of(b"Subject: test\n\nbody\n") as message:
        report = client.site.start(argv, message, client.env).finish()
    assert report.letter == "K"
    opened = log.read_text()
    return (set(re.findall(r"qremote-(\w+)\.so", opened)),
            "libssl.so" in opened or "libcrypto.so" in opened)


@pytest.mark.req("DANE-07")
@pytest.mark.parametrize("how, domain, wanted", [
    (None, "none-right.signed.test", set()),
    ("trust-ad", "none-right.signed.test", set()),
    ("trust-ad", "ee-right.signed.test", {"tls"}),
    ("validate", "none-right.signed.test", {"unbound"}),
    ("validate", "ee-right.signed.test", {"unbound", "tls"}),
])
def test_modules(client, how, domain, wanted):
    if how:
        client.site.put("dnssec", how)
    else:
        del client.env["DANE_VERIFICATION"]
    modules, openssl = loaded(client, domain)
    assert modules == wanted
    # libunbound may have a use of its own for OpenSSL.
    assert openssl == ("tls" in wanted) or "unbound" in wanted
