"""conda: environment.yml, or a file of another name with the same keys."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from mlgate.pipeline.init.clues import Clue, on_path
from mlgate.pipeline.init.readers.requirements import BESIDE
from mlgate.pipeline.init.tree import mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree


def read(tree: Tree) -> Iterator[Clue]:
    """Yield how the environment is installed into conda's own, which GitHub's runners have."""
    for path in _environments(tree):
        update = f"$CONDA/bin/conda env update --name base --file {path}"
        yield Clue("install", f"{update} && {on_path('$CONDA/bin')}", 25)
        for package in mapping(tree.yaml(path)).get("dependencies") or ():
            version = re.match(r"python\s*=+\s*(3\.\d+)", str(package))
            if version:
                yield Clue("python", version[1], 15)
        return


def _environments(tree: Tree) -> Iterator[str]:
    """Yield the files of environments, those of the usual names first, what is for development last."""
    usual = [*tree.named("environment.yml", "environment.yaml", "conda.yml", "conda.yaml")]
    others = (path for path in tree.files if path.endswith((".yml", ".yaml")))
    rest = [path for path in others if path not in usual and _is_environment(tree, path)]
    yield from usual
    yield from sorted(rest, key=lambda path: BESIDE.search(PurePosixPath(path).stem) is not None)


def _is_environment(tree: Tree, path: str) -> bool:
    keys = mapping(tree.yaml(path))
    listed = isinstance(keys.get("dependencies"), list)
    return listed and ("channels" in keys or isinstance(keys.get("name"), str))
