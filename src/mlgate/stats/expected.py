"""What a loss is expected to be where labels are missing, from rows that have them.

A score says how likely an outcome is: of a classifier the probability of the positive class, of a
regression a prediction of its own loss. Labelled rows calibrate it: in bins of equal numbers of
rows the score is moved by the mean of outcome − score there. No bin spans the decision threshold:
its two sides count in different cells of the confusion table, and a score that is off by more on
one of them would be set right on average only. Unlabelled rows then have expected
outcomes, and the four shares of a confusion table are sums of them (confidence-based
performance estimation; Guillory et al. 2021, ICCV, "Predicting with confidence on unseen
distributions", estimate accuracy so). All of it holds only as long as rows with the same score
have the same chances as before: covariate shift is followed, concept drift is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mlgate.stats.estimate import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Column = NDArray[np.float64]

BINS: Final = 100
LEAST: Final = 100
"""Labelled rows of a bin."""
_STEP: Final = 1e-6


@dataclass(frozen=True, slots=True)
class ScoreCalibration:
    """What labelled rows say of a score.

    Attributes
    ----------
    edges
        Shape (K − 1,), between the bins.
    offset
        Shape (K,): mean of outcome − score in each bin.
    variance
        Shape (K,): of that mean.
    spread
        Shape (K,): variance of one row's outcome about its expected value.
    low, high
        The least and greatest score of the labelled rows.
    binary
        Whether outcomes are 0 or 1.
    """

    edges: Column
    offset: Column
    variance: Column
    spread: Column
    low: float
    high: float
    binary: bool

    @classmethod
    def of(cls, score: Column, outcome: Column, cut: float | None = None) -> ScoreCalibration:
        """Calibrate; both of shape (n,), n ≥ 1, finite.

        Parameters
        ----------
        cut
            The largest score that is decided as negative, where scores decide.
        """
        count = min(BINS, max(1, len(score) // LEAST))
        levels = np.arange(1, count) / count
        edges = np.quantile(score, levels, method="inverted_cdf")
        edges = np.unique(edges if cut is None else np.append(edges, cut))
        place, size = np.searchsorted(edges, score, side="left"), len(edges) + 1
        n = np.maximum(np.bincount(place, minlength=size), 1)
        offset = np.bincount(place, outcome - score, size) / n
        left = outcome - score - offset[place]
        spread = np.bincount(place, left * left, size) / np.maximum(n - 1, 1)
        binary = bool(np.isin(outcome, (0.0, 1.0)).all())
        if binary:  # a bin of nothing but zeros is not certain to have none
            rate = (np.bincount(place, outcome, size) + 1) / (n + 2)
            spread = np.maximum(spread, rate * (1 - rate))
        return cls(edges, offset, spread / n, spread, float(score.min()), float(score.max()), binary)  # fmt: skip

    def expected(self, score: Column) -> tuple[Column, NDArray[np.intp]]:
        """Return each row's expected outcome and its bin, shape (m,) each."""
        place = np.searchsorted(self.edges, score, side="left")
        outcomes = np.maximum(score + self.offset[place], 0.0)
        return (np.minimum(outcomes, 1.0) if self.binary else outcomes), place

    def outside(self, score: Column) -> float:
        """Return the share of scores that no labelled row comes near: there the last bin is used."""
        return float(np.mean((score < self.low) | (score > self.high)))


@dataclass(frozen=True, slots=True)
class Expected:
    """An expected value with two one-sided bounds."""

    value: float
    interval: tuple[float, float]


def mean(
    calibration: ScoreCalibration, score: Column, confidence: float, *, root: bool = False
) -> Expected:
    """Return the expected mean outcome of unlabelled rows, or its root.

    Two things vary: the calibration, Σ w_k² Var(offset_k) with the shares w_k of rows by bin, and
    what m further labels would show, (Σ w_k spread_k + Var of the expected values) / m.
    """
    expected, place = calibration.expected(score)
    share = np.bincount(place, minlength=len(calibration.offset)) / len(score)
    variance = float(share**2 @ calibration.variance)
    variance += (float(share @ calibration.spread) + float(expected.var())) / len(score)
    value = float(expected.mean())
    width = normal_quantile(confidence) * float(np.sqrt(variance))
    ends = max(0.0, value - width), value + width
    if calibration.binary:
        ends = ends[0], min(1.0, ends[1])
    if root:
        return Expected(float(np.sqrt(value)), (float(np.sqrt(ends[0])), float(np.sqrt(ends[1]))))
    return Expected(value, ends)


def confusion(
    calibration: ScoreCalibration,
    score: Column,
    positive: NDArray[np.bool_],
    metric: Callable[[Column], float],
    confidence: float,
) -> Expected | None:
    """Return a metric of the expected confusion table of unlabelled rows; None where undefined.

    The shares (tp, fp, fn, tn) are linear in the calibration, so that the delta method gives
    the variance: Σ (g·d_k)² Var(offset_k), d_k the change of the shares with bin k's offset,
    and g'(diag(p) − pp')g / m of a multinomial for what m labels would show.

    Parameters
    ----------
    positive
        Shape (m,): which rows are predicted positive.
    metric
        Of the four shares, shape (4,); NaN where undefined.
    """
    expected, place = calibration.expected(score)
    m, size = len(score), len(calibration.offset)
    yes, no = (expected[side].sum() / m for side in (positive, ~positive))
    shares = np.array([yes, positive.mean() - yes, no, (~positive).mean() - no])
    value = metric(shares)
    if np.isnan(value):
        return None
    slope = np.array([metric(shares + step) - metric(shares - step) for step in _STEP * np.eye(4)])
    slope /= 2 * _STEP
    first, second = (np.bincount(place[side], minlength=size) / m for side in (positive, ~positive))
    moved = np.stack([first, -first, second, -second], axis=1) @ slope
    variance = float(moved**2 @ calibration.variance)
    variance += (float(shares @ slope**2) - float(shares @ slope) ** 2) / m
    width = normal_quantile(confidence) * float(np.sqrt(max(variance, 0.0)))
    return Expected(float(value), (max(0.0, value - width), min(1.0, value + width)))
