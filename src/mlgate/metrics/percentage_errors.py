"""Absolute errors as a share of what was to be predicted: MAPE, sMAPE and WAPE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.metrics.mae import triangle
from mlgate.metrics.spec import MeanOfRows, Metric

if TYPE_CHECKING:
    from mlgate.metrics.spec import Values
    from mlgate.model.rows import Rows
    from mlgate.stats.bounded import Reach


def _percentage(rows: Rows) -> Values:
    from mlgate.stats import means

    return means.absolute_error(rows.y_true, rows.y_pred) / abs(rows.y_true)


def _percentage_reach(rows: Rows, baseline: Rows | None, factor: float) -> Reach:
    return triangle(_percentage, 1 / abs(rows.y_true), rows, baseline, factor)


def _zeros(rows: Rows) -> str | None:
    zeros = int((rows.y_true == 0).sum())
    if not zeros:
        return None
    return (
        f"it divides by the label, which is 0 in {zeros:,} of {len(rows):,} rows: use wape or mae"
    )


def _symmetric(rows: Rows) -> Values:
    from mlgate.stats import means

    return means.symmetric_percentage_error(rows.y_true, rows.y_pred)


def _symmetric_reach(_rows: Rows, baseline: Rows | None, factor: float) -> Reach:
    from mlgate.stats import bounded

    return bounded.of_range(0.0, 2.0, factor=None if baseline is None else factor)


def _weighted(rows: Rows) -> Values:
    from mlgate.stats import means

    error = means.absolute_error(rows.y_true, rows.y_pred)
    return means.ratio_terms(error, abs(rows.y_true), rows.weight)


def _errors(rows: Rows) -> Values:
    """Return the errors over the mean label's size."""
    from mlgate.stats import means

    return means.absolute_error(rows.y_true, rows.y_pred) / _size(rows)


def _size(rows: Rows) -> float:
    import numpy as np

    return float(np.average(abs(rows.y_true), weights=rows.weight))


def _weighted_reach(rows: Rows, baseline: Rows | None, factor: float) -> Reach:
    """Return the limits of the errors, and of the labels that the ratio is linear in."""
    from mlgate.stats import bounded

    terms = _weighted(rows)
    if baseline is None:
        return bounded.of_numbers(terms)
    other = _weighted(baseline)

    limits = triangle(_errors, 1 / _size(rows), rows, baseline, factor)
    rest = terms - factor * other - (_errors(rows) - factor * _errors(baseline))
    return bounded.Reach(
        limits.low + float(rest.min()), limits.high + float(rest.max()), limits.source
    )


def _nothing(rows: Rows) -> str | None:
    weight = 1.0 if rows.weight is None else rows.weight
    if (weight * rows.y_true).any():
        return None
    return "it divides by the sum of the labels' sizes, and all labels are 0: use mae"


METRICS: Final = (
    Metric(
        name="mape",
        title="MAPE",
        direction="lower",
        unit="number",
        tasks=("regression",),
        method=MeanOfRows(_percentage, _percentage_reach),
        scikit_learn="mean_absolute_percentage_error",
        aliases=("mean_absolute_percentage_error", "neg_mean_absolute_percentage_error"),
        by_default=False,
        unfit=_zeros,
    ),
    Metric(
        name="smape",
        title="sMAPE",
        direction="lower",
        unit="number",
        tasks=("regression",),
        method=MeanOfRows(_symmetric, _symmetric_reach),
        by_default=False,
    ),
    Metric(
        name="wape",
        title="WAPE",
        direction="lower",
        unit="number",
        tasks=("regression",),
        method=MeanOfRows(_weighted, _weighted_reach, _errors),
        by_default=False,
        unfit=_nothing,
    ),
)
