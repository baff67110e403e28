"""What each row says beside its label and predictions: its weight, cluster and time, its groups.

A comparison takes all of it from this commit's rows, so a baseline keeps 32 bits of a keyed hash of
each row's value: a model can only seem better by other weights or slices where rows that changed
them are counted. Which columns these are follows from the settings that judge, so that a column
which the baseline does not hold is one that its policy did not name. Of what puts rows into slices
and groups it also keeps where each row was put: values that a hash takes for equal, as 4.5 and
4.4999999, may lie on either side of an edge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from mlgate.inputs.row_hashes import (
    hash_rows,
    number_words,
    other_numbers,
    power_of_ten,
    step_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.inputs.columns import LoadedTable
    from mlgate.inputs.predictions import Section

    Hashes = NDArray[np.uint32]

_WHAT: Final = b"mlgate column hash\0"
_PLACE: Final = b"mlgate group hash\0"


@dataclass(frozen=True, slots=True)
class RowColumn:
    """One column.

    Attributes
    ----------
    words
        64 bits of each row's exact value, shape (n,).
    numbers
        Its numbers, NaN where one is missing; None of a column that holds something else.
    step
        What the numbers are rounded to before they are hashed; None: the exact values are hashed.
    """

    words: NDArray[np.uint64]
    numbers: NDArray[np.float64] | None = None
    step: float | None = None

    def hashes(self, name: str, ids: NDArray[np.uint64], key: bytes) -> Hashes:
        """Return what a baseline keeps of it, shape (n,); `ids` are the rows' hashed ids."""
        exact = self.step is None or self.numbers is None
        words = self.words if exact else number_words(self.numbers, self.step)  # type: ignore[arg-type]
        return hash_rows(ids, words, key, _what(name))

    def changed(
        self, name: str, kept: Hashes, step: float | None, ids: NDArray[np.uint64], key: bytes
    ) -> NDArray[np.bool_]:
        """Return which rows have another value than a baseline's, which was rounded to `step`."""
        import numpy as np

        if step is None:
            return np.asarray(hash_rows(ids, self.words, key, _what(name)) != kept)
        if self.numbers is None:
            return np.ones(len(kept), dtype=np.bool_)
        hashed = partial(hash_rows, key=key, what=_what(name))
        return other_numbers(self.numbers, step, kept, ids, hashed)

    def take(self, index: NDArray[np.intp]) -> RowColumn:
        """Return some of the rows, in the order of `index`."""
        numbers = None if self.numbers is None else self.numbers[index]
        return RowColumn(self.words[index], numbers, self.step)

    def placed(self, rows: NDArray[np.intp]) -> RowColumn:
        """Return the values of rows by their places in another file, −1 where they have none."""
        import numpy as np

        there, column = rows >= 0, self.take(rows)
        numbers = None if column.numbers is None else np.where(there, column.numbers, np.nan)
        return RowColumn(np.where(there, column.words, np.uint64(0)), numbers, self.step)


@dataclass(frozen=True, slots=True)
class RowColumns:
    """All columns that a policy's settings read, by name.

    Attributes
    ----------
    reads
        The columns' names, by the text of a setting: a column, or an expression.
    places
        Where each row is put, by setting: 64 bits of its slice, level or interval, shape (n,).
    by_label
        The settings of `places` that read the label: a row with another one may be put elsewhere.
    """

    reads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    columns: Mapping[str, RowColumn] = field(default_factory=dict)
    places: Mapping[str, NDArray[np.uint64]] = field(default_factory=dict)
    by_label: frozenset[str] = frozenset()

    def joined(self, other: RowColumns) -> RowColumns:
        """Return these and others."""
        return RowColumns(
            {**self.reads, **other.reads},
            {**self.columns, **other.columns},
            {**self.places, **other.places},
            self.by_label | other.by_label,
        )


