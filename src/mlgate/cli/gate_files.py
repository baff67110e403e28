"""The files that make the gate run on GitHub: what is not committed, and what is still to be filled in."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate.errors import MlgateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.cli.settings import Settings

WORKFLOWS = ".github/workflows/mlgate*.yml"


def warn(settings: Settings) -> None:
    """Warn outside of CI, in one line each, of what only this work tree has and of marks of `mlgate init`."""
    if settings.ci_run.in_ci:
        return
    from mlgate.cli import publishing
    from mlgate.text.lists import all_of

    files = of_repository(Path.cwd(), settings.config)
    for text in to_fill_in(files):
        publishing.warn(settings, text)
    names = _untracked(Path.cwd(), files)
    if names:
        many = len(names) > 1
        publishing.warn(
            settings,
            f"{all_of(names)} {'are' if many else 'is'} not committed: GitHub will not run "
            f"{'them' if many else 'it'} → `git add {shlex.join(names)}`, and commit",
        )


def to_fill_in(files: Mapping[str, Path]) -> Iterator[str]:
    """Yield where files that `mlgate init` wrote still have a line that it marked CHANGE."""
    from mlgate.pipeline.init.writing import written

    for name, file in files.items():
        text = file.read_text(encoding="utf-8", errors="replace")
        mark = re.search(r"# CHANGE(?: with the task)?: ?(.*)", text)
        if mark is not None and written(text):
            line = text.count("\n", 0, mark.start()) + 1
            yield f"{name}:{line} is still to be filled in, and the mark CHANGE to be removed: {mark[1]}"


def of_repository(here: Path, config: Path | None) -> dict[str, Path]:
    """Return mlgate.yaml and its workflows by their paths from the repository's top; none outside of one."""
    from mlgate.git import Git

    try:
        top = Git(here).top.resolve()
        files = {*top.glob(WORKFLOWS), (config or here / "mlgate.yaml").resolve()}
        return {file.relative_to(top).as_posix(): file for file in sorted(files) if file.is_file()}
    except (MlgateError, ValueError):
        return {}


def _untracked(here: Path, files: Mapping[str, Path]) -> list[str]:
    from mlgate.git import Git

    specs = [f":(top,literal){name}" for name in files]
    try:
        listed = Git(here).run("ls-files", "--full-name", "-z", "--", *specs) if specs else b""
    except MlgateError:
        return []
    tracked = set(listed.decode(errors="replace").split("\0"))
    return sorted(name for name in files if name not in tracked)
