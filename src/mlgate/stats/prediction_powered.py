"""A mean that a human knows of few rows, with a judge's number of every row.

Prediction-powered inference (Angelopoulos et al. 2023, Science 382:669), with the power tuning of PPI++
(Angelopoulos, Duchi & Zrnic 2023, arXiv:2311.01453): with h of the human on L of the rows, and f of the
judge on all,

    θ = mean_L(h) − λ (mean_L(f) − mean(f)),    λ = argmin Var(θ)

The human part corrects the judge's bias whatever it is, and λ is 0 where the judge says nothing of h: the
regression estimator of double sampling (Cochran 1977, Sampling Techniques, section 12.6). It supposes that
the rows of L were drawn at random.

θ is linear in the rows: its influence is that of mean_L(h), less λ times that of mean_L(f) − mean(f). So λ
is a least squares fit of influence values, summed within clusters, and a change between two models, each
with a judge and human labels of its own, has two such controls (which two fits, one a side, would tune for
another variance). Residuals are those of the jackknife, (1 − leverage) as large (MacKinnon & White 1985,
Journal of Econometrics 29:305, HC3): of 30 labels the plain ones are too small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mlgate.stats.agreement import kappa as kappa_of_shares
from mlgate.stats.bounded import Reach, score_bounds, score_bounds_of_units
from mlgate.stats.effective_n import by_unit, equal, units
from mlgate.stats.estimate import Estimate, t_p_value, t_quantile, undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Mask = NDArray[np.bool_]

LEAST: Final = 20
"""With fewer human labels than this, nothing is certain of a judge."""
_MOST_LEVERAGE: Final = 0.9
JUDGED: Final = "prediction-powered"
LABELLED: Final = "human labels"


@dataclass(frozen=True, slots=True)
class JudgedNumbers:
    """A judge's numbers, and a human's of some of the rows.

    Attributes
    ----------
    score, human
        Shape (n,); `human` is NaN where no human looked.
    weights
        Shape (n,), ≥ 0; None: every row counts once.
    exact
        Rows whose number is right as it is, since their sample failed, shape (n,); None: no row.
    """

    score: Values
    human: Values
    weights: Values | None = None
    exact: Mask | None = None

    @property
    def labelled(self) -> Mask:
        """The rows with a human label that count, shape (n,)."""
        labelled: Mask = ~np.isnan(self.human)
        if self.exact is not None:
            labelled &= ~self.exact
        return labelled if self.weights is None else labelled & (self.weights > 0)

    @property
    def share(self) -> Values:
        """What each row counts, shape (n,), in all 1."""
        if self.weights is None:
            return np.full(len(self.score), 1 / len(self.score))
        share: Values = self.weights / self.weights.sum()
        return share

    def on_labelled(self, values: Values) -> JudgedNumbers:
        """Return another number of the same labelled rows in the human's place."""
        human = np.where(self.labelled, values, np.nan)
        return replace(self, human=human, exact=None)


@dataclass(frozen=True, slots=True)
class LabelledValue:
    """What the human labels say of something, and how the judge's numbers may correct it.

    Attributes
    ----------
    value
        None without any human label, or where it is not defined.
    rows
        Its influence on n rows, shape (n,).
    labelled
        Shape (n,).
    weights
        As of `JudgedNumbers`.
    control
        Influence of what is 0 in expectation, shape (n,), and its value; None where there is none.
    numbers
        The human's and the judge's mean of the labelled rows, from which the reach of a row follows.
    limits
        The least and the largest number; None where they are not known.
    count
        How many rows the labelled ones stand for, as a share of all.
    """

    value: float | None
    rows: Values
    labelled: Mask
    weights: Values | None
    control: tuple[Values, float] | None = None
    numbers: tuple[float, float] = (0.0, 0.0)
    limits: tuple[float, float] | None = None
    count: float = 1.0
    why: str | None = None


