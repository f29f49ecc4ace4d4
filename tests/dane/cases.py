"""
cases - all names that the tests ask for, and what they have

A server's name says what it shows: see tlssink.
"""
import itertools
from typing import NamedTuple

from chain import DANE_EE, DANE_TA, OTHERS, PKIX_EE, PKIX_TA
from tlssink import AT_ONCE, BROKEN, CLEAR, GOOD

# What a delivery comes to.
DANE, PKIX, ENCRYPTED, IN_CLEAR, DEFERRED = (
    "dane", "pkix", "encrypted", "in clear", "deferred")


class Tlsa(NamedTuple):
    """A record: three numbers, and the chain whose data it has."""

    usage: int
    selector: int
    matching: int
    chain: str = "right"
    # The numbers as they are written, if they are others.
    written: tuple = None
    # Bytes that its data lacks.
    lack: int = 0

    def text(self, chains):
        """As it stands in a zone."""
        data = chains[self.chain].association(*self[:3])
        numbers = " ".join(map(str, self.written or self[:3]))
        return f"{numbers} {data[:len(data) - self.lack].hex()}"


# The matrix: usage, selector and matching of a record, and what is wrong.
KINDS = list(itertools.product(
    [PKIX_TA, PKIX_EE, DANE_TA, DANE_EE], [0, 1], [0, 1, 2]))


class Cell(NamedTuple):
    """A domain with one server."""

    domain: str
    server: str
    records: list


def sound(kind):
    """Cells whose names are all secure, by what is right or wrong with them."""
    usage, selector, matching = kind
    right = Tlsa(*kind)
    wrong = right._replace(chain="stranger")
    cells = {
        "right": ("right", [right]),
        "wrong": ("right", [wrong]),
        "renewed": ("right", [wrong, right]),
        "malformed": ("right", [right._replace(lack=1)]),
    }
    for chain in ("expired", "misnamed", "selfsigned", "bare"):
        cells[chain] = (chain, [right._replace(chain=chain)])
    for what, written in {
            "unknown-usage": (usage + 4, selector, matching),
            "unknown-selector": (usage, selector + 2, matching),
            "unknown-matching": (usage, selector, matching + 3)}.items():
        cells[what] = ("right", [right._replace(written=written)])
    for what, (chain, records) in cells.items():
        name = f"{what}-{''.join(map(str, kind))}-{chain}.signed.test"
        yield what, Cell(f"to-{name}", name, records)


# Which of a cell's names are in which zone: the domain, its server, and the
# TLSA records, which are in the server's unless they are said to be elsewhere.
PLACES = {
    "insecure-mx": ("plain.test", "signed.test", None),
    "insecure-address": ("signed.test", "plain.test", None),
    "insecure-tlsa": ("signed.test", "signed.test", "plain.test"),
    "bogus-mx": ("signed.test", "signed.test", None),
    "bogus-address": ("signed.test", "signed.test", None),
    "bogus-tlsa": ("signed.test", "signed.test", None),
    "stale": ("stale.test", "stale.test", None),
}


def unsound(kind):
    """Cells whose records are right, but whose names are not all secure."""
    for what, (domain, server, _) in PLACES.items():
        name = f"{what}-{''.join(map(str, kind))}-right"
        if what == "bogus-mx":
            yield what, Cell(f"{name}.{domain}", f"at-{name}.{server}", [Tlsa(*kind)])
        else:
            yield what, Cell(f"to-{name}.{domain}", f"{name}.{server}", [Tlsa(*kind)])


MATRIX = {
    (what, kind): cell
    for kind in KINDS for what, cell in itertools.chain(sound(kind), unsound(kind))
}


def expected(what, kind):
    """What RFC 7672 has of a delivery to a cell."""
    usage, selector, matching = kind
    if what.startswith("insecure"):
        return IN_CLEAR
    if what.startswith("bogus") or what == "stale":
        return DEFERRED
    if usage in (PKIX_TA, PKIX_EE) or what.startswith(("unknown", "malformed")):
        # Not one record can be used.
        return ENCRYPTED
    if what in ("right", "renewed"):
        return DANE
    if usage == DANE_EE and what != "wrong":
        # Names and dates do not count.
        return DANE
    if what == "bare" and matching == 0:
        # The CA is in DNS, and need not be shown.
        return DANE
    if what == "selfsigned" and (selector, matching) == (1, 0):
        # It was signed by the key that is in DNS.
        return DANE
    return DEFERRED


