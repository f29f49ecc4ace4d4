"""
cdbfile - makes constant databases, as their format describes them
"""
import struct

HEADER = 2048
TABLES = 256


def cdb(records):
    """A database of (key, data) pairs of bytes; the first of equal keys wins."""
    tables = [[] for _ in range(TABLES)]
    parts, at = [], HEADER
    for key, data in records:
        h = 5381
        for byte in key:
            h = (h * 33 ^ byte) & 0xffffffff
        tables[h % TABLES].append((h, at))
        parts.append(struct.pack("<II", len(key), len(data)) + key + data)
        at += len(parts[-1])
    header = []
    for table in tables:
        header += at, 2 * len(table)
        parts.append(hash_table(table))
        at += len(parts[-1])
    return struct.pack(f"<{2 * TABLES}I", *header) + b"".join(parts)


def hash_table(entries):
    """Each (hash, position) in the first free slot from its own on."""
    n = 2 * len(entries)
    slots = [0] * (2 * n)
    for h, position in entries:
        slot = h // TABLES % n
        while slots[2 * slot + 1]:
            slot = (slot + 1) % n
        slots[2 * slot:2 * slot + 2] = h, position
    return struct.pack(f"<{len(slots)}I", *slots)


def of_routes(text):
    """smtproutes.cdb of lines "domain:relay..."."""
    lines = [line.partition(":") for line in text.splitlines()]
    return cdb((key.lower().encode(), rest.encode()) for key, _, rest in lines)


def of_recipients(text):
    """moresmtproutes.cdb of lines "address relay...", or "!@ relay..."."""
    lines = [line.partition(" ") for line in text.splitlines()]
    return cdb((key.lower().encode(), rest.encode()) for key, _, rest in lines)


def of_assignments(text):
    """What cdb-database makes of lines "=addr:data:" and "+prefix:data:"."""
    records, ends = [], b""
    for line in text.splitlines():
        name, _, data = line[1:].partition(":")
        key = b"!" + name.lower().encode()
        if line[0] == "=":
            key += b"\0"
        elif name:
            ends += key[-1:]
        records.append((key, data.removesuffix(":").encode()))
    return cdb([*records, (b"", ends)])
