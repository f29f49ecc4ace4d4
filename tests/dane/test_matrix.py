"""
The matrix of RFC 7672: each kind of TLSA record, with all that can be right or
wrong about the certificate it names and the DNS it came from.
"""
import concurrent.futures

import pytest
from cases import KINDS, MATRIX, expected

# Deliveries at a time.
AT_ONCE = 4

ALL = list(dict.fromkeys(what for what, _ in MATRIX))


def name(kind):
    return "{} {} {}".format(*kind)


@pytest.mark.req("DANE-01", "DANE-03", "DANE-04", "DANE-05", "DANE-07", "RPT-09")
@pytest.mark.parametrize("what", ALL)
def test_verdict(either, what):
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        verdicts = dict(zip(KINDS, pool.map(
            lambda kind: either.verdict(MATRIX[what, kind].domain), KINDS)))
    assert ({name(k): v for k, v in verdicts.items()} ==
            {name(k): expected(what, k) for k in KINDS})
