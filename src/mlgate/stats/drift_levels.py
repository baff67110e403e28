"""How far two columns of levels are apart, and whether that can be chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlgate.stats import counts
from mlgate.stats.tails import chi2_isf, noncentrality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.stats.summary import Summary

    Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Levels:
    """The comparison of two columns; see `compare`.

    Attributes
    ----------
    chi2_p
        None where only one cell is left.
    tv, tv_chance
        Total variation over the pooled cells, and what chance alone would show.
    cells
        The number of cells after pooling.
    unseen, unseen_chance, unseen_p
        Share of current rows whose level the reference lacks, the share that chance makes
        so, and the test's p-value.
    """

    chi2_p: float | None
    tv: float
    tv_chance: float
    cramers_v: float | None
    psi: float
    psi_critical: float | None
    js: float
    kl: float | None
    cells: int
    unseen: float | None
    unseen_chance: float | None
    unseen_p: float | None


def compare(
    old: Counts, new: Counts, *, sizes: tuple[float, float] | None = None, unseen: bool = True
) -> Levels:
    """Compare two columns by the counts of their levels.

    Parameters
    ----------
    old, new
        Shape (L,), the same levels on both sides; sums > 0.
    sizes
        Effective numbers of rows, where weights make them less than the sums.
    unseen
        Whether a level that the reference lacks was not there; a profile pools rare ones.
    """
    n, m = sizes or (float(old.sum()), float(new.sum()))
    old, new = old * (n / old.sum()), new * (m / new.sum())
    cell = counts.pooling(old, new)
    cells = int(cell.max()) + 1
    p, q = (np.bincount(cell, side, minlength=cells).astype(np.float64) for side in (old, new))
    tested = counts.homogeneity(p, q)
    chance, unseen_p = counts.unseen_p_value(old, new) if unseen else (None, None)
    return Levels(
        chi2_p=tested.p_value,
        tv=counts.total_variation(p / n, q / m),
        tv_chance=counts.chance_variation((p + q) / (n + m), n, m),
        cramers_v=tested.cramers_v,
        psi=counts.population_stability(p, q),
        psi_critical=counts.psi_critical(cells, n, m),
        js=counts.jensen_shannon(p / n, q / m),
        kl=counts.kullback_leibler(p / n, q / m),
        cells=cells,
        unseen=float(new[old == 0].sum() / m) if unseen else None,
        unseen_chance=chance,
        unseen_p=unseen_p,
    )


def aligned(old: Summary, new: Summary) -> tuple[Counts, Counts]:
    """Return the weights of the same levels on both sides.

    Where the reference pools levels, everything that it does not name is one level.
    """
    names = list(dict.fromkeys((*old.levels, *new.levels)))
    p, q = (
        np.array([*(side.levels.get(name, 0.0) for name in names), side.pooled], dtype=float)
        for side in (old, new)
    )
    if not old.pooled:
        return p, q
    count = len(old.levels)
    return np.append(p[:count], p[count:].sum()), np.append(q[:count], q[count:].sum())


def detectable(cells: int, n: float, m: float, level: float, power: float) -> float | None:
    """Return the total variation that the χ² test finds with this power, wherever it lies.

    By Cauchy and Schwarz a total variation t makes the noncentrality nm/(n+m) · Σ(p−q)²/p̄
    at least nm/(n+m) · 4t². None where even 1 would not be found.
    """
    if cells < 2:
        return None
    needed = noncentrality(cells - 1, chi2_isf(cells - 1, level), power)
    variation = math.sqrt(needed * (1 / n + 1 / m)) / 2
    return variation if variation <= 1 else None
