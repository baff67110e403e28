"""The Python of a project, where a file names one: `.python-version`, Pipfile, Dockerfile and more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mlgate.pipeline.init.clues import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree

_NAMED: Final = (
    (".python-version", r"\s*(3\.\d+)"),  # pyenv, uv
    (".tool-versions", r"^python\s+(3\.\d+)"),  # asdf, mise
    ("Pipfile", r"^python_(?:full_)?version\s*=\s*[\"'](3\.\d+)"),
    ("runtime.txt", r"^python-(3\.\d+)"),  # Heroku, Binder
    ("python_env.yaml", r"^python:\s*[\"']?(3\.\d+)"),  # MLflow
    ("Dockerfile", r"^FROM\s+(?:\S*/)?python:(3\.\d+)"),
)
"""Files, and where they name the version; the first counts."""


def read(tree: Tree) -> Iterator[Clue]:
    """Yield the versions, if they are plain numbers."""
    for rank, (name, pattern) in enumerate(_NAMED, 10):
        version = re.search(pattern, tree.own(name) or "", re.MULTILINE)
        if version:
            yield Clue("python", version[1], rank)
