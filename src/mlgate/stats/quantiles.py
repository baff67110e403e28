"""A quantile of one number a row, and its change on the same rows.

The quantile is the least number that at least a share q of the rows do not exceed. Its bounds are
order statistics (Hahn & Meeker 1991, Statistical Intervals, section 5.2), whatever the numbers'
law. Of weighted or clustered rows they are the numbers at which the bounds of the share below, those of
any mean of such rows, cross q (Woodruff 1952, Journal of the American Statistical Association 47:635;
Francisco & Fuller 1991, Annals of Statistics 19:454).

A change's bounds are the extremes of Q_new(q + d) − f Q_old(q + e) over the ellipse of shares (d, e) that
z allows, with the correlation of being below either quantile; z² more rows than do are supposed to be below
one and not the other. For a smooth law that is the delta method. Beside a gap or among ties one quantile
jumps where the other does not, and it may be either: where the ellipse that holds 1 − 3α/2 of a normal law
allows a change far more than in proportion away, that is the bound. At a jump, P(χ̄² beyond it) ≤ α.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mlgate.stats.bounded import Reach, score_bounds_of_units
from mlgate.stats.effective_n import by_unit, units
from mlgate.stats.estimate import Estimate, normal_quantile, undefined
from mlgate.stats.influence import Influence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.stats.effective_n import Units

    Values = NDArray[np.float64]

_JUMP: Final = 1.5
"""How many times as far as in proportion is a jump."""
_STEPS: Final = 1024
"""Of weighted or clustered rows a bound is at one of about so many places."""
_DIRECTIONS: Final = np.linspace(0, 2 * math.pi, 128, endpoint=False)


@dataclass(frozen=True, slots=True)
class _Side:
    """A quantile, the centred influence of each unit on the share below it, and how far it may be off.

    Attributes
    ----------
    ranked, reached
        The numbers in order, and the share of the rows up to each.
    scores, shares
        Normal quantiles …, −z, 0, z, …, and the shares of the rows at which the quantile's bounds at
        these levels are; NaN for a bound that the rows do not have.
    """

    value: float
    below: Values
    ranked: Values
    reached: Values
    scores: Values
    shares: Values

    @property
    def low(self) -> float | None:
        return self._bound(len(self.shares) // 2 - 1)

    @property
    def high(self) -> float | None:
        return self._bound(len(self.shares) // 2 + 1)

    def _bound(self, place: int) -> float | None:
        share = float(self.shares[place])
        return None if math.isnan(share) else float(_at(self.ranked, self.reached, share))

    def at(self, scores: Values) -> Values:
        """Return the quantile if the share were off by these normal scores."""
        quantiles: Values = _at(
            self.ranked, self.reached, np.interp(scores, self.scores, self.shares)
        )
        return quantiles


def quantile(
    values: Values,
    level: float,
    *,
    confidence: float = 0.95,
    weights: Values | None = None,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Bounds of the `level` quantile of shape-(n,) values, 0 < level < 1."""
    n, worth = len(values), units(len(values), weights, clusters)
    method = _method(worth)
    if n == 0 or worth.count == 0:
        return undefined(n, method, "no rows")
    side = _side(values, level, (confidence,), weights, clusters)
    return Estimate(
        side.value,
        side.low,
        side.high,
        n,
        method,
        row_variance=_row_variance(side.low, side.high, n, confidence),
        insufficient=worth.insufficient or _few(side, level, confidence, n),
    )