class Server(NamedTuple):
    """A server of the rules below, by its first label."""

    records: list = []
    address: str = GOOD
    zone: str = "signed.test"


RIGHT, WRONG = Tlsa(DANE_EE, 1, 1), Tlsa(DANE_EE, 1, 1, "stranger")
TA = Tlsa(DANE_TA, 0, 1)

SERVERS = {
    "ee-right": Server([RIGHT]),
    "ta-right": Server([TA]),
    "none-right": Server(),
    "wrong-right": Server([WRONG]),
    "bogus-tlsa-right": Server([RIGHT]),
    "bogus-address-right": Server([RIGHT]),
    "unusable-right": Server([Tlsa(PKIX_EE, 1, 1)]),
    "clear-right": Server([RIGHT], CLEAR),
    "clearest-right": Server([], CLEAR),
    "broken-right": Server([RIGHT], BROKEN),
    "unusable-broken-right": Server([Tlsa(PKIX_EE, 1, 1)], BROKEN),
    "at-once-right": Server([RIGHT], AT_ONCE),
    "at-once-wrong-right": Server([WRONG], AT_ONCE),
    "plain-right": Server([RIGHT], zone="plain.test"),
    "end-nexthop": Server([RIGHT._replace(chain="nexthop")]),
    "large-right": Server([
        RIGHT, *(Tlsa(DANE_EE, 0, 0, chain) for chain in (
            "stranger", "expired", "misnamed", "selfsigned", "nexthop"))]),
    "ta-nexthop": Server([TA._replace(chain="nexthop")]),
    **{f"key-{kind}": Server([TA._replace(chain=kind)]) for kind in OTHERS},
    "digest-old-right": Server([RIGHT, Tlsa(DANE_EE, 1, 2, "stranger")]),
    "digest-new-right": Server([WRONG, Tlsa(DANE_EE, 1, 2)]),
    "digest-other-right": Server([RIGHT, Tlsa(DANE_EE, 0, 2, "stranger")]),
    "digest-whole-right": Server(
        [Tlsa(DANE_EE, 1, 0), Tlsa(DANE_EE, 1, 2, "stranger")]),
    "digest-unknown-right": Server([RIGHT, Tlsa(
        DANE_EE, 1, 2, "stranger", written=(DANE_EE, 1, 3))]),
    # The ends of aliases.
    "bare-end-right": Server(),
    "records-end-right": Server([RIGHT]),
    "wrong-end-right": Server([WRONG]),
    "ta-end-right": Server([TA]),
    "plain-end-right": Server(zone="plain.test"),
    "plain-records-end-right": Server([RIGHT], zone="plain.test"),
}

# Aliases of servers, what they lead to, and records of their own.
ALIASES = {
    "at-end-right.signed.test": ("records-end-right.signed.test", None),
    "at-alias-right.signed.test": ("bare-end-right.signed.test", RIGHT),
    "end-first-right.signed.test": ("wrong-end-right.signed.test", RIGHT),
    "to-plain-right.signed.test": ("plain-end-right.plain.test", RIGHT),
    "to-records-right.signed.test": ("plain-records-end-right.plain.test", None),
    "from-plain-right.plain.test": ("records-end-right.signed.test", None),
    "alias-nexthop.signed.test": ("end-nexthop.signed.test", None),
    "ta-alias-right.signed.test": ("ta-end-right.signed.test", None),
}

# Domains with their exchangers, the best first.
DOMAINS = {
    "two-right.signed.test": ["wrong-right", "ee-right"],
    "two-none.signed.test": ["wrong-right", "none-right"],
    "two-bogus-tlsa.signed.test": ["bogus-tlsa-right", "ee-right"],
    "two-bogus-address.signed.test": ["bogus-address-right", "ee-right"],
    "two-clear.signed.test": ["clear-right", "ee-right"],
    "two-broken.signed.test": ["broken-right", "ee-right"],
    "two-wrong.signed.test": ["wrong-right", "bogus-tlsa-right"],
    "to-from-plain.signed.test": ["from-plain-right.plain.test"],
    "nexthop.signed.test": ["ta-nexthop"],
    "other.signed.test": ["ta-nexthop"],
}

