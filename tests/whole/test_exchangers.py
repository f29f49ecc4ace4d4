"""
Names that are not there, and servers that the DNS leads back to.
"""
import socket

import pytest
from dns_stub import Resolver
from listener import Listener, willing, hang_up
from qremote import MESSAGE


# REQ: DNS-05
def test_unknown_host(site):
    with Resolver({}) as resolver:
        site.put("dnsservers", f"127.0.0.1@{resolver.port}")
        report = site.deliver(MESSAGE)
    assert report.letters == "D"
    assert "couldn't find any host named server.example" in report.text
    assert "(#5.1.2)" in report.text


# REQ: DNS-05
def test_no_resolver_there(site):
    """A port that nobody listens on."""
    with socket.socket(type=socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    site.put("timeoutdns", 3)
    site.put("dnsservers", f"127.0.0.1@{port}")
    report = site.deliver(MESSAGE)
    assert report.letters == "Z" and "(#4.4.3)" in report.text


# REQ: DNS-06
@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_we_are_a_backup_and_the_better_ones_are_down(site, address):
    """It ends, with Z, and nobody connects to ourselves."""
    with Listener(hang_up) as ourselves, Resolver({
            ("server.example", "MX"): ["10 mx1.server.example", "20 us.server.example",
                                       "30 mx3.server.example"],
            ("mx1.server.example", "A"): ["127.0.0.9"],
            ("us.server.example", "A"): [address],
            ("mx3.server.example", "A"): ["127.0.0.1"]}) as resolver:
        site.put("smtproutes", f"::{ourselves.port}")
        site.put("dnsservers", f"127.0.0.1@{resolver.port}")
        report = site.deliver(MESSAGE)
    assert report.letters == "Z"
    assert ourselves.connections == 0


# REQ: TRY-01
def test_the_next_server_after_a_dropped_greeting(site):
    with Listener(willing, "127.0.0.3") as good, \
            Listener(hang_up, "127.0.0.2", good.port) as bad, Resolver({
                ("server.example", "MX"): ["10 bad.server.example", "20 good.server.example"],
                ("bad.server.example", "A"): ["127.0.0.2"],
                ("good.server.example", "A"): ["127.0.0.3"]}) as resolver:
        site.put("smtproutes", f"::{good.port}")
        site.put("dnsservers", f"127.0.0.1@{resolver.port}")
        report = site.deliver(MESSAGE)
    assert report.letters == "rK" and report.text.startswith("127.0.0.3 accepted message")
    assert (bad.connections, good.connections) == (1, 1)
