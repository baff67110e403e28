"""requirements files, in any folder."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from mlgate.pipeline.init.clues import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree

_NAME: Final = re.compile(r"requirements([-_.].*)?\.txt")
BESIDE: Final = re.compile(r"dev|test|lint|doc|ci\b", re.IGNORECASE)
"""Names of what is for working on the project, not for its training."""


def read(tree: Tree) -> Iterator[Clue]:
    """Yield the file of the plainest name that is nearest to the top."""
    if tree.own("requirements.txt") is not None:
        below = "" if (tree.root / "requirements.txt").is_file() else _up(tree)
        yield Clue("install", f"pip install -r {below}requirements.txt", 20)
        return
    for path in tree.files:
        file = PurePosixPath(path)
        named = _NAME.fullmatch(file.name) or (
            file.parent.name == "requirements" and file.suffix == ".txt"
        )
        if named and not BESIDE.search(file.stem):
            yield Clue(
                "install", f"pip install -r {path}", 21, f"{path} is the nearest of its kind"
            )
            return


def _up(tree: Tree) -> str:
    return "../" * len(tree.root.relative_to(tree.top).parts)
