"""
table - the timeout table, QUEUEDIR/lock/tcpto

64 records: 16 bytes each in the layout of qmail 1.03, which knows IPv4 only,
and 32 otherwise.
"""
import ipaddress
import struct
import time

RECORDS = 64
FAMILIES = {4: 2, 6: 10}


def pack(entries, classic):
    """The bytes of a table with these (address, count, age) entries."""
    size = 16 if classic else 32
    packed = [_pack(entry, classic).ljust(size, b"\0") for entry in entries]
    return b"".join(packed).ljust(RECORDS * size, b"\0")


def counts(table, classic):
    """How often each address in a table failed: a dict, 0 left out."""
    size = 16 if classic else 32
    found = {}
    for at in range(0, len(table), size):
        record = table[at:at + size]
        if record[4]:
            found[_address(record, classic)] = record[4]
    return found


def _pack(entry, classic):
    address, count, age = entry
    ip = ipaddress.ip_address(address)
    when = int(time.time()) - age
    if classic:
        return struct.pack("<4sBxxxI", ip.packed, count, when)
    return struct.pack(
        "<BxxxBxxxIxxxx16s", FAMILIES[ip.version], count, when, ip.packed)


def _address(record, classic):
    if classic:
        return str(ipaddress.ip_address(record[:4]))
    length = 4 if record[0] == FAMILIES[4] else 16
    return str(ipaddress.ip_address(record[16:16 + length]))
