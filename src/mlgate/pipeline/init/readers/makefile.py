"""Makefile: a target that trains."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mlgate.pipeline.init import commands
from mlgate.pipeline.init.clues import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree

TARGETS: Final = ("train", "training", "train-model", "train_model", "fit", "model")
"""Names of targets, recipes and sessions that train, the most telling first."""
JUDGES: Final = ("evaluate", "eval", "evaluation", "predict", "score")
"""Names of targets that use the model which another one trained, the most telling first."""
_FILES: Final = ("Makefile", "makefile", "GNUmakefile")
_RECIPE: Final = re.compile(r"^\t[@+-]*(.*)", re.MULTILINE)
_RULE: Final = re.compile(r"^([A-Za-z0-9_./ -]+?)\s*::?(?![=:])", re.MULTILINE)


def read(tree: Tree) -> Iterator[Clue]:
    """Yield the target of the most telling name, and what all of them run."""
    for file in _FILES:
        recipes = _RECIPE.findall("\n".join(commands.joined(tree.text(file))))
        lines = (re.sub(r"\$[({]PY\w*[)}]", "python", recipe) for recipe in recipes)
        yield from commands.mentions(tree, lines, file, 2)
        rules = _rules(tree, file)
        target = next((name for name in TARGETS if name in rules), None)
        if target is not None:
            yield Clue("train", f"make {target}", 10, f"the target {target} of {file}")
            return


def judging(tree: Tree) -> str | None:
    """Return the target that uses the model which another one trained."""
    rules = {name for file in _FILES for name in _rules(tree, file)}
    return next((name for name in JUDGES if name in rules), None)


def _rules(tree: Tree, file: str) -> set[str]:
    return {name for match in _RULE.finditer(tree.text(file)) for name in match[1].split()}
