"""A new test set: announced, arrived, and kept, as docs/changing.md describes it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from .command import mlgate

if TYPE_CHECKING:
    from collections.abc import Callable

    from .repository import Repository

NAME = "v2"
ANEW = ("random.seed(1)", "random.seed(2)")
"""How train.py changes to draw the test set again."""


def announcement(repository: Repository) -> tuple[str, str]:
    """Return how mlgate.yaml changes to announce the rows that the training writes now."""
    subprocess.run([sys.executable, "train.py"], cwd=repository.root, check=True)
    ended = mlgate(repository.root, {}, "baseline", "digest", NAME)
    assert ended.code == 0, ended.console
    return "{path: out/predictions.csv,", f"{{path: out/predictions.csv, {ended.console.strip()},"


def announce(repository: Repository, change: Callable[[], None]) -> None:
    """Merge the announcement of the rows that a change will bring, and undo the change."""
    change()
    changed = announcement(repository)
    repository.git("checkout", "--quiet", ".")
    with repository.on_main():
        repository.configure(*changed)


def keep_main(repository: Repository) -> None:
    """Do what main's workflow does: train, and keep the baseline."""
    repository.git("checkout", "--quiet", "main")
    repository.keep_baseline("main")
    repository.git("checkout", "--quiet", "feature")
