"""The files that a training wrote: which table holds predictions, which files hold numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from mlgate import checks, config
from mlgate.errors import MlgateError
from mlgate.inputs import metric_files, paths
from mlgate.pipeline.init import profile, templates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mlgate.pipeline.init.templates import PredictionsTable, RepositoryFacts
    from mlgate.pipeline.init.tree import Tree

MAX_TRIED: Final = 12
"""The number of files of predictions to try, the most likely first."""
TABLES: Final = (".parquet", ".pq", ".csv", ".tsv", ".jsonl", ".ndjson", ".arrow", ".feather")
RESULTS: Final = re.compile(r"out|outputs?|results?|reports?|artifacts?|predictions?|eval(uation)?")
"""Folders that results are written to."""
TABLE_NAME: Final = re.compile(r"pred|score|oof|inference|test_results", re.IGNORECASE)
NUMBERS_NAME: Final = re.compile(r"(.*[_-])?metrics?([_-].*)?\.(json|ya?ml|toml)", re.IGNORECASE)
RUN_STORES: Final = (
    "mlruns", "mlflow.db", "wandb", "lightning_logs", ".ipynb_checkpoints", "__pycache__",
)  # fmt: skip
"""Where tools keep what they note of each run: nothing to commit."""
_NUMBERS: Final = (".json", ".yaml", ".yml", ".toml")


def table(tree: Tree, listed: Sequence[str], written: frozenset[str]) -> PredictionsTable | None:
    """Return the most likely file of predictions: one whose columns are recognised, if any is.

    Parameters
    ----------
    listed
        The outputs that a pipeline names: files or folders.
    written
        What the training wrote just now; only these count where any of them is recognised.
    """
    ordered = sorted(_candidates(tree, listed, written), key=lambda name: _likely(name, written))
    tables = []
    for name in ordered[:MAX_TRIED]:
        try:
            summary = profile.profile(tree.root / name, tree.root)
        except MlgateError:
            continue
        likely = TABLE_NAME.search(PurePosixPath(name).stem) or len(summary.lists) > 1
        if summary.rows and (summary.recognised or likely):
            tables.append(summary)
    return min(
        tables, key=lambda each: (not each.recognised, each.path not in written), default=None
    )


def _candidates(tree: Tree, listed: Sequence[str], written: frozenset[str]) -> Iterator[str]:
    for name in tree.files:
        path = PurePosixPath(name)
        suffix = path.suffix.lower()
        of_pipeline = any(path.is_relative_to(output) for output in listed)
        result = name in written or of_pipeline or any(map(RESULTS.fullmatch, path.parts[:-1]))
        if (suffix in TABLES and (result or TABLE_NAME.search(path.stem))) or (
            suffix == ".json" and (name in written or TABLE_NAME.search(path.stem))
        ):
            yield name


def _likely(name: str, written: frozenset[str]) -> tuple[bool, bool, bool, int]:
    stem = PurePosixPath(name).stem.lower()
    return (name not in written, "pred" not in stem, not TABLE_NAME.search(stem), name.count("/"))


def checked(facts: RepositoryFacts, table: PredictionsTable, tree: Tree) -> PredictionsTable:
    """Read the file as a run would, and record the reason where that fails."""
    if not table.recognised:
        return table
    loaded = config.parse(templates.configuration(facts), "mlgate.yaml", checks.sections())
    return replace(table, problem=profile.problem(loaded.config, tree.root))


def numbers(
    tree: Tree, listed: Iterable[str], written: frozenset[str]
) -> dict[str, dict[str, float]]:
    """Return the numbers in metric files: those that a pipeline lists, those that were written."""
    names = [*listed]
    names += [n for n in tree.files if n in written and n.lower().endswith(_NUMBERS)]
    names += [n for n in tree.files if NUMBERS_NAME.fullmatch(PurePosixPath(n).name)]
    by_file: dict[str, dict[str, float]] = {}
    for name in dict.fromkeys(n for n in names if (tree.root / n).is_file()):
        if any(part in RUN_STORES for part in PurePosixPath(name).parts):
            continue
        try:
            read = metric_files.read((name,), tree.root, paths.ANY)
            values = {k: scalar.values[-1] for k, scalar in read.items() if not scalar.problem}
        except MlgateError:
            continue
        if values and not any(set(values) & set(other) for other in by_file.values()):
            by_file[name] = values
    return by_file
