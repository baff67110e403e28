"""Rates and means by group where rows have weights, or come in clusters.

Every estimate is a sum of one influence value a row (see `influence`), so that weights enter
through the influence and clusters by summing it within them (Liang & Zeger 1986). Bounds of
a share are Wilson's for the effective number of rows, p(1 − p)/Var(p), with Student's t for
clusters (Korn & Graubard 1998, Survey Methodology 24:193). A cluster that lies in several groups is
taken to be one in each: their covariance, nearly always positive, would only narrow gaps.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mlgate.stats.bounded import Reach, of_numbers, score_bounds_of_units
from mlgate.stats.group_means import Influences
from mlgate.stats.groups import Bounds, GroupChange, Measured
from mlgate.stats.score import wilson_bounds_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Design:
    """n rows in groups, with what each counts and what it belongs to.

    Attributes
    ----------
    group
        Each row's group in 0 … groups − 1.
    weights
        Each row's weight; None: all alike.
    clusters
        Codes ≥ 0 of each row's cluster; None: rows are independent.
    """

    group: NDArray[np.intp]
    groups: int
    weights: Values | None = None
    clusters: NDArray[Any] | None = None

    @cached_property
    def weight(self) -> Values:
        """Each row's weight."""
        return np.ones(len(self.group)) if self.weights is None else self.weights

    @cached_property
    def units(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Each row's unit, and the group of each unit: a cluster's rows within one group."""
        if self.clusters is None:
            return np.arange(len(self.group)), self.group
        count = int(self.clusters.max(initial=0)) + 1
        keys, unit = np.unique(self.group * count + self.clusters, return_inverse=True)
        return unit.reshape(-1), (keys // count).astype(np.intp)

    @cached_property
    def members(self) -> Values:
        """The number of units of each group."""
        return np.bincount(self.units[1], minlength=self.groups).astype(np.float64)

    def products(self, a: Values, b: Values) -> Values:
        """Sum the products of two influences over each group's units: their covariance."""
        unit, owner = self.units
        sums = [np.bincount(unit, weights=column, minlength=len(owner)) for column in (a, b)]
        sums_of_products = np.bincount(owner, weights=sums[0] * sums[1], minlength=self.groups)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(
                sums_of_products * self.members / (self.members - 1), dtype=np.float64
            )

    def sums(self, values: Values) -> Values:
        """Sum over the rows of each group."""
        return np.bincount(self.group, weights=values, minlength=self.groups).astype(np.float64)

    def worth(self, weights: Values) -> Values:
        """The number of equal units that each group's are worth (Kish 1965)."""
        unit, owner = self.units
        sums = np.bincount(unit, weights=weights, minlength=len(owner)).astype(np.float64)
        total = np.bincount(owner, weights=sums, minlength=self.groups)
        squares = np.bincount(owner, weights=sums * sums, minlength=self.groups)
        return np.where(squares > 0, total**2 / np.where(squares > 0, squares, 1.0), 0.0)

    def farthest(self, rows: Values) -> float:
        """How far from its group's value the farthest row's number is, given each row's influence."""
        counted = self.weight > 0
        total = self.sums(self.weight)[self.group[counted]]
        return float(np.abs(rows[counted] * total / self.weight[counted]).max(initial=0.0))

    def quantile(self, tail: float) -> Values:
        """Student's t of each group's units − 1 degrees of freedom."""
        from scipy.special import stdtrit

        return -np.asarray(stdtrit(np.maximum(self.members - 1, 1), tail), dtype=np.float64)


def share(num: Flags, den: Flags, design: Design) -> Influences:
    """Measure the weighted share of rows `num` among rows `den`, by group."""
    counted = design.weight * den
    total = design.sums(counted)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = design.sums(design.weight * num) / total
    rows = _spread(counted * (num - np.nan_to_num(value)[design.group]), total, design)
    variance = np.where(total > 0, design.products(rows, rows), np.nan)
    n = design.worth(counted)

    def bounds(tail: float) -> tuple[Values, Values]:
        with np.errstate(divide="ignore", invalid="ignore"):
            worth = np.where(variance > 0, value * (1 - value) / variance, n)
        return wilson_bounds_at(value * worth, worth, design.quantile(tail))

    return Influences(Measured(value, n, bounds, variance), rows)


def mean_of_shares(parts: Sequence[Influences], design: Design) -> Influences:
    """Average shares of several classes; undefined in a group where one is."""
    value = np.mean([part.measured.value for part in parts], axis=0)
    rows = np.mean([part.rows for part in parts], axis=0)
    variance = np.where(np.isnan(value), np.nan, design.products(rows, rows))
    n = np.min([part.measured.n for part in parts], axis=0)
    plain = _student(value, variance, design)

    def bounds(tail: float) -> tuple[Values, Values]:
        low, high = plain(tail)
        return np.clip(low, 0, 1), np.clip(high, 0, 1)

    return Influences(Measured(value, n, bounds, variance), rows)


def mean(values: Values, design: Design) -> Influences:
    """Measure weighted means by group."""
    total = design.sums(design.weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = design.sums(design.weight * values) / total
    centred = design.weight * (values - np.nan_to_num(value)[design.group])
    rows = _spread(centred, total, design)
    variance = design.products(rows, rows)
    n = design.worth(design.weight)
    student = _student(value, variance, design)

    def bounds(tail: float) -> tuple[Values, Values]:
        reach = of_numbers(values) if len(values) else _NOWHERE
        return _widened(student(tail), value, rows, design, tail, reach)

    return Influences(Measured(value, n, bounds, variance), rows)


def rmse(errors: Values, design: Design) -> Influences:
    """Measure weighted root mean squared errors by group; bounds on the log scale."""
    squares = mean(errors * errors, design)
    value = np.sqrt(squares.measured.value)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(value > 0, 1 / (2 * value), 0.0)
    variance = squares.measured.variance * slope**2

    def bounds(tail: float) -> tuple[Values, Values]:
        with np.errstate(divide="ignore", invalid="ignore"):
            width = design.quantile(tail) * np.sqrt(variance) / value
        width = np.where(value > 0, width, 0.0)
        _, high = squares.measured.bounds(tail)
        return value * np.exp(-width), np.maximum(value * np.exp(width), np.sqrt(high))

    rows = squares.rows * slope[design.group]
    return Influences(Measured(value, squares.measured.n, bounds, variance), rows)


def roc_auc(positive: Flags, score: Values, design: Design) -> Influences:
    """Measure weighted ROC AUC by group; `n` is the worth of the rarer class."""
    from mlgate.stats import auc

    value, rows = np.full(design.groups, np.nan), np.zeros(len(score))
    for code in range(design.groups):
        members = np.flatnonzero(design.group == code)
        weights = None if design.weights is None else design.weights[members]
        area = auc.roc_auc(positive[members], score[members], weights=weights)
        if area.value is not None:
            value[code], rows[members] = area.value, area.rows
    variance = np.where(np.isnan(value), np.nan, design.products(rows, rows))
    n = np.minimum(design.worth(design.weight * positive), design.worth(design.weight * ~positive))
    plain = _student(value, variance, design)

    def bounds(tail: float) -> tuple[Values, Values]:
        low, high = plain(tail)
        return np.clip(low, 0, 1), np.clip(high, 0, 1)

    return Influences(Measured(value, n, bounds, variance), rows, widened=False)


def change(new: Influences, old: Influences, design: Design, *, shares: bool) -> GroupChange:
    """Compare both sides of the same rows.

    Bounds are Student's, no narrower than the score bounds of one more row or cluster
    (`bounded.score_bounds_of_units`).

    Parameters
    ----------
    shares
        Whether both are shares, of which a row that turns was not seen where the sides agree: bounds
        of weighted rows are at least t²/(n + t²) wide on either side, as Tango's are then.
    """

    def bounds(tail: float, factor: float) -> tuple[Values, Values]:
        t = design.quantile(tail)
        rows = new.rows - factor * old.rows
        half = t * np.sqrt(design.products(rows, rows))
        middle = new.measured.value - factor * old.measured.value
        if shares and design.clusters is None:
            n = np.fmin(new.measured.n, old.measured.n)
            half = np.maximum(half, t * t / (n + t * t))
        limits = middle - half, middle + half
        if not new.widened:
            return limits
        if not shares:
            return _widened(limits, middle, rows, design, tail, _NOWHERE, 2 * design.farthest(rows))
        # by a row that one side gets wrong, as in `influence`
        reach, turned = Reach(-factor, 1.0, "range"), (1 + factor) / 2
        return _widened(limits, middle, rows, design, tail, reach, turned)

    same = np.array_equal(new.rows, old.rows) and np.array_equal(
        new.measured.value, old.measured.value, equal_nan=True
    )
    covariance = design.products(new.rows, old.rows)
    clustered = design.clusters is not None
    return GroupChange(new.measured, old.measured, covariance, bounds, bool(same), clustered)


_NOWHERE: Final = Reach(-np.inf, np.inf, "seen")


def _widened(
    limits: tuple[Values, Values],
    middle: Values,
    rows: Values,
    design: Design,
    tail: float,
    reach: Reach,
    turned: float = np.inf,
) -> tuple[Values, Values]:
    """Return bounds no narrower than each group's score bounds; as they are with fewer than two units.

    A row is within `reach`, and no farther than `turned` from its group's value.
    """
    unit, owner = design.units
    sums, weights = (
        np.bincount(unit, weights=column, minlength=len(owner)).astype(np.float64)
        for column in (rows, design.weight)
    )
    low, high = (side.copy() for side in limits)
    ends = np.append(0, np.cumsum(design.members)).astype(np.intp)
    by_group = np.argsort(owner, kind="stable")
    for code in np.flatnonzero(np.isfinite(middle) & (design.members > 1)):
        here = by_group[ends[code] : ends[code + 1]]
        value = float(middle[code])
        score = score_bounds_of_units(
            value,
            sums[here],
            weights[here],
            Reach(max(reach.low, value - turned), min(reach.high, value + turned), reach.source),
            clustered=design.clusters is not None,
            confidence=1 - tail,
        )
        low[code], high[code] = min(low[code], score.lower), max(high[code], score.upper)
    return low, high


def _spread(values: Values, total: Values, design: Design) -> Values:
    """Divide each row's value by its group's total."""
    inverse = np.where(total > 0, 1 / np.where(total > 0, total, 1.0), 0.0)
    return np.asarray(values * inverse[design.group], dtype=np.float64)


def _student(value: Values, variance: Values, design: Design) -> Bounds:
    def bounds(tail: float) -> tuple[Values, Values]:
        half = design.quantile(tail) * np.sqrt(variance)
        return value - half, value + half

    return bounds
