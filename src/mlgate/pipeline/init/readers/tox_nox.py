"""tox and nox: an environment or session that trains."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlgate.pipeline.init.clues import Clue
from mlgate.pipeline.init.readers.makefile import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree


def read(tree: Tree) -> Iterator[Clue]:
    """Yield the environment and the session of the most telling names."""
    environments = re.findall(r"^\[testenv:([^\]]+)\]", tree.text("tox.ini"), re.MULTILINE)
    sessions = re.findall(
        r"^@nox\.session.*?^def (\w+)\(", tree.text("noxfile.py"), re.MULTILINE | re.DOTALL
    )
    for program, option, names, file in (
        ("tox", "-e", environments, "tox.ini"),
        ("nox", "-s", sessions, "noxfile.py"),
    ):
        name = next((name for name in TARGETS if name in names), None)
        if name is not None:
            reason = f"{name} in {file}"
            yield Clue(
                "train", f"{program} {option} {name}", 12, reason, needs=f"pipx install {program}"
            )
