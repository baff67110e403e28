"""`.python-version`, of pyenv and uv."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlgate.pipeline.init.clues import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree


def read(tree: Tree) -> Iterator[Clue]:
    """Yield the version, if it is a plain number."""
    version = re.match(r"\s*(3\.\d+)", tree.own(".python-version") or "")
    if version:
        yield Clue("python", version[1], 10)
