"""Honest pull requests: without them a gate that is always red would hold against everything."""

from __future__ import annotations

from tests.redteam.repository import BETTER, GOOD, SLIGHTLY_WORSE, Repository
from tests.redteam.trick import ACCIDENT, FAIL, GREEN, trick


@trick(FAIL, ACCIDENT)
def worse(repo: Repository) -> None:
    """Makes the model 5.5 points worse; 2 are allowed."""
    repo.worse()


@trick(GREEN, ACCIDENT)
def better(repo: Repository) -> None:
    """Makes the model 4 points better."""
    repo.error(BETTER)


@trick(GREEN, ACCIDENT)
def equal(repo: Repository) -> None:
    """Changes a comment; the model stays as it is."""
    repo.error(GOOD)
    repo.edit_rows("# nothing to see here")


@trick(GREEN, ACCIDENT)
def slightly_worse(repo: Repository) -> None:
    """Makes the model worse by less than what is allowed."""
    repo.error(SLIGHTLY_WORSE)
