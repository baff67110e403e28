"""What the command line hands down: nothing below it reads the environment or the clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlgate.git import Login
    from mlgate.progress import Progress


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of one command.

    `base_branch` is the branch that this change is meant for, where CI says so; `draft`
    whether the pull request is one, where known; `ref` the ref and commit that CI was started
    for; `login` what git needs to talk to the forge, where nothing else lets it.
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
    ref: tuple[str, str] | None = None
    login: Login | None = None
    github: bool = False
    interactive: bool = False

    def stamp(self) -> str:
        """The time of this command, UTC, as written into files."""
        return self.now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
