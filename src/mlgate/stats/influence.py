"""Estimates that are, to first order, a sum of one term a row: the influence values.

A metric θ whose estimate is θ + Σ ψᵢ has Var = Σ ψᵢ² for independent rows. What is linear
in metrics is then linear in ψ: a difference, a contrast candidate − f × baseline, an average
over classes. Rows in clusters need the sums of ψ within clusters instead (Liang & Zeger
1986). DeLong's covariance of AUCs is of this form (see `auc`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlgate.stats.estimate import Estimate, normal_p_value, normal_quantile, undefined
from mlgate.stats.student import t_p_value, t_quantile
from mlgate.stats.sums import dot

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Influence:
    """A metric's value and its influence values on n rows.

    Attributes
    ----------
    value
        None where the metric is undefined; `rows` is then all 0.
    rows
        ψ, shape (n,): Var(value) = Σ ψ². Small-sample corrections are within it.
    method
        Told in reports, "delong" for one.
    insufficient
        Why an interval would not be trustworthy; None where it is.
    trials
        For a metric between 0 and 1: how many binomial trials it is worth at its ends,
        where ψ is 0 and says nothing.
    """

    value: float | None
    rows: NDArray[np.float64]
    method: str
    insufficient: str | None = None
    trials: int | None = None

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.rows)


def interval(
    metric: Influence,
    *,
    confidence: float = 0.95,
    logit: bool = False,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Bounds of one metric.

    Parameters
    ----------
    logit
        Compute on the logit scale, for metrics between 0 and 1 that are not at an end.
    clusters
        Shape (n,), integer codes 0 … G−1 of the cluster of each row: cluster-robust t with
        G − 1 degrees of freedom.
    """
    if metric.value is None:
        return undefined(len(metric), metric.method, metric.insufficient or "undefined")
    spread = _spread(metric.rows, clusters, confidence)
    low, high = _bounds(metric.value, spread.half, logit=logit)
    return Estimate(
        metric.value,
        low,
        high,
        len(metric),
        metric.method + spread.suffix,
        row_variance=len(metric) * spread.variance,
        insufficient=metric.insufficient or spread.insufficient,
    )


def contrast(
    new: Influence,
    old: Influence,
    *,
    factor: float = 1.0,
    confidence: float = 0.95,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Bounds of new − factor × old, both measured on the same rows in the same order.

    Where the two sides agree on every row (ψ equal) the change is 0 and so are its bounds.
    """
    why = new.insufficient or old.insufficient
    if new.value is None or old.value is None:
        return undefined(len(new), f"paired {new.method}", why or "undefined")
    value = new.value - factor * old.value
    spread = _spread(new.rows - factor * old.rows, clusters, confidence)
    method = f"paired {new.method}{spread.suffix}"
    if spread.variance == 0 and value == 0:
        return Estimate(0.0, 0.0, 0.0, len(new), f"{method} (identical)", 0.0, 1.0, why)
    if spread.variance == 0:
        why = why or "the rows show no variation"
    return Estimate(
        value,
        value - spread.half,
        value + spread.half,
        len(new),
        method,
        row_variance=len(new) * spread.variance,
        p_value=spread.p_value(value),
        insufficient=why or spread.insufficient,
    )


def cluster_variance(rows: NDArray[np.float64], clusters: NDArray[Any]) -> tuple[float, int]:
    """Give the variance of Σ ψ with rows in clusters, and the number of clusters G.

    G/(G−1) × Σ_g (Σ_{i in g} ψᵢ)²; infinite with a single cluster.
    """
    sums = np.bincount(clusters, weights=rows).astype(np.float64)
    sums = sums[np.bincount(clusters) > 0]
    count = len(sums)
    if count < 2:
        return math.inf, count
    return dot(sums, sums) * count / (count - 1), count


MIN_CLUSTERS = 20
"""Fewer clusters than this do not carry a cluster-robust interval."""


@dataclass(frozen=True, slots=True)
class _Spread:
    variance: float
    half: float
    df: float
    suffix: str = ""
    insufficient: str | None = None

    def p_value(self, value: float) -> float | None:
        if self.variance == 0 or not math.isfinite(self.variance):
            return None
        statistic = value / math.sqrt(self.variance)
        if math.isinf(self.df):
            return normal_p_value(statistic)
        return t_p_value(statistic, self.df)


def _spread(rows: NDArray[np.float64], clusters: NDArray[Any] | None, confidence: float) -> _Spread:
    if clusters is None:
        variance = dot(rows, rows)
        return _Spread(variance, normal_quantile(confidence) * math.sqrt(variance), math.inf)
    variance, count = cluster_variance(rows, clusters)
    why = None if count >= MIN_CLUSTERS else f"only {count} clusters, {MIN_CLUSTERS} are needed"
    if count < 2:
        return _Spread(math.inf, math.inf, 0, ", by cluster", why)
    half = t_quantile(confidence, count - 1) * math.sqrt(variance)
    return _Spread(variance, half, count - 1, ", by cluster", why)


def _bounds(value: float, half: float, *, logit: bool) -> tuple[float | None, float | None]:
    if not math.isfinite(half):
        return None, None
    if not logit or not 0 < value < 1:
        return value - half, value + half
    centre = math.log(value / (1 - value))
    width = half / (value * (1 - value))
    return _expit(centre - width), _expit(centre + width)


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
