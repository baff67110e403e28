"""Why a Brier score is what it is: reliability − resolution + uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlgate.stats.calibration import BINS, index_of
from mlgate.stats.sums import dot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The parts of a Brier score; `score` = `reliability` − `resolution` + `uncertainty`.

    Attributes
    ----------
    score
        Mean of (score − outcome)²: 0 is perfect.
    reliability
        How far scores are from the rates observed among rows with like scores: 0 is perfect.
    resolution
        How far those rates are from the overall rate: what the scores tell apart. More is
        better.
    uncertainty
        rate × (1 − rate): what a constant score of the overall rate would get.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float


def decompose(
    outcome: NDArray[np.bool_], score: Values, *, weights: Values | None = None
) -> Decomposition | None:
    """Split the Brier score of shape-(n,) scores in [0, 1]; None without rows.

    Murphy (1973, Journal of Applied Meteorology 12:595) over 15 equal-width bins. Scores differ
    within a bin, which adds two terms of their own; they are counted to the resolution, so
    that the parts add up exactly (Stephenson, Coelho & Jolliffe 2008, Weather and Forecasting
    23:752). These are the plug-in parts: noise pushes reliability and resolution up alike,
    by about one row's uncertainty a bin.
    """
    weight = np.ones(len(score)) if weights is None else weights
    total = float(weight.sum())
    if total == 0:
        return None
    share, index = weight / total, index_of(score, BINS)
    mass, hits, scores = (
        np.bincount(index, weights=share * column, minlength=BINS)
        for column in (np.ones(len(score)), outcome, score)
    )
    rate = dot(share, outcome.astype(np.float64))
    error = score - outcome
    brier = dot(share, error * error)
    gap = scores - hits
    reliability = float(np.divide(gap * gap, mass, out=np.zeros(BINS), where=mass > 0).sum())
    uncertainty = rate * (1 - rate)
    return Decomposition(brier, reliability, reliability + uncertainty - brier, uncertainty)
