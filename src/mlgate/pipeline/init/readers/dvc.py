"""DVC: the pipeline of dvc.yaml, and the files that its stages write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate import training
from mlgate.pipeline.init.clues import Clue
from mlgate.pipeline.init.tree import mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree


def read(tree: Tree) -> Iterator[Clue]:
    """Yield the pipeline, and the metrics and outputs that it lists."""
    if training.default_command(tree.root) is not None:
        yield Clue("train", "", 0)
    data = mapping(tree.yaml("dvc.yaml"))
    stages = mapping(data.get("stages"))
    for stage in (data, *map(mapping, stages.values())):
        for key, kind in (("metrics", "metrics"), ("outs", "table")):
            for entry in stage.get(key) or ():
                name = next(iter(entry), "") if isinstance(entry, dict) else str(entry)
                inside = (tree.root / name).resolve().is_relative_to(tree.root)
                if name and "${" not in name and inside:
                    yield Clue("metrics" if kind == "metrics" else "table", name, 0)
