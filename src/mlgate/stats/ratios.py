"""Ratios of two rates: Koopman's score interval for counts, MOVER-R for any two estimates.

A ratio is undefined where the rate below is 0; a bound is None where nothing bounds it (a
rate of 0 below is possible), never a large number.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mlgate.stats.estimate import Estimate, normal_p_value, normal_quantile, undefined
from mlgate.stats.proportions import wilson_bounds

if TYPE_CHECKING:
    from collections.abc import Callable

Counts = tuple[int, int]
"""(successes, n) of one sample."""


def koopman(new: Counts, old: Counts, *, confidence: float = 0.95) -> Estimate:
    """p_new / p_old of two independent samples, by inverting the score test.

    All ratios θ whose statistic (p̂₁ − θp̂₂)² / (p̃₁(1 − p̃₁)/n₁ + θ² p̃₂(1 − p̃₂)/n₂) is
    within z². p̃₁ = θp̃₂ are the constrained maximum-likelihood estimates: p̃₂ is the lesser root
    of θN p² − (θ(n₁ + x₂) + x₁ + n₂) p + x₁ + x₂, N = n₁ + n₂ (Koopman 1984, Biometrics
    40:513; Miettinen & Nurminen 1985, Statistics in Medicine 4:213). Swapping the samples
    gives the reciprocals.

    Parameters
    ----------
    new, old
        (successes, n), each 0 ≤ successes ≤ n.

    Returns
    -------
    Estimate
        Undefined where `old` has no success or a sample no row; then, with a success in `new`,
        its lower bound is known all the same. `p_value` is of a ratio of 1 (score test).
    """
    (x, m), (y, n) = new, old
    if m == 0 or n == 0:
        return undefined(m, "koopman", "no rows on one side")
    z = normal_quantile(confidence)
    low = 0.0 if x == 0 else 1 / _upper(old, new, z)
    high = None if y == 0 else _upper(new, old, z)
    if y == 0:
        return Estimate(None, low, None, m, "koopman", insufficient="the rate below is 0")
    p_value = normal_p_value(_statistic(new, old, 1.0)) if 0 < x + y < m + n else 1.0
    return Estimate(x / m / (y / n), low, high, m, "koopman", p_value=p_value)


def mover_ratio(
    new: Estimate, old: Estimate, *, correlation: float = 0.0, method: str = "mover-r"
) -> Estimate:
    """Bounds of new / old from the bounds of each, MOVER-R.

    Donner & Zou (2012, Statistics in Medicine 31:347, equations 9 and 10): with bounds
    (l₁, u₁) of the estimate a ≥ 0 above and (l₂, u₂) of b > 0 below,
    with c = correlation × (a − l₁)(u₂ − b) is
    L = (ab − c − √((ab − c)² − l₁(2a − l₁) u₂(2b − u₂))) / (u₂(2b − u₂)), and U the same with
    u₁ and l₂ and the root added. (L is written here with the root below, where it subtracts
    nothing.) There is no upper bound where l₂ is 0.

    Parameters
    ----------
    new, old
        With values ≥ 0 and both bounds, such as Wilson's of two rates.
    correlation
        Of the two estimates; 0 for independent samples.
    """
    why = new.insufficient or old.insufficient
    a, b = new.value, old.value
    if a is None or b is None or None in (*new.interval, *old.interval):
        return undefined(new.n, method, why or "undefined")
    if b <= 0:
        return undefined(new.n, method, why or "the value below is 0")
    assert new.lower is not None
    assert new.upper is not None
    assert old.lower is not None
    assert old.upper is not None
    above, root = _mover_root(a, b, new.lower, old.upper, correlation)
    low = above / root if root > 0 else 0.0
    below = old.lower * (2 * b - old.lower)
    root = _mover_root(a, b, new.upper, old.lower, correlation)[1]
    high = root / below if below > 0 else None
    return Estimate(a / b, max(0.0, low), high, new.n, method, insufficient=why)


def wilson_ratio(new: Counts, old: Counts, *, confidence: float = 0.95) -> Estimate:
    """p_new / p_old of two independent samples by MOVER-R on Wilson's limits."""
    if new[1] == 0 or old[1] == 0:
        return undefined(new[1], "mover-r of wilson", "no rows on one side")
    sides = [Estimate(x / n, *wilson_bounds(x, n, confidence), n, "wilson") for x, n in (new, old)]
    return mover_ratio(*sides, method="mover-r of wilson")


def _statistic(new: Counts, old: Counts, ratio: float) -> float:
    """Give the signed score statistic of a ratio θ > 0; falls as θ rises."""
    (x, m), (y, n) = new, old
    p, q = x / m, y / n
    linear = ratio * (m + y) + x + n
    product = 4 * ratio * (m + n) * (x + y)
    constrained = 2 * (x + y) / (linear + math.sqrt(max(linear * linear - product, 0.0)))
    above = min(ratio * constrained, 1.0)
    variance = above * (1 - above) / m + ratio * ratio * constrained * (1 - constrained) / n
    difference = p - ratio * q
    if variance <= 0:
        return math.copysign(math.inf, difference) if difference else 0.0
    return difference / math.sqrt(variance)


def _upper(new: Counts, old: Counts, z: float) -> float:
    """Give the ratio above the estimate at which the statistic reaches −z."""
    low = new[0] / new[1] / (old[0] / old[1])
    high = max(2 * low, 1.0)
    while _statistic(new, old, high) > -z:
        low, high = high, 2 * high
    return _root(lambda ratio: _statistic(new, old, ratio) + z, low, high)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Give where a falling function changes its sign, to the last bit."""
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return high
        if function(middle) > 0:
            low = middle
        else:
            high = middle


def _mover_root(
    a: float, b: float, own: float, other: float, correlation: float
) -> tuple[float, float]:
    """Give l(2a − l) for `own` limit l above, and the middle plus its root for both limits."""
    middle = a * b - correlation * (own - a) * (b - other)
    product = own * (2 * a - own)
    square = middle * middle - product * other * (2 * b - other)
    return product, middle + math.sqrt(max(square, 0.0))