def mean(
    judged: JudgedNumbers, limits: tuple[float, float] | None = None, *, judge: bool = True
) -> LabelledValue:
    """Return the mean of the human's numbers; with `judge` to be corrected by the judge's of all rows."""
    labelled, share, score = judged.labelled, judged.share, judged.score
    part, open_ = share * labelled, share
    base, weight = np.zeros(len(score)), 1.0
    if not part.any():
        return LabelledValue(None, base, labelled, judged.weights)
    part = part / part.sum()
    human = np.where(labelled, judged.human, 0.0)
    average, judged_average = float(part @ human), float(part @ score)
    if judged.exact is not None:  # their part of the mean is exact
        open_ = share * ~judged.exact
        weight = float(open_.sum())
        base = np.where(judged.exact, score, average)
    value = weight * average + float((share - open_) @ score)
    rows = weight * part * (human - average)
    if judged.exact is not None:
        rows += share * (base - value)
    control = None
    if judge:
        whole = open_ / weight
        own = score - score[0]  # of a judge that always says the same exactly 0
        looked, overall = float(part @ own), float(whole @ own)
        moved = weight * (part * (own - looked) - whole * (own - overall))
        control = moved, weight * (looked - overall)
    numbers = average, judged_average
    return LabelledValue(value, rows, labelled, judged.weights, control, numbers, limits, weight)


def bias(judged: JudgedNumbers, limits: tuple[float, float] | None = None) -> LabelledValue:
    """Return the mean of judge − human."""
    reach = None if limits is None else (limits[0] - limits[1], limits[1] - limits[0])
    return mean(judged.on_labelled(judged.score - judged.human), reach, judge=False)


def agreement(judged: JudgedNumbers) -> LabelledValue:
    """Return the share of labelled rows on which judge and human say the same."""
    same = (judged.score == judged.human).astype(np.float64)
    return mean(judged.on_labelled(same), (0.0, 1.0), judge=False)


def kappa(judged: JudgedNumbers) -> LabelledValue:
    """Return Cohen's κ of judge and human, both 0 or 1, by the delta method."""
    labelled = judged.labelled
    part = judged.share * labelled
    empty = LabelledValue(None, np.zeros(len(part)), labelled, judged.weights)
    if not part.any():
        return empty
    part = part / part.sum()
    human = np.where(labelled, judged.human, 0.0)
    cells = (2 * human + judged.score * labelled).astype(np.intp)
    shares = np.bincount(cells, weights=part, minlength=4).reshape(2, 2).astype(np.float64)
    point = kappa_of_shares(shares)
    if point.undefined:
        return replace(empty, why="judge and human say the same of every labelled row")
    slopes = point.rows.ravel()
    rows = part * (slopes[cells] - float(shares.ravel() @ slopes))
    far = float(slopes.max() - slopes.min())  # what a row that turns adds
    limits = point.value - far, point.value + far
    return LabelledValue(
        point.value, rows, labelled, judged.weights, None, (point.value, 0.0), limits
    )


def correlation(judged: JudgedNumbers) -> LabelledValue:
    """Return Pearson's correlation of judge and human; its influence: Devlin et al. 1975, Biometrika 62:531."""
    labelled = judged.labelled
    part = judged.share * labelled
    empty = LabelledValue(None, np.zeros(len(part)), labelled, judged.weights)
    if not part.any():
        return empty
    part = part / part.sum()
    sides = [np.where(labelled, side, 0.0) for side in (judged.human, judged.score)]
    centred = [side - float(part @ side) for side in sides]
    spread = [math.sqrt(float(part @ side**2)) for side in centred]
    if min(spread) == 0:
        constant = "human labels" if spread[0] == 0 else "judge's numbers of labelled rows"
        return replace(empty, why=f"all {constant} are the same")
    left, right = (side / size for side, size in zip(centred, spread, strict=True))
    value = float(part @ (left * right))
    rows = part * (left * right - value * (left**2 + right**2) / 2)
    return LabelledValue(value, rows, labelled, judged.weights)


