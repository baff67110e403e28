"""Do scores mean what they say: expected calibration error and reliability bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.stats.estimate import Estimate

    Values = NDArray[np.float64]

BINS = 15
Binning = Literal["width", "frequency"]


def top_label(codes: NDArray[Any], scores: Values) -> tuple[NDArray[np.bool_], Values]:
    """Multiclass to binary: (was the class with the highest score right, that score)."""
    best = scores.argmax(axis=1)
    return best == codes, np.take_along_axis(scores, best[:, None], axis=1)[:, 0]


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of one bin: mean score, observed rate with its Wilson bounds, count."""

    score: float
    rate: float
    n: int
    lower: float
    upper: float


def bins(
    outcome: NDArray[np.bool_], score: Values, *, count: int = 10, confidence: float = 0.95
) -> list[Bin]:
    """Equal-width reliability bins of scores in [0, 1], for plots; empty ones left out."""
    raise NotImplementedError


def ece(
    outcome: NDArray[np.bool_],
    score: Values,
    *,
    binning: Binning = "width",
    seed: int,
    confidence: float = 0.95,
) -> Estimate:
    """Expected calibration error over 15 bins: Σ_b (n_b/n) |mean score − observed rate|."""
    raise NotImplementedError


def ece_contrast(
    outcome: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    score: tuple[Values, Values],
    *,
    factor: float = 1.0,
    binning: Binning = "width",
    seed: int,
    confidence: float = 0.95,
) -> Estimate:
    """candidate − factor × baseline on the same rows; pairs are (candidate's, baseline's)."""
    raise NotImplementedError
