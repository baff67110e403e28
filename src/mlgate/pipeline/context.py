"""What the command line hands down: nothing below it reads the environment or the clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from mlgate.ci import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mlgate.forges.protocols import Statuses
    from mlgate.progress import Progress


@dataclass(frozen=True, slots=True)
class Context:
    """What one command works with: the options, and `ci_run`, who started it."""

    cwd: Path
    environ: Mapping[str, str]
    progress: Progress
    console: TextIO
    now: dt.datetime
    config: Path | None = None
    run_dir: Path | None = None
    policies: tuple[Path, ...] = ()
    ci_run: Run = field(default_factory=Run)
    statuses: Callable[[], Statuses | None] = field(default=lambda: None)
    """Opens the forge's commit statuses, where there is a forge and a token for it."""
    elapsed: Callable[[], dt.timedelta] = field(default=dt.timedelta)
    """Measures how long the command has been running since `now`."""

    def stamp(self) -> str:
        """The time of this command, UTC, as written into files."""
        return self.now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
