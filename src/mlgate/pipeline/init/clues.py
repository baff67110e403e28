"""What the files of a repository suggest, with reasons; each kind of file has a reader of its own.

A reader is a module of `readers/` with a function `read`, found by its name.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlgate.pipeline.init.tree import Tree

Kind = Literal["train", "mention", "install", "runner", "python", "metrics", "table"]


def on_path(folder: str) -> str:
    """Return the command that puts a folder on the PATH of later steps."""
    return f"echo {folder} >> $GITHUB_PATH"


@dataclass(frozen=True, slots=True)
class Clue:
    """Something that a file suggests.

    Attributes
    ----------
    kind
        `train`: the command that trains (empty: DVC's own). `mention`: a command that runs a script; its
        reason is the file that names it. `install`: the command that installs what it
        needs. `runner`: what is put in front of a command. `python`: a version. `metrics`, `table`:
        a file that the training writes.
    rank
        Of two clues of a kind the one of the lower rank counts.
    reason
        Why, in words that follow "guess: "; empty where the file says so itself.
    script
        The script that the command runs, relative to the folder, where it names one.
    needs
        A command that installs the program which the command starts.
    tool
        The evaluation tool that the command runs, as `predictions.from` names it.
    """

    kind: Kind
    value: str
    rank: int
    reason: str = ""
    script: str | None = None
    needs: str | None = None
    tool: str | None = None


def read(tree: Tree) -> tuple[Clue, ...]:
    """Return the clues of all readers, the best of each kind first."""
    from mlgate.pipeline.init import readers

    modules = sorted(module.name for module in pkgutil.iter_modules(readers.__path__))
    names = (f"{readers.__name__}.{name}" for name in modules)
    clues = (clue for name in names for clue in importlib.import_module(name).read(tree))
    return tuple(sorted(clues, key=lambda clue: clue.rank))


def of_kind(clues: Iterable[Clue], kind: Kind) -> Iterator[Clue]:
    """Yield the clues of one kind, the best first."""
    return (clue for clue in clues if clue.kind == kind)
