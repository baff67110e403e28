"""Packages: `[project]` in pyproject.toml, setup.py or setup.cfg, built by any backend."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlgate.pipeline.init.clues import Clue
from mlgate.pipeline.init.tree import mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree


def read(tree: Tree) -> Iterator[Clue]:
    """Yield how the package is installed, its entry points, and the Python that it asks for."""
    project = mapping(tree.pyproject.get("project"))
    if project or any(tree.own(name) is not None for name in ("setup.py", "setup.cfg")):
        yield Clue("install", "pip install .", 30)
    for name, what in mapping(project.get("scripts")).items():
        if "train" in str(name).lower():
            yield Clue("train", str(name), 16, f"the entry point {name} ({what}) of pyproject.toml")
    poetry = mapping(mapping(tree.pyproject.get("tool")).get("poetry"))
    versions = project.get("requires-python") or mapping(poetry.get("dependencies")).get("python")
    versions = versions or _python_requires(tree)
    below = re.search(r"<\s*3\.(\d+)", str(versions or ""))
    above = re.search(r"(?:>=|\^|~|==)\s*=?\s*3\.(\d+)", str(versions or ""))
    if below is not None and int(below[1]) <= 12:
        yield Clue("python", f"3.{int(below[1]) - 1}", 20)
    elif above is not None and (
        int(above[1]) > 12 or "~" in str(versions) or "==" in str(versions)
    ):
        yield Clue("python", f"3.{above[1]}", 20)


def _python_requires(tree: Tree) -> str | None:
    """Return what setup.cfg or setup.py asks for."""
    text = f"{tree.own('setup.cfg') or ''}\n{tree.own('setup.py') or ''}"
    written = re.search(r"python_requires\s*=\s*[\"']?([^\"'\n]+)", text)
    return written and written[1]
