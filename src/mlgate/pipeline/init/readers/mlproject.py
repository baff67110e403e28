"""MLflow projects: the entry point of `MLproject`, with its parameters' defaults."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from mlgate.pipeline.init import commands
from mlgate.pipeline.init.clues import Clue
from mlgate.pipeline.init.readers.makefile import TARGETS
from mlgate.pipeline.init.tree import mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.pipeline.init.tree import Tree


def read(tree: Tree) -> Iterator[Clue]:
    """Yield the command that `mlflow run .` starts; one that lacks a value only as a mention."""
    entries = mapping(mapping(tree.yaml("MLproject")).get("entry_points"))
    name = next((name for name in ("main", *TARGETS) if name in entries), None)
    if name is None:
        return
    entry = mapping(entries[name])
    defaults = {
        str(key): str(mapping(parameter)["default"])
        for key, parameter in mapping(entry.get("parameters")).items()
        if mapping(parameter).get("default") is not None
    }
    command = _filled(" ".join(str(entry.get("command") or "").split()), defaults)
    if not command:
        return
    script = commands.script_of(tree, command)
    if re.search(r"\{\w+\}", command):
        yield Clue("mention", command, 0, "MLproject", script)
    else:
        reason = f"the entry point {name} of MLproject, with its defaults"
        if "{" in str(entry.get("command")):
            reason += " as they are now; `mlflow run . --env-manager=local` follows their changes"
        yield Clue("train", command, 13, reason, script)


def _filled(command: str, defaults: Mapping[str, str]) -> str:
    """Put in the defaults, quoted as MLflow does."""
    return re.sub(
        r"\{(\w+)\}",
        lambda match: shlex.quote(defaults[match[1]]) if match[1] in defaults else match[0],
        command,
    )
