"""No CI system that is known here: a person at a shell, or another CI.

Whoever publishes from there says by hand what GitHub Actions would: GITHUB_REPOSITORY, GITHUB_SHA.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.ci import System, github_actions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.ci import Run


def start(environ: Mapping[str, str]) -> Run:
    """Return what the variables say; there is no event, and nowhere to show anything."""
    return github_actions.facts(environ, {})


SYSTEM: Final = System(start=start)
