"""Bounds of a mean of numbers that cannot lie beyond known limits.

Student's interval is too bold where few rows carry the mean: a sample that happens to hold none
of the heavy rows knows nothing of them. What a row *could* have been is often known from the
predictions alone, whatever its label. Let A and B be the least and the largest such number,
z the normal quantile of the confidence, hᵢ(a) = a − xᵢ, AM and HM arithmetic and harmonic means:

    U_score = a − HM(h)   for the a ≥ B with AM(h) / HM(h) = 1 + z²/n
            = x̄ + (B − x̄) z² / (n + z²)   where AM(h) / HM(h) < 1 + z²/n at B: an unseen row decides
    U       = max(U_score, Student's bound);   L is −U of −x with the bound −A

Among all distributions on the rows seen and B, the likeliest with mean μ (empirical likelihood:
Owen 1988, Biometrika 75:237; with an atom at the bound the dual of Honda & Takemura 2010, COLT)
has variance H(AM − H), H the harmonic mean; the score statistic (μ − x̄)² = z² variance / n with
it reads as above. Of 0-1 numbers this is Wilson's interval, of −1, 0, 1 with bounds ±1 it is
Tango's. Neither interval alone holds on both sides: the score interval is too bold where the
rare heavy rows were seen, Student's where they were not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from mlgate.stats.effective_n import by_unit, equal, heavy
from mlgate.stats.estimate import normal_quantile
from mlgate.stats.sums import dot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.stats.estimate import Estimate

    Values = NDArray[np.float64]

FEW: Final = 20
"""With fewer changed rows than this, what these rows show of a change's size does not count."""
_CARRIED: Final = 5.0
"""With what moved worth fewer equal clusters than this, (Σψ²)² / Σψ⁴, what it shows does not count."""
_BLOCK: Final = 1 << 16
_STEPS: Final = 60
_TOLERANCE: Final = 1e-9
_NEAREST: Final = 1e-12
"""How near above the largest number the solution is looked for, as a share of their spread."""

Source = Literal["predictions", "range", "seen", "few"]
"""Where limits come from: what the predictions allow, a declared range, twice the largest number
seen, or all that any row shows, because too few changed."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The least and the largest number that a row could have been."""

    low: float
    high: float
    source: Source


@dataclass(frozen=True, slots=True)
class ScoreBounds:
    """Both score bounds of a mean."""

    lower: float
    upper: float


def score_bounds(
    values: Values,
    reach: Reach,
    *,
    confidence: float = 0.95,
    counts: NDArray[np.int64] | None = None,
) -> ScoreBounds:
    """Return the score bounds of the mean of shape-(n,) independent numbers within `reach`.

    With `counts`, shape (n,), each number is there so many times.
    """
    n = len(values) if counts is None else int(counts.sum())
    share = None if counts is None else counts / n
    ratio = normal_quantile(confidence) ** 2 / n
    upper = _upper(values, max(reach.high, float(values.max())), ratio, share)
    lower = -_upper(-values, max(-reach.low, -float(values.min())), ratio, share)
    return ScoreBounds(lower, upper)


def score_bounds_of_units(
    value: float,
    units: Values,
    share: Values,
    reach: Reach,
    *,
    clustered: bool,
    confidence: float,
    times: float | None = None,
) -> ScoreBounds:
    """Return the score bounds of a value that is a sum of influences over weighted rows or clusters.

    A unit (row or cluster) with the sum ψ of its rows' influence counts as value + G ψ, G the
    number of units; it could have been as far out as its share of the weight times that of a
    row, for the heaviest unit. No weighted row is supposed to be more than twice as far out as the
    farthest one seen, or than `_row` at a typical weight (`effective_n.heavy`), no cluster more than
    `_farthest`: that the heaviest is at its limit is possible, but would leave hardly any interval.

    Parameters
    ----------
    units, share
        Shape (G,): ψ and the weight of each unit.
    reach
        The limits of a single row.
    times
        How many times as far out as the farthest unit another may be, where that is not the rule above.
    """
    numbers = value + len(units) * units
    moved = numbers - value
    heaviest = len(units) * float(share.max() / share.sum())
    far = _farthest(moved, times) if clustered else (times or 2) * float(np.abs(moved).max())
    if not clustered and times is None:
        typical = len(share) * float(heavy(share)[0] / share.sum())
        far = max(far, typical * _row(value, units, share, reach))
    low, high = heaviest * (reach.low - value), heaviest * (reach.high - value)
    limits = Reach(value + max(low, -far), value + min(high, far), reach.source)
    return score_bounds(numbers, limits, confidence=confidence)


def widened(
    estimate: Estimate,
    rows: Values,
    reach: Reach,
    *,
    weights: Values | None,
    clusters: NDArray[Any] | None,
    confidence: float,
) -> Estimate:
    """Return the estimate of a mean of weighted or clustered rows, no narrower than score bounds.

    Those of `score_bounds_of_units`; `rows` is ψ of each row, shape (n,).
    """
    if estimate.value is None or estimate.lower is None or estimate.upper is None:
        return estimate
    share = np.ones(len(rows)) if weights is None else weights
    score = score_bounds_of_units(
        estimate.value,
        by_unit(rows, clusters),
        by_unit(share, clusters),
        reach,
        clustered=clusters is not None,
        confidence=confidence,
    )
    return replace(
        estimate,
        lower=min(estimate.lower, score.lower),
        upper=max(estimate.upper, score.upper),
        method=f"{estimate.method} and score",
    )


