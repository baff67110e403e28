from __future__ import annotations

import pytest

from mlgate.demo.github import world
from mlgate.errors import ForgeError
from mlgate.forges.data import RunArtifact


@pytest.fixture
def stored(local_github):
    """A run with one artifact of 1,000 bytes; gives the forge and what it lists."""
    now = local_github.world.now()
    head = local_github.head
    run = world.LocalRun(5, 1, 1, "pull_request", "x.yml", "x", head, "feature", "octo/model", now)
    local_github.repo.runs[5] = run
    local_github.repo.artifacts[6] = world.LocalArtifact(6, 5, "mlgate", bytes(1000), now)
    forge = local_github.forge()
    return forge, forge.artifacts.of(5)[0]


def test_it_is_downloaded_without_giving_the_token_to_the_storage(stored):
    # The local storage answers 400 to whoever sends an Authorization header, as the real one does.
    forge, artifact = stored
    assert forge.artifacts.download(artifact, 1000) == bytes(1000)


def test_one_that_is_larger_than_allowed_is_not_read(stored, local_github):
    forge, artifact = stored
    asked = len(local_github.requests)
    with pytest.raises(ForgeError, match="more than 999 bytes"):
        forge.artifacts.download(artifact, 999)
    assert len(local_github.requests) == asked


def test_one_that_is_larger_than_it_says_is_given_up_in_the_middle(stored):
    forge, artifact = stored
    lying = RunArtifact(artifact.id, artifact.name, 10, expired=False, run=5, head_sha=None)
    with pytest.raises(ForgeError, match="more than 100 bytes"):
        forge.artifacts.download(lying, 100)


def test_one_that_has_expired_says_so(stored):
    forge, artifact = stored
    gone = RunArtifact(artifact.id, artifact.name, 10, expired=True, run=5, head_sha=None)
    with pytest.raises(ForgeError, match="expired"):
        forge.artifacts.download(gone, 100)
