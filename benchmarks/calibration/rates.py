"""Rates: right and wrong on the same rows, or on rows of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.calibration.labels import Labelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Same:
    """Two models on the same rows, by the four shares (both right, fixed, broken, neither).

    Damage is the loss of accuracy. The disagreement stays as it is, as long as it can: a
    loss of all of it is the hardest case for an interval, because nothing is fixed then.
    """

    accuracy: float
    disagreement: float
    damage: float = 0.0

    @property
    def most(self) -> float:
        """No accuracy is lost beyond 0."""
        return self.accuracy

    def truth(self, metric: str) -> tuple[float, float]:
        del metric
        return self.accuracy - self.damage, self.accuracy

    def shares(self) -> tuple[float, float, float, float]:
        """True shares of rows that are right on both sides, fixed, broken, right on neither."""
        broken = max((self.disagreement + self.damage) / 2, self.damage)
        fixed = broken - self.damage
        return self.accuracy - broken, fixed, broken, 1 - self.accuracy - fixed

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Labelled, float]]:
        drawn = random.multinomial(n, self.shares(), size=repetitions)
        cells, times = np.unique(drawn, axis=0, return_counts=True)
        right = np.array([[1, 1, 0, 0], [1, 0, 1, 0]])
        for cell, count in zip(cells, times.tolist(), strict=True):
            new, old = np.repeat(right, cell, axis=1)
            yield Labelled(np.ones(n, dtype=np.int64), new, old, 2), count


@dataclass(frozen=True)
class Single:
    """One rate: every outcome with its exact probability; repetitions play no part."""

    rate: float
    damage: float = 0.0
    exact: bool = True
    most: float = 0.0

    def truth(self, metric: str) -> tuple[float, float]:
        del metric
        return self.rate, self.rate

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[tuple[int, int], float]]:
        del random, repetitions
        chances = _binomial(n, self.rate)
        for successes in np.flatnonzero(chances > 1e-15).tolist():
            yield (successes, n), float(chances[successes])


@dataclass(frozen=True)
class Ratio:
    """Two rates of two samples of n rows each, of which the first is `ratio` times the second."""

    rate: float
    ratio: float
    damage: float = 0.0
    most: float = 0.0

    def truth(self, metric: str) -> tuple[float, float]:
        del metric
        return self.ratio, 1.0

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[tuple[int, int, int, int], float]]:
        rates = (self.rate * self.ratio, self.rate)
        drawn = random.binomial(n, rates, size=(repetitions, 2))
        cells, times = np.unique(drawn, axis=0, return_counts=True)
        for (new, old), count in zip(cells.tolist(), times.tolist(), strict=True):
            yield (new, n, old, n), count


def _binomial(n: int, rate: float) -> NDArray[np.float64]:
    from scipy.stats import binom

    chances: NDArray[np.float64] = binom.pmf(np.arange(n + 1), n, rate)
    return chances
