"""Jupyter notebooks that fit a model."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from mlgate.pipeline.init.clues import Clue
from mlgate.pipeline.init.readers.scripts import fits_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree


def read(tree: Tree) -> Iterator[Clue]:
    """Yield how the notebook is run that fits a model; it is left as it is."""
    for path in tree.files:
        if path.endswith(".ipynb") and fits_in(code(tree.text(path))):
            rank = 50 if "train" in path.lower() else 55
            reason = f"{path} is a notebook that fits a model"
            yield Clue(
                "train",
                f"jupyter execute {shlex.quote(path)}",
                rank,
                reason,
                path,
                "pip install jupyter",
            )


def code(text: str) -> str:
    """Return the code of a notebook's cells."""
    try:
        cells = json.loads(text)["cells"]
        code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):
        return ""
    return "\n".join("".join(map(str, source)) for source in code)
