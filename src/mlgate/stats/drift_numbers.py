"""How far two columns of numbers are apart, robustly, and whether that can be chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from mlgate.stats import counts, ks, transport

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.stats.ecdf import Ecdf

    Column = NDArray[np.float64]

REACH: Final = 10.0
"""Values farther than so many robust scales from the reference's median, and beyond its .5 and
99.5 % quantiles, count as if they lay there: one outlier must not move a mean distance."""
BINS: Final = 10
"""Quantile bins of the reference for PSI and Jensen–Shannon; fewer where they coincide."""
DRAWN: Final = 24
"""Bins of the histogram that is drawn."""
ENUMERATE: Final = 0.2
"""Only p-values below this are worth enumerating paths for."""
_NORMAL: Final = NormalDist()


@dataclass(frozen=True, slots=True)
class Numbers:
    """The comparison of two columns; see `compare`.

    Attributes
    ----------
    scale
        The reference's robust standard deviation; None where it is constant.
    wasserstein
        Wasserstein-1 distance in scales; None without one.
    tv
        Where there is no scale: the change of the share of rows that hold the constant.
    shift
        Change of the median in scales, signed.
    edges, old, new
        Histogram: inner edges, and the share of each side's rows in the len(edges) + 1 bins.
    """

    ks: float
    ks_p: float
    method: str
    scale: float | None
    wasserstein: float | None
    tv: float | None
    shift: float | None
    psi: float
    psi_critical: float | None
    js: float
    kl: float | None
    edges: Column
    old: Column
    new: Column


def compare(old: Ecdf, new: Ecdf) -> Numbers:
    """Compare reference and current column; their outermost values are cut in place.

    The distance is Wasserstein-1 over a robust scale of the reference: its interquartile range
    / 1.349 (the standard deviation of a normal law), else its standard deviation after
    winsorising at .5 and 99.5 %. Its bins for PSI and Jensen–Shannon are quantiles of the
    reference, never of equal width.
    """
    scale, low, high = robust_scale(old)
    statistic = distance(old, new)
    p_value, method = _significance(old, new, statistic)
    inner = _quantile_edges(old)
    p, q = (_binned(side, inner) for side in (old, new))
    edges = _drawn_edges(old, new)
    constant = old.quantile(0.5)
    drawn = [_binned(side, edges) for side in (old, new)]
    change = abs(_at(old, constant) - _at(new, constant))
    shift = None if scale is None else _shift(old, new, scale, low, high)
    moved = None if scale is None else _moved(old, new, low, high) / scale
    return Numbers(
        ks=statistic,
        ks_p=p_value,
        method=method,
        scale=scale,
        wasserstein=moved,
        tv=None if scale is not None else change,
        shift=shift,
        psi=counts.population_stability(p * old.rows, q * new.rows),
        psi_critical=counts.psi_critical(len(inner) + 1, old.rows, new.rows),
        js=counts.jensen_shannon(p, q),
        kl=counts.kullback_leibler(p, q),
        edges=edges,
        old=drawn[0],
        new=drawn[1],
    )


def robust_scale(old: Ecdf) -> tuple[float | None, float, float]:
    """Return the reference's scale, and the ends between which distances are measured."""
    low, middle, high = (old.quantile(level) for level in (0.005, 0.5, 0.995))
    scale = (old.quantile(0.75) - old.quantile(0.25)) / 1.349
    if not math.isfinite(scale) or not math.isfinite(low) or not math.isfinite(high):
        finite = old.values[np.isfinite(old.values)]
        if len(finite) == 0:
            return None, 0.0, 0.0
        low, high = max(low, float(finite[0])), min(high, float(finite[-1]))
        middle = min(max(middle, low), high)
    if not 0 < scale < math.inf:
        scale = old.deviation(low, high)
    if scale <= abs(middle) * 1e-12 or scale == 0:
        return None, low, high
    return scale, min(low, middle - REACH * scale), max(high, middle + REACH * scale)


