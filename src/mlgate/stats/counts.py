"""Two samples as counts over the same cells: tests of equal distributions, and distances."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mlgate.stats.tails import chi2_isf, chi2_sf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.float64]

EXPECTED: Final = 5.0
"""Cochran's (1954) rule: cells in which a side expects fewer rows are pooled."""
SMOOTHING: Final = 0.5
"""Rows added to every cell before logarithms are taken (Jeffreys)."""
FISHER: Final = 5.0
"""Where a side expects fewer rows than this, a rate's test enumerates."""


@dataclass(frozen=True, slots=True)
class Homogeneity:
    """A χ² test of equal distributions; `p_value` is None where only one cell is left."""

    statistic: float
    df: int
    p_value: float | None
    cramers_v: float | None


def homogeneity(
    old: Counts, new: Counts, *, sizes: tuple[float, float] | None = None
) -> Homogeneity:
    """Test that two rows of counts have one law (Pearson 1911), with its effect.

    Both rows are random. (Goodness of fit with the old counts as if they were the truth
    rejects almost always where there are many levels.) The statistic is N/(N − 1) times
    smaller than Pearson's, which holds its level at small counts (Campbell 2007, Statistics
    in Medicine 26:3661). Cramér's V is bias-corrected (Bergsma 2013, Journal of the Korean
    Statistical Society 42:323).

    Parameters
    ----------
    old, new
        Shape (K,), ≥ 0, already pooled; cells that are 0 on both sides are left out.
    sizes
        Effective numbers of rows, where they are not the sums (weights).
    """
    used = (old + new) > 0
    p, q = old[used] / old.sum(), new[used] / new.sum()
    n, m = sizes or (float(old.sum()), float(new.sum()))
    df = int(used.sum()) - 1
    if df < 1:
        return Homogeneity(0.0, 0, None, None)
    pooled = (n * p + m * q) / (n + m)
    statistic = float(np.sum((p - q) ** 2 / pooled)) * n * m / (n + m) * (n + m - 1) / (n + m)
    return Homogeneity(statistic, df, chi2_sf(df, statistic), _cramers_v(statistic, df, n + m))


def _cramers_v(statistic: float, df: int, n: float) -> float:
    """Bergsma's V of a 2 × (df + 1) table; its corrected smaller side is 2 − 1/(n − 1)."""
    if n <= 2:
        return 0.0
    excess = max(0.0, statistic / n - df / (n - 1))
    return min(1.0, math.sqrt(excess / (1 - 1 / (n - 1))))


def pooling(old: Counts, new: Counts) -> NDArray[np.intp]:
    """Return the pooled cell of each level, 0 … K − 1; cell K − 1 holds the rare ones, if any.

    Levels in which the smaller side expects fewer than `EXPECTED` rows are pooled; where even
    all of them together are too few, the next rarest joins them. That looks at pooled counts
    only, so the test's level holds.
    """
    total = old + new
    share = min(old.sum(), new.sum()) / total.sum()
    expected = total * share
    rare = expected < EXPECTED
    while rare.any() and not rare.all() and expected[rare].sum() < EXPECTED:
        rare[np.flatnonzero(~rare)[np.argmin(expected[~rare])]] = True
    cells = np.cumsum(~rare) - 1
    kept = int((~rare).sum())
    pooled: NDArray[np.intp] = np.where(rare, kept, cells)
    return pooled


def total_variation(p: Counts, q: Counts) -> float:
    """½ Σ|p − q|: the share of rows that would have to change their cell."""
    return float(np.abs(p - q).sum() / 2)


def chance_variation(pooled: Counts, n: float, m: float) -> float:
    """Approximate the expected total variation of two equal distributions: ½ Σ E|p̂ − q̂|, normal."""
    return float(np.sqrt(2 / math.pi * pooled * (1 - pooled) * (1 / n + 1 / m)).sum() / 2)


def kullback_leibler(p: Counts, q: Counts) -> float | None:
    """Kullback–Leibler divergence D(q‖p) of the current shares q from the reference's p, in nats.

    None where q has what p lacks: the divergence is then infinite.
    """
    if ((p == 0) & (q > 0)).any():
        return None
    return max(0.0, _relative_entropy(q, p) * math.log(2))


