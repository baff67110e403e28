"""Builds what the pipeline is handed from options and environment: `Context`, and the forge."""

from __future__ import annotations

import datetime as dt
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlgate.errors import ForgeError
from mlgate.pipeline.context import Context

if TYPE_CHECKING:
    from mlgate import ci
    from mlgate.cli.settings import Settings
    from mlgate.forges.protocols import Forge, Statuses
    from mlgate.pipeline.baselines.choice import StoredBaselines

JUDGING: Final = frozenset({"run", "train", "check", "gate"})
"""Commands to which it matters which branch a pull request is for."""


def context(settings: Settings, commit: str | None = None) -> Context:
    """Return what a command works with; `--format json` leaves standard output to the result.

    Parameters
    ----------
    commit
        The commit that existing results are of, where it is named.
    """
    began = time.monotonic()
    return Context(
        cwd=Path.cwd(),
        environ=settings.environ,
        progress=settings.progress(),
        console=sys.stderr,
        now=dt.datetime.now(dt.UTC),
        config=settings.config,
        run_dir=settings.run_dir,
        policies=settings.policies,
        ci_run=_current(settings, commit),
        statuses=lambda: _statuses(settings),
        elapsed=lambda: dt.timedelta(seconds=time.monotonic() - began),
    )


def _current(settings: Settings, commit: str | None) -> ci.Run:
    """Return who started us; a run that is started again takes the pull request as it is now.

    The event that such a run keeps names the base of back then, and whether it was a draft. A pull
    request that the event does not name (`--pr`) is asked for likewise.

    Raises
    ------
    ForgeError
        When the pull request cannot be asked for: what was true once decides nothing.
    UsageError
        When the results are of another commit than the head of the pull request.
    """
    from mlgate.errors import UsageError
    from mlgate.forges.protocols import needed

    run = settings.ci_run
    again = run.of_pull_request and (run.attempt or 1) > 1
    named = settings.extra.get("pr") if run.publishes and run.pull_request is None else None
    number = run.pull_request if again else named
    if number is None or settings.command not in JUDGING:
        return run
    pulls = needed(open_forge(settings).pulls, "pull requests")
    pull = pulls.get(number)
    if pull is None:
        msg = f"the base of pull request {number} cannot be read"
        raise ForgeError(msg, hint="grant the job:  pull-requests: read")
    if named and commit and pull.head_sha != commit:
        msg = f"the head of pull request {number} is {pull.head_sha}, and these results are of {commit}"
        raise UsageError(msg, hint="judge those of its head, by its full SHA, or leave --pr out")
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


def stored_baselines(settings: Settings) -> StoredBaselines:
    """Return the baselines of the model whose configuration is here."""
    from mlgate.pipeline.baselines.choice import StoredBaselines
    from mlgate.pipeline.prepare import prepare

    prepared = prepare(context(settings))
    return StoredBaselines(prepared, prepared.judges[0].config)
