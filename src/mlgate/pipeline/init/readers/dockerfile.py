"""Dockerfile: the commands that it runs."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Final

from mlgate.pipeline.init import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.clues import Clue
    from mlgate.pipeline.init.tree import Tree

_INSTRUCTION: Final = re.compile(r"\s*(CMD|ENTRYPOINT|RUN)\s+(.*)", re.IGNORECASE)


def read(tree: Tree) -> Iterator[Clue]:
    """Yield its steps, and what the container starts: `ENTRYPOINT`, followed by `CMD`."""
    for path in tree.named("Dockerfile"):
        last = dict[str, str]()
        lines = list[str]()
        for line in commands.joined(tree.text(path)):
            instruction = _INSTRUCTION.match(line)
            if instruction is None:
                continue
            kind, command = instruction[1].upper(), _shell(instruction[2].strip())
            if kind == "RUN":
                lines += re.split(r"\s*&&\s*", command)
            else:
                last[kind] = command
        lines.append(" ".join(last[kind] for kind in ("ENTRYPOINT", "CMD") if kind in last))
        yield from commands.mentions(tree, lines, path, 1)


def _shell(command: str) -> str:
    """Return the list form of a command as a shell writes it."""
    if not command.startswith("["):
        return command
    try:
        return shlex.join(map(str, json.loads(command)))
    except (ValueError, TypeError):
        return ""
