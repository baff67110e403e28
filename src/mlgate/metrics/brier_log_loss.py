"""Losses of probabilities: log loss and the Brier score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.metrics.spec import MeanOfRows, Metric, is_positive, scores

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgate.metrics.spec import Values
    from mlgate.model.rows import Rows
    from mlgate.stats.bounded import Reach


def _log_loss(rows: Rows) -> Values:
    from mlgate.stats import means

    if rows.task == "multiclass":
        return means.multiclass_log_loss(rows.y_true, scores(rows))
    return means.binary_log_loss(is_positive(rows), scores(rows))


def _brier(rows: Rows) -> Values:
    from mlgate.stats import means

    if rows.task == "multiclass":
        return means.multiclass_brier(rows.y_true, scores(rows))
    return means.binary_brier(is_positive(rows), scores(rows))


def _log_loss_reach(rows: Rows, baseline: Rows | None, factor: float) -> Reach:
    from mlgate.stats import means

    return _reach(means.possible_log_losses, None, rows, baseline, factor)


def _brier_reach(rows: Rows, baseline: Rows | None, factor: float) -> Reach:
    from mlgate.stats import means

    largest = 2.0 if len(rows.classes) > 2 else 1.0
    return _reach(means.possible_briers, largest, rows, baseline, factor)


def _reach(
    possible: Callable[[Values], Values],
    largest: float | None,
    rows: Rows,
    baseline: Rows | None,
    factor: float,
) -> Reach:
    """Return the limits that the scores set, whichever label a row has.

    Where few scores changed, those of any loss at all: `largest`, or the largest that any
    score of either side could have.
    """
    from mlgate.stats import bounded

    candidate = possible(scores(rows))
    if baseline is None:
        return bounded.of_possible(candidate)
    other = possible(scores(baseline))
    changed = (candidate != other).any(axis=1).sum()
    most = None
    if changed < bounded.FEW:
        most = largest or float(max(candidate.max(), other.max()))
    return bounded.of_possible(candidate, other, factor=factor, most=most)


METRICS: Final = (
    Metric(
        name="log_loss",
        title="log loss",
        direction="lower",
        unit="number",
        tasks=("binary", "multiclass"),
        method=MeanOfRows(_log_loss, _log_loss_reach),
        needs_score=True,
        scikit_learn="log_loss",
        aliases=("neg_log_loss",),
    ),
    Metric(
        name="brier",
        title="Brier score",
        direction="lower",
        unit="number",
        tasks=("binary", "multiclass"),
        method=MeanOfRows(_brier, _brier_reach),
        needs_score=True,
        scikit_learn="brier_score_loss",
        aliases=("brier_score_loss", "neg_brier_score"),
    ),
)
