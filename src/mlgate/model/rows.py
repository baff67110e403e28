"""Predictions in memory, column by column. NumPy is imported for type checkers only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.model.attributes import Attribute
    from mlgate.model.evidence import RowCounts
    from mlgate.model.metrics import Task

Role = Literal["main", "anchor"]
"""Which baseline: the merge-base's on the main branch, or the last release."""
ROLES: Final[tuple[Role, ...]] = get_args(Role)


@dataclass(frozen=True, slots=True)
class JudgedColumn:
    """What is known of the judge of a column of numbers.

    Attributes
    ----------
    human
        A human's number of each row, shape (n,), NaN where there is none; None where no column has any.
    names
        Which judges scored the rows, in alphabetical order; empty where nothing says.
    judges
        Which of them scored each row; None of a baseline, which keeps only their names.
    """

    human: NDArray[np.float64] | None = None
    names: tuple[str, ...] = ()
    judges: Attribute | None = None

    def take(self, index: NDArray[Any]) -> JudgedColumn:
        """Return some of the rows, in the order of `index`."""
        taken = replace(self, human=None if self.human is None else self.human[index])
        if self.judges is None:
            return taken
        judges = replace(self.judges, codes=self.judges.codes[index])
        names = tuple(sorted(judges.levels[code] for code in set(judges.codes.tolist())))
        return replace(taken, names=names, judges=judges)


@dataclass(frozen=True, slots=True)
class Rows:
    """One side's predictions: n rows, all arrays aligned.

    Classification codes labels and predictions as indices (int32) into `classes`, whose
    entries are the labels' canonical text in sorted order (numeric order for numbers).
    Regression holds float64 values, and has no classes. Scores (numbers of each row alone, in
    `values`) have neither labels nor predictions: both are 0, so that they never differ.

    Attributes
    ----------
    y_true
        Shape (n,); for both sides of a comparison these are the candidate's labels.
    y_pred
        Shape (n,).
    score
        None, P(positive) of shape (n,), or P(class) of shape (n, len(classes)).
    positive
        Index into `classes` of the positive label; binary only.
    values
        The user's own numbers, one for each row (`metrics.rows`), by name, shape (n,) each.
    judged
        Of those that a judge gave, by name: a human's numbers, and the judge's name.
    weight
        How much each row counts, shape (n,), finite and ≥ 0, not all 0; None: all alike.
    cluster
        Codes ≥ 0 of the cluster (user, patient, day) of each row, shape (n,), in the order of
        the clusters' names; None: rows are independent.
    time
        Shape (n,): seconds since 1970 (UTC), or the column's own numbers.
    fold, repeat
        The split, and the seed or repetition, that produced each row's prediction. With either,
        an id has several rows. None where all rows share it.
    failed
        The rows whose sample failed, shape (n,): their numbers are the worst that there are; None:
        none did.
    item
        Codes ≥ 0 of the ids without fold and repeat, shape (n,); where there is one of these.
    unlabelled
        The rows without a label, shape (n,), whose `y_true` means nothing; None: all have one.
    """

    task: Task
    y_true: NDArray[Any]
    y_pred: NDArray[Any]
    score: NDArray[np.float64] | None = None
    classes: tuple[str, ...] = ()
    positive: int | None = None
    values: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    weight: NDArray[np.float64] | None = None
    cluster: NDArray[np.int64] | None = None
    time: NDArray[np.float64] | None = None
    fold: Attribute | None = None
    repeat: Attribute | None = None
    item: NDArray[np.int64] | None = None
    failed: NDArray[np.bool_] | None = None
    unlabelled: NDArray[np.bool_] | None = None
    judged: Mapping[str, JudgedColumn] = field(default_factory=dict)

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.y_true)

    def take(self, index: NDArray[Any]) -> Rows:
        """Return some of the rows, in the order of `index`."""

        def of(column: NDArray[Any] | None) -> NDArray[Any] | None:
            return None if column is None else column[index]

        def coded(column: Attribute | None) -> Attribute | None:
            return None if column is None else replace(column, codes=column.codes[index])

        return replace(
            self,
            y_true=self.y_true[index],
            y_pred=self.y_pred[index],
            score=of(self.score),
            values={name: value[index] for name, value in self.values.items()},
            weight=of(self.weight),
            cluster=of(self.cluster),
            time=of(self.time),
            fold=coded(self.fold),
            repeat=coded(self.repeat),
            item=of(self.item),
            failed=of(self.failed),
            unlabelled=of(self.unlabelled),
            judged={name: column.take(index) for name, column in self.judged.items()},
        )

    def without_single_fits(self) -> Rows:
        """Return the rows without a fold or repetition that all of them share: nothing varies by it."""

        def several(fits: Attribute | None) -> Attribute | None:
            alike = fits is None or not len(self) or bool((fits.codes == fits.codes[0]).all())
            return None if alike else fits

        fold, repeat = several(self.fold), several(self.repeat)
        item = None if fold is None and repeat is None else self.item
        return replace(self, fold=fold, repeat=repeat, item=item)

    def with_facts_of(self, other: Rows) -> Rows:
        """Return these predictions with everything else taken from another side of the same rows."""
        return replace(
            self,
            y_true=other.y_true,
            weight=other.weight,
            cluster=other.cluster,
            time=other.time,
            fold=other.fold,
            repeat=other.repeat,
            item=other.item,
            unlabelled=other.unlabelled,
        )


@dataclass(frozen=True, slots=True)
class PairedRows:
    """The rows that candidate and baseline both have, in one order, with one set of labels.

    `baseline.y_true` is `candidate.y_true`: both are scored with the candidate's labels,
    weights and clusters, so that a baseline keeps none of these.
    `index` gives the position of each in the candidate's file, ascending. `earlier`, where labels
    differ and the baseline's can be recovered, returns the same pair with the baseline's labels.
    `order`, where rows have ids, returns a random order of the rows that no label changes.
    """

    candidate: Rows
    baseline: Rows
    counts: RowCounts
    index: NDArray[np.intp] | None = None
    earlier: Callable[[], PairedRows] | None = None
    order: Callable[[], NDArray[np.intp]] | None = None

    def differing(self) -> NDArray[np.bool_]:
        """Return the rows whose prediction differs; of scores those with any other number."""
        new, old = self.candidate, self.baseline
        differs: NDArray[np.bool_] = new.y_pred != old.y_pred
        if new.task == "scores":
            for name in new.values.keys() & old.values.keys():
                differs |= new.values[name] != old.values[name]
        return differs
