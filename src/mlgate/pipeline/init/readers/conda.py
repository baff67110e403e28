"""conda: environment.yml."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlgate.pipeline.init.clues import Clue, on_path
from mlgate.pipeline.init.tree import mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree


def read(tree: Tree) -> Iterator[Clue]:
    """Yield how the environment is installed into conda's own, which GitHub's runners have."""
    for path in tree.named("environment.yml", "environment.yaml", "conda.yml", "conda.yaml"):
        update = f"$CONDA/bin/conda env update --name base --file {path}"
        yield Clue("install", f"{update} && {on_path('$CONDA/bin')}", 25)
        for package in mapping(tree.yaml(path)).get("dependencies") or ():
            version = re.match(r"python\s*=+\s*(3\.\d+)", str(package))
            if version:
                yield Clue("python", version[1], 15)
        return
