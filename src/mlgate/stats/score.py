"""Score intervals of many rates at once: arrays of counts in, arrays of bounds out.

The same formulas as `proportions` and `ratios`, which take one rate or two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

_STEPS: Final = 54
"""Halvings of the interval [−1, 1]: to the last bit of a double near 1."""


def quantile(tail: float) -> float:
    """Give z with P(Z > z) = `tail`."""
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
    z = quantile(tail)
    return -_tango_upper(broken, fixed, n, z), _tango_upper(fixed, broken, n, z)


def mover_ratio_bounds(
    top: tuple[Values, Values, Values], bottom: tuple[Values, Values, Values]
) -> tuple[Values, Values]:
    """Bounds of θ₁/θ₂ of independent estimates ≥ 0, each given as (value, lower, upper): MOVER-R.

    See `ratios.mover_ratio`. The upper bound is infinite where the bottom's lower bound is 0.

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
    with np.errstate(divide="ignore", invalid="ignore"):
        b, c = fixed / n, broken / n
        low, high = b - c, np.ones_like(b)
        for _ in range(_STEPS):
            middle = (low + high) / 2
            over = middle - (b - c) > z * np.sqrt(np.maximum(_variance(b, c, middle), 0.0) / n)
            high = np.where(over, middle, high)
            low = np.where(over, low, middle)
    return np.where(n > 0, np.where(fixed == n, 1.0, high), np.nan)


def _variance(b: Values, c: Values, delta: Values) -> Values:
    """Give n × Var of the change under a true change of `delta`; see `proportions.tango`."""
    swap = delta < 0
    b, c, delta = np.where(swap, c, b), np.where(swap, b, c), np.abs(delta)
    linear = (2 - b + c) * delta - b - c
    constant = -c * delta * (1 - delta)
    root = np.sqrt(linear * linear - 8 * constant)
    q = np.where(linear > 0, -2 * constant / (linear + root), (root - linear) / 4)
    return 2 * q + delta * (1 - delta)
