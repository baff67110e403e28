"""Recall at a precision and TPR at an FPR, with their influence values.

Each is the share of positives above a threshold that is itself estimated: the smallest one at
which precision or FPR meets its limit. A row moves it in two ways, by being above it, and by moving
it. For the second the slope of the curve there is needed: that between the two points at which the
limit would be met were it one standard error off on either side. So little of the curve cannot be
told from noise, and so much smooths its steps. Where scores have few levels, or few rows are above the
threshold, the slope says little: `ends` bounds the metric at the thresholds whose own Wilson limits meet
the limit certainly and possibly.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mlgate.stats.auc import too_few, worth_of
from mlgate.stats.effective_n import by_unit
from mlgate.stats.influence import Influence
from mlgate.stats.levels import OfThresholds
from mlgate.stats.ranking import Ranking, rank
from mlgate.stats.score import wilson_bounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

METHOD: Final = "influence"
MIN_ALARMS: Final = 10
"""False positives that an FPR must allow, for the threshold to be known."""


def tpr_at_fpr(
    positive: NDArray[np.bool_],
    score: Values,
    limit: float,
    ranking: Ranking | None = None,
    weights: Values | None = None,
    clusters: NDArray[Any] | None = None,
) -> Influence:
    """Return the largest TPR on the ROC curve with an FPR of at most `limit`.

    Parameters
    ----------
    positive, score
        Shape (n,); a row is predicted positive where its score is at least the threshold.
    weights
        Shape (n,), ≥ 0.
    clusters
        Shape (n,), codes of the cluster of each row: what the standard error counts.

    Returns
    -------
    Influence
        Undefined unless both classes occur.
    """
    n, (m, k) = len(positive), worth_of(positive, weights)
    if m == 0 or k == 0:
        missing = "positive" if m == 0 else "negative"
        return Influence(None, np.zeros(n), METHOD, f"no row of the {missing} class")
    curve = _Curve(positive, score, ranking, weights)
    tpr, fpr = (
        curve.above(positive, curve.total(positive)),
        curve.above(~positive, curve.total(~positive)),
    )
    place = int(np.searchsorted(fpr, limit, side="right")) - 1
    chosen = curve.chosen(place)
    moves = ~positive * curve.weights / curve.total(~positive)
    error = _error(by_unit(moves * (chosen - fpr[place]), clusters))
    off = max(error, float(by_unit(moves, clusters).max()))
    near = int(np.searchsorted(fpr, limit - off, side="right")) - 1
    far = int(np.searchsorted(fpr, limit + off, side="right")) - 1
    near, far = max(near, 0), min(far + 1, len(fpr) - 1) if far == near else far
    width = fpr[far] - fpr[near]
    stepped = _stepped(fpr, place, error, 1.5 * float(by_unit(moves, clusters).max()))
    slope = float((tpr[far] - tpr[near]) / width) if width > 0 else 0.0
    rows = np.where(
        positive,
        (chosen - tpr[place]) / curve.total(positive),
        -slope * (chosen - fpr[place]) / curve.total(~positive),
    )
    why = too_few(m, k)
    if why is None and k * limit < MIN_ALARMS:
        why = (
            f"{k:.0f} negative rows allow {k * limit:.1f} false positives, {MIN_ALARMS} are needed"
        )

    def ends(confidence: float, worth: float) -> tuple[float, float]:
        low, high = wilson_bounds(fpr * k * worth, np.array(k * worth), 1 - confidence)
        return _ends(tpr, m * worth, high <= limit, low <= limit, confidence)

    rows *= curve.weights
    unit = math.sqrt(limit * (1 - limit)) * _error(by_unit(moves, clusters))
    surplus, fixed = (limit - fpr) / unit, curve.share_above(positive, tpr)
    levels = OfThresholds(tpr, surplus, moves * (chosen - fpr[place]), fixed)
    return Influence(
        float(tpr[place]), rows, METHOD, why, min(m, k), ends=ends, stepped=stepped, levels=levels
    )


def recall_at_precision(
    positive: NDArray[np.bool_],
    score: Values,
    limit: float,
    ranking: Ranking | None = None,
    weights: Values | None = None,
    clusters: NDArray[Any] | None = None,
) -> Influence:
    """Return the largest recall on the curve with a precision of at least `limit`.

    It is 0 where no threshold reaches the precision. Parameters as for `tpr_at_fpr`.
    """
    n, (m, k) = len(positive), worth_of(positive, weights)
    if m == 0:
        return Influence(None, np.zeros(n), METHOD, "no row of the positive class")
    curve = _Curve(positive, score, ranking, weights)
    recall = curve.above(positive, curve.total(positive))
    hits, every = curve.above(positive, 1.0), curve.above(np.ones(n, dtype=bool), 1.0)
    margin = hits - limit * every
    with np.errstate(invalid="ignore"):
        precise = np.flatnonzero(hits[1:] / every[1:] >= limit) + 1
    place = int(precise[-1]) if len(precise) else 0
    chosen = curve.chosen(place)
    off = _error(by_unit((positive - limit) * curve.weights * chosen, clusters))
    near = int(_last(margin[: place + 1] >= off, int(margin[: place + 1].argmax())))
    far = int(_last(margin >= -off, place))
    width = margin[near] - margin[far]
    slope = float((recall[far] - recall[near]) / width) if width > 0 else 0.0
    rows = positive * (chosen - recall[place]) / curve.total(positive)
    if place < len(recall) - 1:
        rows = rows + slope * (positive - limit) * chosen

    def ends(confidence: float, worth: float) -> tuple[float, float]:
        share = worth * n / float(every[-1])  # of weights
        low, high = wilson_bounds(hits[1:] * share, every[1:] * share, 1 - confidence)
        none = [True]  # of no row the precision is as high as any
        certain, possible = (np.concatenate((none, side >= limit)) for side in (low, high))
        return _ends(recall, m * worth, certain, possible, confidence)

    why, rare, rows = too_few(m, k), min(m, max(k, 1)), rows * curve.weights
    sizes = by_unit(curve.weights, clusters)
    worth = float(every[-1]) / _error(sizes) ** 2
    stepped = _stepped(every - hits, place, off / limit, 1.5 * float(sizes.max()))
    unit = np.sqrt(limit * (1 - limit) * np.maximum(every, every[every > 0][0]) / worth)
    moves, fixed = (positive - limit) * curve.weights * chosen, curve.share_above(positive, recall)
    levels = OfThresholds(recall, margin / unit, moves, fixed)
    return Influence(
        float(recall[place]), rows, METHOD, why, rare, ends=ends, stepped=stepped, levels=levels
    )


def _ends(
    share: Values,
    count: float,
    certain: NDArray[np.bool_],
    possible: NDArray[np.bool_],
    confidence: float,
) -> tuple[float, float]:
    """Return Wilson's lower limit of a share at the last certain place, the upper one at the last possible one."""
    lower, upper = (float(share[_last(side, 0)]) for side in (certain, possible))
    low, _ = wilson_bounds(np.array(lower * count), np.array(count), 1 - confidence)
    _, high = wilson_bounds(np.array(upper * count), np.array(count), 1 - confidence)
    return float(low), float(high)


