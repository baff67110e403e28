"""Estimates that are, to first order, a sum of one term a row: the influence values.

A metric θ whose estimate is θ + Σ ψᵢ has Var = Σ ψᵢ² for independent rows. What is linear
in metrics is then linear in ψ: a difference, a contrast candidate − f × baseline, an average
over classes. Weights are within ψ (a ratio's linearisation: Woodruff 1971, Journal of the
American Statistical Association 66:411), so that Σ ψ² is the sandwich variance. Rows in
clusters need the sums of ψ within clusters instead (Liang & Zeger 1986, Biometrika 73:13),
with Student's t at G − 1 degrees of freedom. DeLong's covariance of AUCs is of this form (see
`auc`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mlgate.stats.bounded import Reach, widened
from mlgate.stats.effective_n import by_unit, units
from mlgate.stats.estimate import Estimate, normal_p_value, t_p_value, undefined
from mlgate.stats.sums import dot

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.stats.effective_n import Units
    from mlgate.stats.levels import OfThresholds

    Values = NDArray[np.float64]


class Enough(NamedTuple):
    """Whether a metric rests on enough rows, and would with half and with twice as many."""

    half: bool = True
    all: bool = True
    double: bool = True


ENOUGH: Final = Enough()


def lacks(new: Enough, old: Enough) -> bool:
    """Whether the new side rests on too few rows, and the old one on enough, by more than chance undoes."""
    return old.all and not new.all and (old.half or not new.double)


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
    turning
        For a metric of a confusion matrix: the squared change, times the squared number of
        rows, when one row turns from right to wrong. As many more as z² are supposed to turn,
        since a variance of 0 claims a certainty that nobody has (see `confusion_delta`); of
        clusters, bounds are no narrower than the score interval's with rows that turned so far
        (see `bounded`).
    limits
        Of such a metric: the smallest and the largest value.
    ends
        For a metric at a threshold that is itself estimated: its bounds, at a confidence, at those thresholds that
        certainly, and that possibly, meet their limit, where a row is worth so many independent ones.
    stepped
        Of such a metric: how far the next threshold is, in standard errors of this one; 0 where it is a row.
    levels
        Of such a metric: its values at all thresholds, for changes.
    enough
        Of a metric whose rows the model selects, such as precision: whether there are enough.
    """

    value: float | None
    rows: Values
    method: str
    insufficient: str | None = None
    trials: float | None = None
    turning: float = 0.0
    limits: tuple[float, float] = (0.0, 1.0)
    ends: Callable[[float, float], tuple[float, float]] | None = None
    stepped: float = 0.0
    levels: OfThresholds | None = None
    enough: Enough = ENOUGH

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.rows)


