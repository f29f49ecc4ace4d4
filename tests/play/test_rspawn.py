"""
What qmail-rspawn makes of a report.
"""
import pytest

from .rspawn import verdict


@pytest.mark.parametrize("report, status, letter", [
    (b"r\0Kok\0", 0, "K"),
    (b"hno\0DGiving up\0", 0, "D"),
    (b"slater\0ZGiving up\0", 0, "Z"),
    (b"r\0Dspam\0", 0, "D"),
    (b"Zlater\0", 0, "Z"),
    # The recipient's own record outweighs the message's.
    (b"slater\0Kok\0", 0, "Z"),
    (b"hno\0Kok\0", 0, "D"),
    # The first message record decides.
    (b"Kno mechanism\0r\0Zlater\0", 0, "K"),
    # Nothing, or nothing that counts.
    (b"", 0, "Z"),
    (b"r\0", 0, "D"),
    (b"warning: x\nr\0", 0, "D"),
    (b"Kok", 0, "D"),
    # How it ended comes first.
    (b"r\0Kok\0", 111, "Z"),
    (b"r\0Kok\0", 1, "D"),
    (b"r\0Kok\0", -11, "Z"),
])
def test_verdict(report, status, letter):
    assert verdict(report, status) == letter