@dataclass(frozen=True, slots=True)
class KeptColumns:
    """What a baseline keeps of its rows' columns.

    Attributes
    ----------
    reads
        As in `RowColumns`.
    steps
        What the numbers of each column were rounded to; None where they were not.
    hashes
        Shape (n,) each.
    places
        Hashes of where each row was put, by setting, shape (n,) each; none in files of earlier
        versions.
    """

    reads: Mapping[str, tuple[str, ...]]
    steps: Mapping[str, float | None]
    hashes: Mapping[str, Hashes]
    places: Mapping[str, Hashes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MatchedRows:
    """The rows that both sides have: their hashed ids, and their places on either side."""

    ids: NDArray[np.uint64]
    ours: NDArray[np.intp]
    theirs: NDArray[np.intp]
    relabelled: NDArray[np.bool_] | None = None
    """Which have another label, where a setting that places rows reads it."""


def changes(
    today: RowColumns, kept: KeptColumns, rows: MatchedRows, key: bytes
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Count the rows whose value changed, by column, and list the settings that are new.

    A setting that reads other columns than it did, since a file has a column by the name of the
    expression, has changed in every row. One that a baseline knows nothing of is new, such as an
    edge that was moved, unless exact values are kept of all that it reads.
    """
    counts: dict[str, int] = {}
    new: list[str] = []
    for text, names in today.reads.items():
        placed = text not in today.places or text in kept.places
        if not (placed and text in kept.reads) and not _is_exact(today, kept, text):
            new.append(text)
        before = kept.reads.get(text, () if text in new else names)
        if not before:
            continue
        if set(before) != set(names):
            counts[text] = len(rows.ids)
            continue
        for name in names:
            column = today.columns[name].take(rows.ours)
            hashes = kept.hashes[name][rows.theirs]
            changed = column.changed(name, hashes, kept.steps[name], rows.ids, key)
            counts[name] = int(changed.sum())
    for text in today.places:
        moved = (
            0 if text not in kept.places else int(_elsewhere(today, kept, text, rows, key).sum())
        )
        # Rows that a changed value moved are counted with it, unless others moved as well.
        if moved > max((counts.get(name, 0) for name in today.reads.get(text, ())), default=0):
            counts[text] = max(counts.get(text, 0), moved)
    return {name: count for name, count in counts.items() if count}, tuple(new)


def _is_exact(today: RowColumns, kept: KeptColumns, text: str) -> bool:
    """Whether where a setting puts each row follows from values that were kept without rounding."""
    names = today.reads[text]
    exact = all(name in kept.steps and kept.steps[name] is None for name in names)
    return bool(names) and exact and text not in today.by_label


def _elsewhere(
    today: RowColumns, kept: KeptColumns, text: str, rows: MatchedRows, key: bytes
) -> NDArray[np.bool_]:
    """Return which rows a setting puts elsewhere, but for those that their new label put there."""
    import numpy as np

    hashes = hash_places(today.places[text][rows.ours], text, rows.ids, key)
    elsewhere = np.asarray(hashes != kept.places[text][rows.theirs])
    if text in today.by_label and rows.relabelled is not None:
        elsewhere &= ~rows.relabelled
    return elsewhere


def hash_places(
    places: NDArray[np.uint64], text: str, ids: NDArray[np.uint64], key: bytes
) -> Hashes:
    """Return what a baseline keeps of where a setting puts each row, shape (n,)."""
    return hash_rows(ids, places, key, _PLACE + text.encode("utf-8", "surrogatepass"))


def of_design(table: LoadedTable, section: Section) -> RowColumns:
    """Return the columns of `predictions.weight`, `cluster` and `time`."""
    columns = {}
    if section.weight is not None:
        columns[f"{section.weight} (weight)"] = _weight(table.numbers(section.weight))
    if section.cluster is not None:
        columns[f"{section.cluster} (cluster)"] = RowColumn(table.words(section.cluster))
    if section.time is not None:
        columns[f"{section.time} (time)"] = _numbers(table.times(section.time))
    return RowColumns({name: (name,) for name in columns}, columns)


def of_column(table: LoadedTable, name: str) -> RowColumn:
    """Return any column; its numbers are rounded where any is a fraction."""
    words = table.words(name)
    if table.kinds[name] != "number":
        return RowColumn(words)
    numbers = _numbers(table.optional_numbers(name))
    return RowColumn(words, numbers.numbers, numbers.step)


def _numbers(numbers: NDArray[np.float64]) -> RowColumn:
    import numpy as np

    finite = numbers[np.isfinite(numbers)]
    return RowColumn(bits(numbers), numbers, None if _whole(finite) else step_of(finite))


def _weight(weights: NDArray[np.float64]) -> RowColumn:
    """Round to a share of the least weight, so that no weight is lost beside a large one."""
    step = None if _whole(weights) else power_of_ten(float(weights[weights > 0].min()))
    return RowColumn(bits(weights), weights, step)


def _whole(numbers: NDArray[np.float64]) -> bool:
    import numpy as np

    return bool((numbers == np.trunc(numbers)).all())


def bits(numbers: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Return numbers as 64 bits, shape (n,); −0 is 0, and every NaN is the same."""
    import numpy as np

    same = np.where(np.isnan(numbers), np.nan, numbers + 0.0)  # −0.0 + 0.0 is 0.0
    return np.ascontiguousarray(same).view(np.uint64)


def _what(name: str) -> bytes:
    return _WHAT + name.encode("utf-8", "surrogatepass")
