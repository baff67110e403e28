"""uv: `uv.lock`, or `[tool.uv]` in pyproject.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.pipeline.init.clues import Clue, on_path
from mlgate.pipeline.init.tree import mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree


def read(tree: Tree) -> Iterator[Clue]:
    """Yield how uv installs, and runs a command."""
    if tree.own("uv.lock") is None and "uv" not in mapping(tree.pyproject.get("tool")):
        return
    yield Clue("install", f"pipx install uv && uv sync && {on_path('.venv/bin')}", 10)
    yield Clue("runner", "uv run ", 10)
