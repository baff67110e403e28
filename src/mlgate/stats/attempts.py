"""Chances that attempts at a task succeed, from more attempts than are asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]


def any_pass(solved: Values, tasks: NDArray[np.intp], k: int) -> Values:
    """Return the chance that one of k attempts solves each task, shape (G,): pass@k.

    1 − C(n − c, k) / C(n, k) of n attempts of which c did; without bias (Chen et al. 2021,
    arXiv:2107.03374, equation 1).

    Parameters
    ----------
    solved
        0 or 1 an attempt, shape (n,).
    tasks
        Codes 0 … G−1, shape (n,), each of which occurs at least k times.
    """
    return 1 - all_pass(1 - solved, tasks, k)


def all_pass(solved: Values, tasks: NDArray[np.intp], k: int) -> Values:
    """Return the chance that each of k attempts solves a task, shape (G,): pass^k.

    C(c, k) / C(n, k), without bias (Yao et al. 2024, arXiv:2406.12045). Parameters as for `any_pass`.
    """
    count = np.bincount(tasks).astype(np.float64)
    hits = np.bincount(tasks, weights=solved).astype(np.float64)
    chance = np.ones(len(count))
    for drawn in range(k):
        chance *= np.maximum(hits - drawn, 0) / (count - drawn)
    return chance
