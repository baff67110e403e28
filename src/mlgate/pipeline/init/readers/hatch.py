"""Hatch: scripts of its environments in pyproject.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.pipeline.init.clues import Clue
from mlgate.pipeline.init.tree import mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree


def read(tree: Tree) -> Iterator[Clue]:
    """Yield the scripts that are called after a training."""
    hatch = mapping(mapping(tree.pyproject.get("tool")).get("hatch"))
    for env, settings in mapping(hatch.get("envs")).items():
        for name in mapping(mapping(settings).get("scripts")):
            if "train" in str(name).lower():
                script = name if env == "default" else f"{env}:{name}"
                reason = f"the script {name} of Hatch's environment {env}"
                yield Clue("train", f"hatch run {script}", 14, reason, needs="pipx install hatch")
