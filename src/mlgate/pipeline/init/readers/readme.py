"""README: the commands that it shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mlgate.pipeline.init import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.clues import Clue
    from mlgate.pipeline.init.tree import Tree

_NAMES: Final = ("README.md", "README.rst", "README.txt", "README", "readme.md", "Readme.md")
_INLINE: Final = re.compile(r"(?<!`)``?([^`\n]+)``?(?!`)")


def read(tree: Tree) -> Iterator[Clue]:
    """Yield what its code blocks and its sentences run."""
    name = next((name for name in _NAMES if tree.text(name)), None)
    if name is not None:
        text = tree.text(name)
        lines = [*commands.joined(text), *_INLINE.findall(text)]
        yield from commands.mentions(tree, lines, name, 3)
