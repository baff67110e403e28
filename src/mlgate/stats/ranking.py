"""Sorting scores once, for everything that needs their order (AUC, curves, precision)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Ranking:
    """The order of n scores; making it is the one O(n log n) step of this room.

    Attributes
    ----------
    order
        Shape (n,): row indices by ascending score.
    starts
        Shape (g,): positions in `order` at which a group of equal scores begins; None where
        all scores differ.
    """

    order: NDArray[np.intp]
    starts: NDArray[np.intp] | None

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.order)


def rank(score: NDArray[np.float64]) -> Ranking:
    """Sort scores of shape (n,), finite, ascending; equal scores become one group."""
    order = np.argsort(score)
    values = score[order]
    differs = values[1:] != values[:-1]
    if differs.all():
        return Ranking(order, None)
    return Ranking(order, np.concatenate(([0], np.flatnonzero(differs) + 1)))
