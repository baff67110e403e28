"""Agreement of labels and predictions beyond chance: Matthews correlation and Cohen's κ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.metrics.spec import Metric, SmoothCounts

if TYPE_CHECKING:
    from mlgate.metrics.spec import Values
    from mlgate.stats.confusion_delta import Point


def _matthews(shares: Values, _positive: int | None) -> Point:
    from mlgate.stats import agreement

    return agreement.matthews(shares)


def _kappa(shares: Values, _positive: int | None) -> Point:
    from mlgate.stats import agreement

    return agreement.kappa(shares)


METRICS: Final = (
    Metric(
        name="matthews_corrcoef",
        title="Matthews correlation",
        direction="higher",
        unit="number",
        tasks=("binary", "multiclass"),
        method=SmoothCounts(_matthews, limits=(-1.0, 1.0)),
        scikit_learn="matthews_corrcoef",
        aliases=("mcc",),
        by_default=False,
    ),
    Metric(
        name="cohen_kappa",
        title="Cohen's κ",
        direction="higher",
        unit="number",
        tasks=("binary", "multiclass"),
        method=SmoothCounts(_kappa, limits=(-1.0, 1.0)),
        scikit_learn="cohen_kappa_score",
        aliases=("cohen_kappa_score", "kappa"),
        by_default=False,
    ),
)
