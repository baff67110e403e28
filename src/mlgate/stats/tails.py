"""Tails of χ² and of Kolmogorov's law; scipy.special has them too, but takes .3 s to import."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NORMAL: Final = NormalDist()
_STEPS: Final = 100


def chi2_sf(df: int, x: float) -> float:
    """Return P(χ² > x) at df ≥ 1 degrees of freedom, in closed form.

    Abramowitz & Stegun (1964), 26.4.4 and 26.4.5.
    """
    if x <= 0:
        return 1.0
    odd = df % 2
    start = math.erfc(math.sqrt(x / 2)) if odd else 0.0
    return min(1.0, start + float(_terms(odd / 2, df // 2, x / 2).sum()))


def _terms(first: float, count: int, y: float) -> NDArray[np.float64]:
    """Return exp(−y) yᵃ / Γ(a + 1) at a = first, first + 1, …; by each, two more df add to the tail."""
    if not count:
        return np.zeros(0)
    a = first + np.arange(count)
    log_gamma = math.lgamma(a[-1] + 1) - np.append(np.cumsum(np.log(a[:0:-1]))[::-1], 0.0)
    terms: NDArray[np.float64] = np.exp(a * math.log(y) - y - log_gamma)
    return terms


def chi2_isf(df: int, level: float) -> float:
    """Return the x with P(χ² > x) = `level`, 0 < level < 1."""
    if df == 1:
        return _NORMAL.inv_cdf(level / 2) ** 2
    # From two degrees on log P is concave, so that Newton's steps end from above. The start is
    # Wilson & Hilferty (1931, Proceedings of the National Academy of Sciences 17:684).
    spread = 2 / (9 * df)
    x = df * max(0.1, 1 - spread - _NORMAL.inv_cdf(level) * math.sqrt(spread)) ** 3
    for _ in range(_STEPS):
        tail = chi2_sf(df, x)
        density = math.exp((df / 2 - 1) * math.log(x / 2) - x / 2 - math.lgamma(df / 2)) / 2
        step = math.log(tail / level) * tail / density
        x = max(x + step, x / 10)
        if abs(step) <= 1e-14 * x:
            break
    return x


def noncentrality(df: int, x: float, power: float) -> float:
    """Return the noncentrality at which χ² exceeds x with probability `power`; 0 if it does at 0.

    Noncentral χ² is a mixture of χ² at df + 2j by a Poisson law of j (Johnson, Kotz &
    Balakrishnan 1995, Continuous Univariate Distributions 2, chapter 29).
    """
    if chi2_sf(df, x) >= power:
        return 0.0
    low, high = 0.0, 1.0
    while _noncentral_sf(df, x, high) < power:
        low, high = high, 2 * high
    while high - low > 1e-13 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if _noncentral_sf(df, x, middle) < power else (low, middle)
    return high


def _noncentral_sf(df: int, x: float, excess: float) -> float:
    most = int(excess / 2 + 9 * math.sqrt(excess / 2)) + 40
    weights = _terms(0.0, most, excess / 2)
    tails = chi2_sf(df, x) + np.append(0.0, np.cumsum(_terms(df / 2, most - 1, x / 2)))
    return float(np.dot(weights, np.minimum(tails, 1.0)))


def kolmogorov_sf(x: float) -> float:
    """Return P(sup |B| > x) of a Brownian bridge B (Kolmogorov 1933); 1 at x ≤ 0."""
    if x < 0.03:
        return 1.0
    if x < 1:
        terms = (math.exp(-(((2 * k - 1) * math.pi / x) ** 2) / 8) for k in (1, 2, 3))
        return 1 - math.sqrt(2 * math.pi) / x * sum(terms)
    return 2 * sum(
        sign * math.exp(-2 * (k * x) ** 2) for k, sign in ((1, 1), (2, -1), (3, 1), (4, -1))
    )
