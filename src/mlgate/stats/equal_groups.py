"""What a gap between groups could show at best: its bound where all groups have one rate.

Pure Python, as gates and plans are.
"""

from __future__ import annotations

import math
from typing import Final, Literal

from mlgate.stats.proportions import wilson_bounds

Kind = Literal["difference", "ratio"]
MOST: Final = 10**9
"""No more rows of a group are thought of."""


def best_bound(kind: Kind, rate: float, sizes: tuple[int, int], confidence: float) -> float:
    """Return the bound away from equality of two groups whose rates are both `rate`.

    Newcombe's upper bound of a difference, MOVER-R's lower one of a ratio, the larger gap of both
    orders; see `stats.gaps`.

    Parameters
    ----------
    sizes
        The rows that each group's rate is a share of, ≥ 1.
    """
    bounds = [wilson_bounds(rate * n, n, confidence) for n in sizes]
    orders = (bounds, bounds[::-1])
    if kind == "difference":
        return max(math.hypot(up - rate, rate - low) for (_, up), (low, _) in orders)
    return min(_ratio(rate, low, up) for (low, _), (_, up) in orders)


def _ratio(rate: float, low: float, up: float) -> float:
    """MOVER-R's lower bound (Donner & Zou 2012, equation 9), the root below."""
    above = low * (2 * rate - low)
    root = rate**2 + math.sqrt(max(rate**4 - above * up * (2 * rate - up), 0.0))
    return above / root if root > 0 else 0.0


def rows_for(
    kind: Kind, rate: float, sizes: tuple[int, int], limit: float, confidence: float
) -> int | None:
    """Return how many rows each of two equal groups needs at least to meet a limit.

    The sizes themselves may do: then it is the smaller of them. None where no number does.
    """

    def meets(least: int) -> bool:
        n, m = (max(size, least) for size in sizes)
        bound = best_bound(kind, rate, (n, m), confidence)
        return bound <= limit if kind == "difference" else bound >= limit

    low = high = min(sizes)
    while not meets(high):
        low, high = high, 2 * high
        if high > MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if meets(middle) else (middle, high)
    return high
