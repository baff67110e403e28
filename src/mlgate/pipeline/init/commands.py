"""Commands that the files of a repository name, and the scripts that these run."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

from mlgate.pipeline.init.clues import Clue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlgate.pipeline.init.tree import Tree

_PROGRAM: Final = re.compile(
    r"(?:[A-Z_]+=\S* +)*(?:(?:uv|poetry|pipenv|pdm|hatch) run +)?"
    r"(?:python3?(?:\.\d+)?|bash|sh|accelerate launch|torchrun|deepspeed)\s"
)
_OPEN: Final = re.compile(r"[<>{}$\[\]|;&]|\.\.\.|…|path/to|YOUR|your_")
"""What stands for something else, or joins commands: such a text is no command to run as it is."""
_HELP: Final = frozenset({"-h", "--help", "--version"})


def mentions(tree: Tree, lines: Iterable[str], source: str, rank: int) -> Iterator[Clue]:
    """Yield the lines that run a script of the repository, as their source writes them."""
    for line in lines:
        command = " ".join(re.sub(r"^[$%>]\s+", "", line.strip()).split("  #")[0].split())
        script = script_of(tree, command)
        if script is not None:
            yield Clue(
                "mention", re.sub(r"\bpython3\b(?!\.)", "python", command), rank, source, script
            )


def script_of(tree: Tree, command: str) -> str | None:
    """Return the script that a command runs, by its path or as a module; None for help and other programs."""
    if not _PROGRAM.match(command):
        return None
    try:
        words = shlex.split(command, comments=True)
    except ValueError:
        return None
    if _HELP.intersection(words):
        return None
    for before, word in zip(["", *words], words, strict=False):
        path = f"{word.replace('.', '/')}.py" if before == "-m" else word.removeprefix("./")
        if path in tree.files and path.endswith((".py", ".sh")):
            return path
    return None


def plain(command: str) -> str:
    """Return a command without the tool that starts it in its environment."""
    return re.sub(r"^(?:uv|poetry|pipenv|pdm|hatch) run +", "", command)


def complete(command: str) -> bool:
    """Whether a command can be run as it is written: nothing in it stands for something else."""
    return not _OPEN.search(command)


def joined(text: str) -> list[str]:
    """Return the lines of a shell's text, continued ones as one."""
    return re.sub(r"\\\r?\n\s*", " ", text).splitlines()
