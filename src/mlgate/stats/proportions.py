"""Rates and their differences: score intervals from counts.

All take plain integers up to 10¹² and more, and give bounds within [−1, 1] at any counts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mlgate.stats.estimate import Estimate, normal_p_value, normal_quantile, undefined

if TYPE_CHECKING:
    from collections.abc import Callable


def wilson_bounds(successes: float, n: float, confidence: float) -> tuple[float, float]:
    """One-sided bounds of a rate, n > 0 (Wilson 1927); exact 0 and 1 at the ends."""
    z = normal_quantile(confidence)
    rate = successes / n
    centre = (successes + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(n * rate * (1 - rate) + z * z / 4)
    low = 0.0 if successes <= 0 else max(0.0, centre - half)
    high = 1.0 if successes >= n else min(1.0, centre + half)
    return low, high


def wilson(successes: int, n: int, *, confidence: float = 0.95) -> Estimate:
    """A single rate with Wilson's score bounds."""
    if n == 0:
        return undefined(0, "wilson", "no rows")
    rate = successes / n
    low, high = wilson_bounds(successes, n, confidence)
    return Estimate(rate, low, high, n, "wilson", row_variance=rate * (1 - rate))


def newcombe(
    new: tuple[int, int], old: tuple[int, int], *, factor: float = 1.0, confidence: float = 0.95
) -> Estimate:
    """Bounds of p_new − factor × p_old of two independent samples, each (successes, n).

    Newcombe (1998, Statistics in Medicine 17:873, method 10) at factor 1; at others the same
    square-and-add of Wilson limits (MOVER: Zou & Donner 2008). The p-value, at factor 1, is
    that of the pooled score test. `n` is the candidate's; `row_variance` supposes that both
    samples grow in proportion.
    """
    if new[1] == 0 or old[1] == 0:
        return undefined(new[1], "newcombe", "no rows on one side")
    low, high = _mover(new, old, factor, 0.0, confidence)
    p, q = new[0] / new[1], old[0] / old[1]
    variance = p * (1 - p) / new[1] + factor * factor * q * (1 - q) / old[1]
    p_value = _pooled_p_value(new, old) if factor == 1 else None
    name = "newcombe" if factor == 1 else "mover"
    value = p - factor * q
    return Estimate(value, low, high, new[1], name, new[1] * variance, p_value)


def tango(fixed: int, broken: int, n: int, *, confidence: float = 0.95) -> Estimate:
    """(fixed − broken) / n, the change of a rate on the same n rows, by the score interval.

    Tango (1998, Statistics in Medicine 17:891): all Δ whose score statistic
    (d − Δ)√n / √(2q + Δ(1 − Δ)), q the constrained maximum-likelihood estimate of the rarer
    discordant share, is within z. With no discordant row the bounds are ± z²/(n + z²),
    never 0. `row_variance` counts then one discordant row. p-value: mid-p McNemar.

    Parameters
    ----------
    fixed, broken
        Rows that only the candidate, and that only the baseline has right.
    """
    if n == 0:
        return undefined(0, "tango", "no rows")
    change = (fixed - broken) / n
    return Estimate(
        change,
        -_tango_upper(broken, fixed, n, confidence),
        _tango_upper(fixed, broken, n, confidence),
        n,
        "tango",
        row_variance=max(fixed + broken, 1) / n - change * change,
        p_value=mcnemar_midp(fixed, broken),
    )


def mcnemar_midp(fixed: int, broken: int) -> float:
    """Two-sided mid-p McNemar p-value (Fagerland, Lydersen & Laake 2013); 1 without discord.

    2 P(X ≤ k) − P(X = k) for X ~ Binomial(fixed + broken, ½), k the smaller count.
    """
    from scipy.special import betainc, gammaln

    total, least = fixed + broken, min(fixed, broken)
    if fixed == broken:
        return 1.0
    below = float(betainc(total - least, least + 1, 0.5))
    log_ways = gammaln(total + 1.0) - gammaln(least + 1.0) - gammaln(total - least + 1.0)
    point = math.exp(min(0.0, float(log_ways) - total * math.log(2)))
    return min(1.0, max(0.0, 2 * below - point))


