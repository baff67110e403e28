"""Which function of `stats` measures which rate by group, on one side and on both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.checks.fairness.metrics import FOUR_FIFTHS, GAPS, RATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.fairness.frame import Division
    from mlgate.checks.fairness.metrics import GapMetric
    from mlgate.model.rows import Rows
    from mlgate.stats.group_macro import Of
    from mlgate.stats.group_means import Influences
    from mlgate.stats.groups import Counts, GroupChange, Measured

    Values = NDArray[np.float64]
    Flags = NDArray[np.bool_]

MIN_PER_CLASS: Final = 50
"""The fewest positives, and negatives, of a group whose ROC AUC is compared (DeLong)."""
_MACRO: Final[dict[str, Of]] = {"recall_macro": "label", "precision_macro": "prediction"}


@dataclass(frozen=True, slots=True)
class Part:
    """One rate, of one class where the task has several (`code` is its index)."""

    rate: str
    code: int | None = None


def parts(gap: GapMetric, rows: Rows, only: int | None = None) -> list[Part]:
    """Return what a gap compares: its rates, one-vs-rest for each class, or for one of them."""
    compared = []
    for name in gap.parts:
        if rows.task == "multiclass" and RATES[name].per_class:
            codes = range(len(rows.classes)) if only is None else (only,)
            compared += [Part(name, code) for code in codes]
        else:
            compared.append(Part(name, rows.positive))
    return compared


def rates(rows: Rows) -> Iterator[Part]:
    """Yield every rate of a group that these rows allow, once; not those of single classes."""
    for name, rate in RATES.items():
        single = rows.task == "multiclass" and rate.per_class
        if (
            rows.task in rate.tasks
            and not single
            and (rows.score is not None or not rate.needs_score)
        ):
            yield Part(name, rows.positive)


def class_rates(rows: Rows, code: int) -> Iterator[Part]:
    """Yield the one-vs-rest rates of one class."""
    if rows.task == "multiclass":
        yield from (Part(name, code) for name, rate in RATES.items() if rate.per_class)


def gaps(rows: Rows) -> Iterator[GapMetric]:
    """Yield every gap that these rows allow; the preset is measured where a gate names it."""
    for gap in GAPS.values():
        if gap.name == FOUR_FIFTHS:
            continue
        if rows.task in gap.tasks and (rows.score is not None or not gap.needs_score):
            yield gap


def minimum(part: Part, least: int) -> int:
    """Return what a rate must rest on."""
    return max(least, MIN_PER_CLASS) if part.rate == "roc_auc" else least


def enough(rates: Measured, part: Part, least: int) -> Flags:
    """Return the groups whose rate rests on enough rows, shape (G,)."""
    import numpy as np

    return np.asarray((rates.n >= minimum(part, least)) & ~np.isnan(rates.value))


def lost(change: GroupChange, part: Part, least: int) -> Flags:
    """Return the groups of which the candidate's own predictions leave too few rows, shape (G,).

    Main's leave enough, and by more than a chance would undo: a model that predicts nobody of a group
    has not closed the gap to it. Where a few more would do, the group is compared as it is.
    """
    needed, new, old = minimum(part, least), change.new, change.old
    return enough(old, part, least) & (
        (new.n < needed) & ((old.n >= 2 * needed) | (2 * new.n < needed))
    )


def measure(division: Division, part: Part) -> Measured:
    """Measure one side's rate by group."""
    from mlgate.stats import groups

    frame = division.frame
    key = (division.grouping.name, part)
    if part.rate in _MEANS or frame.units:
        return _influences(division, part, frame.candidate, "new").measured
    if part.rate in _MACRO:
        return frame.once(key, lambda: _macro(division, part.rate))
    return frame.once(
        key, lambda: groups.rate(_counts(division, part), groups.SHARES[_share(division, part)])
    )


def change(division: Division, part: Part) -> GroupChange:
    """Measure a rate by group on both sides of the same rows."""
    from mlgate.stats import groups

    frame = division.frame
    assert frame.baseline is not None
    key = (division.grouping.name, part, "change")
    if part.rate in _MEANS or frame.units:
        candidate = _influences(division, part, frame.candidate, "new")
        baseline = _influences(division, part, frame.baseline, "old")
        return frame.once(key, lambda: _contrast(division, part, candidate, baseline))
    if part.rate in _MACRO:
        return frame.once(key, lambda: _macro_change(division, part.rate))
    which = groups.SHARES[_share(division, part)]
    return frame.once(key, lambda: groups.change(_counts(division, part), which))


def _contrast(
    division: Division, part: Part, candidate: Influences, baseline: Influences
) -> GroupChange:
    from mlgate.stats import group_means, group_units

    if not division.frame.units:
        return group_means.change(candidate, baseline, division.rows, len(division))
    return group_units.change(candidate, baseline, division.design, shares=part.rate not in _MEANS)


