"""Calibration slope and intercept (Cox 1958, Biometrika 45:562; Van Calster et al. 2019, BMC Medicine 17:230).

The slope is b of the logistic regression P(positive) = σ(a + b logit(score)), 1 where scores are
as extreme as they should be. The intercept is a of σ(a + logit(score)), 0 where they are right on
average. Influence values are those of maximum likelihood, H⁻¹ w (y − p) x: Σ ψ² is the sandwich variance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mlgate.stats.influence import Influence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

METHOD: Final = "sandwich"
MIN_PER_CLASS: Final = 50
"""Fewer rows of a class do not carry the intervals."""
_STEPS: Final = 50
_TOLERANCE: Final = 1e-13
_FLAT: Final = 1e-10
"""With less information than this share of what the scores had at the start, no line fits best."""


def slope(positive: NDArray[np.bool_], score: Values, weights: Values | None = None) -> Influence:
    """Return the calibration slope of scores strictly between 0 and 1, shape (n,)."""
    line = _logit(score)
    design = np.stack((np.ones_like(line), line), axis=1)
    return _fitted(positive, design, np.zeros_like(line), weights, place=1)


def intercept(
    positive: NDArray[np.bool_], score: Values, weights: Values | None = None
) -> Influence:
    """Return the calibration intercept (in the large) of scores strictly between 0 and 1, shape (n,)."""
    return _fitted(positive, np.ones((len(score), 1)), _logit(score), weights, place=0)


def _logit(score: Values) -> Values:
    return np.log(score) - np.log1p(-score)


def _fitted(
    positive: NDArray[np.bool_],
    design: Values,
    offset: Values,
    weights: Values | None,
    place: int,
) -> Influence:
    """Fit by Newton's steps, halved where the likelihood falls; return one coefficient."""
    from scipy.special import expit

    n = len(positive)
    weight = np.ones(n) if weights is None else weights
    counted = [int(np.count_nonzero(weight[which])) for which in (positive, ~positive)]
    if min(counted) == 0:
        missing = "positive" if counted[0] == 0 else "negative"
        return Influence(None, np.zeros(n), METHOD, f"no row of the {missing} class")
    if design.shape[1] > 1 and np.ptp(design[weight > 0, 1]) == 0:
        return Influence(None, np.zeros(n), METHOD, "all scores are equal")
    beta = np.zeros(design.shape[1])
    first = None
    for _ in range(_STEPS):
        chance = expit(offset + design @ beta)
        information = design.T @ (design * (weight * chance * (1 - chance))[:, None])
        first = information[0, 0] if first is None else first
        if not np.isfinite(information).all() or information[0, 0] < _FLAT * first:
            return Influence(None, np.zeros(n), METHOD, "a score separates the classes perfectly")
        step = np.linalg.solve(information, design.T @ (weight * (positive - chance)))
        beta = _ahead(beta, step, positive, design, offset, weight)
        if np.abs(step).max() < _TOLERANCE * (1 + np.abs(beta).max()):
            break
    residual = weight * (positive - expit(offset + design @ beta))
    rows = (design * residual[:, None]) @ np.linalg.inv(information)[place]
    return Influence(float(beta[place]), rows, METHOD, _too_few(*counted))


def _ahead(
    beta: Values,
    step: Values,
    positive: NDArray[np.bool_],
    design: Values,
    offset: Values,
    weight: Values,
) -> Values:
    """Return beta after the step, or the longest halved one that does not lower the likelihood."""

    def loss(at: Values) -> float:
        line = offset + design @ at
        return float(weight @ np.logaddexp(0, np.where(positive, -line, line)))

    here = loss(beta)
    for _ in range(30):
        if loss(beta + step) <= here * (1 + 1e-12):
            break
        step = step / 2
    return beta + step


def _too_few(positive: int, negative: int) -> str | None:
    if min(positive, negative) >= MIN_PER_CLASS:
        return None
    return f"{positive} positive and {negative} negative rows; {MIN_PER_CLASS} of each are needed"