# Domains that are aliases of domains.
DOMAIN_ALIASES = {
    "by-alias.signed.test": "nexthop.signed.test",
    "by-plain-alias.plain.test": "nexthop.signed.test",
}


# What mail to a domain with one server comes to.
NAMED = {
    # Domains without exchangers are their own servers.
    "ee-right.signed.test": DANE,
    "ta-right.signed.test": DANE,
    "none-right.signed.test": IN_CLEAR,
    "wrong-right.signed.test": DEFERRED,
    "plain-right.plain.test": IN_CLEAR,
    # Records at the end of the alias, at the alias, at both.     [7672:2.2.2]
    "at-end-right.signed.test": DANE,
    "at-alias-right.signed.test": DANE,
    "end-first-right.signed.test": DEFERRED,
    # The alias is secure, and its end is not: it is asked for, the end is not.
    "to-plain-right.signed.test": DANE,
    "to-records-right.signed.test": IN_CLEAR,
    # The alias is not secure.
    "from-plain-right.plain.test": IN_CLEAR,
    "to-from-plain.signed.test": IN_CLEAR,
    # A certificate has the name where the records are, or of the domain that
    # mail is for, or of what that is an alias of.                [7672:3.2.2]
    "nexthop.signed.test": DANE,
    "by-alias.signed.test": DANE,
    "other.signed.test": DEFERRED,
    "ta-nexthop.signed.test": DEFERRED,
    "ta-alias-right.signed.test": DANE,
    "alias-nexthop.signed.test": DANE,
    # An alias that is not secure leads nowhere.
    "by-plain-alias.plain.test": IN_CLEAR,
    # Of records of one usage and selector, only those of the best digest
    # count, and those with the whole.                             [7671:9]
    "digest-old-right.signed.test": DEFERRED,
    "digest-new-right.signed.test": DANE,
    "digest-other-right.signed.test": DANE,
    "digest-whole-right.signed.test": DANE,
    # One that cannot be used does not spoil those that can.
    "digest-unknown-right.signed.test": DANE,
    # More than fits a datagram.
    "large-right.signed.test": DANE,
    **{f"key-{kind}.signed.test": DANE for kind in OTHERS},
}

# All domains that others may judge, and our verdict.
JUDGED = {**{cell.domain: expected(*of) for of, cell in MATRIX.items()}, **NAMED}


def rules(port, chains):
    """The records of all that is not in the matrix."""
    for label, server in SERVERS.items():
        name = f"{label}.{server.zone}"
        yield name, "A", server.address
        for record in server.records:
            yield f"_{port}._tcp.{name}", "TLSA", record.text(chains)
    for name, (target, record) in ALIASES.items():
        yield name, "CNAME", f"{target}."
        if record:
            yield f"_{port}._tcp.{name}", "TLSA", record.text(chains)
    for name, servers in DOMAINS.items():
        for preference, server in enumerate(servers):
            whole = server if "." in server else f"{server}.signed.test"
            yield name, "MX", f"{preference} {whole}."
    for name, target in DOMAIN_ALIASES.items():
        yield name, "CNAME", f"{target}."


def records(port, chains):
    """All records, as zones.build() wants them."""
    for (what, _), cell in MATRIX.items():
        yield cell.domain, "MX", f"10 {cell.server}."
        yield cell.server, "A", GOOD
        owner = f"_{port}._tcp.{cell.server}"
        elsewhere = PLACES.get(what, [None])[-1]
        if elsewhere:
            alias = f"_tlsa-{cell.server.split('.')[0]}.{elsewhere}"
            yield owner, "CNAME", f"{alias}."
            owner = alias
        for record in cell.records:
            yield owner, "TLSA", record.text(chains)
    yield from rules(port, chains)
