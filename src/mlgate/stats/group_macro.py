"""Means over classes by group: macro recall and macro precision, from one table of counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from mlgate.stats.groups import GroupChange, Measured, delta_bounds
from mlgate.stats.score import wilson_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.stats.groups import Cells, Grouped

    Values = NDArray[np.float64]


Of = Literal["label", "prediction"]
"""Of what a class's share of right rows is taken: of its labels (recall), or its predictions."""


def macro(
    cells: Cells,
    grouped: Grouped,
    y: NDArray[np.intp],
    new: NDArray[np.intp],
    classes: int,
    of: Of,
) -> Measured:
    """Mean over all classes of each class's recall, or precision, by group.

    Undefined in a group that lacks a class. Bounds: the classes' Wilson bounds, whose
    distances are squared and added (MOVER). `n` is the count of the rarest class.
    """
    return _macro(cells, grouped, y, new, classes, of)[0]


def macro_change(
    cells: Cells,
    grouped: Grouped,
    sides: tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]],
    classes: int,
    of: Of,
) -> GroupChange:
    """Compare that mean on both sides of the same rows by the delta method.

    Parameters
    ----------
    sides
        Codes of each cell: label, candidate's prediction, baseline's prediction.
    """
    y, a, b = sides
    new, psi_new = _macro(cells, grouped, y, a, classes, of)
    old, psi_old = _macro(cells, grouped, y, b, classes, of)
    products = cells.counts * psi_new * psi_old
    sums = np.bincount(grouped.group, weights=products, minlength=len(grouped.codes))
    covariance = sums.astype(np.float64)

    def bounds(tail: float, factor: float) -> tuple[Values, Values]:
        return delta_bounds(new, old, covariance, tail, factor)

    return GroupChange(new, old, covariance, bounds, bool((a == b).all()))


def _macro(
    cells: Cells,
    grouped: Grouped,
    y: NDArray[np.intp],
    predicted: NDArray[np.intp],
    classes: int,
    of: Of,
) -> tuple[Measured, Values]:
    """Return the mean and each cell's influence on its group's."""
    groups = len(grouped.codes)
    base = y if of == "label" else predicted
    right = (y == predicted).astype(np.float64)
    index = grouped.group * classes + base
    trials = _by(index, cells.counts.astype(np.float64), groups, classes)
    hits = _by(index, cells.counts * right, groups, classes)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = hits / trials
        variance = (shares * (1 - shares) / trials).sum(axis=1) / classes**2
        psi = (right - shares[grouped.group, base]) / trials[grouped.group, base] / classes

    def bounds(tail: float) -> tuple[Values, Values]:
        low, high = wilson_bounds(hits, trials, tail)
        down = np.sqrt(((shares - low) ** 2).sum(axis=1)) / classes
        up = np.sqrt(((high - shares) ** 2).sum(axis=1)) / classes
        middle = shares.mean(axis=1)
        return middle - down, middle + up

    return Measured(shares.mean(axis=1), trials.min(axis=1), bounds, variance), psi


def _by(index: NDArray[np.intp], weights: Values, groups: int, classes: int) -> Values:
    sums = np.bincount(index, weights=weights, minlength=groups * classes)
    return sums.reshape(groups, classes).astype(np.float64)