def _stepped(curve: Values, place: int, error: float, row: float) -> float:
    """Return how far the next place on either side is, in units of the error; 0 where it is a row or so."""
    step = float(np.diff(curve[max(place - 1, 0) : place + 2]).max(initial=0.0))
    return 0.0 if step <= row else step / error if error else math.inf


def _error(values: Values) -> float:
    """Return the standard error of a sum of influence values."""
    return float(np.sqrt((values * values).sum()))


def _last(holds: NDArray[np.bool_], otherwise: int) -> int:
    places = np.flatnonzero(holds)
    return int(places[-1]) if len(places) else otherwise


class _Curve:
    """Rows by falling score: places 0 … g, of which place j has the rows of the j highest scores."""

    def __init__(
        self,
        positive: NDArray[np.bool_],
        score: Values,
        ranking: Ranking | None,
        weights: Values | None,
    ) -> None:
        ranking = ranking or rank(score)
        self.weights = np.ones(len(positive)) if weights is None else weights
        self._order = ranking.order
        self._starts = np.arange(len(positive)) if ranking.starts is None else ranking.starts

    def total(self, which: NDArray[np.bool_]) -> float:
        """Return the weight of some rows."""
        return float(self.weights[which].sum())

    def above(self, which: NDArray[np.bool_], total: float) -> Values:
        """Return the weight of some rows at each place, as a share of `total`, shape (g + 1,)."""
        weights = (self.weights * which)[self._order]
        sums = np.add.reduceat(weights, self._starts)[::-1]
        return np.concatenate(([0.0], np.cumsum(sums))) / total

    def share_above(self, which: NDArray[np.bool_], shares: Values) -> Callable[[int], Values]:
        """Return the influence values, by place, of the share of some rows that is above it."""
        each = self.weights * which / self.total(which)
        return lambda place: each * (self.chosen(place) - shares[place])

    def chosen(self, place: int) -> NDArray[np.bool_]:
        """Return the rows that are above the threshold at a place."""
        rows = np.zeros(len(self._order), dtype=bool)
        if place:
            rows[self._order[self._starts[len(self._starts) - place] :]] = True
        return rows
