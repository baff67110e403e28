"""Score intervals of many rates at once: arrays of counts in, arrays of bounds out.

Those of one rate or two are in `proportions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

_STEPS: Final = 60
"""Newton's steps at most; halving alone takes 54 from [−1, 1] to the last bit of a double."""
_CLOSE: Final = 1e-15
"""Steps below it are rounding."""


def quantile(tail: float) -> float:
    """Return z with P(Z > z) = `tail`."""
    from scipy.special import ndtri

    return -float(ndtri(tail))


def wilson_bounds(hits: Values, trials: Values, tail: float) -> tuple[Values, Values]:
    """Wilson's bounds of hits/trials, each missed with probability `tail`; NaN without trials."""
    return wilson_bounds_at(hits, trials, quantile(tail))


def wilson_bounds_at(hits: Values, trials: Values, z: Values | float) -> tuple[Values, Values]:
    """Wilson's bounds at a quantile, which may be Student's, one for each rate."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = hits / trials
        centre = (hits + z * z / 2) / (trials + z * z)
        half = z / (trials + z * z) * np.sqrt(trials * rate * (1 - rate) + z * z / 4)
    low = np.where(hits <= 0, 0.0, np.maximum(centre - half, 0.0))
    high = np.where(hits >= trials, 1.0, np.minimum(centre + half, 1.0))
    return np.where(trials > 0, low, np.nan), np.where(trials > 0, high, np.nan)


def tango_bounds(fixed: Values, broken: Values, n: Values, tail: float) -> tuple[Values, Values]:
    """Tango's bounds of (fixed − broken)/n on the same rows; NaN where n is 0."""
    both = np.concatenate([broken, fixed]), np.concatenate([fixed, broken])
    lower, upper = np.split(_tango_upper(*both, np.concatenate([n, n]), quantile(tail)), 2)
    return -lower, upper


def mover_ratio_bounds(
    top: tuple[Values, Values, Values], bottom: tuple[Values, Values, Values]
) -> tuple[Values, Values]:
    """Bounds of θ₁/θ₂ of independent estimates ≥ 0, each given as (value, lower, upper): MOVER-R.

    Donner & Zou (2012, Statistics in Medicine 31:347, equations 9 and 10): with bounds
    (l₁, u₁) of the estimate a above and (l₂, u₂) of b below,
    L = (ab − √((ab)² − l₁(2a − l₁) u₂(2b − u₂))) / (u₂(2b − u₂)), and U the same with u₁ and l₂
    and the root added. (L is written here with the root below, where it subtracts nothing.)
    The upper bound is infinite where the bottom's lower bound is 0.

    Parameters
    ----------
    top, bottom
        Arrays that broadcast against each other.
    """
    a, low_a, high_a = top
    b, low_b, high_b = bottom
    product = a * b
    with np.errstate(divide="ignore", invalid="ignore"):
        above = low_a * (2 * a - low_a)
        root = product + np.sqrt(np.maximum(product**2 - above * high_b * (2 * b - high_b), 0.0))
        lower = np.where(root > 0, np.maximum(above / root, 0.0), 0.0)
        below = low_b * (2 * b - low_b)
        root = product + np.sqrt(np.maximum(product**2 - high_a * (2 * a - high_a) * below, 0.0))
        return lower, np.where(below > 0, root / below, np.inf)


def _tango_upper(fixed: Values, broken: Values, n: Values, z: float) -> Values:
    """Solve Δ = d + z√(Var(Δ)/n) by Newton's steps, halving where one leaves the bracket."""
    free = (n > 0) & (fixed < n)
    with np.errstate(divide="ignore", invalid="ignore"):
        b, c = fixed / n, broken / n
        change = b - c
        low, high = change, np.ones_like(b)
        delta = (low + high) / 2
        for _ in range(_STEPS):
            variance, slope = _variance(b, c, delta)
            half = z * np.sqrt(np.maximum(variance, 0.0) / n)
            excess = delta - change - half
            low, high = np.where(excess > 0, low, delta), np.where(excess > 0, delta, high)
            step = excess / (1 - z * z * slope / (2 * n * half))
            close = np.abs(step) <= _CLOSE
            ahead = delta - step
            kept = close | ((ahead > low) & (ahead < high))
            delta = np.where(kept, ahead, (low + high) / 2)
            if close[free].all():
                break
    return np.where(free, delta, np.where(n > 0, 1.0, np.nan))


def _variance(b: Values, c: Values, delta: Values) -> tuple[Values, Values]:
    """Return n × Var of the change under a true change of `delta`, and its derivative.

    See `proportions.tango`.
    """
    swap = delta < 0
    sign = np.where(swap, -1.0, 1.0)
    b, c, delta = np.where(swap, c, b), np.where(swap, b, c), np.abs(delta)
    linear = (2 - b + c) * delta - b - c
    constant = -c * delta * (1 - delta)
    root = np.sqrt(linear * linear - 8 * constant)
    q = np.where(linear > 0, -2 * constant / (linear + root), (root - linear) / 4)
    slope = (2 * c * (1 - 2 * delta) - 2 * (2 - b + c) * q) / root + 1 - 2 * delta
    return 2 * q + delta * (1 - delta), sign * slope