def _share(division: Division, part: Part) -> str:
    """Accuracy of several classes is counted as the share of right rows; see `_counts`."""
    right = part.rate == "accuracy" and division.frame.candidate.task == "multiclass"
    return "tpr" if right else part.rate


def _counts(division: Division, part: Part) -> Counts:
    """Count a division by label and predictions, positive or not.

    For the accuracy of several classes every label is positive, and a prediction where right.
    """
    import numpy as np

    from mlgate.stats import groups

    frame = division.frame
    cells = frame.cells
    many = len(frame.columns)
    y, *sides = cells.codes[many:]
    right = _share(division, part) != part.rate

    def make() -> Counts:
        if right:
            flags = [np.ones(len(y), dtype=np.bool_), *(side == y for side in sides)]
        else:
            flags = [column == part.code for column in (y, *sides)]
        return groups.table(cells, division.grouped, *flags)

    return frame.once((division.grouping.name, "counts", "right" if right else part.code), make)


def _macro(division: Division, rate: str) -> Measured:
    from mlgate.stats import group_macro

    frame = division.frame
    y, candidate, *_ = frame.cells.codes[len(frame.columns) :]
    classes = len(frame.candidate.classes)
    return group_macro.macro(frame.cells, division.grouped, y, candidate, classes, _MACRO[rate])


def _macro_change(division: Division, rate: str) -> GroupChange:
    from mlgate.stats import group_macro

    frame = division.frame
    y, candidate, baseline = frame.cells.codes[len(frame.columns) :]
    classes = len(frame.candidate.classes)
    sides = (y, candidate, baseline)
    return group_macro.macro_change(frame.cells, division.grouped, sides, classes, _MACRO[rate])


def _influences(division: Division, part: Part, rows: Rows, side: str) -> Influences:
    return division.frame.once(
        (division.grouping.name, part, side), lambda: _by_rows(division, part, rows)
    )


def _by_rows(division: Division, part: Part, rows: Rows) -> Influences:
    """Measure from rows: what is no share, and shares of weighted or clustered rows."""
    if part.rate in _MEANS:
        return _MEANS[part.rate](division, rows)
    if part.rate in _MACRO:
        return _weighted_macro(division, rows, _MACRO[part.rate])
    return _weighted_share(division, part, rows)


def _weighted_share(division: Division, part: Part, rows: Rows) -> Influences:
    import numpy as np

    from mlgate.stats import group_units, groups

    if _share(division, part) != part.rate:
        right = rows.y_true == rows.y_pred
        return group_units.share(right, np.ones_like(right), division.design)
    which = groups.SHARES[part.rate]
    y, predicted = (side == part.code for side in (rows.y_true, rows.y_pred))
    cell = y * 2 + predicted
    num, den = (cells.reshape(-1)[cell] for cells in (which.num, which.den))
    return group_units.share(num, den, division.design)


def _weighted_macro(division: Division, rows: Rows, of: Of) -> Influences:
    from mlgate.stats import group_units

    right = rows.y_true == rows.y_pred
    base = rows.y_true if of == "label" else rows.y_pred
    parts = [
        group_units.share(right & (base == code), base == code, division.design)
        for code in range(len(rows.classes))
    ]
    return group_units.mean_of_shares(parts, division.design)


def _errors(rows: Rows) -> Values:
    import numpy as np

    return np.asarray(rows.y_pred - rows.y_true, dtype=np.float64)


def _auc(division: Division, rows: Rows) -> Influences:
    from mlgate.stats import group_means, group_units

    assert rows.score is not None
    positive = rows.y_true == rows.positive
    if division.frame.units:
        return group_units.roc_auc(positive, rows.score, division.design)
    return group_means.roc_auc(positive, rows.score, division.rows, len(division))


def _mean(
    values: Callable[[Rows], Values], far: float | None = None
) -> Callable[[Division, Rows], Influences]:
    def by_group(division: Division, rows: Rows) -> Influences:
        from mlgate.stats import group_means, group_units

        if division.frame.units:
            return group_units.mean(values(rows), division.design)
        return group_means.mean(values(rows), division.rows, len(division), far)

    return by_group


def _rmse(division: Division, rows: Rows) -> Influences:
    from mlgate.stats import group_means, group_units

    if division.frame.units:
        return group_units.rmse(_errors(rows), division.design)
    return group_means.rmse(_errors(rows), division.rows, len(division))


def _overestimate(rows: Rows) -> Values:
    """Score minus outcome: its mean is 0 where scores are right on average."""
    import numpy as np

    assert rows.score is not None
    return np.asarray(rows.score - (rows.y_true == rows.positive), dtype=np.float64)


_MEANS: Final[dict[str, Callable[[Division, Rows], Influences]]] = {
    "roc_auc": _auc,
    "calibration_in_the_large": _mean(_overestimate, 1.0),
    "mean_error": _mean(_errors),
    "mae": _mean(lambda rows: abs(_errors(rows))),
    "rmse": _rmse,
}
