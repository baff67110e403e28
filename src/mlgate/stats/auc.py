"""ROC AUC with DeLong's covariance in O(n log n), ties by midranks.

DeLong, DeLong & Clarke-Pearson (Biometrics 1988); the ranking form is Sun & Xu (IEEE Signal
Processing Letters 2014). For m positives X and k negatives Y the placements are
V10(i) = (#{Y < Xᵢ} + ½ #{Y = Xᵢ}) / k and V01(j) = (#{X > Yⱼ} + ½ #{X = Yⱼ}) / m, both with
mean A, and Var(A) = S²(V10)/m + S²(V01)/k with S² over m − 1 and k − 1. The influence of a
positive row is (V10 − A)/√(m(m−1)), of a negative one (V01 − A)/√(k(k−1)): their squares sum
to that variance, their products to DeLong's covariance of two scores on the same rows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from mlgate.stats import influence
from mlgate.stats.effective_n import units
from mlgate.stats.estimate import ClassReason, Estimate
from mlgate.stats.influence import Influence
from mlgate.stats.proportions import wilson_bounds
from mlgate.stats.ranking import Ranking, rank
from mlgate.stats.sums import dot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

MIN_PER_CLASS = 50
"""DeLong's type I error is .06–.08 with 20 positives, near .05 from 50."""


def roc_auc(
    positive: NDArray[np.bool_],
    score: Values,
    ranking: Ranking | None = None,
    weights: Values | None = None,
) -> Influence:
    """Area under the ROC curve of shape-(n,) scores; undefined unless both classes occur.

    Equals `sklearn.metrics.roc_auc_score`. Hand in `ranking` where the score is sorted
    already; the sort is nearly all of the cost. With `weights`, shape (n,), comparisons count
    by the products of both rows' weights, and ψ is the row's share of its class's weight
    times its centred placement.
    """
    if weights is not None:
        return _weighted_auc(positive, ranking or rank(score), weights)
    n, m = len(positive), int(np.count_nonzero(positive))
    k = n - m
    if m == 0 or k == 0:
        missing = "positive" if m == 0 else "negative"
        return Influence(None, np.zeros(n), "delong", f"no row of the {missing} class")
    ranking = ranking or rank(score)
    hits = positive[ranking.order]
    ups, downs = np.flatnonzero(hits), np.flatnonzero(~hits)
    if ranking.starts is None:
        below, above = _comparisons(ups, downs)
    else:
        below, above = _tied_comparisons(hits, ranking.starts)
    value = float(below.sum()) / m / k
    rows = np.empty(n)
    rows[ranking.order[ups]] = _centred(below, value, k, m)
    rows[ranking.order[downs]] = _centred(above, value, m, k)
    return Influence(value, rows, "delong", _too_few(m, k), min(m, k))


def roc_auc_ovr(
    codes: NDArray[Any],
    scores: Values,
    rankings: Sequence[Ranking] | None = None,
    weights: Values | None = None,
) -> Influence:
    """Mean over classes of the one-vs-rest AUC: scikit-learn's `multi_class="ovr"`, macro.

    Parameters
    ----------
    codes
        Shape (n,), 0 … K−1.
    scores
        Shape (n, K).

    Returns
    -------
    Influence
        Its rows are the mean of the classes' influence values, which carries the covariance
        between classes. Undefined where a class has no row, or every row.
    """
    total, rows = 0.0, np.zeros(len(codes))
    why: str | None = None
    for code in range(scores.shape[1]):
        area = roc_auc(
            codes == code,
            np.ascontiguousarray(scores[:, code]),
            None if rankings is None else rankings[code],
            weights,
        )
        if area.value is None:
            reason = ClassReason("", (code,), ": no rows or all")
            return Influence(None, np.zeros(len(codes)), "delong", reason)
        total += area.value
        rows += area.rows
        why = why or area.insufficient
    classes = scores.shape[1]
    return Influence(total / classes, rows / classes, "delong", why)


