"""A quantile of one number a row, and its change on the same rows.

The quantile is the least number that at least a share q of the rows do not exceed. Its bounds are
order statistics (Hahn & Meeker 1991, Statistical Intervals, section 5.2), whatever the numbers'
law. Of weighted or clustered rows they are those of Wilson's limits of the share, for as many rows as
its variance is worth (Woodruff 1952, Journal of the American Statistical Association 47:635). Bounds of
a change are put together by MOVER (Zou & Donner 2008, Statistics in Medicine 27:1693), with the
correlation of being below either quantile; z² more rows than do are supposed to be below one and not
the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlgate.stats.effective_n import units
from mlgate.stats.estimate import Estimate, normal_quantile, undefined
from mlgate.stats.influence import Influence
from mlgate.stats.proportions import wilson_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.stats.effective_n import Units

    Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Side:
    """A quantile with its bounds, and the centred influence of each unit on the share below it."""

    value: float
    low: float | None
    high: float | None
    below: Values


def quantile(
    values: Values,
    level: float,
    *,
    confidence: float = 0.95,
    weights: Values | None = None,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Bounds of the `level` quantile of shape-(n,) values, 0 < level < 1."""
    n, worth = len(values), units(len(values), weights, clusters)
    method = _method(worth)
    if n == 0 or worth.count == 0:
        return undefined(n, method, "no rows")
    side = _side(values, level, confidence, weights, clusters)
    return Estimate(
        side.value,
        side.low,
        side.high,
        n,
        method,
        row_variance=_row_variance(side.low, side.high, n, confidence),
        insufficient=worth.insufficient or _few(side, level, confidence, n),
    )


def contrast(
    new: Values,
    old: Values,
    level: float,
    *,
    factor: float = 1.0,
    confidence: float = 0.95,
    weights: Values | None = None,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Bounds of new − factor × old, quantiles of the same rows in the same order."""
    n, worth = len(new), units(len(new), weights, clusters)
    method = f"paired {_method(worth)}"
    if n == 0 or worth.count == 0:
        return undefined(n, method, "no rows")
    a, b = (_side(values, level, confidence, weights, clusters) for values in (new, old))
    value = a.value - factor * b.value
    why = worth.insufficient or _few(a, level, confidence, n) or _few(b, level, confidence, n)
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return Estimate(value, None, None, n, method, insufficient=why)
    correlation = _correlation(a.below, b.below, level, worth, confidence)
    low = value - _distance(a.value - a.low, factor * (b.high - b.value), correlation)
    high = value + _distance(a.high - a.value, factor * (b.value - b.low), correlation)
    variance = _row_variance(low, high, n, confidence)
    return Estimate(value, low, high, n, method, row_variance=variance, insufficient=why)


def influence(
    values: Values,
    level: float,
    *,
    confidence: float = 0.95,
    weights: Values | None = None,
) -> Influence:
    """Return the quantile with influence values, whose slope is that of its own bounds."""
    n = len(values)
    if n == 0 or (weights is not None and not weights.any()):
        return Influence(None, np.zeros(n), "quantile", "no rows")
    side = _side(values, level, confidence, weights, None)
    why = _few(side, level, confidence, n)
    if side.low is None or side.high is None:
        return Influence(side.value, np.zeros(n), "quantile", why)
    spread = math.sqrt(float(side.below @ side.below))
    error = (side.high - side.low) / 2 / normal_quantile(confidence)
    return Influence(side.value, -side.below * (error / spread if spread else 0.0), "quantile", why)


def _method(worth: Units) -> str:
    return f"order statistics{worth.suffix}"


def _side(
    values: Values,
    level: float,
    confidence: float,
    weights: Values | None,
    clusters: NDArray[Any] | None,
) -> _Side:
    order = np.argsort(values, kind="stable")
    share = np.ones(len(values)) if weights is None else weights
    share = share / share.sum()
    ranked, reached = values[order], np.cumsum(share[order])
    value = _at(ranked, reached, level)
    below = share * ((values <= value) - float(share[values <= value].sum()))
    if clusters is not None:
        below = np.bincount(clusters, weights=below).astype(np.float64)
    if weights is None and clusters is None:
        low, high = _order_statistics(ranked, level, confidence)
        return _Side(value, low, high, below)
    variance = float(below @ below)
    spread = level * (1 - level)
    trials = spread / variance if variance > 0 else 0.0
    if trials * min(level, 1 - level) < 1:
        return _Side(value, None, None, below)
    ends = wilson_bounds(level * trials, trials, confidence)
    low, high = (_at(ranked, reached, end) for end in ends)
    return _Side(value, low, high, below)


def _at(ranked: Values, reached: Values, share: float) -> float:
    """Return the least number that a share of the rows do not exceed."""
    place = int(np.searchsorted(reached, share - 1e-12))
    return float(ranked[min(place, len(ranked) - 1)])


def _order_statistics(
    ranked: Values, level: float, confidence: float
) -> tuple[float | None, float | None]:
    low, high = (_binomial(p, len(ranked), level) for p in (1 - confidence, confidence))
    return (
        float(ranked[low - 1]) if low > 0 else None,
        float(ranked[high]) if high < len(ranked) else None,
    )


def _binomial(probability: float, n: int, share: float) -> int:
    """Return the least k with P(B ≤ k) ≥ `probability` of a binomial B."""
    from scipy.special import bdtr

    low, high = -1, n
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if bdtr(middle, n, share) >= probability else (middle, high)
    return high


def _few(side: _Side, level: float, confidence: float, n: int) -> str | None:
    """Return how many rows bounds need where there are none."""
    if side.low is not None and side.high is not None:
        return None
    needed = math.ceil(math.log(1 - confidence) / math.log(max(level, 1 - level)))
    return f"{n:,} rows; bounds of a p{100 * level:g} need {max(needed, n + 1):,} independent ones"


def _correlation(a: Values, b: Values, level: float, worth: Units, confidence: float) -> float:
    """Return the correlation of both sides' shares, with z² supposed rows on which they differ."""
    spread = math.sqrt(float(a @ a) * float(b @ b))
    if spread == 0:
        return 0.0
    supposed = normal_quantile(confidence) ** 2 / (2 * worth.count * level * (1 - level))
    return max(float(a @ b) / spread - supposed, -1.0)


def _distance(a: float, b: float, correlation: float) -> float:
    return math.sqrt(max(a * a + b * b - 2 * correlation * a * b, 0.0))


def _row_variance(low: float | None, high: float | None, n: int, confidence: float) -> float | None:
    if low is None or high is None:
        return None
    return n * ((high - low) / 2 / normal_quantile(confidence)) ** 2