def _row(value: float, units: Values, share: Values, reach: Reach) -> float:
    """Return how far out a row of weight 1 of G is supposed to be, whatever it weighs.

    As far as any that was seen; where all that moved is worth fewer than `_CARRIED` equal rows, as a
    row can be: these say nothing of others.
    """
    weighing = share > 0
    seen = float(np.abs(units[weighing] / share[weighing]).max()) * float(share.sum())
    if reach.source == "seen" or equal(units * units) >= _CARRIED:
        return seen
    return max(seen, value - reach.low, reach.high - value)


def _farthest(moved: Values, times: float | None = None) -> float:
    """Return how far out another of these clusters is supposed to be, at most.

    `times` as far as the farthest one, by default as `times_beyond` says. No limit where all that
    moved is worth fewer than `_CARRIED` equal clusters: these say nothing of others.
    """
    if equal(moved * moved) < _CARRIED:
        return math.inf
    return (times or times_beyond(moved, most=2.0)) * float(np.abs(moved).max())


def times_beyond(values: Values, *, most: float) -> float:
    """Return how many times as far out as the farthest of these another is supposed to be.

    Half their kurtosis about 0 (3 for a normal law), between once and `most` times.
    """
    squares = values * values
    worth = equal(squares)
    return min(max(len(values) / worth / 2, 1.0), most) if worth else 1.0


def _upper(values: Values, high: float, ratio: float, share: Values | None = None) -> float:
    """Return the upper bound; `ratio` is z²/n."""
    mean, least = _mean(values, share), float(values.min())
    spread = high - least
    if spread <= 0:
        return high
    if high != 0 and high + spread * _NEAREST == high:  # floats are too far apart so far from 0
        return high + _upper(values - high, 0.0, ratio, share)
    edge = mean + (high - mean) * ratio / (1 + ratio)
    if float(values.max()) < high:
        inverse, _ = _inverses(values, high, share)
        if math.log((high - mean) * inverse) <= math.log1p(ratio):
            return edge  # an unseen row decides
    return _solved(values, high, ratio, mean, spread, share)


def _solved(
    values: Values, high: float, ratio: float, mean: float, spread: float, share: Values | None
) -> float:
    """Solve ln AM(a − x) − ln HM(a − x) = ln(1 + z²/n) for ln(a − high) by guarded Newton steps."""
    target = math.log1p(ratio)
    reached = math.sqrt(_variance(values, mean, share) / ratio)  # variance / (a − mean)² ≈ z²/n
    low, top = math.log(spread * _NEAREST), math.log(max(spread, reached) * 1e3)
    place = math.log(max(mean + reached - high, spread * 1e-9))
    bound = high
    for _ in range(_STEPS):
        gap = math.exp(place)
        above = high + gap
        inverse, squares = _inverses(values, above, share)
        bound = above - 1 / inverse
        excess = math.log((above - mean) * inverse) - target
        low, top = (place, top) if excess > 0 else (low, place)
        slope = (1 / (above - mean) - squares / inverse) * gap
        step = excess / slope if slope else 0.0
        if abs(step) < _TOLERANCE or top - low < _TOLERANCE:
            break
        ahead = place - step
        place = ahead if low < ahead < top else (low + top) / 2
    return bound


def _mean(values: Values, share: Values | None) -> float:
    return float(values.mean()) if share is None else dot(values, share)


def _inverses(values: Values, above: float, share: Values | None) -> tuple[float, float]:
    """Return the means of 1/(above − x) and of its square."""
    inverse = np.subtract(above, values)
    np.reciprocal(inverse, out=inverse)
    if share is None:
        return float(inverse.mean()), dot(inverse, inverse) / len(values)
    return dot(inverse, share), dot(inverse * inverse, share)


def _variance(values: Values, mean: float, share: Values | None) -> float:
    centred = values - mean
    return dot(centred, centred) / len(values) if share is None else dot(centred * centred, share)


def of_possible(
    new: Values, old: Values | None = None, *, factor: float = 1.0, most: float | None = None
) -> Reach:
    """Return the limits of new − factor × old, given each row's loss under every label it could have.

    Parameters
    ----------
    new, old
        Shape (n, K).
    most
        The largest loss of any row at all, where too few rows changed to go by what they allow.
    """
    if most is not None:
        return Reach(-factor * most, most, "few")
    low, high = math.inf, -math.inf
    for start in range(0, len(new), _BLOCK):  # in pieces that stay in the processor's cache
        piece = new[start : start + _BLOCK]
        if old is not None:
            piece = piece - factor * old[start : start + _BLOCK]
        low, high = min(low, float(piece.min())), max(high, float(piece.max()))
    return Reach(low, high, "predictions")


def of_numbers(new: Values, old: Values | None = None, *, factor: float = 1.0) -> Reach:
    """Return limits of numbers of which none are known: twice the largest that was seen.

    Where fewer than `FEW` rows changed, the range of all numbers of both sides.
    """
    if old is None:
        return Reach(min(0.0, 2 * float(new.min())), max(0.0, 2 * float(new.max())), "seen")
    if np.count_nonzero(new != old) < FEW:
        low, high = min(new.min(), old.min()), max(new.max(), old.max())
        return Reach(float(low - factor * high), float(high - factor * low), "few")
    largest = 2 * float(np.abs(new - factor * old).max())
    return Reach(-largest, largest, "seen")


def of_range(low: float, high: float, *, factor: float | None = None) -> Reach:
    """Return the limits of a number declared to be within a range, or of new − factor × old of two."""
    if factor is None:
        return Reach(low, high, "range")
    return Reach(low - factor * high, high - factor * low, "range")
