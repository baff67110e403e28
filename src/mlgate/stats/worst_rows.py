"""The mean of what is left without the rows on which a candidate does worst.

One prediction far out makes Student's interval of a mean loss as wide as the mean itself, so that
nothing can be decided although every other row got worse. Leaving out the largest of n losses only lowers
the mean of what they are drawn from, whatever its law, as the loss that is left out is above it. A lower
bound of what is left that lies beyond a limit therefore says of all rows that they lie beyond it.
How many are left out is the number, up to half of them, with the highest bound: one row raises it
where its loss is more than 1.2 σ√n, which light tails do not reach and heavy ones rarely. In simulation
(`make calibrate`, worst) a true loss of just the limit is taken for more in at most 1 of 20 samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from mlgate.stats.bounded import FEW, score_bounds
from mlgate.stats.estimate import t_quantile

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mlgate.stats.bounded import Reach

    Values = NDArray[np.float64]

_NUMBERS: Final = 40
"""So many numbers of rows are tried."""
_CARRIES: Final = 0.02
"""Where no row has this share of all squares, none decides about the interval."""


class Left(NamedTuple):
    """What is left without the `left_out` largest losses: their mean, and its lower bound."""

    left_out: int
    value: float
    bound: float


def left(
    losses: Values,
    reach: Callable[[NDArray[np.intp]], Reach | None],
    *,
    confidence: float = 0.95,
) -> Left | None:
    """Leave out the largest of shape-(n,) independent losses, more being worse.

    Parameters
    ----------
    reach
        Takes the places of the losses that are left; returns what one could have been, None where that
        is not known.

    Returns
    -------
    None where leaving out rows raises no lower bound.
    """
    n = len(losses)
    if n <= 2 * FEW:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        moved = losses - np.median(losses)
        squares = moved * moved
        total, largest = squares.sum(), moved.max() * moved.max()
        if np.isfinite(total) and largest <= _CARRIES * total:
            return None
        order = np.argsort(losses, kind="stable")
        counts = np.unique(np.geomspace(1, n // 2, _NUMBERS).astype(np.intp))
        bounds = _student(moved[order], np.concatenate(([0], counts)), confidence)
    best = int(np.nanargmax(bounds)) if np.isfinite(bounds).any() else 0
    if best == 0:
        return None
    count = int(counts[best - 1])
    kept = np.sort(order[: n - count])
    possible, values = reach(kept), losses[kept]
    if possible is None:
        return None
    score = score_bounds(values, possible, confidence=confidence).lower
    return Left(count, float(values.mean()), min(float(bounds[best] + np.median(losses)), score))


def _student(ordered: Values, counts: NDArray[np.intp], confidence: float) -> Values:
    """Return Student's lower bound of the mean without the last `counts` of ascending numbers."""
    kept = len(ordered) - counts
    mean = np.cumsum(ordered)[kept - 1] / kept
    squares = np.cumsum(ordered * ordered)[kept - 1] / kept
    variance = np.maximum(squares - mean * mean, 0) * kept / (kept - 1)
    quantiles = np.array([t_quantile(confidence, float(df)) for df in kept - 1])
    bounds: Values = mean - quantiles * np.sqrt(variance / kept)
    return bounds
