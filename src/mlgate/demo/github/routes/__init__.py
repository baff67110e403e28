"""What the local GitHub answers: one module a part of the API, in tables of `Route`s.

Paths are written as GitHub's OpenAPI description writes them, so that every request and answer
can be checked against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlgate.demo.github.answers import Answer, Call

REPO: Final = "/repos/{owner}/{repo}"


@dataclass(frozen=True, slots=True)
class Route:
    """A function, the permissions of which one is needed, and whether it creates content."""

    run: Callable[[Call], Answer]
    needs: tuple[str, ...] = ()
    content: bool = False


def table() -> Mapping[tuple[str, str], Route]:
    """Return every route by verb and path."""
    from mlgate.demo.github.routes import (
        actions,
        attestations,
        checks,
        comments,
        deployments,
        edits,
        git,
        graphql,
        issues,
        pulls,
    )  # fmt: skip

    parts = (
        actions, attestations, checks, comments, deployments, edits, git, graphql, issues, pulls,
    )  # fmt: skip
    return {key: route for part in parts for key, route in part.ROUTES.items()}