def paired_contrast(
    both: int,
    fixed: int,
    broken: int,
    neither: int,
    *,
    factor: float = 1.0,
    confidence: float = 0.95,
) -> Estimate:
    """Bounds of p_new − factor × p_old of a rate on the same rows, from the 2 × 2 counts.

    At factor 1 Tango's interval. At others Newcombe's (1998, Statistics in Medicine 17:2635,
    method 10) square-and-add of Wilson limits with the corrected φ correlation, generalised
    to a factor as MOVER allows (Zou & Donner 2008).

    Parameters
    ----------
    both, fixed, broken, neither
        Rows right on both sides, on the candidate's only, the baseline's only, on none.
    """
    n = both + fixed + broken + neither
    if factor == 1 or n == 0:
        return tango(fixed, broken, n, confidence=confidence)
    p, q = (both + fixed) / n, (both + broken) / n
    phi = _phi(both, fixed, broken, neither)
    low, high = _mover((both + fixed, n), (both + broken, n), factor, phi, confidence)
    covariance = both / n - p * q
    variance = p * (1 - p) + factor * factor * q * (1 - q) - 2 * factor * covariance
    return Estimate(p - factor * q, low, high, n, "paired mover", max(variance, 0.0))


def _phi(both: int, fixed: int, broken: int, neither: int) -> float:
    """Newcombe's φ: corrected for continuity where positive, 0 where undefined."""
    sums = (both + fixed, broken + neither, both + broken, fixed + neither)
    if 0 in sums:
        return 0.0
    product = both * neither - fixed * broken
    if product > 0:
        product = max(product - sum(sums) // 4, 0)
    return product / math.sqrt(math.prod(float(s) for s in sums))


def _mover(
    new: tuple[int, int], old: tuple[int, int], factor: float, phi: float, confidence: float
) -> tuple[float, float]:
    p, q = new[0] / new[1], old[0] / old[1]
    low_p, high_p = wilson_bounds(*new, confidence)
    low_q, high_q = wilson_bounds(*old, confidence)

    def distance(a: float, b: float) -> float:
        return math.sqrt(max(a * a - 2 * phi * a * b + b * b, 0.0))

    value = p - factor * q
    return (
        value - distance(p - low_p, factor * (high_q - q)),
        value + distance(high_p - p, factor * (q - low_q)),
    )


def _pooled_p_value(new: tuple[int, int], old: tuple[int, int]) -> float:
    pooled = (new[0] + old[0]) / (new[1] + old[1])
    variance = pooled * (1 - pooled) * (1 / new[1] + 1 / old[1])
    if variance == 0:
        return 1.0
    return normal_p_value((new[0] / new[1] - old[0] / old[1]) / math.sqrt(variance))


def _tango_upper(fixed: int, broken: int, n: int, confidence: float) -> float:
    """Return the upper bound; the lower one is that of the swapped sides, negated."""
    if fixed == n:
        return 1.0
    z = normal_quantile(confidence)
    b, c = fixed / n, broken / n

    def excess(delta: float) -> float:
        root = math.sqrt(max(_tango_variance(b, c, delta), 0.0) / n)
        return delta - (b - c) - z * root

    return _bisect(excess, b - c, 1.0)


def _tango_variance(b: float, c: float, delta: float) -> float:
    """Return n × Var of the change under a true change of `delta`; b, c are shares of n."""
    if delta < 0:
        b, c, delta = c, b, -delta
    linear = (2 - b + c) * delta - b - c
    constant = -c * delta * (1 - delta)
    root = math.sqrt(linear * linear - 8 * constant)
    # The textbook form subtracts nearly equal numbers where `linear` is positive.
    q = -2 * constant / (linear + root) if linear > 0 else (root - linear) / 4
    return 2 * q + delta * (1 - delta)


def _bisect(function: Callable[[float], float], low: float, high: float) -> float:
    """Return the root of an increasing function, to the last bit."""
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return high
        if function(middle) > 0:
            high = middle
        else:
            low = middle
