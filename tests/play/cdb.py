"""
cdb - D. J. Bernstein's constant database, written
"""
import struct

TABLES = 256


def make(pairs):
    """The bytes of a database of (key, data) pairs."""
    records = bytearray()
    tables = [[] for _ in range(TABLES)]
    for key, data in pairs:
        at = TABLES * 8 + len(records)
        digest = _hash(key)
        tables[digest % TABLES].append((digest, at))
        records += struct.pack("<II", len(key), len(data)) + key + data
    header, slots = bytearray(), bytearray()
    for table in tables:
        begin = TABLES * 8 + len(records) + len(slots)
        header += struct.pack("<II", begin, 2 * len(table))
        for slot in _filled(table):
            slots += struct.pack("<II", *slot)
    return bytes(header + records + slots)


def _hash(key):
    digest = 5381
    for byte in key:
        digest = (digest * 33 & 0xFFFFFFFF) ^ byte
    return digest


def _filled(table):
    """A hash table with two slots for each entry; at 0 there is no record."""
    slots = [(0, 0)] * (2 * len(table))
    for digest, at in table:
        slot = digest // TABLES % len(slots)
        while slots[slot][1]:
            slot = (slot + 1) % len(slots)
        slots[slot] = (digest, at)
    return slots
