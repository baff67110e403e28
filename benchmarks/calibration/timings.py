"""Seconds that rows take: a skewed law, with ties, a slow path, clusters or weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Values = NDArray[np.float64]


class Timed(NamedTuple):
    """Seconds of each row on both sides, shape (n,); the cluster of each row, or its weight."""

    new: Values
    old: Values
    clusters: NDArray[np.int64] | None = None
    weights: Values | None = None


@dataclass(frozen=True)
class Timings:
    """Lognormal seconds around 1.5, some of them on a slow path.

    Attributes
    ----------
    spread
        Standard deviation of the logarithm.
    slow, slower
        Share of the rows on the slow path, and how many times as long it takes.
    shared
        Correlation of both sides' logarithms, and of being on the slow path.
    step
        What seconds are rounded up to; 0: not at all.
    clusters
        How many there are, 0 for none; rows of one have logarithms of correlation .3.
    weighted
        Whether rows have lognormal weights, of standard deviation 1 on the log scale.
    damage
        Where there is a slow path, how many more of the candidate's rows take it; else how much
        its logarithms are larger.
    """

    spread: float = 0.8
    slow: float = 0.0
    shared: float = 0.8
    slower: float = 10.0
    step: float = 0.0
    clusters: int = 0
    weighted: bool = False
    damage: float = 0.0

    @property
    def most(self) -> float:
        return 0.2 if self.slow else 3.0

    def truth(self, metric: str) -> tuple[float, float]:
        level = float(metric.rpartition(".p")[2]) / 100
        sides = [_quantile(level, self.spread, self.slower, *side) for side in self._sides()]
        new, old = (
            math.ceil(side / self.step) * self.step if self.step else side for side in sides
        )
        return new, old

    def _sides(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the share on the slow path and the shift of the logarithm of both sides."""
        if self.slow:
            return (self.slow + self.damage, 0.0), (self.slow, 0.0)
        return (0.0, self.damage), (0.0, 0.0)

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Timed, float]]:
        clusters = (
            np.repeat(np.arange(self.clusters), n // self.clusters) if self.clusters else None
        )
        for _ in range(repetitions):
            common, path = self._common(random, n, clusters), random.random(n)
            new, old = (self._side(random, common, path, *side) for side in self._sides())
            weights = np.exp(random.standard_normal(n)) if self.weighted else None
            yield Timed(new, old, clusters, weights), 1

    def _common(
        self, random: np.random.Generator, n: int, clusters: NDArray[np.int64] | None
    ) -> Values:
        own = random.standard_normal(n)
        if clusters is None:
            return own
        of_cluster = random.standard_normal(self.clusters)[clusters]
        return np.asarray(math.sqrt(0.3) * of_cluster + math.sqrt(0.7) * own)

    def _side(
        self, random: np.random.Generator, common: Values, path: Values, slow: float, shift: float
    ) -> Values:
        own = random.standard_normal(len(common))
        log = math.sqrt(self.shared) * common + math.sqrt(1 - self.shared) * own
        seconds = 1.5 * np.exp(self.spread * log + shift)
        alike = random.random(len(path)) < math.sqrt(self.shared)
        seconds[np.where(alike, path, random.random(len(path))) < slow] *= self.slower
        return np.asarray(np.ceil(seconds / self.step) * self.step if self.step else seconds)


@lru_cache(maxsize=4096)
def _quantile(level: float, spread: float, slower: float, slow: float, shift: float) -> float:
    from scipy.optimize import brentq
    from scipy.special import ndtr

    def below(log: float) -> float:
        fast, late = (ndtr((log - extra) / spread) for extra in (0.0, math.log(slower)))
        return float((1 - slow) * fast + slow * late) - level

    far = 10 * spread + math.log(slower)
    return 1.5 * math.exp(shift + brentq(below, -far, far, xtol=1e-13))