def interval(
    new: LabelledValue,
    old: LabelledValue | None = None,
    *,
    factor: float = 1.0,
    confidence: float = 0.95,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Return the bounds of new, or of new − factor × old on the same rows in the same order.

    Student's with as many degrees of freedom as there are labelled rows or clusters, no narrower than
    the score interval's with one more labelled row. The estimate's `n` counts labelled rows, of two
    sides those of the one with fewer, and `row_variance` is that of one more of these.

    Parameters
    ----------
    clusters
        Shape (n,): codes of what belongs together; None where rows are independent.
    """
    sides = [(1.0, new)] if old is None else [(1.0, new), (-factor, old)]
    controlled = any(side.control is not None for _, side in sides)
    method = f"{'' if old is None else 'paired '}{JUDGED if controlled else LABELLED}"
    n = min(int(side.labelled.sum()) for _, side in sides)
    if any(side.value is None for _, side in sides):
        why = next((side.why for _, side in sides if side.why is not None), None)
        return undefined(n, method, why or "no row has a human label")
    fit = _fit(sides, clusters)
    worth = units(len(fit.rows), new.weights, clusters)
    few = min(_worth(side, clusters) for _, side in sides)
    lower, upper, p_value = None, None, None
    variance, df = float(fit.jackknife @ fit.jackknife), few - 1 - len(fit.weights)
    if df > 0 and math.isfinite(variance):
        half = t_quantile(confidence, df) * math.sqrt(variance)
        score = _score(fit, sides, clusters, confidence)
        lower, upper = min(fit.value - half, score[0]), max(fit.value + half, score[1])
        if variance > 0 and old is not None:
            p_value = t_p_value(fit.value / math.sqrt(variance), df)
    suffix = worth.suffix if clusters is not None or new.weights is not None else ""
    return Estimate(
        fit.value,
        lower,
        upper,
        n,
        f"{method}{suffix} and score",
        row_variance=n * variance,
        p_value=p_value,
        insufficient=_too_few(few) or worth.insufficient,
    )


def tuning(value: LabelledValue, clusters: NDArray[Any] | None = None) -> float:
    """Return λ, how far the judge's numbers count: 0 where they say nothing of the human's."""
    fitted = _fit([(1.0, value)], clusters).weights
    return fitted[0] if len(fitted) else 0.0


def point(value: LabelledValue, clusters: NDArray[Any] | None = None) -> float | None:
    """Return the value, corrected by the judge's numbers of all rows."""
    return None if value.value is None else _fit([(1.0, value)], clusters).value


def noise(judged: JudgedNumbers, items: NDArray[Any], tuned: float) -> float:
    """Return the variance that the judge's own noise adds to a mean, from rows judged repeatedly.

    With s² the variance within an item, k rows an item, m of M items labelled: λ² s²/k (1/m − 1/M), as
    noise of a labelled row is in both means.
    """
    _, codes, counts = np.unique(items, return_inverse=True, return_counts=True)
    means = np.bincount(codes, weights=judged.score) / counts
    every, looked = len(counts), len(np.unique(codes[judged.labelled]))
    if len(codes) == every or looked == 0:
        return 0.0
    within = float(((judged.score - means[codes]) ** 2).sum()) / (len(codes) - every)
    return tuned**2 * within * every / len(codes) * (1 / looked - 1 / every)


@dataclass(frozen=True, slots=True)
class _Fit:
    """A value with its influence by unit, and the jackknife's residuals, shape (G,); λ of each control."""

    value: float
    rows: Values
    jackknife: Values
    weights: tuple[float, ...]


def _fit(sides: list[tuple[float, LabelledValue]], clusters: NDArray[Any] | None) -> _Fit:
    value = sum(sign * (side.value or 0.0) for sign, side in sides)
    own = by_unit(np.sum([sign * side.rows for sign, side in sides], axis=0), clusters)
    labelled = by_unit(
        np.any([side.labelled for _, side in sides], axis=0).astype(np.float64), clusters
    )
    leverage = (labelled > 0) / max(int((labelled > 0).sum()), 1)
    controls = [
        (sign * side.control[0], sign * side.control[1]) for sign, side in sides if side.control
    ]
    if not controls:
        return _Fit(value, own, _jackknife(own, leverage), ())
    columns = np.stack([by_unit(column, clusters) for column, _ in controls], axis=1)
    inverse = np.linalg.pinv(columns.T @ columns, rcond=1e-10, hermitian=True)
    weights = inverse @ (columns.T @ own)
    own = own - columns @ weights
    leverage = leverage + np.einsum("ij,jk,ik->i", columns, inverse, columns)
    value -= sum(
        shift * weight for (_, shift), weight in zip(controls, map(float, weights), strict=True)
    )
    return _Fit(value, own, _jackknife(own, leverage), tuple(map(float, weights)))


def _jackknife(rows: Values, leverage: Values) -> Values:
    residuals: Values = rows / (1 - np.minimum(leverage, _MOST_LEVERAGE))
    return residuals


def _worth(side: LabelledValue, clusters: NDArray[Any] | None) -> float:
    """Return how many equal labelled rows or clusters there are."""
    return float(equal(by_unit(side.labelled * _weights(side), clusters)))


def _weights(side: LabelledValue) -> Values:
    return np.ones(len(side.rows)) if side.weights is None else side.weights


def _too_few(worth: float) -> str | None:
    if worth >= LEAST - 1e-9:
        return None
    return f"{worth:.0f} human labels, {LEAST} are needed"


def _score(
    fit: _Fit,
    sides: list[tuple[float, LabelledValue]],
    clusters: NDArray[Any] | None,
    confidence: float,
) -> tuple[float, float]:
    """Return the score bounds, with one more labelled row as far out as a row can be."""
    down, up = _reach(fit, sides)
    numbers = fit.value + len(fit.rows) * fit.jackknife
    shares = [by_unit(side.labelled * _weights(side), clusters) for _, side in sides]
    share = max(shares, key=lambda share: float(share.max() / share.sum()))
    seen = 2 * float(np.abs(numbers - fit.value).max())
    if clusters is not None:
        reach = Reach(fit.value - down, fit.value + up, "range")
        score = score_bounds_of_units(
            fit.value, fit.jackknife, share, reach, clustered=True, confidence=confidence
        )
        return score.lower, score.upper
    heaviest = len(share) * float(share.max() / share.sum())
    low, high = (
        min(heaviest * way, seen) if math.isinf(way) else heaviest * way for way in (down, up)
    )
    score = score_bounds(
        numbers, Reach(fit.value - low, fit.value + high, "range"), confidence=confidence
    )
    return score.lower, score.upper


def _reach(fit: _Fit, sides: list[tuple[float, LabelledValue]]) -> tuple[float, float]:
    """Return how far below and above its mean the residual of a labelled row can be.

    Of one side that is h − λ f at the ends of the numbers' range. Of a change one thing is supposed to
    go wrong in a row: the human, or one of the judges, is off by the whole range.
    """
    weights = iter(fit.weights)
    tuned = [next(weights) if side.control is not None else 0.0 for _, side in sides]
    if any(side.limits is None for _, side in sides):
        return math.inf, math.inf
    if len(sides) == 1:
        ((_, side),) = sides
        assert side.limits is not None
        centre = side.numbers[0] - tuned[0] * side.numbers[1]
        ends = [h - tuned[0] * f - centre for h in side.limits for f in side.limits]
        if side.control is None:
            ends = [h - side.numbers[0] for h in side.limits]
        return -min(ends) * side.count, max(ends) * side.count
    far = max(
        abs(sign) * max(1.0, abs(weight)) * (side.limits[1] - side.limits[0]) * side.count
        for (sign, side), weight in zip(sides, tuned, strict=True)
        if side.limits is not None
    )
    return far, far