def interval(
    metric: Influence,
    *,
    confidence: float = 0.95,
    logit: bool = False,
    weights: Values | None = None,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Bounds of one metric.

    Parameters
    ----------
    logit
        Compute on the logit scale, for metrics between 0 and 1 that are not at an end.
    weights
        Shape (n,), those that ψ was made with: t with as many degrees of freedom as equal
        rows would have that are worth as much.
    clusters
        Shape (n,), integer codes of the cluster of each row: cluster-robust t with G − 1
        degrees of freedom.
    """
    if metric.value is None:
        return undefined(len(metric), metric.method, metric.insufficient or "undefined")
    spread = _spread(metric.rows, metric.turning, weights, clusters, confidence)
    estimate = Estimate(
        metric.value,
        *_bounds(metric.value, spread.half, logit=logit),
        len(metric),
        metric.method + spread.units.suffix,
        row_variance=len(metric) * spread.variance,
        insufficient=metric.insufficient or spread.units.insufficient,
    )
    if not metric.turning:
        return estimate
    turned = math.sqrt(metric.turning)
    return _within(estimate, metric.rows, turned, metric.limits, weights, clusters, confidence)


def contrast(
    new: Influence,
    old: Influence,
    *,
    factor: float = 1.0,
    confidence: float = 0.95,
    weights: Values | None = None,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Bounds of new − factor × old, both measured on the same rows in the same order.

    Where the two sides agree on every row (ψ equal) the change is 0 and so are its bounds,
    unless a row could turn.
    """
    why = new.insufficient or old.insufficient
    if new.value is None or old.value is None:
        return undefined(len(new), f"paired {new.method}", why or "undefined")
    value = new.value - factor * old.value
    turning = (math.sqrt(new.turning) + factor * math.sqrt(old.turning)) ** 2 / 4
    spread = _spread(new.rows - factor * old.rows, turning, weights, clusters, confidence)
    method, why = f"paired {new.method}{spread.units.suffix}", why or spread.units.insufficient
    if spread.variance == 0 and turning == 0 and value == 0:
        return Estimate(0.0, 0.0, 0.0, len(new), f"{method} (identical)", 0.0, 1.0, why)
    if spread.variance == 0 and turning == 0:
        why = why or "the rows show no variation"
    supposed = turning / spread.units.count**2
    estimate = Estimate(
        value,
        *_bounds(value, spread.half, logit=False),
        len(new),
        method,
        row_variance=len(new)
        * (spread.variance or supposed if clusters is not None else max(spread.variance, supposed)),
        p_value=spread.p_value(value),
        insufficient=why,
        undefined=lacks(new.enough, old.enough),
    )
    if not turning:
        return estimate
    least, largest = new.limits
    limits = least - factor * largest, largest - factor * least
    rows, turned = new.rows - factor * old.rows, math.sqrt(turning)
    return _within(estimate, rows, turned, limits, weights, clusters, confidence)


def _within(
    estimate: Estimate,
    rows: Values,
    turned: float,
    limits: tuple[float, float],
    weights: Values | None,
    clusters: NDArray[Any] | None,
    confidence: float,
) -> Estimate:
    """Return the estimate with bounds within `limits`; of weights and clusters, allowing for rows that turned."""
    if estimate.value is None or estimate.lower is None or estimate.upper is None:
        return estimate
    low, high = limits
    if clusters is not None or weights is not None:
        reach = Reach(
            max(low, estimate.value - turned), min(high, estimate.value + turned), "range"
        )
        estimate = widened(
            estimate, rows, reach, weights=weights, clusters=clusters, confidence=confidence
        )
    assert estimate.lower is not None
    assert estimate.upper is not None
    return replace(estimate, lower=max(low, estimate.lower), upper=min(high, estimate.upper))


def cluster_variance(rows: Values, clusters: NDArray[Any]) -> tuple[float, int]:
    """Return the variance of Σ ψ with rows in clusters, and the number of clusters G.

    G/(G−1) × Σ_g (Σ_{i in g} ψᵢ)²; infinite with a single cluster.
    """
    sums = by_unit(rows, clusters)
    count = len(sums)
    if count < 2:
        return math.inf, count
    return dot(sums, sums) * count / (count - 1), count


@dataclass(frozen=True, slots=True)
class _Spread:
    """`variance` of the estimate, and `half` the width of its interval."""

    variance: float
    half: float
    units: Units

    def p_value(self, value: float) -> float | None:
        if self.variance == 0 or not math.isfinite(self.variance):
            return 1.0 if self.variance == 0 and value == 0 else None
        statistic, df = value / math.sqrt(self.variance), self.units.df
        return normal_p_value(statistic) if math.isinf(df) else t_p_value(statistic, df)


def _spread(
    rows: Values,
    turning: float,
    weights: Values | None,
    clusters: NDArray[Any] | None,
    confidence: float,
) -> _Spread:
    worth = units(len(rows), weights, clusters)
    variance = dot(rows, rows) if clusters is None else cluster_variance(rows, clusters)[0]
    quantile = worth.quantile(confidence)
    if not math.isfinite(quantile) or not math.isfinite(variance) or worth.count == 0:
        return _Spread(math.inf, math.inf, worth)
    supposed = 0.0 if clusters is not None else (quantile / worth.count) ** 2 * turning
    return _Spread(variance, quantile * math.sqrt(variance + supposed), worth)


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
