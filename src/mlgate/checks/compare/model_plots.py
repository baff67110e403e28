"""What the plots need of each side: confusion matrix, ROC curve, calibration, residuals.

Both sides are drawn on the rows that they share. Only counts and thinned curves leave here,
never rows.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final, Literal

from mlgate.model.evidence import (
    BrierParts,
    Calibration,
    CalibrationBin,
    CostByThreshold,
    Curve,
    Side,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlgate.metrics.cost import Costs
    from mlgate.model.inputs import PairedBaseline
    from mlgate.model.rows import Rows

MAX_CLASSES: Final = 20
"""A larger confusion matrix cannot be read."""
ROC_POINTS: Final = 200
"""At most."""

Name = Literal["candidate", "main", "anchor"]


def sides(
    rows: Rows, main: PairedBaseline | None, confidence: float, costs: Costs = ()
) -> dict[Name, Side]:
    """Return the candidate and, where rows are paired, main on the rows that both have.

    `costs` are those of predictions, where there are some.
    """
    if main is None or main.paired is None:
        return {"candidate": side(rows, confidence, costs)}
    return {
        "candidate": side(main.paired.candidate, confidence, costs),
        "main": side(main.paired.baseline, confidence, costs),
    }


def side(rows: Rows, confidence: float, costs: Costs = ()) -> Side:
    """Return everything that can be drawn of one side; `confidence` is of each one-sided bound."""
    if rows.task == "scores":
        return Side()
    if rows.task == "regression":
        return Side(residuals=_residuals(rows))
    confused = _confusion(rows) if len(rows.classes) <= MAX_CLASSES else None
    if rows.score is None:
        return Side(confusion=confused)
    if rows.task == "multiclass":
        from mlgate.stats.calibration import top_label

        right, top = top_label(rows.y_true, rows.score)
        return Side(
            confusion=confused,
            calibration=_calibration(right, top, confidence),
            calibrated=_calibrated(rows, right, top, confidence),
        )
    hit = rows.y_true == rows.positive
    return Side(
        confusion=confused,
        roc=_roc(hit, rows.score),
        calibration=_calibration(hit, rows.score, confidence),
        calibrated=_calibrated(rows, hit, rows.score, confidence),
        costs=_costs(rows, rows.score, costs) if costs else None,
    )


def _costs(rows: Rows, score: NDArray[np.float64], costs: Costs) -> CostByThreshold:
    """Return what the predictions cost, and what they would at another threshold."""
    import numpy as np

    from mlgate.metrics.cost import table
    from mlgate.stats.curves import cost_curve

    prices = table(costs, rows.classes)[rows.y_true]
    positive = int(rows.positive or 0)
    x, y = cost_curve(score, prices[:, 1 - positive], prices[:, positive], rows.weight)
    at = int(np.argmin(y))
    own = prices[np.arange(len(rows)), rows.y_pred]
    return CostByThreshold(
        curve=Curve(x=tuple(x), y=tuple(y)),
        threshold=_threshold(rows.y_pred == positive, score),
        cost=float(np.average(own, weights=rows.weight)),
        best=x[at],
        least=y[at],
    )


def _threshold(positive: NDArray[np.bool_], score: NDArray[np.float64]) -> float | None:
    """Return the threshold that gives these predictions: .5 if that does; None where none does."""
    low = float(score[~positive].max(initial=0.0))
    high = float(score[positive].min(initial=1.0))
    if low >= high and positive.any() and not positive.all():
        return None
    return 0.5 if low < 0.5 <= high else high


def _confusion(rows: Rows) -> tuple[tuple[int, ...], ...]:
    """Count the rows by label (first index) and prediction (second)."""
    from mlgate.stats import confusion

    table = confusion.count(rows.y_true, rows.y_pred, classes=len(rows.classes))
    return tuple(tuple(line) for line in table.new.tolist())


def _roc(hit: NDArray[np.bool_], score: NDArray[np.float64]) -> Curve | None:
    from mlgate.stats.curves import roc_curve
    from mlgate.stats.ranking import rank

    x, y = roc_curve(hit, rank(score), points=ROC_POINTS - 1)
    return Curve(x=tuple(x), y=tuple(y)) if x else None


def _calibration(
    outcome: NDArray[np.bool_], score: NDArray[np.float64], confidence: float
) -> tuple[CalibrationBin, ...]:
    from mlgate.stats.calibration import bins

    return tuple(
        CalibrationBin(score=b.score, rate=b.rate, n=b.n, interval=(b.lower, b.upper))
        for b in bins(outcome, score, confidence=confidence)
    )


def _calibrated(
    rows: Rows, outcome: NDArray[np.bool_], score: NDArray[np.float64], confidence: float
) -> Calibration | None:
    from mlgate.stats.bootstrap import seed_of
    from mlgate.stats.brier import decompose
    from mlgate.stats.calibration import ece

    parts = decompose(outcome, score, weights=rows.weight)
    estimate = ece(
        outcome,
        score,
        seed=seed_of("sides"),
        confidence=confidence,
        weights=rows.weight,
        clusters=rows.cluster if rows.item is None else rows.item,
    )
    if parts is None or estimate.value is None:
        return None
    shown = estimate.interval if estimate.insufficient is None else (None, None)
    return Calibration(ece=estimate.value, interval=shown, brier=BrierParts(**asdict(parts)))


def _residuals(rows: Rows) -> tuple[float, ...]:
    """Return the quantiles of prediction − label at 0, 1, …, 100 per cent."""
    import numpy as np

    quantiles = np.quantile(rows.y_pred - rows.y_true, np.linspace(0, 1, 101))
    return tuple(quantiles.tolist())
