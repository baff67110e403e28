"""Mean absolute error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.metrics.spec import MeanOfRows, Metric

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgate.metrics.spec import Values
    from mlgate.model.rows import Rows
    from mlgate.stats.bounded import Reach


def _absolute_error(rows: Rows) -> Values:
    from mlgate.stats import means

    return means.absolute_error(rows.y_true, rows.y_pred)


def triangle(
    losses: Callable[[Rows], Values],
    slope: Values | float | Callable[[Rows, Rows], Values],
    rows: Rows,
    baseline: Rows | None,
    factor: float,
) -> Reach:
    """Return limits by the triangle inequality: losses differ by no more than predictions do.

    `slope` is the most that a loss changes when its prediction moves by 1: a number, or one a row; or returns the
    most that each row's loss can differ between two sides, shape (n,).
    """
    import numpy as np

    from mlgate.stats import bounded

    largest = float(losses(rows).max())
    if baseline is None:
        return bounded.Reach(0.0, 2 * largest, "seen")
    largest = max(largest, float(losses(baseline).max()))
    moved = (
        slope(rows, baseline) if callable(slope) else slope * np.abs(rows.y_pred - baseline.y_pred)
    )
    limit = float(moved.max()) + abs(1 - factor) * largest
    if np.count_nonzero(moved) < bounded.FEW:
        limit = max(limit, largest)
        return bounded.Reach(-limit, limit, "few")
    return bounded.Reach(-limit, limit, "predictions")


def _reach(rows: Rows, baseline: Rows | None, factor: float) -> Reach:
    return triangle(_absolute_error, 1.0, rows, baseline, factor)


METRICS: Final = (
    Metric(
        name="mae",
        title="MAE",
        direction="lower",
        unit="number",
        tasks=("regression",),
        method=MeanOfRows(_absolute_error, _reach),
        scikit_learn="mean_absolute_error",
        aliases=("mean_absolute_error", "neg_mean_absolute_error"),
    ),
)
