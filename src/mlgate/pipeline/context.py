"""What the command line hands down: nothing below it reads the environment or the clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlgate.progress import Progress


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of one command.

    `base_branch` is the branch that this change is meant for, where CI says so; `draft`
    whether the pull request is one, where known.
    """

    cwd: Path
    environ: Mapping[str, str]
    progress: Progress
    console: TextIO
    now: dt.datetime
    config: Path | None = None
    run_dir: Path | None = None
    policies: tuple[Path, ...] = ()
    base_branch: str | None = None
    draft: bool | None = None
    github: bool = False
    interactive: bool = False

    def stamp(self) -> str:
        """The time of this command, UTC, as written into files."""
        return self.now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