def interval(
    metric: Influence,
    *,
    confidence: float = 0.95,
    weights: Values | None = None,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Bounds of one AUC or average precision on the logit scale: they stay within 0 and 1.

    At exactly 0 or 1 the variance is 0 and says nothing: the bound there is Wilson's for
    `metric.trials` trials, the size of the rarer class (of clusters, as many fewer as there
    are fewer clusters than rows).
    """
    if metric.value is None or 0 < metric.value < 1 or metric.trials is None:
        return influence.interval(
            metric, confidence=confidence, logit=True, weights=weights, clusters=clusters
        )
    worth, n = units(len(metric), weights, clusters), len(metric)
    trials = metric.trials if clusters is None else metric.trials * worth.count / n
    low, high = wilson_bounds(metric.value * trials, trials, confidence)
    method, why = "wilson (perfect ranking)" + worth.suffix, worth.insufficient
    return Estimate(metric.value, low, high, n, method, insufficient=metric.insufficient or why)


def contrast(
    new: Influence, old: Influence, *, factor: float = 1.0, confidence: float = 0.95
) -> Estimate:
    """Bounds of new − factor × old on the same rows; identical rankings give 0 and (0, 0)."""
    return influence.contrast(new, old, factor=factor, confidence=confidence)


def average_precision(
    positive: NDArray[np.bool_],
    score: Values,
    ranking: Ranking | None = None,
    weights: Values | None = None,
) -> Influence:
    """Average precision, as `sklearn.metrics.average_precision_score`, in O(n log n).

    AP = (1/m) Σ_{i positive} Tᵢ/Rᵢ with Tᵢ and Rᵢ the positives and the rows that score at
    least as high as row i. Influence values are the derivatives by the rows' weights
    (infinitesimal jackknife, Efron 1982); tests hold it against the bootstrap. With `weights`,
    shape (n,), all of these are sums of weights.
    """
    n = len(positive)
    m, k = _worth(positive, weights)
    if m == 0:
        return Influence(None, np.zeros(n), "influence", "no row of the positive class")
    ranking = ranking or rank(score)
    if weights is None and ranking.starts is None:
        value, rows = _untied_precision(positive, ranking)
    else:
        value, rows = _average_precision(positive, ranking, weights)
    return Influence(value, rows, "influence", _too_few(m, k), min(m, max(k, 1)))


def _untied_precision(positive: NDArray[np.bool_], ranking: Ranking) -> tuple[float, Values]:
    """The same as `_average_precision` of unequal scores: sums over the positive rows alone."""
    n, ups = len(positive), np.flatnonzero(positive[ranking.order])
    m = len(ups)
    ranked = (n - ups).astype(np.float64)
    precision = np.arange(m, 0.0, -1.0) / ranked
    value = float(precision.sum()) / m
    own, shared = np.cumsum(1 / ranked), np.cumsum(precision / ranked)
    change = np.repeat(np.append(0.0, -shared / m), np.diff(ups, prepend=0, append=n))
    own += precision - value
    change[ups] += own / m
    rows = np.empty(n)
    rows[ranking.order] = change
    return value, rows


def _average_precision(
    positive: NDArray[np.bool_], ranking: Ranking, weights: Values | None
) -> tuple[float, Values]:
    hits, starts = positive[ranking.order].astype(np.float64), ranking.starts
    if weights is not None:
        weights = weights[ranking.order]
        group = _by_group(hits * weights, starts)
        ranked = _from_above(_by_group(weights, starts))
    else:
        assert starts is not None
        group, ranked = _by_group(hits, starts), (len(hits) - starts).astype(np.float64)
    true = _from_above(group)
    m = float(true[0])
    ranked[ranked == 0] = 1.0  # only rows of weight 0, which add nothing
    precision = true / ranked
    value = dot(group, precision) / m
    # d AP / d w_j = (1/m) [pos_j (P_j − AP) + Σ_{groups at or below j} h (pos_j − P) / R]
    per_row = group / ranked
    own, shared = np.cumsum(per_row), np.cumsum(per_row * precision)
    own += precision - value
    if starts is not None:
        size = np.diff(np.append(starts, len(hits)))
        own, shared = np.repeat(own, size), np.repeat(shared, size)
    change = (hits * own - shared) / m
    rows = np.empty(len(hits))
    rows[ranking.order] = change if weights is None else change * weights
    return value, rows


def _by_group(values: Values, starts: NDArray[np.intp] | None) -> Values:
    """Sum values in the order of a ranking over its groups of equal scores."""
    sums: Values = values if starts is None else np.add.reduceat(values, starts)
    return sums


def _from_above(values: Values) -> Values:
    """Return, for each place, the sum from there to the end."""
    sums: Values = np.cumsum(values[::-1])[::-1]
    return sums


def _weighted_auc(positive: NDArray[np.bool_], ranking: Ranking, weights: Values) -> Influence:
    """Placements are shares of the other class's weight; equals count half."""
    n = len(positive)
    m, k = _worth(positive, weights)
    if m == 0 or k == 0:
        missing = "positive" if m == 0 else "negative"
        return Influence(None, np.zeros(n), "delong", f"no row of the {missing} class")
    hits, ordered = positive[ranking.order], weights[ranking.order]
    starts = ranking.starts if ranking.starts is not None else np.arange(n)
    size = np.diff(starts, append=n)
    ups = np.add.reduceat(ordered * hits, starts)
    downs = np.add.reduceat(ordered * ~hits, starts)
    below = (np.cumsum(downs) - downs / 2) / downs.sum()
    above = (_from_above(ups) - ups / 2) / ups.sum()
    value = dot(ups, below) / float(ups.sum())
    placement = np.where(hits, np.repeat(below, size), np.repeat(above, size)) - value
    share = ordered / np.where(hits, ups.sum(), downs.sum())
    corrected = np.where(hits, *(math.sqrt(w / (w - 1)) if w > 1 else 0.0 for w in (m, k)))
    rows = np.empty(n)
    rows[ranking.order] = share * placement * corrected
    return Influence(value, rows, "delong", _too_few(m, k), min(m, k))


def _worth(positive: NDArray[np.bool_], weights: Values | None) -> tuple[float, float]:
    """Return how many equal rows the positive rows, and the negative ones, are worth."""
    if weights is None:
        hits = int(np.count_nonzero(positive))
        return hits, len(positive) - hits
    m, k = (units(0, weights[which]).count for which in (positive, ~positive))
    return m, k


def _comparisons(ups: NDArray[np.intp], downs: NDArray[np.intp]) -> tuple[Values, Values]:
    """Count the negatives below each positive, and the positives above each negative.

    Given the ranks of the positive rows and of the negative ones, both ascending.
    """
    m, k = len(ups), len(downs)
    below, above = ups.astype(np.float64), np.arange(m, m + k, dtype=np.float64)
    below -= np.arange(m)
    above -= downs
    return below, above


def _tied_comparisons(hits: NDArray[np.bool_], starts: NDArray[np.intp]) -> tuple[Values, Values]:
    """The same where groups of equal scores begin at `starts`; equals count half.

    `hits` tells of each row by ascending score whether it is positive.
    """
    positives = np.add.reduceat(hits, starts, dtype=np.intp)
    negatives = np.diff(starts, append=len(hits)) - positives
    below = np.cumsum(negatives) - negatives / 2
    above = positives.sum() - np.cumsum(positives) + positives / 2
    return np.repeat(below, positives), np.repeat(above, negatives)


def _centred(comparisons: Values, value: float, others: int, own: int) -> Values:
    """Turn counts, in place, into influence values of rows whose class has `own` rows."""
    comparisons /= others
    comparisons -= value
    comparisons *= 1 / math.sqrt(own * (own - 1)) if own > 1 else 0.0
    return comparisons


def _too_few(m: float, k: float) -> str | None:
    if round(min(m, k), 6) >= MIN_PER_CLASS:
        return None
    return f"{m:.0f} positive and {k:.0f} negative rows; {MIN_PER_CLASS} of each are needed"
