"""
Another judge: posttls-finger verifies what we verify, and nothing else.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

import cases
import dnsworld
import pytest
from finger import NO_SESSION, UNVERIFIED, VERIFIED

HERE = pathlib.Path(__file__).parent
PATIENCE = 240


def expected(domain):
    """What corresponds to our own verdict."""
    if domain.startswith("bogus-mx") or "stale" in domain or "-bogus-" in domain:
        return NO_SESSION
    return VERIFIED if cases.JUDGED[domain] == cases.DANE else UNVERIFIED


@pytest.mark.req("DANE-03", "DANE-04")
def test_postfix_agrees(tmp_path):
    lack = dnsworld.missing() + [
        p for p in ("posttls-finger", "unshare", "ip", "mount")
        if not shutil.which(p, path=dnsworld.SEARCHED)]
    if lack:
        pytest.skip(f"not installed: {' '.join(lack)}")
    if os.getuid() != 0:
        pytest.skip("only root can make a network")
    done = subprocess.run(
        ["unshare", "--net", "--mount", sys.executable, HERE / "finger.py", tmp_path],
        stdout=subprocess.PIPE, timeout=PATIENCE, check=True)
    verdicts = json.loads(done.stdout)
    assert verdicts == {domain: expected(domain) for domain in cases.JUDGED}
