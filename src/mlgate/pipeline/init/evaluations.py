"""Recognise what an evaluation tool wrote, and the score to begin with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError
from mlgate.inputs.logs import flat_tables
from mlgate.inputs.tables import read_columns
from mlgate.pipeline.init.readers import evaluation_tools
from mlgate.pipeline.init.templates import EvaluationLog
from mlgate.readers import READERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from mlgate.inputs.logs import FlatTable
    from mlgate.pipeline.init.clues import Clue
    from mlgate.pipeline.init.tree import Tree

_SUFFIXES: Final = (".eval", ".json", ".jsonl")
_HEAD: Final = 4096
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT.*(?=\.\w+$)")
"""A run's time in a file's name, and what follows it: the next run has another."""
_PLANNED: Final = {"promptfoo": ("score", "promptfoo's score over all assertions of a test")}
"""The score of a tool's every file, and why it is the first to gate."""
_PATHS: Final = {"inspect": "out/logs/*.eval", "lm_eval": "out/lm_eval/**/samples_*.jsonl"}
"""Where the commands of `readers.evaluation_tools` write, unless it is the reader's own path."""
_PROVIDER: Final = re.compile(
    r"\b(openai|anthropic|google|mistral|groq|together|cohere|openrouter)[:/]"
)
_OVERALL: Final = ("score", "success")
"""Scores over all others, which two tools have; they come last."""


def find(files: Iterable[Path], root: Path, refused: list[str]) -> EvaluationLog | None:
    """Return the first file that a reader recognises and can read; add to `refused` why others cannot be."""
    hidden = (root / reader.path for reader in READERS.values() if "*" not in reader.path)
    for path in [*files, *(path for path in hidden if path.is_file())]:
        for name in _tools(path) if path.suffix in _SUFFIXES else ():
            try:
                return _log(name, path, root)
            except DataError as error:
                hint = f" ({error.hint})" if error.hint else ""
                refused.append(
                    f"{READERS[name].title} wrote a file that is refused: {error.message}{hint}"
                )
    return None


def planned(tree: Tree, clue: Clue) -> EvaluationLog:
    """Return what an evaluation tool will write that only its configuration is here of."""
    assert clue.tool is not None
    reader = READERS[clue.tool]
    score, why = _PLANNED.get(clue.tool, (None, ""))
    if clue.tool == "inspect":
        score = evaluation_tools.scorer(tree)
        why = f"the task's scorer is {score}"
    path = _PATHS.get(clue.tool, reader.path)
    return EvaluationLog(clue.tool, reader.title, path, 0, score, score is not None, 0, why)


def keys(text: str) -> Iterator[str]:
    """Yield the variables with which the models that a text names are called."""
    for provider in dict.fromkeys(_PROVIDER.findall(text)):
        yield f"{provider.upper()}_API_KEY"


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
