"""Pairing: the rows that candidate and baseline both have, matched by id, never by order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import DataError
from mlgate.inputs import labels, row_ids
from mlgate.inputs.baseline_rows import labels_digest
from mlgate.model.evidence import RowCounts
from mlgate.model.rows import PairedRows, Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.inputs.baseline_rows import BaselineRows
    from mlgate.inputs.predictions import Candidate

Sides = tuple[str, str]
"""How messages call the candidate and what it is compared with."""
_COMMITS: Final[Sides] = ("this commit", "the baseline")
_PLAIN: Final = b"mlgate compare"
"""Hashes of two files at hand only match their rows: nothing is baseline of them."""


class IncomparableError(DataError):
    """Both sides are sound, but of different tasks or labels."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """The confusion matrix of a baseline when it was made, rows true and columns predicted."""

    classes: Sequence[str]
    counts: Sequence[Sequence[int]]


def pair(
    candidate: Candidate,
    baseline: BaselineRows,
    *,
    key: bytes,
    baseline_confusion: Confusion | None = None,
) -> PairedRows:
    """Match this commit's predictions with the rows that a baseline keeps.

    Parameters
    ----------
    candidate
        Predictions with ids.
    key
        What hashed the baseline's ids; see `baseline_rows.key_of`.
    baseline_confusion
        From the baseline's evidence: bounds the number of labels that have changed since.

    Returns
    -------
    PairedRows
        In the candidate's order; both sides with the candidate's labels and one set of classes.

    Raises
    ------
    DataError
        When the two have no row in common, or are of different tasks or classes.
    """
    _same_task(candidate.rows.task, baseline.meta.task, _COMMITS)
    hashes = candidate.hashes(key)
    ours, theirs = row_ids.match(hashes, baseline.hashes)
    _require_overlap(candidate, len(baseline), len(ours), _COMMITS)
    left, right = _unify(candidate.rows.take(ours), _as_rows(baseline).take(theirs), _COMMITS)
    right = right.with_facts_of(left)
    missing = len(baseline) - len(ours)
    counts = RowCounts(paired=len(ours), added=len(candidate.rows) - len(ours), missing=missing)
    if missing == 0:
        same = labels_digest(left, hashes[ours], key) == baseline.meta.labels_digest
        changed = 0 if same else max(1, _changed_at_least(right, baseline_confusion))
        counts = counts.model_copy(update={"relabelled": changed, "relabelled_exact": same})
    return PairedRows(left, right, counts, ours)


def pair_candidates(new: Candidate, old: Candidate, sides: Sides = _COMMITS) -> PairedRows:
    """Match two files of predictions with ids; labels that differ are counted exactly.

    Parameters
    ----------
    sides
        How messages call `new` and `old`.

    Raises
    ------
    DataError
        As `pair`.
    """
    _same_task(new.rows.task, old.rows.task, sides)
    ours, theirs = row_ids.match(new.hashes(_PLAIN), old.hashes(_PLAIN))
    _require_overlap(new, len(old.rows), len(ours), sides)
    left, right = _unify(new.rows.take(ours), old.rows.take(theirs), sides)
    counts = RowCounts(
        paired=len(ours),
        added=len(new.rows) - len(ours),
        missing=len(old.rows) - len(ours),
        relabelled=int((left.y_true != right.y_true).sum()),
    )
    return PairedRows(left, right.with_facts_of(left), counts, ours)


def missing_problem(counts: RowCounts, limit: float) -> str | None:
    """Say why too many of the baseline's rows are missing here; None when they are not.

    Parameters
    ----------
    limit
        The share that may be missing (`predictions.rows.missing`).
    """
    total = counts.paired + counts.missing
    if counts.missing <= limit * total:
        return None
    return (
        f"{counts.missing:,} of the baseline's {total:,} rows "
        f"({counts.missing / total:.2%}) are missing here; predictions.rows.missing allows "
        f"{limit:.2%}"
    )


def _as_rows(baseline: BaselineRows) -> Rows:
    """Return kept rows without labels: predictions stand in until those of the candidate do."""
    meta = baseline.meta
    return Rows(
        meta.task,
        baseline.prediction,
        baseline.prediction,
        baseline.score,
        meta.classes,
        meta.positive,
        baseline.values,
    )


def _same_task(ours: str, theirs: str, sides: Sides) -> None:
    if ours != theirs:
        msg = f"the predictions of {sides[0]} are {ours}, those of {sides[1]} {theirs}"
        raise IncomparableError(msg, hint="save a new baseline after the change of task")


def _require_overlap(candidate: Candidate, others: int, paired: int, sides: Sides) -> None:
    if paired:
        return
    assert candidate.ids is not None
    examples = row_ids.examples(candidate.ids, candidate.id_columns)
    msg = (
        f"none of the {len(candidate.rows):,} rows of {sides[0]} is among the {others:,} of "
        f"{sides[1]}: their ids do not overlap ({sides[0]}: {examples}, …)"
    )
    hint = "ids must name the same test rows in every run; a row number is no id"
    raise DataError(msg, hint=hint)


def _unify(left: Rows, right: Rows, sides: Sides) -> tuple[Rows, Rows]:
    """Code both sides with the classes of either, and one positive class."""
    if (left.classes, left.positive) == (right.classes, right.positive):
        return left, right
    classes = labels.ordered((*left.classes, *right.classes))
    if left.task != "binary":
        return _recoded(left, classes), _recoded(right, classes)
    if len(classes) > 2:
        ours, theirs = " and ".join(left.classes), " and ".join(right.classes)
        msg = f"the labels of {sides[0]} are {ours}, those of {sides[1]} {theirs}"
        raise IncomparableError(msg, hint="save a new baseline after the change of labels")
    # the other class is positive there: its score is that of the other class
    score = None if right.score is None else 1 - right.score
    return left, replace(right, positive=left.positive, score=score)


def _recoded(rows: Rows, classes: tuple[str, ...]) -> Rows:
    import numpy as np

    position = np.array([classes.index(name) for name in rows.classes], dtype=np.int32)
    score = rows.score
    if score is not None:
        score = np.zeros((len(rows), len(classes)))
        score[:, position] = rows.score
    y_true, y_pred = position[rows.y_true], position[rows.y_pred]
    return replace(rows, y_true=y_true, y_pred=y_pred, score=score, classes=classes)


def _changed_at_least(baseline: Rows, then: Confusion | None) -> int:
    """Bound the number of changed labels from below.

    A changed label moves one row between two cells of the confusion matrix of the baseline's
    own predictions, so that the cells differ by at most 2 in sum.

    Parameters
    ----------
    baseline
        Its predictions with today's labels, all of its rows.
    then
        Its confusion matrix with the labels of its time.
    """
    import numpy as np

    if then is None or baseline.task == "regression":
        return 0
    names = labels.ordered({*baseline.classes, *then.classes})
    now = _recoded(replace(baseline, score=None), names)
    k = len(names)
    today = np.bincount(now.y_true.astype(np.int64) * k + now.y_pred, minlength=k * k)
    before = np.zeros((k, k), dtype=np.int64)
    at = np.array([names.index(name) for name in then.classes])
    before[np.ix_(at, at)] = np.asarray(then.counts, dtype=np.int64)
    difference: Any = np.abs(today.reshape(k, k) - before).sum()
    return -(-int(difference) // 2)
