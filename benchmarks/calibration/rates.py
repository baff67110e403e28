"""Rates: right and wrong on the same rows, or on rows of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

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
    most: ClassVar[float] = 0.5

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
    ) -> Iterator[tuple[tuple[int, ...], float]]:
        drawn = random.multinomial(n, self.shares(), size=repetitions)
        cells, times = np.unique(drawn, axis=0, return_counts=True)
        for cell, count in zip(cells.tolist(), times.tolist(), strict=True):
            yield tuple(cell), count


@dataclass(frozen=True)
class Single:
    """One rate, and the same on as many other rows: every outcome with its exact probability.

    The repetitions asked for play no part, and there is no Monte-Carlo error, while
    `pairs` is False; a difference of two is drawn.
    """

    rate: float
    pairs: bool = False
    damage: float = 0.0

    @property
    def most(self) -> float:
        """No rate is lost beyond 0."""
        return self.rate

    @property
    def exact(self) -> bool:
        """Whether probabilities stand in for repetitions."""
        return not self.pairs

    def truth(self, metric: str) -> tuple[float, float]:
        del metric
        return self.rate - self.damage, self.rate

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[tuple[int, ...], float]]:
        if self.pairs:
            rates = self.truth("rate")
            drawn = random.binomial(n, rates, size=(repetitions, 2))
            cells, times = np.unique(drawn, axis=0, return_counts=True)
            for cell, count in zip(cells.tolist(), times.tolist(), strict=True):
                yield (cell[0], n, cell[1], n), count
            return
        chances = _binomial(n, self.rate)
        for successes in np.flatnonzero(chances > 1e-15).tolist():
            yield (successes, n), float(chances[successes])


def _binomial(n: int, rate: float) -> NDArray[np.float64]:
    from scipy.stats import binom

    chances: NDArray[np.float64] = binom.pmf(np.arange(n + 1), n, rate)
    return chances
