"""Settings that all tests share."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("mlgate", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("mlgate")


@pytest.fixture
def local_github():
    """A GitHub of our own on loopback, held against GitHub's published description."""
    import local_github

    with local_github.running() as running:
        yield running
