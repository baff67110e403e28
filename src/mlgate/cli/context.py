"""Builds what the pipeline is handed from options and environment: `Context`, and the forge."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlgate.errors import ForgeError
from mlgate.pipeline.context import Context

if TYPE_CHECKING:
    from mlgate import ci
    from mlgate.cli.settings import Settings
    from mlgate.forges.protocols import Forge, Statuses

JUDGING: Final = frozenset({"run", "train", "check", "gate"})
"""Commands to which it matters which branch a pull request is for."""


def context(settings: Settings) -> Context:
    """Return what a command works with; `--format json` leaves standard output to the result."""
    return Context(
        cwd=Path.cwd(),
        environ=settings.environ,
        progress=settings.progress(),
        console=sys.stderr,
        now=dt.datetime.now(dt.UTC),
        config=settings.config,
        run_dir=settings.run_dir,
        policies=settings.policies,
        ci_run=_current(settings),
        statuses=lambda: _statuses(settings),
    )


def _current(settings: Settings) -> ci.Run:
    """Return who started us; a run that is started again takes the pull request as it is now.

    The event that such a run keeps names the base of back then, and whether it was a draft.

    Raises
    ------
    ForgeError
        When the pull request cannot be asked for: what was true once decides nothing.
    """
    from mlgate.forges.protocols import needed

    run = settings.ci_run
    again = run.of_pull_request and (run.attempt or 1) > 1
    if not again or run.pull_request is None or settings.command not in JUDGING:
        return run
    pulls = needed(open_forge(settings).pulls, "pull requests")
    pull = pulls.get(run.pull_request)
    if pull is None:
        msg = f"the base of pull request {run.pull_request} cannot be read"
        raise ForgeError(msg, hint="grant the job:  pull-requests: read")
    return replace(run, base_branch=pull.base_branch, draft=pull.draft)


def _statuses(settings: Settings) -> Statuses | None:
    from mlgate.errors import MissingTokenError, UsageError

    try:
        return open_forge(settings).statuses
    except (MissingTokenError, UsageError):
        return None


def open_forge(settings: Settings) -> Forge:
    """Return the forge that this run's CI system belongs to, or that MLGATE_FORGE names.

    Raises
    ------
    UsageError, MissingTokenError
        See `forges.connect`.
    """
    from mlgate.forges import connect

    name = settings.environ.get("MLGATE_FORGE") or settings.ci_run.forge
    return connect(name, settings.environ)
