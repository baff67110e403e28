"""Recognise what an evaluation tool wrote, and the score to begin with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError
from mlgate.inputs.logs import flat_tables
from mlgate.inputs.tables import read_columns
from mlgate.pipeline.init.templates import EvaluationLog
from mlgate.readers import READERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from mlgate.inputs.logs import FlatTable

_SUFFIXES: Final = (".eval", ".json", ".jsonl")
_HEAD: Final = 4096
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT.*(?=\.\w+$)")
"""A run's time in a file's name, and what follows it: the next run has another."""
_OVERALL: Final = ("score", "success")
"""Scores over all others, which two tools have; they come last."""


def find(files: Iterable[Path], root: Path) -> EvaluationLog | None:
    """Return the first file that a reader recognises and can read."""
    hidden = (root / reader.path for reader in READERS.values() if "*" not in reader.path)
    for path in [*files, *(path for path in hidden if path.is_file())]:
        for name in _tools(path) if path.suffix in _SUFFIXES else ():
            try:
                return _log(name, path, root)
            except DataError:
                continue
    return None


def _tools(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    yield from (name for name, reader in READERS.items() if reader.recognises(path.name, head))


def _log(name: str, path: Path, root: Path) -> EvaluationLog:
    tables = flat_tables(name, [path], root, "predictions.path")
    table, reader = tables.tables[0], READERS[name]
    scores = list(_scores(table, reader.columns))
    names = dict.fromkeys([*scores[:1], *filter(None, [reader.error])], "metrics.rows")
    rows, failed, share = 0, 0, False
    with read_columns(tables.tables, names or None, root) as read:
        rows = read.n
        failed = int(read.filled(reader.error).sum()) if reader.error else 0
        if scores:
            numbers = read.numbers(scores[0], optional=True)
            present = numbers[numbers == numbers]  # noqa: PLR0124  (not NaN)
            share = bool(((present >= 0) & (present <= 1)).all())
    tool = next(iter(tables.tools.values()))
    pattern = path.relative_to(root).with_name(_TIME.sub("*", path.name))
    if "**" in reader.path:  # the folder is called after the model
        pattern = pattern.parent.parent / "**" / reader.path.rpartition("/")[2]
    score = next(iter(scores), None)
    return EvaluationLog(name, tool, pattern.as_posix(), rows, score, share, failed)


def _scores(table: FlatTable, columns: tuple[str, ...]) -> Iterator[str]:
    """Yield the columns of scores, those over all others last."""
    data = ("metadata.", "vars.", "doc.", "tags.")
    numbers = [name for name, kind in table.types.items() if kind == "DOUBLE"]
    yield from (name for name in numbers if name not in columns and not name.startswith(data))
    yield from (name for name in _OVERALL if name in numbers)
