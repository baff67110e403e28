"""justfile: a recipe that trains."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlgate.pipeline.init.clues import Clue
from mlgate.pipeline.init.readers.makefile import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree


def read(tree: Tree) -> Iterator[Clue]:
    """Yield the recipe of the most telling name."""
    for file in ("justfile", "Justfile", ".justfile"):
        recipes = re.findall(r"^@?([A-Za-z0-9_-]+)[^:=\n]*:(?!=)", tree.text(file), re.MULTILINE)
        recipe = next((name for name in TARGETS if name in recipes), None)
        if recipe is not None:
            reason = f"the recipe {recipe} of {file}"
            yield Clue("train", f"just {recipe}", 11, reason, needs="pipx install rust-just")
            return
