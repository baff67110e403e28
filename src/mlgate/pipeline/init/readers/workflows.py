"""Workflows for GitHub that are there already: how they install and train."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from mlgate.pipeline.init import commands
from mlgate.pipeline.init.clues import Clue
from mlgate.pipeline.init.tree import mapping, yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.pipeline.init.tree import Tree

_TRAINS: Final = re.compile(
    r"(?:\w+ run )?(?:python3?|bash|sh|make|just|tox|nox|jupyter|papermill)\b.*\b\w*train\w*\b.*",
    re.IGNORECASE,
)
_INSTALLS: Final = re.compile(r"(?:python3? -m )?(?:pip|uv pip|conda|mamba) (?:install|env) .*")
_VERSION: Final = re.compile(r"3\.\d+")


def read(tree: Tree) -> Iterator[Clue]:
    """Yield the commands of their steps, and the Python that they set up."""
    if tree.root != tree.top:
        return
    for name, text in tree.workflows.items():
        for job in mapping(mapping(yaml(text)).get("jobs")).values():
            for step in mapping(job).get("steps") or ():
                yield from _of_step(tree, mapping(step), f".github/workflows/{name}")


def _of_step(tree: Tree, settings: Mapping[str, Any], file: str) -> Iterator[Clue]:
    version = str(mapping(settings.get("with")).get("python-version") or "")
    if "setup-python" in str(settings.get("uses")) and _VERSION.fullmatch(version):
        yield Clue("python", version, 18)
    lines = commands.joined(str(settings.get("run") or ""))
    if not settings.get("working-directory"):
        yield from commands.mentions(tree, lines, file, 0)
    if mapping(settings.get("env")) or settings.get("working-directory"):
        return
    reason = f"as {file} does"
    for line in lines:
        command = line.strip()
        if "${{" in command:
            continue
        if _TRAINS.fullmatch(command):
            yield Clue("train", command, 20, reason)
        elif (
            _INSTALLS.fullmatch(command) and "upgrade pip" not in command and " -e " not in command
        ):
            yield Clue("install", command, 28, reason)
