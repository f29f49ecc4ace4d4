"""
Fixtures for tests of the whole program against servers of their own.
"""
import pytest

from qremote import Site


@pytest.fixture
def site(tmp_path):
    """A host with a name and nothing else."""
    return Site(tmp_path)