def distance(old: Ecdf, new: Ecdf) -> float:
    """Return the Kolmogorov–Smirnov statistic."""
    if old.mass is None and new.mass is None:
        return ks.statistic(old.values, new.values)
    at = np.concatenate([old.values, new.values])
    return float(np.abs(old.below(at) - new.below(at)).max())


def _significance(old: Ecdf, new: Ecdf, statistic: float) -> tuple[float, str]:
    p_value = ks.p_value(statistic, old.rows, new.rows)
    if old.mass is not None or new.mass is not None:
        return p_value, "limit"
    if p_value > ENUMERATE or not ks.feasible(len(old.values), len(new.values)):
        return p_value, "limit"
    return ks.exact_p_value(old.values, new.values), "exact"


def _moved(old: Ecdf, new: Ecdf, low: float, high: float) -> float:
    """Return Wasserstein-1 of the columns, cut to [low, high] in place."""
    old.cut(low, high)
    new.cut(low, high)
    if old.mass is None and new.mass is None:
        return transport.wasserstein(old.values, new.values)
    at = np.unique(np.concatenate([old.values, new.values]))
    apart = np.abs(old.below(at) - new.below(at))[:-1]
    return float(np.sum(apart * np.diff(at)))


def _shift(old: Ecdf, new: Ecdf, scale: float, low: float, high: float) -> float:
    before, after = (min(max(side.quantile(0.5), low), high) for side in (old, new))
    return (after - before) / scale


def _at(side: Ecdf, value: float) -> float:
    """Return the share of rows that hold a value."""
    edges = np.array([np.nextafter(value, -math.inf), value])
    below = side.below(edges)
    return float(below[1] - below[0])


def _quantile_edges(old: Ecdf) -> Column:
    """Return inner edges of bins that hold about equal shares of the reference."""
    levels = [k / BINS for k in range(1, BINS)]
    edges: Column = np.unique([old.quantile(level) for level in levels])
    # Nothing of the reference lies above an edge at its end.
    inner: Column = edges[edges < old.values[-1]]
    return inner


def _drawn_edges(old: Ecdf, new: Ecdf) -> Column:
    """Return edges of equal width over the middle 99 % of both sides; the outer bins are open."""
    ends = [side.quantile(level) for side in (old, new) for level in (0.005, 0.995)]
    finite = [end for end in ends if math.isfinite(end)]
    if not finite:
        return np.array([0.0])
    low, high = min(finite), max(finite)
    if not high > low or not math.isfinite(high - low):
        return np.array([low])
    if _whole(old) and _whole(new):
        # Bins of unequal numbers of whole values would look like a comb.
        edges: Column = np.arange(low, high, math.ceil((high - low) / DRAWN)) + 0.5
        return edges
    return np.linspace(low, high, DRAWN + 1)


def _whole(side: Ecdf) -> bool:
    """Whether the values, of which some are looked at, are whole numbers."""
    some = side.values[:: max(1, len(side.values) // 1_000)]
    some = some[np.isfinite(some)]
    return bool((some % 1 == 0).all())


def _binned(side: Ecdf, edges: Column) -> Column:
    """Return the share of rows in each bin."""
    shares: Column = np.diff(np.concatenate([[0.0], side.below(edges), [1.0]]))
    return shares


def detectable(n: float, m: float, level: float, power: float) -> float | None:
    """Return the shift, in standard deviations of a normal law, that KS finds with this power.

    A shift δ moves the distribution functions 2Φ(δ/2) − 1 apart at the point between the
    medians, where their difference has the variance (1/n + 1/m)/4; it must exceed the test's
    critical value √(−ln(level/2)/2 · (1/n + 1/m)). None where no shift would do.
    """
    room = 1 / n + 1 / m
    critical = math.sqrt(-math.log(level / 2) / 2 * room)
    needed = critical + _NORMAL.inv_cdf(power) * math.sqrt(room) / 2
    return 2 * _NORMAL.inv_cdf((1 + needed) / 2) if needed < 1 else None
