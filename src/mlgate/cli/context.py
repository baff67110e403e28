"""Builds what the pipeline is handed from options and environment: `Context`, and the forge."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate.pipeline.context import Context

if TYPE_CHECKING:
    from mlgate.cli.settings import Settings
    from mlgate.forges.protocols import Forge


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
        ci_run=settings.ci_run,
    )


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