def contrast(
    new: Values,
    old: Values,
    level: float,
    *,
    factor: float = 1.0,
    confidence: float = 0.95,
    weights: Values | None = None,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Bounds of new − factor × old, quantiles of the same rows in the same order."""
    n, worth = len(new), units(len(new), weights, clusters)
    method = f"paired {_method(worth)}"
    if n == 0 or worth.count == 0:
        return undefined(n, method, "no rows")
    both = (confidence, _joint(confidence))
    a, b = (_side(values, level, both, weights, clusters) for values in (new, old))
    value = a.value - factor * b.value
    if np.isnan(a.shares + b.shares).any():
        few = worth.insufficient or _needed(level, _joint(confidence), n)
        return Estimate(value, None, None, n, method, insufficient=few)
    low, high = _extremes(a, b, factor, _correlation(a.below, b.below, level, worth, confidence))
    variance = _row_variance(low, high, n, confidence)
    return Estimate(value, low, high, n, method, variance, insufficient=worth.insufficient)


def influence(
    values: Values,
    level: float,
    *,
    confidence: float = 0.95,
    weights: Values | None = None,
) -> Influence:
    """Return the quantile with influence values, whose slope is that of its own bounds."""
    n = len(values)
    if n == 0 or (weights is not None and not weights.any()):
        return Influence(None, np.zeros(n), "quantile", "no rows")
    side = _side(values, level, (confidence,), weights, None)
    why = _few(side, level, confidence, n)
    if side.low is None or side.high is None:
        return Influence(side.value, np.zeros(n), "quantile", why)
    spread = math.sqrt(float(side.below @ side.below))
    error = (side.high - side.low) / 2 / normal_quantile(confidence)
    return Influence(side.value, -side.below * (error / spread if spread else 0.0), "quantile", why)


def _extremes(new: _Side, old: _Side, factor: float, correlation: float) -> tuple[float, float]:
    """Return the least and the largest change that the shares allow."""
    along, across = (math.sqrt((1 + sign * correlation) / 2) for sign in (1, -1))
    common, apart = along * np.cos(_DIRECTIONS), across * np.sin(_DIRECTIONS)
    value, pairs = new.value - factor * old.value, []
    inner, outer = new.scores[3:].tolist()
    for radius in (inner, outer):
        changes = new.at(radius * (common + apart)) - factor * old.at(radius * (common - apart))
        pairs.append((value - float(changes.min()), float(changes.max()) - value))
    low, high = (
        wide if wide > _JUMP * outer / inner * narrow else narrow
        for narrow, wide in zip(*pairs, strict=True)
    )
    return value - low, value + high


def _method(worth: Units) -> str:
    return f"order statistics{worth.suffix}"


def _side(
    values: Values,
    level: float,
    confidences: tuple[float, ...],
    weights: Values | None,
    clusters: NDArray[Any] | None,
) -> _Side:
    """Look at one side; its bounds at several confidences, in ascending order."""
    order = np.argsort(values, kind="stable")
    share = np.ones(len(values)) if weights is None else weights
    share = share / share.sum()
    ranked, reached = values[order], np.cumsum(share[order])
    value = float(_at(ranked, reached, level))
    below = by_unit(share * ((values <= value) - float(share[values <= value].sum())), clusters)
    scores, shares = [0.0], [level]
    for confidence in confidences:
        if weights is None and clusters is None:
            low, high = _order_statistics(len(values), level, confidence)
        else:
            own = None if clusters is None else clusters[order]
            rows = _RowsBelow.of(share[order], own, units(len(values), weights, clusters))
            low, high = rows.crossings(reached, level, confidence)
        z = normal_quantile(confidence)
        scores, shares = [-z, *scores, z], [low, *shares, high]
    return _Side(value, below, ranked, reached, np.array(scores), np.array(shares))


def _joint(confidence: float) -> float:
    """Return the confidence of either side's bound at the ellipse that holds 1 − 3α/2."""
    return NormalDist().cdf(math.sqrt(-2 * math.log(min(1.5 * (1 - confidence), 1.0))))


def _at(ranked: Values, reached: Values, share: Any) -> Any:
    """Return the least number that a share of the rows do not exceed."""
    return ranked[np.minimum(np.searchsorted(reached, share - 1e-12), len(ranked) - 1)]


@dataclass(frozen=True, slots=True)
class _RowsBelow:
    """Weighted or clustered rows in the order of their numbers, and bounds of the share of the first."""

    share: Values
    unit: NDArray[np.intp] | None
    of_unit: Values
    worth: Units

    @classmethod
    def of(cls, share: Values, clusters: NDArray[Any] | None, worth: Units) -> _RowsBelow:
        unit = None if clusters is None else np.unique(clusters, return_inverse=True)[1]
        return cls(share, unit, by_unit(share, unit), worth)

    def crossings(self, reached: Values, level: float, confidence: float) -> tuple[float, float]:
        """Return the shares at which the upper and the lower bound reach the level; NaN for none."""
        count, ends = len(reached), []
        for sign in (1, -1):
            few, many = -1, count + 1
            while many - few > max(1, count // _STEPS):
                middle = (few + many) // 2
                reaches = self._bound(middle, sign, level, confidence) >= level
                few, many = (few, middle) if reaches else (middle, many)
            ends.append(few + 1 if sign > 0 else many)
        low, high = ends
        return (
            float(reached[low - 1]) if low > 0 else math.nan,
            float(reached[high - 1]) if high <= count else math.nan,
        )

    def _bound(self, rows: int, sign: int, level: float, confidence: float) -> float:
        """Return the upper (1) or lower (-1) bound of the share of the first rows, as any mean of them has it.

        Student's alone where that decides already on which side of the level it is.
        """
        if self.unit is None:
            part = np.where(np.arange(len(self.share)) < rows, self.share, 0.0)
        else:
            sums = np.bincount(self.unit[:rows], self.share[:rows], minlength=len(self.of_unit))
            part = sums.astype(np.float64)
        value = float(part.sum())
        psi = part - value * self.of_unit
        count = self.worth.count if self.unit is None else float(len(self.of_unit))
        spread = float(psi @ psi) * count / (count - 1) if count > 1 else math.inf
        student = value + sign * self.worth.quantile(confidence) * math.sqrt(spread)
        if (student >= level) == (sign > 0):
            return student
        score = score_bounds_of_units(
            value,
            psi,
            self.of_unit,
            Reach(0.0, 1.0, "range"),
            clustered=self.unit is not None,
            confidence=confidence,
            times=None if self.unit is not None else 2.0,
        )
        return max(student, score.upper) if sign > 0 else min(student, score.lower)


def _order_statistics(n: int, level: float, confidence: float) -> tuple[float, float]:
    """Return the shares of the rows up to the order statistics that are bounds; NaN for none."""
    low, high = (_binomial(p, n, level) for p in (1 - confidence, confidence))
    return low / n if low > 0 else math.nan, (high + 1) / n if high < n else math.nan


def _binomial(probability: float, n: int, share: float) -> int:
    """Return the least k with P(B ≤ k) ≥ `probability` of a binomial B."""
    from scipy.special import bdtr

    low, high = -1, n
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if bdtr(middle, n, share) >= probability else (middle, high)
    return high


def _few(side: _Side, level: float, confidence: float, n: int) -> str | None:
    """Return how many rows bounds need where there are none."""
    return None if None not in (side.low, side.high) else _needed(level, confidence, n)


def _needed(level: float, confidence: float, n: int) -> str:
    needed = math.ceil(math.log(1 - confidence) / math.log(max(level, 1 - level)))
    return f"{n:,} rows; bounds of a p{100 * level:g} need {max(needed, n + 1):,} independent ones"


def _correlation(a: Values, b: Values, level: float, worth: Units, confidence: float) -> float:
    """Return the correlation of both sides' shares, with z² supposed rows on which they differ."""
    spread = math.sqrt(float(a @ a) * float(b @ b))
    if spread == 0:
        return 0.0
    supposed = normal_quantile(confidence) ** 2 / (2 * worth.count * level * (1 - level))
    return max(float(a @ b) / spread - supposed, -1.0)


def _row_variance(low: float | None, high: float | None, n: int, confidence: float) -> float | None:
    if low is None or high is None:
        return None
    return n * ((high - low) / 2 / normal_quantile(confidence)) ** 2
