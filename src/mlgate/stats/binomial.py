"""How many rows estimate a rate to within a tolerance, by exact binomial tails. Pure Python.

Probabilities are kept as logarithms, because adaptive reuse of a test set asks for tails far
below the smallest float.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_HAIR = 1e-9
"""k − 2nε is whole wherever 2nε is; binary noise must not move it to the next row."""


def rows_within(tolerance: float, log_delta: float) -> int:
    """Return n with P(|X/n − p| > tolerance) ≤ δ for every p, X ~ Binomial(n, p).

    The tails are exact, and the worst p is looked for (Langford 2005, Journal of Machine
    Learning Research 6:273, section 3). With one row fewer it does not hold. Because X is
    whole, the tail is not quite monotone in n: between this n and about 1/tolerance rows more
    it may rise a few per cent above δ again, so n is what a bisection below Hoeffding's
    ln(2/δ)/(2·tolerance²) finds, one of a few such places.

    Parameters
    ----------
    tolerance
        > 0; the rate's unit.
    log_delta
        ln δ, < 0.
    """
    low, high = 0, math.ceil((math.log(2) - log_delta) / (2 * tolerance * tolerance))
    while high - low > 1:
        middle = (low + high) // 2
        if log_worst_tail(middle, tolerance) <= log_delta:
            high = middle
        else:
            low = middle
    return high


def log_worst_tail(n: int, tolerance: float) -> float:
    """Return ln of the largest P(|X/n − p| > tolerance) over all p; −∞ where it cannot happen.

    For X ≥ k to be beyond the tolerance p must lie below k/n − tolerance, and P(X ≥ k)
    rises with p: the largest value is the limit at one of these n edges. That of the lower
    tails follows by exchanging successes and failures. At an edge the lower tail begins no
    nearer than the upper one, which is largest at p ≈ (1 − tolerance)/2, so that edges above
    p = 1/2 add nothing, and below it the value rises and then falls.
    """
    first = math.floor(n * tolerance + _HAIR) + 1
    last = min(n, math.ceil(n * (0.5 + tolerance)) + 1)
    gap = 2 * n * tolerance

    def tail(k: int) -> float:
        p = k / n - tolerance
        below = math.ceil(k - gap - _HAIR) - 1
        upper = log_tail(n, k, p)
        return upper if below < 0 else _log_sum(upper, log_tail(n, n - below, 1 - p))

    return _largest(tail, first, last) if first <= n else -math.inf


def log_tail(n: int, k: int, p: float) -> float:
    """Return ln P(X ≥ k) for X ~ Binomial(n, p), 0 < p < k/n, 1 ≤ k ≤ n.

    P(X ≥ k) = I_p(k, n − k + 1), by the continued fraction of the incomplete beta function
    (Lentz's method; DLMF 8.17.22), which converges fast for p below k/n.
    """
    a, b = k, n - k + 1
    ways = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return ways + a * math.log(p) + b * math.log1p(-p) - math.log(a) - math.log(_fraction(a, b, p))


def _fraction(a: int, b: int, x: float) -> float:
    """Return the continued fraction 1 + d₁/(1 + d₂/(1 + …)) of I_x(a, b)."""
    tiny = 1e-300
    value, c, d = 1.0, 1.0, 0.0
    step, m = 0.0, 0
    while abs(step - 1) > 1e-12:
        m += 1
        half = m // 2
        if m % 2:
            term = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            term = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        d = 1 / (1 + term * d or tiny)
        c = 1 + term / c or tiny
        step = c * d
        value *= step
    return value


def _log_sum(a: float, b: float) -> float:
    """ln(eᵃ + eᵇ)."""
    high, low = max(a, b), min(a, b)
    return high + math.log1p(math.exp(low - high))


def _largest(function: Callable[[int], float], low: int, high: int) -> float:
    """Return the largest value of a function that rises and then falls, over low … high.

    By thirds: neighbours differ by less than the rounding of a float where n is huge.
    """
    while high - low > 2:
        third = (high - low) // 3
        left, right = low + third, high - third
        if function(left) < function(right):
            low = left + 1
        else:
            high = right
    return max(function(k) for k in range(low, high + 1))
