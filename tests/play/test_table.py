"""
The timeout table, written and read; and what it looks like byte by byte.
"""
import time

import pytest

from .table import counts, pack


@pytest.mark.parametrize("classic, size", [(True, 1024), (False, 2048)])
def test_round_trip(classic, size):
    table = pack([("127.0.0.2", 2, 10), ("127.0.0.3", 1, 0)], classic)
    assert len(table) == size
    assert counts(table, classic) == {"127.0.0.2": 2, "127.0.0.3": 1}


def test_ipv6():
    assert counts(pack([("::1", 3, 0)], False), False) == {"::1": 3}


def test_wide_record():
    record = pack([("192.0.2.1", 5, 100)], False)[:32]
    assert record[:8] == bytes([2, 0, 0, 0, 5, 0, 0, 0])
    assert abs(int.from_bytes(record[8:12], "little") - time.time() + 100) < 5
    assert record[12:] == bytes(4) + bytes([192, 0, 2, 1]) + bytes(12)


def test_classic_record():
    record = pack([("192.0.2.1", 5, 100)], True)[:16]
    assert record[:5] == bytes([192, 0, 2, 1, 5])
    assert abs(int.from_bytes(record[8:12], "little") - time.time() + 100) < 5
