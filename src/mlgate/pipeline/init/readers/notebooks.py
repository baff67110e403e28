"""Jupyter notebooks that fit a model."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from mlgate.pipeline.init.clues import Clue
from mlgate.pipeline.init.readers.scripts import fits_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree

_PAPERMILL: Final = re.compile(r"\bpapermill\b")


def read(tree: Tree) -> Iterator[Clue]:
    """Yield how the notebook is run that fits a model: by papermill where the project has it; it is left as it is."""
    papermill = any(_PAPERMILL.search(tree.text(name)) for name in tree.files if _lists(name))
    for path in tree.files:
        if path.endswith(".ipynb") and fits_in(code(tree.text(path))):
            rank = 50 if "train" in path.lower() else 55
            reason = f"{path} is a notebook that fits a model"
            command, needs = f"jupyter execute {shlex.quote(path)}", "pip install jupyter"
            if papermill:
                name = shlex.quote(f"out/{PurePosixPath(path).name}")
                command = f"mkdir -p out && papermill {shlex.quote(path)} {name}"
                needs = "pip install papermill"
            yield Clue("train", command, rank, reason, path, needs)


def _lists(name: str) -> bool:
    """Whether a file may say what the project is run with."""
    last = PurePosixPath(name).name
    return last.startswith(("requirements", "README", "environment", "Makefile", "pyproject"))


def code(text: str) -> str:
    """Return the code of a notebook's cells."""
    try:
        cells = json.loads(text)["cells"]
        code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):
        return ""
    return "\n".join("".join(map(str, source)) for source in code)
