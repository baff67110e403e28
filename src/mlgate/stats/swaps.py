"""Two models' outputs on the same rows: whether they moved as a whole.

If neither model stood out, swapping both outputs of any row would change nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mlgate.stats.tails import chi2_sf, kolmogorov_sf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.intp]

DRAWS: Final = 999
CELLS: Final = 64
SEED: Final = 20_260_101
TAIL: Final = 10
_MEDIAN: Final = 0.8275735551899077


def stuart_maxwell(old: Codes, new: Codes, classes: int) -> float | None:
    """Return the p-value of equal class shares on the same rows (Stuart 1955; Maxwell 1970).

    d′V⁻¹d is χ² with the rank of V degrees of freedom; None where no row differs.
    """
    table = np.bincount(old * classes + new, minlength=classes * classes)
    pairs = table.reshape(classes, classes).astype(np.float64)
    if pairs.sum() == np.trace(pairs):
        return None
    moved = pairs.sum(axis=1) - pairs.sum(axis=0)
    variance = np.diag(pairs.sum(axis=0) + pairs.sum(axis=1)) - pairs - pairs.T
    rank = int(np.linalg.matrix_rank(variance))
    return chi2_sf(rank, float(moved @ np.linalg.pinv(variance) @ moved))


def swap_p_value(old: NDArray[np.float64], new: NDArray[np.float64]) -> float:
    """Return the p-value of the largest difference of two paired distribution functions.

    On quantile cells of both sides together: only the numbers of rows by pair of cells count,
    and swapping rows at random makes them binomial. Beyond the draws Kolmogorov's law goes on,
    scaled to their median. Where there are no more ways than draws, the p-value is exact.
    """
    levels = np.arange(1, CELLS) / CELLS
    pooled = np.concatenate([old, new])
    edges = np.unique(np.quantile(pooled, levels, method="inverted_cdf"))
    first, second = (np.searchsorted(edges, side, side="left") for side in (old, new))
    cells = len(edges) + 1
    table = np.bincount(first * cells + second, minlength=cells * cells).reshape(cells, cells)
    low, high = np.triu_indices(cells, 1)
    ahead = table[low, high].astype(np.int64)
    both = ahead + table[high, low]
    used = both > 0
    if not used.any():
        return 1.0
    low, high, both, ahead = low[used], high[used], both[used], ahead[used]
    # A row from cell i to j > i counts at every edge between them.
    between = (low[:, None] <= np.arange(cells)) & (np.arange(cells) < high[:, None])
    passed = between.astype(np.float64)
    even = both @ passed

    def measure(dealt: NDArray[np.int64]) -> NDArray[np.float64]:
        distance: NDArray[np.float64] = np.abs(2 * (dealt @ passed) - even).max(axis=1)
        return distance

    observed = float(measure(ahead[None])[0])
    if np.log1p(both).sum() <= np.log(DRAWS + 1):
        every, chance = _every_way(both)
        return min(1.0, float(chance[measure(every) >= observed].sum()))
    random = np.random.default_rng(SEED)
    furthest = measure(random.binomial(both, 0.5, size=(DRAWS, len(both))))
    beyond = int(np.sum(furthest >= observed))
    counted = (1 + beyond) / (1 + DRAWS)
    unit = float(np.median(furthest)) / _MEDIAN
    fitted = kolmogorov_sf(observed / unit) if unit else 1.0
    return counted if beyond >= TAIL else min(counted, fitted)


def _every_way(both: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return every count of rows ahead by pair of cells, shape (ways, pairs), and its chance."""
    from scipy.special import comb

    every = np.indices(tuple((both + 1).tolist())).reshape(len(both), -1).T
    chance: NDArray[np.float64] = np.prod(comb(both, every) / 2.0**both, axis=1)
    return every, chance
