"""Curves for plots, thinned to what an eye can see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.stats.ranking import Ranking


def roc_curve(
    positive: NDArray[np.bool_], ranking: Ranking, *, points: int = 200
) -> tuple[list[float], list[float]]:
    """False- and true-positive rates from (0, 0) to (1, 1), at most about `points` of them.

    Empty where a class has no row.
    """
    raise NotImplementedError
