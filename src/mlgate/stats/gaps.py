"""Gaps between groups: the largest difference and the smallest ratio, with bounds that hold.

A gap is the largest of p_i − p_j over ordered pairs of groups (for ratios the smallest p_i/p_j).
Each pair's bounds combine the groups' own by MOVER (Zou & Donner 2008; with Wilson's limits
this is Newcombe's method 10 of 1998), or MOVER-R (Donner & Zou 2012) for ratios.

The two bounds of the gap need different care:

- The bound towards *more* unequal is the largest pair bound at the full confidence. The pair
  that is truly the widest is one fixed pair, and its own bound is among them: no correction
  is needed (the intersection–union principle, Berger 1982).
- The bound towards *equal* is the largest over pairs of bounds that must all hold, for noise
  makes some pair look wide: Bonferroni over all pairs, in both directions.

The change of a gap between two models: gap_new − gap_old ≤ (change of the pair that is truly
the widest in the candidate), and ≥ (change of the pair widest in the baseline). Which pair that
is is not known, so a tenth of the chance of error is spent on ruling pairs out: those whose gap
is, simultaneously, below another's are not the widest (Berger & Boos 1994, Journal of the
American Statistical Association 89:1012). The bound is the largest (smallest) over the pairs
that remain, or the difference of the two gaps' own bounds where that is tighter: two groups
that were equal say nothing about which of them was ahead, but much about the gap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from mlgate.stats.score import mover_ratio_bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mlgate.stats.groups import GroupChange, Measured

    Values = NDArray[np.float64]
    Flags = NDArray[np.bool_]

SCREEN: Final = 0.1
"""Share of the chance of error that is spent on ruling pairs out."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The largest difference or the smallest ratio between groups.

    Attributes
    ----------
    value, lower, upper
        None where fewer than two groups can be compared, or a ratio is 0/0; `upper` of a
        ratio, and `lower`, are within [0, 1].
    high, low
        The groups with the higher and the lower value in the pair that makes the gap.
    part
        Which of the numbers (equalized odds has two) makes it.
    pairs
        Number of unordered pairs over all parts: what Bonferroni divides by.
    variance
        Var of the difference of that pair; None for ratios.
    """

    value: float | None
    lower: float | None
    upper: float | None
    high: int | None = None
    low: int | None = None
    part: int = 0
    pairs: int = 0
    variance: float | None = None


@dataclass(frozen=True, slots=True)
class GapChange:
    """The gap of two models on the same rows: new − factor × old with its bounds.

    `pairs` as in `Gap`.
    """

    new: float | None
    old: float | None
    value: float | None
    lower: float | None
    upper: float | None
    variance: float | None = None
    pairs: int = 0


NO_GAP: Final = Gap(None, None, None)


def comparable(usable: Flags, allowed: Flags) -> Flags:
    """Return the ordered pairs of groups that are compared, shape (G, G).

    Parameters
    ----------
    usable
        Shape (G,): groups that are large enough.
    allowed
        Shape (G, G), symmetric: pairs that are asked for.
    """
    pairs = allowed & usable[:, None] & usable[None, :]
    np.fill_diagonal(pairs, val=False)
    return pairs


def difference(
    parts: Sequence[Measured], pairs: Sequence[Flags], *, confidence: float = 0.95
) -> Gap:
    """Bounds of the largest difference over all pairs and parts.

    Parameters
    ----------
    parts
        What is compared; several for equalized odds.
    pairs
        The ordered pairs of each part, shape (G, G).
    confidence
        Of each one-sided bound.
    """
    gap = _largest(parts, pairs)
    if gap.value is None:
        return gap
    tail = 1 - confidence
    lows = [_low_difference(part, tail / (2 * gap.pairs)) for part in parts]
    highs = [_high_difference(part, tail) for part in parts]
    return replace(gap, lower=max(0.0, _most(lows, pairs)), upper=_most(highs, pairs))


def ratio(parts: Sequence[Measured], pairs: Sequence[Flags], *, confidence: float = 0.95) -> Gap:
    """Bounds of the smallest ratio over all pairs and parts; as `difference`.

    Undefined where every rate is 0.
    """
    gap = _smallest(parts, pairs)
    if gap.value is None:
        return gap
    tail = 1 - confidence
    lows = [_bounds_ratio(part, tail)[0] for part in parts]
    highs = [_bounds_ratio(part, tail / (2 * gap.pairs))[1] for part in parts]
    return replace(
        gap,
        lower=max(0.0, -_most([-low for low in lows], pairs)),
        upper=min(1.0, -_most([-high for high in highs], pairs)),
    )


def difference_change(
    parts: Sequence[GroupChange],
    pairs: Sequence[Flags],
    *,
    factor: float = 1.0,
    confidence: float = 0.95,
) -> GapChange:
    """Bounds of the largest difference now − factor × that of the baseline, on the same rows."""
    new = _largest([part.new for part in parts], pairs)
    old = _largest([part.old for part in parts], pairs)
    if new.value is None or old.value is None:
        return GapChange(new.value, old.value, None, None, None, pairs=new.pairs)
    value = new.value - factor * old.value
    if factor == 1 and all(part.identical for part in parts):
        return GapChange(new.value, old.value, 0.0, 0.0, 0.0, 0.0, new.pairs)
    screen, tail = _split(confidence)
    changes = [_change_bounds(part, tail, factor) for part in parts]
    now = _widest([part.new for part in parts], pairs, screen)
    then = _widest([part.old for part in parts], pairs, screen)
    lower = -_most([-low for low, _ in changes], then.pairs)
    upper = _most([high for _, high in changes], now.pairs)
    return GapChange(
        new.value,
        old.value,
        value,
        max(lower, now.lower - factor * then.upper),
        min(upper, now.upper - factor * then.lower),
        _change_variance(parts[new.part], new, factor),
        new.pairs,
    )


def ratio_change(
    parts: Sequence[GroupChange],
    pairs: Sequence[Flags],
    *,
    factor: float = 1.0,
    confidence: float = 0.95,
) -> GapChange:
    """Bounds of the smallest ratio now − factor × that of the baseline, on the same rows.

    Each pair by the delta method on p_i/p_j of both sides.
    """
    new = _smallest([part.new for part in parts], pairs)
    old = _smallest([part.old for part in parts], pairs)
    if new.value is None or old.value is None:
        return GapChange(new.value, old.value, None, None, None, pairs=new.pairs)
    value = new.value - factor * old.value
    if factor == 1 and all(part.identical for part in parts):
        return GapChange(new.value, old.value, 0.0, 0.0, 0.0, 0.0, new.pairs)
    screen, tail = _split(confidence)
    changes = [_ratio_bounds(part, tail, factor) for part in parts]
    now = _least([part.new for part in parts], pairs, screen)
    then = _least([part.old for part in parts], pairs, screen)
    lower = -_most([-low for low, _ in changes], now.pairs)
    upper = _most([high for _, high in changes], then.pairs)
    return GapChange(
        new.value,
        old.value,
        value,
        max(lower, now.lower - factor * then.upper),
        min(upper, now.upper - factor * then.lower),
        pairs=new.pairs,
    )


def _largest(parts: Sequence[Measured], pairs: Sequence[Flags]) -> Gap:
    """Find the largest difference, without its bounds."""
    tests = sum(int(pair.sum()) for pair in pairs)
    if tests == 0:
        return NO_GAP
    values = [_where(pair, _minus(rates.value, rates.value)) for rates, pair in _zip(parts, pairs)]
    part, high, low = _argmax(values)
    made = parts[part]
    variance = float(made.variance[high] + made.variance[low])
    value = float(values[part][high, low])
    return Gap(value, None, None, high, low, part, tests // 2, variance)


def _smallest(parts: Sequence[Measured], pairs: Sequence[Flags]) -> Gap:
    """Find the smallest ratio, without its bounds."""
    tests = sum(int(pair.sum()) for pair in pairs)
    if tests == 0:
        return NO_GAP
    values = [_ratios(rates.value, pair) for rates, pair in _zip(parts, pairs)]
    if not any(np.isfinite(value).any() for value in values):
        return Gap(None, None, None, pairs=tests // 2)
    part, low, high = _argmax([-value for value in values])
    return Gap(float(values[part][low, high]), None, None, high, low, part, tests // 2)


def _zip(parts: Sequence[Measured], pairs: Sequence[Flags]) -> list[tuple[Measured, Flags]]:
    return list(zip(parts, pairs, strict=True))


def _minus(a: Values, b: Values) -> Values:
    """Return a_i − b_j, shape (G, G)."""
    return np.asarray(a[:, None] - b[None, :])


def _where(pair: Flags, values: Values) -> Values:
    return np.where(pair & ~np.isnan(values), values, -np.inf)


def _most(values: Sequence[Values], pairs: Sequence[Flags]) -> float:
    """Return the largest value over the pairs of all parts; an unknown one is infinite."""
    chosen = np.concatenate([value[pair] for value, pair in zip(values, pairs, strict=True)])
    return float(np.where(np.isnan(chosen), np.inf, chosen).max(initial=-np.inf))


def _argmax(values: Sequence[Values]) -> tuple[int, int, int]:
    """Return part, row and column of the largest value; −∞ and NaN are none."""
    clean = [np.where(np.isnan(value), -np.inf, value) for value in values]
    part = int(np.argmax([value.max(initial=-np.inf) for value in clean]))
    row, column = np.unravel_index(int(clean[part].argmax()), clean[part].shape)
    return part, int(row), int(column)


def _low_difference(rates: Measured, tail: float) -> Values:
    low, high = rates.bounds(tail)
    down, up = rates.value - low, high - rates.value
    return np.asarray(_minus(rates.value, rates.value) - np.hypot(down[:, None], up[None, :]))


def _high_difference(rates: Measured, tail: float) -> Values:
    return -_low_difference(rates, tail).T


def _ratios(value: Values, pair: Flags) -> Values:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = value[:, None] / value[None, :]
    return np.where(pair & np.isfinite(ratios), ratios, np.nan)


def _bounds_ratio(rates: Measured, tail: float) -> tuple[Values, Values]:
    low, high = rates.bounds(tail)
    top = (rates.value[:, None], low[:, None], high[:, None])
    bottom = (rates.value[None, :], low[None, :], high[None, :])
    return mover_ratio_bounds(top, bottom)


@dataclass(frozen=True, slots=True)
class _Screened:
    """The pairs that may truly make a gap, and bounds of the gap itself; all hold at once."""

    pairs: list[Flags]
    lower: float
    upper: float


def _split(confidence: float) -> tuple[float, float]:
    """Share the chance of error out: for ruling pairs out on one side, for the pairs' changes.

    Half as much again as the first goes to the other side's bound of its own gap.
    """
    screen = (1 - confidence) * SCREEN
    return screen, 1 - confidence - 1.5 * screen


def _widest(parts: Sequence[Measured], pairs: Sequence[Flags], tail: float) -> _Screened:
    """Return the pairs that may truly be the widest, at a chance `tail` of losing it."""
    tests = sum(int(pair.sum()) for pair in pairs)
    floor = max(0.0, _most([_low_difference(part, tail / 2 / tests) for part in parts], pairs))
    highs = [_high_difference(part, tail / 2) for part in parts]
    kept = [pair & (high >= floor) for pair, high in zip(pairs, highs, strict=True)]
    return _Screened(kept, floor, _most(highs, pairs))


def _least(parts: Sequence[Measured], pairs: Sequence[Flags], tail: float) -> _Screened:
    """Return the pairs whose ratio may truly be the smallest, at a chance `tail` of losing it."""
    tests = sum(int(pair.sum()) for pair in pairs)
    ceiling = min(1.0, -_most([-_bounds_ratio(part, tail / 2 / tests)[1] for part in parts], pairs))
    lows = [_bounds_ratio(part, tail / 2)[0] for part in parts]
    kept = [pair & (low <= ceiling) for pair, low in zip(pairs, lows, strict=True)]
    return _Screened(kept, -_most([-low for low in lows], pairs), ceiling)


def _change_bounds(change: GroupChange, tail: float, factor: float) -> tuple[Values, Values]:
    """Return bounds of (change of group i) − (change of group j), shape (G, G)."""
    middle = change.new.value - factor * change.old.value
    low, high = change.bounds(tail, factor)
    down, up = middle - low, high - middle
    lower = _minus(middle, middle) - np.hypot(down[:, None], up[None, :])
    return lower, -lower.T


def _change_variance(change: GroupChange, gap: Gap, factor: float) -> float:
    variance = np.maximum(
        change.new.variance - 2 * factor * change.covariance + factor**2 * change.old.variance, 0
    )  # rounded, that of a group on which nothing changed may be below 0
    return float(sum(variance[group] for group in (gap.high, gap.low) if group is not None))


def _ratio_bounds(change: GroupChange, tail: float, factor: float) -> tuple[Values, Values]:
    """Return bounds of p_i/p_j now − factor × before, shape (G, G); NaN where p_j is 0."""
    from mlgate.stats.score import quantile

    z = quantile(tail)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = [side.value[:, None] / side.value[None, :] for side in (change.new, change.old)]
        scales = [1 / side.value[None, :] for side in (change.new, change.old)]
        middle = ratios[0] - factor * ratios[1]
        top = _spread(change, scales[0], factor * scales[1], 0)
        bottom = _spread(change, ratios[0] * scales[0], factor * ratios[1] * scales[1], 1)
        least = _least_half(change, tail, z)
        floor = scales[0] * np.hypot(least[:, None], ratios[0] * least[None, :])
        half = np.maximum(z * np.sqrt(np.maximum(top + bottom, 0.0)), floor)
        return middle - half, middle + half


def _least_half(change: GroupChange, tail: float, z: float) -> Values:
    """Return the least half width of a rate's change: of clusters the larger of its own bounds."""
    if change.by_cluster:
        low, high = change.bounds(tail, 1.0)
        middle = change.new.value - change.old.value
        return np.asarray(np.maximum(middle - low, high - middle))
    n = np.fmin(change.new.n, change.old.n)
    return np.asarray(z * z / (n + z * z))


def _spread(change: GroupChange, new: Values, old: Values, axis: int) -> Values:
    """Return Var(new × p_new − old × p_old) of the group along an axis of the pairs."""
    v, c, w = (
        x[:, None] if axis == 0 else x[None, :]
        for x in (change.new.variance, change.covariance, change.old.variance)
    )
    with np.errstate(invalid="ignore"):
        return np.asarray(new**2 * v - 2 * new * old * c + old**2 * w)
