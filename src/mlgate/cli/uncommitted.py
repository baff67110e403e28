"""Warn of files that make the gate run on GitHub, and that git does not track."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate.errors import MlgateError

if TYPE_CHECKING:
    from mlgate.cli.settings import Settings

WORKFLOWS = ".github/workflows/mlgate*.yml"


def warn_of_untracked(settings: Settings) -> None:
    """Warn outside of CI, in one line, of mlgate.yaml and workflows that only this work tree has."""
    if settings.ci_run.in_ci:
        return
    from mlgate.cli.publishing import warn
    from mlgate.text.lists import all_of

    names = _untracked(Path.cwd(), settings.config)
    if names:
        many = len(names) > 1
        warn(
            settings,
            f"{all_of(names)} {'are' if many else 'is'} not committed: GitHub will not run "
            f"{'them' if many else 'it'} → `git add {shlex.join(names)}`, and commit",
        )


def _untracked(here: Path, config: Path | None) -> list[str]:
    from mlgate.git import Git

    git = Git(here)
    try:
        top = git.top.resolve()
        files = {*top.glob(WORKFLOWS), (config or here / "mlgate.yaml").resolve()}
        specs = [
            f":(top,literal){file.relative_to(top).as_posix()}" for file in files if file.is_file()
        ]
        listed = git.run("ls-files", "--full-name", "-z", "--", *specs) if specs else b""
    except (MlgateError, ValueError):
        return []
    tracked = set(listed.decode(errors="replace").split("\0"))
    names = (spec.removeprefix(":(top,literal)") for spec in specs)
    return sorted(name for name in names if name not in tracked)
