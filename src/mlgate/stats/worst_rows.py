"""The mean of what is left without the rows on which a candidate does worst.

One prediction far out makes Student's interval of a mean loss as wide as the mean itself, so that
nothing can be decided although every other row got worse. Leaving out the largest of n losses only lowers
the mean of what they are drawn from, whatever its law, as the loss that is left out is above it. A lower
bound of what is left that lies beyond a limit therefore says of all rows that they lie beyond it.
How many are left out is the number, from one to half of them, with the highest bound: one row raises
Student's where its loss is more than 1.2 σ√n, which light tails do not reach and heavy ones rarely; a
crowd of rows does not, and yet no interval holds with them. In simulation
(`make calibrate`, worst) a true loss of just the limit is taken for more in at most 1 of 20 samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from mlgate.stats.bounded import FEW, score_bounds
from mlgate.stats.estimate import t_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.stats.bounded import Reach

    Values = NDArray[np.float64]

_NUMBERS: Final = 40
"""So many numbers of rows are tried."""
_EVERY: Final = 3
"""Of these so many are tried in full: the score bound is highest elsewhere than Student's."""
_CROWD: Final = 50
"""Where the squares are worth so many equal ones, intervals with all rows hold."""
_TAIL: Final = 1 / 20
"""No tail that is lighter than an exponential law's makes them worth less than this share of the rows."""
_CARRIES: Final = 0.02
"""Where no row has this share of all squares, none decides about the interval."""


class Left(NamedTuple):
    """What is left without the `left_out` largest losses: their mean, and its lower bound."""

    left_out: int
    value: float
    bound: float


class Kept(NamedTuple):
    """What is kept of some losses: their places, and Student's lower bound of their mean."""

    places: NDArray[np.intp]
    student: float


def kept(losses: Values, *, confidence: float = 0.95) -> list[Kept]:
    """Leave out the largest of shape-(n,) independent losses, in some numbers; more is worse.

    Returns
    -------
    Nothing where few rows carry the losses, or none of them.
    """
    n = len(losses)
    if n <= 2 * FEW:
        return []
    with np.errstate(over="ignore", invalid="ignore"):
        middle = float(np.median(losses))
        moved = losses - middle
        squares = moved * moved
        total, largest = squares.sum(), moved.max() * moved.max()
        if np.isfinite(total) and largest <= _CARRIES * total:
            return []
        order = np.argsort(losses, kind="stable")
        counts = np.unique(np.geomspace(1, n // 2, _NUMBERS).astype(np.intp))
        all_rows, *bounds = _student(moved[order], np.concatenate(([0], counts)), confidence)
        worth = total * total / (squares * squares).sum()
        usual = worth >= min(_CROWD, _TAIL * np.count_nonzero(moved))
    if all_rows >= np.nanmax(bounds) and usual:
        return []
    return [
        Kept(np.sort(order[: n - counts[place]]), float(bounds[place]) + middle)
        for place in _some(np.asarray(bounds))
    ]


def bounded(losses: Values, of: Kept, possible: Reach, *, confidence: float = 0.95) -> Left:
    """Return the mean of what is kept, and its lower bound.

    Parameters
    ----------
    possible
        What a loss that is kept could have been.
    """
    values = losses[of.places]
    score = score_bounds(values, possible, confidence=confidence).lower
    return Left(len(losses) - len(values), float(values.mean()), min(of.student, score))


def _some(bounds: Values) -> list[int]:
    """Return the places of Student's highest bound, and of every third."""
    finite = np.flatnonzero(np.isfinite(bounds)).tolist()
    highest = {max(finite, key=lambda place: float(bounds[place]))} if finite else set()
    return sorted(highest.union(place for place in finite if place % _EVERY == 0))


def _student(ordered: Values, counts: NDArray[np.intp], confidence: float) -> Values:
    """Return Student's lower bound of the mean without the last `counts` of ascending numbers."""
    kept = len(ordered) - counts
    mean = np.cumsum(ordered)[kept - 1] / kept
    squares = np.cumsum(ordered * ordered)[kept - 1] / kept
    variance = np.maximum(squares - mean * mean, 0) * kept / (kept - 1)
    quantiles = np.array([t_quantile(confidence, float(df)) for df in kept - 1])
    bounds: Values = mean - quantiles * np.sqrt(variance / kept)
    return bounds
