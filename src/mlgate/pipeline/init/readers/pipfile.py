"""Pipenv: Pipfile and its lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.pipeline.init.clues import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree


def read(tree: Tree) -> Iterator[Clue]:
    """Yield how Pipenv installs, and runs a command."""
    if tree.own("Pipfile.lock") is None and tree.own("Pipfile") is None:
        return
    how = "sync" if tree.own("Pipfile.lock") is not None else "install"
    yield Clue("install", f"pip install pipenv && pipenv {how}", 12)
    yield Clue("runner", "pipenv run ", 12)
