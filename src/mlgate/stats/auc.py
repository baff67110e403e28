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
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from mlgate.stats import influence, levels
from mlgate.stats.bounded import FEW, Reach, score_bounds
from mlgate.stats.effective_n import by_unit, units
from mlgate.stats.estimate import ClassReason, Estimate, normal_quantile, t_quantile
from mlgate.stats.influence import Influence
from mlgate.stats.proportions import wilson_bounds
from mlgate.stats.ranking import Ranking, rank
from mlgate.stats.sums import dot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from mlgate.stats.effective_n import Units

    Values = NDArray[np.float64]

MIN_PER_CLASS = 50
"""DeLong's type I error is .06–.08 with 20 positives, near .05 from 50."""
_NOTHING: Final = 1e-12


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
    return Influence(value, rows, "delong", too_few(m, k), min(m, k))


def roc_auc_ovr(
    codes: NDArray[Any],
    scores: Values,
    rankings: Sequence[Ranking] | None = None,
    weights: Values | None = None,
) -> Influence:
    """Mean over classes of the one-vs-rest AUC: scikit-learn's `multi_class="ovr"`, macro."""
    return one_against_rest(roc_auc, codes, scores, rankings, weights)


def one_against_rest(
    area: Callable[[NDArray[np.bool_], Values, Ranking | None, Values | None], Influence],
    codes: NDArray[Any],
    scores: Values,
    rankings: Sequence[Ranking] | None = None,
    weights: Values | None = None,
) -> Influence:
    """Mean over classes of an area of that class against all others.

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
    total, rows, method = 0.0, np.zeros(len(codes)), "influence"
    trials, why = math.inf, None
    for code in range(scores.shape[1]):
        hits = codes == code
        part = area(
            hits,
            np.ascontiguousarray(scores[:, code]),
            None if rankings is None else rankings[code],
            weights,
        )
        method = part.method
        if part.value is None or hits.all():
            reason = ClassReason("", (code,), ": no rows or all")
            return Influence(None, np.zeros(len(codes)), method, reason)
        assert part.trials is not None
        total += part.value
        rows += part.rows
        trials, why = min(trials, part.trials), why or part.insufficient
    classes = scores.shape[1]
    return Influence(total / classes, rows / classes, method, why, trials)


def interval(
    metric: Influence,
    *,
    confidence: float = 0.95,
    weights: Values | None = None,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Bounds of one AUC or average precision: Wilson's for as many trials as its variance is worth.

    They stay within 0 and 1, and near 1 hold what logit bounds do not; see `_limits`. A metric
    without `trials` has bounds on the logit scale.
    """
    if metric.value is None or metric.trials is None:
        return influence.interval(
            metric, confidence=confidence, logit=True, weights=weights, clusters=clusters
        )
    worth = units(len(metric), weights, clusters)
    limits = _limits(metric, worth, confidence, clusters)
    name = f"{metric.method}{worth.suffix} with wilson limits"
    return Estimate(
        metric.value,
        limits.low,
        limits.high,
        len(metric),
        name if limits.variance else _PERFECT + worth.suffix,
        row_variance=len(metric) * limits.variance if limits.variance else None,
        insufficient=metric.insufficient or worth.insufficient,
    )


def contrast(
    new: Influence,
    old: Influence,
    *,
    factor: float = 1.0,
    confidence: float = 0.95,
    weights: Values | None = None,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Bounds of new − factor × old on the same rows.

    Both sides' own limits, put together by MOVER (Zou & Donner 2008, Statistics in Medicine
    27:1693) with the correlation of their influence values; no narrower than the score interval
    of the change (`bounded`), and where fewer than `FEW` rows moved than Wilson's bound of no
    event among the rarer class. Equal rankings of many values give 0 and (0, 0).
    """
    estimate = influence.contrast(
        new, old, factor=factor, confidence=confidence, weights=weights, clusters=clusters
    )
    if estimate.value is None or new.trials is None or old.trials is None:
        return estimate
    if factor == 1 and _same_ranking(new, old):
        return estimate
    worth = units(len(new), weights, clusters)
    beside = levels.beside((new, old), confidence, clusters)
    ends = [
        _limits(side, worth, confidence, clusters, stepped=beside is None) for side in (new, old)
    ]
    low, high = _mover(new, old, ends, factor, clusters)
    moved = by_unit(new.rows - factor * old.rows, clusters)
    below, above = _moved_by_few(moved, min(new.trials, old.trials), confidence)
    value, step = estimate.value, ""
    if beside is not None and new.levels is not None and old.levels is not None:
        far = (
            beside.below(new.levels, old.levels, (1.0, factor), value, low),
            beside.below(old.levels, new.levels, (factor, 1.0), -value, high),
        )
        step = _BESIDE if far[0] > _STEP * low or far[1] > _STEP * high else ""
        low, high = far
    return replace(
        estimate,
        lower=min(value - low, value - below),
        upper=max(value + high, value + above),
        method=f"{estimate.method.removesuffix(' (identical)')} with wilson limits{step}",
    )


_BESIDE: Final = " beside a step"
_PERFECT: Final = "wilson (perfect ranking)"
_MISORDERED: Final = 5
"""With fewer effective misordered rows than this, those seen do not say how badly a row can rank."""


_STEP: Final = 2.0
"""How many times as far as by the slope of the curve bounds may be before it is a step."""
_COARSE: Final = 0.5
"""How long a step beside the threshold is, in its standard errors, before bounds reach over it."""
_AT: Final = 0.95
"""The confidence of the bounds that are held side by side for that: bounds at a higher one are never narrower."""


class _Limits(NamedTuple):
    """A side's own bounds, its variance, and whether that rests on enough misordered rows."""

    low: float
    high: float
    variance: float
    enough: bool


