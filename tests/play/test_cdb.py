"""
The database, read back by the rules of its format.
"""
import struct

from .cdb import make


def find(data, key):
    """The data of a key, or None."""
    digest = 5381
    for byte in key:
        digest = ((digest << 5) + digest & 0xFFFFFFFF) ^ byte
    table, slots = struct.unpack_from("<II", data, digest % 256 * 8)
    for step in range(slots):
        at = table + (digest // 256 + step) % slots * 8
        found, record = struct.unpack_from("<II", data, at)
        if record == 0:
            return None
        length, size = struct.unpack_from("<II", data, record)
        begin = record + 8
        if found == digest and data[begin:begin + length] == key:
            return data[begin + length:begin + length + size]
    return None


def test_empty():
    assert make([]) == struct.pack("<II", 2048, 0) * 256


def test_every_key_is_found():
    pairs = [(b"key%d" % i, b"data of %d" % i) for i in range(1000)] + [(b"", b"empty")]
    data = make(pairs)
    assert [find(data, key) for key, _ in pairs] == [value for _, value in pairs]
    assert find(data, b"another") is None
