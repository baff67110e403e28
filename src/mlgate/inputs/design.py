"""How the rows of a file came to be: weights, clusters, times, folds and repetitions.

Both sides of a comparison are the same rows, and what this commit says of them holds for both; a
baseline keeps hashes of it, so that changes are seen (`row_columns`). Fold and repetition are part of a row's id.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError
from mlgate.inputs import labels
from mlgate.model.attributes import Attribute
from mlgate.model.project import DOCS
from mlgate.text.lists import and_more

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlgate.inputs.columns import LoadedTable
    from mlgate.inputs.predictions import Key, Section
    from mlgate.model.rows import Rows

MAX_FITS: Final = 1000
"""The most folds, and the most repetitions."""
COURSE: Final = ("epoch", "step", "global_step", "iteration")
"""Columns that count how far a training is."""


def plain_ids(section: Section) -> tuple[str, ...]:
    """Return the columns of the id itself."""
    if not section.id:
        return ()
    return (section.id,) if isinstance(section.id, str) else tuple(section.id)


def optional_labels(key: Key) -> str:
    """Return what to do where not every row has a label."""
    return f"where rows may lack a label, set {key('unlabelled')}: true ({DOCS}/labels.md)"


def label_column(section: Section, key: Key) -> str:
    """Return the column of labels; raises `DataError` where none is named."""
    if section.label is None:
        hint = f"name the column of labels in {key('label')}"
        raise DataError(f"{key('label')} is not set", hint=hint)
    return section.label


def designed(rows: Rows, table: LoadedTable, section: Section, key: Key) -> Rows:
    """Return rows with what the file says of how they came to be.

    Raises
    ------
    DataError
        For missing values, weights that are negative or all 0, times that are none, and
        folds and repetitions that are mistaken for one another.
    """
    fold, repeat = (
        None if column is None else _fits(table, column)
        for column in (section.fold, section.repeat)
    )
    _require_no_course(rows, repeat, section, key)
    several = fold is not None or repeat is not None
    complete = replace(
        rows,
        weight=None if section.weight is None else _weights(table, section.weight),
        cluster=None if section.cluster is None else table.codes([section.cluster]),
        time=None if section.time is None else table.times(section.time),
        fold=fold,
        repeat=repeat,
        item=table.codes(plain_ids(section)) if several else None,
    )
    _require_splits(complete, key)
    _require_seeds(complete, key)
    return complete.without_single_fits()


def _weights(table: LoadedTable, column: str) -> NDArray[np.float64] | None:
    """Return the weights; those that are all alike are none."""
    weights = table.numbers(column)
    negative = (weights < 0).nonzero()[0]
    if len(negative):
        row = int(negative[0])
        msg = f"{table.describe(column)} holds {weights[row]:g} at {table.place(row)}{and_more(len(negative) - 1)}"
        raise DataError(msg, hint="a weight is at least 0")
    if not weights.any():
        raise DataError(f"{table.describe(column)} is 0 in all {table.n:,} rows")
    return None if (weights == weights[0]).all() else weights


def _fits(table: LoadedTable, column: str) -> Attribute:
    import numpy as np

    levels, codes = table.groups(column, MAX_FITS)
    if (codes < 0).any():
        table.codes([column])  # tells the first missing value
    names = labels.ordered(levels)
    place = np.array([names.index(name) for name in levels], dtype=np.int32)
    return Attribute(names, place[codes])


def _require_splits(rows: Rows, key: Key) -> None:
    """Refuse folds that all hold every id: those are seeds."""
    if rows.fold is None or rows.item is None or len(rows.fold.levels) < 2:
        return
    import numpy as np

    items = len(np.unique(rows.item))
    if items > 1 and (_per_fit(rows, rows.fold) >= items).all():
        msg = f"{key('fold')}: every fold holds all {items:,} ids, so that none was trained on"
        raise DataError(msg, hint=f"seeds on one test set belong under {key('repeat')}")


def _require_seeds(rows: Rows, key: Key) -> None:
    """Refuse repetitions that share no id: those are folds."""
    if rows.repeat is None or rows.fold is not None or rows.item is None:
        return
    import numpy as np

    if len(rows.repeat.levels) > 1 and len(np.unique(rows.item)) == len(rows):
        msg = f"{key('repeat')}: no id appears in two repetitions"
        raise DataError(msg, hint=f"parts of a cross-validation belong under {key('fold')}")


def _require_no_course(rows: Rows, repeat: Attribute | None, section: Section, key: Key) -> None:
    """Refuse the epochs of a training: earlier states of one model are no repetitions of it.

    An evaluation tool calls its repetitions so, as do the scores that it wrote.
    """
    if repeat is None or section.repeat is None or len(repeat.levels) < 2:
        return
    last = section.repeat.rpartition(".")[2].lower()
    if last in COURSE and section.reader is None and rows.task != "scores":
        msg = (
            f"{key('repeat')}: {section.repeat!r} counts the course of a training: a mean over earlier states of "
            "a model says nothing of the one that is kept"
        )
        hint = "write the rows of the model that is kept; a column that numbers seeds needs another name"
        raise DataError(msg, hint=hint)


def _per_fit(rows: Rows, fits: Attribute) -> NDArray[np.int64]:
    """Count the distinct ids of each fold."""
    import numpy as np

    assert rows.item is not None
    pairs = np.unique(fits.codes.astype(np.int64) * (int(rows.item.max()) + 1) + rows.item)
    return np.bincount(pairs // (int(rows.item.max()) + 1), minlength=len(fits.levels))
