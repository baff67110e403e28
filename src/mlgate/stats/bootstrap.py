"""Poisson bootstrap, for what has no closed form: RMSE, R², the user's own functions.

Row weights are independent Poisson(1) counts (Hanley & MacGibbon 2006; Chamandy et al.
2012), made from a seed that comes from a digest, so that the same evidence gives the same
interval. Bounds are percentiles of the replicates. Above `ROWS` rows, sums over 4,096 random
blocks of rows are resampled in place of rows: the cost does not grow with n.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlgate.stats.estimate import Estimate, undefined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

ROWS = 20_000
"""Up to here rows are resampled, above it blocks."""
BLOCKS = 4_096
REPLICATES = 2_000
_CHUNK = 4_000_000
"""Weights held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Replicates:
    """A metric on the plain rows and on B resamples of them; undefined ones are NaN.

    `old` and `old_value` hold the baseline's numbers under the same weights; None without.
    """

    n: int
    value: float
    new: Values
    old_value: float | None = None
    old: Values | None = None
    method: str = "poisson bootstrap"


def seed_of(*parts: str) -> int:
    """Give a seed from words (digests, metric names): the same words, the same seed."""
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:8], "big")


def weights(n: int, replicates: int = REPLICATES, *, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield chunks of shape (b, n) of Poisson(1) weights, `replicates` rows in all.

    A chunk holds at most 4 million weights, or one replicate. The weights depend on n,
    `replicates` and `seed` only.
    """
    generator = np.random.default_rng(seed)
    step = max(1, _CHUNK // max(n, 1))
    for start in range(0, replicates, step):
        yield poisson(generator, (min(step, replicates - start), n))


def poisson(generator: np.random.Generator, shape: tuple[int, int]) -> Values:
    return generator.poisson(1.0, shape).astype(np.float64)


def interval(replicates: Replicates, *, confidence: float = 0.95) -> Estimate:
    """Percentile bounds of the candidate's value."""
    return _percentile(replicates.new, replicates.value, replicates, confidence)


def contrast(replicates: Replicates, *, factor: float = 1.0, confidence: float = 0.95) -> Estimate:
    """Percentile bounds of new − factor × old under the same weights."""
    if replicates.old is None or replicates.old_value is None:
        return undefined(replicates.n, replicates.method, "no baseline")
    value = replicates.value - factor * replicates.old_value
    return _percentile(replicates.new - factor * replicates.old, value, replicates, confidence)


def regression(
    y_true: Values,
    new: Values,
    old: Values | None = None,
    *,
    seed: int,
    replicates: int = REPLICATES,
) -> dict[str, Replicates]:
    """RMSE and R² of one or two sides on the same rows of shape (n,): keys "rmse" and "r2".

    Values equal scikit-learn's. All four come from one set of weights. R² is undefined (NaN)
    where all labels are equal.
    """
    raise NotImplementedError


def _percentile(draws: Values, value: float, replicates: Replicates, confidence: float) -> Estimate:
    raise NotImplementedError