def jensen_shannon(p: Counts, q: Counts) -> float:
    """Jensen–Shannon distance, base 2, in [0, 1] (Endres & Schindelin 2003)."""
    middle = (p + q) / 2
    return math.sqrt(max(0.0, (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2))


def _relative_entropy(p: Counts, q: Counts) -> float:
    some = p > 0
    return float(np.sum(p[some] * np.log2(p[some] / q[some])))


def population_stability(old: Counts, new: Counts) -> float:
    """PSI: Σ (q − p) ln(q/p), with half a row added to every cell so that it stays finite."""
    p, q = ((c + SMOOTHING) / (c.sum() + SMOOTHING * len(c)) for c in (old, new))
    return float(np.sum((q - p) * np.log(q / p)))


def psi_critical(cells: int, n: float, m: float, level: float = 0.95) -> float | None:
    """Return the PSI that two samples of equal distributions exceed in 1 − `level` of cases.

    (1/n + 1/m) · χ²(B − 1) (Yurdakul 2018, Western Michigan University, section 3): the usual
    fixed limits of .1 and .2 mean something else at every number of rows.
    """
    if cells < 2:
        return None
    return (1 / n + 1 / m) * chi2_isf(cells - 1, 1 - level)


def rate_p_value(old: tuple[float, float], new: tuple[float, float]) -> float | None:
    """Two-sided p-value of two independent rates, each (rows that have it, rows).

    χ² on N − 1 where both sides expect 5 rows of either kind; below, Fisher's exact test with
    mid-p, whose level is nearer to nominal (Lydersen, Fagerland & Laake 2009, Statistics in
    Medicine 28:1159). None where nothing varies.
    """
    (a, n), (b, m) = old, new
    total, rows = a + b, n + m
    if total in (0, rows):
        return None
    if min(n, m) * min(total, rows - total) / rows >= FISHER:
        cells = np.array([[a, n - a], [b, m - b]], dtype=float)
        return homogeneity(cells[0], cells[1]).p_value
    return _fisher_midp(round(a), round(n), round(b), round(m))


def _fisher_midp(a: int, n: int, b: int, m: int) -> float:
    total = a + b
    if total > (n + m) / 2:
        return _fisher_midp(n - a, n, m - b, m)
    k = np.arange(max(0, total - m), min(n, total) + 1)

    def ways(size: int, taken: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the logarithm of the ways to take so many of `size`, up to a constant."""
        factorials = (np.fromiter(map(math.lgamma, t + 1.0), float) for t in (taken, size - taken))
        return -sum(factorials, np.zeros(len(taken)))

    log = ways(n, k) + ways(m, total - k)
    chances = np.exp(log - log.max())
    chances /= chances.sum()
    here = chances[a - int(k[0])]
    less = chances < here * (1 - 1e-7)
    ties = np.abs(chances - here) <= here * 1e-7
    return float(min(1.0, chances[less].sum() + chances[ties].sum() / 2))


def unseen_p_value(old: Counts, new: Counts) -> tuple[float, float | None]:
    """Test whether too many new rows are of levels that the old side lacks.

    If all rows were exchangeable, a level with c rows in all would lie wholly on the new side
    with chance (m/N)^c, nearly independently. P(at least so many rows) is bounded by
    Chernoff's method, so that the p-value errs to the large side.

    Parameters
    ----------
    old, new
        Counts of every level, not pooled.

    Returns
    -------
    tuple
        The share of new rows that chance alone would make unseen, and the p-value: None where
        no row is unseen.
    """
    total = old + new
    m, rows = float(new.sum()), float(total.sum())
    seen = float(new[old == 0].sum())
    sizes, times = np.unique(total[total > 0], return_counts=True)
    chances = np.exp(sizes * math.log(m / rows)) if m < rows else np.ones_like(sizes)
    mean = float(np.sum(times * sizes * chances))
    if seen == 0:
        return mean / m, None
    if seen <= mean:
        return mean / m, 1.0
    return mean / m, math.exp(min(0.0, _chernoff(sizes, times, chances, seen)))


def _chernoff(sizes: Counts, times: NDArray[np.intp], chances: Counts, seen: float) -> float:
    """Return the least Σ ln E exp(t·c·B) − t·seen over t ≥ 0: convex, so by golden section."""

    def exponent(t: float) -> float:
        # ln(1 − p + p·eᵗᶜ), safe for large t·c.
        terms = np.logaddexp(np.log1p(-chances), np.log(np.maximum(chances, 1e-300)) + t * sizes)
        return float(np.sum(times * terms)) - t * seen

    low, high = 0.0, 700.0 / float(sizes[0] if len(sizes) else 1.0)
    ratio = (math.sqrt(5) - 1) / 2
    for _ in range(80):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        if exponent(a) <= exponent(b):
            high = b
        else:
            low = a
    return min(0.0, exponent((low + high) / 2))
