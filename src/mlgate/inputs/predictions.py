"""Predictions: a table becomes `Rows`, or one clear error.

Everything that is wrong with a file is found here, so that checks may take rows for granted:
labels and predictions are coded, scores are probabilities, ids are unique.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from mlgate.inputs.classification import classification, needs_prediction
from mlgate.inputs.design import designed, plain_ids
from mlgate.inputs.paths import resolve, shown
from mlgate.inputs.row_ids import hash_ids
from mlgate.inputs.tables import read_columns
from mlgate.model.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.inputs.columns import Table
    from mlgate.inputs.freshness import Freshness
    from mlgate.model.metrics import Task

Key = Callable[[str], str]
"""Names a setting for messages: `label` → `predictions.label`, or `--label`."""


@dataclass(frozen=True, slots=True)
class Naming:
    """Who names a file of predictions.

    Attributes
    ----------
    key
        Names a setting for messages.
    outside
        Whether an absolute path may lead out of the repository (`baseline.predictions`).
    """

    key: Key = "predictions.{}".format
    outside: bool = False


CONFIGURED: Final = Naming()


class Section(Protocol):
    """What is read of `predictions` in mlgate.yaml; interface.md says what each key means."""

    @property
    def path(self) -> str | None: ...
    @property
    def id(self) -> str | Sequence[str] | None: ...
    @property
    def label(self) -> str: ...
    @property
    def prediction(self) -> str | None: ...
    @property
    def score(self) -> str | Mapping[str, str] | None: ...
    @property
    def classes(self) -> Sequence[Any] | None: ...
    @property
    def positive_label(self) -> Any: ...
    @property
    def threshold(self) -> float: ...
    @property
    def weight(self) -> str | None: ...
    @property
    def cluster(self) -> str | None: ...
    @property
    def time(self) -> str | None: ...
    @property
    def fold(self) -> str | None: ...
    @property
    def repeat(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """One file of predictions.

    Attributes
    ----------
    ids
        The canonical text of each row's id, shape (n,), or None where no id is configured.
    id_columns
        The columns that make an id.
    paths
        The files that were read.
    """

    rows: Rows
    ids: NDArray[Any] | None
    id_columns: tuple[str, ...]
    paths: tuple[Path, ...]
    _hashed: dict[bytes, NDArray[np.uint64]] = field(default_factory=dict, repr=False)

    def hashes(self, key: bytes) -> NDArray[np.uint64]:
        """Give the keyed hash of each id, shape (n, 2); computed once a key."""
        assert self.ids is not None
        if key not in self._hashed:
            self._hashed[key] = hash_ids(self.ids, key)
        return self._hashed[key]


def load(
    section: Section,
    task: Task,
    root: Path,
    *,
    fresh: Freshness,
    top: Path | None = None,
    values: Sequence[str] = (),
    named: Naming = CONFIGURED,
) -> Candidate:
    """Read predictions.

    Parameters
    ----------
    section
        Which file and columns.
    root
        The folder of the configuration.
    fresh
        When the training started.
    top
        The repository's folder.
    values
        Columns of the user's own numbers, one a row (`metrics.rows`).
    named
        Who names the file: the configuration's `predictions`, or another.

    Raises
    ------
    DataError
        For everything that the module's tests list.
    """
    key = named.key
    paths = resolve(section.path or "", root, key=key("path"), top=top, outside=named.outside)
    for path in paths:
        fresh.check(path, shown(path, root), key("path"))
    id_columns = _id_columns(section)
    with read_columns(paths, _columns(section, task, values, key), root) as table:
        ids = table.ids(id_columns) if id_columns else None
        own = {name: table.numbers(name) for name in values}
        make = _regression if task == "regression" else classification
        rows = make(table, section, task, own, key)
        return Candidate(designed(rows, table, section, key), ids, id_columns, paths)


def _id_columns(section: Section) -> tuple[str, ...]:
    """Give the columns that name a row: those of the id, and of fold and repetition."""
    several = (section.fold, section.repeat) if section.id else ()
    return tuple(dict.fromkeys((*plain_ids(section), *filter(None, several))))


def _columns(section: Section, task: Task, values: Sequence[str], key: Key) -> dict[str, str]:
    """Give the columns that are needed, each with the setting that asks for it."""
    wanted = [(section.label, "label"), (section.prediction, "prediction")]
    if task != "regression" and section.score is not None:
        score = section.score
        names = [score] if isinstance(score, str) else list(score.values())
        wanted += [(name, "score") for name in names]
    columns = {name: key(setting) for name, setting in wanted if name is not None}
    own = dict.fromkeys(values, "metrics.rows")
    design = {
        column: key(setting)
        for setting in ("weight", "cluster", "time", "fold", "repeat")
        if (column := getattr(section, setting)) is not None
    }
    return {**own, **design, **dict.fromkeys(plain_ids(section), key("id")), **columns}


def _regression(
    table: Table, section: Section, task: Task, own: Mapping[str, NDArray[np.float64]], key: Key
) -> Rows:
    if section.prediction is None:
        raise needs_prediction(key)
    y_true, y_pred = table.numbers(section.label), table.numbers(section.prediction)
    return Rows(task, y_true, y_pred, values=own)