def _limits(
    metric: Influence,
    worth: Units,
    confidence: float,
    clusters: NDArray[Any] | None,
    *,
    stepped: bool = True,
) -> _Limits:
    """Return Wilson's bounds for A(1 − A)/V × (z/t)² trials (Korn & Graubard 1998, Survey Methodology 24:193).

    V = Σψ² is the variance, and t has e − 1 degrees of freedom, e = V²/Σψ⁴ the number of rows
    that V rests on. Where fewer than `_MISORDERED` effective rows are out of order, as where
    none is, the rows are worth no more trials than the rarer class has. With `stepped`, bounds reach
    over steps of the curve.
    """
    assert metric.value is not None
    assert metric.trials is not None
    value, rows = metric.value, by_unit(metric.rows, clusters)
    rare = metric.trials if clusters is None else metric.trials * worth.count / len(metric)
    squares = rows * rows
    total = float(squares.sum())
    count = len(rows)
    variance = total if clusters is None or count < 2 else total * count / (count - 1)

    def ends(confidence: float) -> tuple[float, float]:
        if metric.ends is None or not stepped:
            return math.inf, -math.inf
        return metric.ends(confidence, worth.count / len(metric))

    if variance == 0 or not 0 < value < 1:
        (low, high), (least, most) = wilson_bounds(value * rare, rare, confidence), ends(confidence)
        return _Limits(min(low, least), max(high, most), 0.0, enough=False)
    trials = value * (1 - value) / variance
    enough = trials * (1 - value) >= _MISORDERED
    df = max(min(total * total / dot(squares, squares) - 1, worth.df), 1.0)
    trials *= (normal_quantile(confidence) / t_quantile(confidence, df)) ** 2
    trials = trials if enough else min(trials, rare)
    low, high = wilson_bounds(value * trials, trials, confidence)
    (near, nearer), (least, most) = wilson_bounds(value * trials, trials, _AT), ends(_AT)
    step = value - least > _STEP * (value - near) or most - value > _STEP * (nearer - value)
    if step or metric.stepped > _COARSE:
        # The threshold may lie on the other side of a step of the curve, on which the slope says nothing.
        least, most = ends(confidence)
        low, high, enough = min(low, least), max(high, most), enough and not step
    return _Limits(low, high, variance, enough)


def _mover(
    new: Influence,
    old: Influence,
    ends: Sequence[_Limits],
    factor: float,
    clusters: NDArray[Any] | None,
) -> tuple[float, float]:
    """Return how far the bounds lie below and above the change."""
    (low, high, variance, sure), (old_low, old_high, old_variance, old_sure) = ends
    correlation = 0.0
    if sure and old_sure:
        product = dot(by_unit(new.rows, clusters), by_unit(old.rows, clusters))
        correlation = product / math.sqrt(variance * old_variance)

    def distance(a: float, b: float) -> float:
        return math.sqrt(max(a * a + b * b - 2 * correlation * a * b, 0.0))

    value, other = new.value or 0.0, old.value or 0.0
    return (
        distance(value - low, factor * (old_high - other)),
        distance(high - value, factor * (other - old_low)),
    )


def _moved_by_few(moved: Values, rare: float, confidence: float) -> tuple[float, float]:
    """Return how far down and up the change could be, for all that the rows that moved can say."""
    numbers = len(moved) * moved
    reach = float(np.abs(numbers).max(initial=0.0))
    below = above = 0.0
    if reach > 0:
        score = score_bounds(numbers, Reach(-reach, reach, "seen"), confidence=confidence)
        below, above = -score.lower, score.upper
    if np.count_nonzero(np.abs(moved) > _NOTHING) < FEW:
        unseen = wilson_bounds(0.0, rare, confidence)[1]
        below, above = max(below, unseen), max(above, unseen)
    return below, above


def _same_ranking(new: Influence, old: Influence) -> bool:
    """Whether both sides rank all rows alike, and by more than a few values."""
    return bool(np.array_equal(new.rows, old.rows) and len(np.unique(new.rows)) > FEW)


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
    m, k = worth_of(positive, weights)
    if m == 0:
        return Influence(None, np.zeros(n), "influence", "no row of the positive class")
    ranking = ranking or rank(score)
    if weights is None and ranking.starts is None:
        value, rows = _untied_precision(positive, ranking)
    else:
        value, rows = _average_precision(positive, ranking, weights)
    return Influence(value, rows, "influence", too_few(m, k), min(m, max(k, 1)))


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
    m, k = worth_of(positive, weights)
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
    return Influence(value, rows, "delong", too_few(m, k), min(m, k))


def worth_of(positive: NDArray[np.bool_], weights: Values | None) -> tuple[float, float]:
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


def too_few(m: float, k: float) -> str | None:
    """Return why m positive and k negative rows carry no interval; None where they do."""
    if round(min(m, k), 6) >= MIN_PER_CLASS:
        return None
    return f"{m:.0f} positive and {k:.0f} negative rows; {MIN_PER_CLASS} of each are needed"
