"""Poetry: `poetry.lock`, or `[tool.poetry]` in pyproject.toml, and its scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlgate.pipeline.init.clues import Clue
from mlgate.pipeline.init.tree import mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree


def read(tree: Tree) -> Iterator[Clue]:
    """Yield how Poetry installs, and runs a command or a script of its own."""
    poetry = mapping(mapping(tree.pyproject.get("tool")).get("poetry"))
    if tree.own("poetry.lock") is None and not poetry:
        return
    root = "" if _is_package(tree, poetry) else " --no-root"
    yield Clue("install", f"pipx install poetry && poetry install{root}", 11)
    yield Clue("runner", "poetry run ", 11)
    for name, what in mapping(poetry.get("scripts")).items():
        if "train" in str(name).lower():
            yield Clue(
                "train", f"poetry run {name}", 15, f"the script {name} ({what}) of pyproject.toml"
            )


def _is_package(tree: Tree, poetry: object) -> bool:
    """Whether there is a package to install beside what it depends on."""
    settings = mapping(poetry)
    if settings.get("package-mode") is False:
        return False
    name = settings.get("name") or mapping(tree.pyproject.get("project")).get("name") or ""
    folder = re.sub(r"[-.]", "_", str(name))
    inside = (f"{folder}/__init__.py", f"src/{folder}/__init__.py", f"{folder}.py")
    return bool(settings.get("packages")) or any(path in tree.files for path in inside)
