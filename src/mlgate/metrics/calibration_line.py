"""Calibration slope and intercept: how scores relate to what happened, on the scale of log odds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.metrics.spec import Fitted, Metric, is_positive, scores

if TYPE_CHECKING:
    from mlgate.model.rows import Rows
    from mlgate.stats.influence import Influence


def _slope(rows: Rows) -> Influence:
    from mlgate.stats import calibration_line

    return calibration_line.slope(is_positive(rows), scores(rows), rows.weight)


def _intercept(rows: Rows) -> Influence:
    from mlgate.stats import calibration_line

    return calibration_line.intercept(is_positive(rows), scores(rows), rows.weight)


def _unfit(rows: Rows) -> str | None:
    score = scores(rows)
    exact = int(((score == 0) | (score == 1)).sum())
    if not exact:
        return None
    return f"{exact:,} of {len(rows):,} scores are exactly 0 or 1, whose log odds are infinite"


METRICS: Final = tuple(
    Metric(
        name=f"calibration_{name}",
        title=f"calibration {name}",
        direction=None,
        unit="number",
        tasks=("binary",),
        method=Fitted(influence),
        needs_score=True,
        by_default=False,
        unfit=_unfit,
    )
    for name, influence in (("slope", _slope), ("intercept", _intercept))
)
