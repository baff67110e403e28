"""Answers that a judge scores, and a human some of: both models' true quality is known here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Errors = tuple[float, float]
    """How often a judge calls a bad answer good, and a good one bad."""

ROWS = 2_000


class Answers(NamedTuple):
    """What the judge says of both models' answers, and humans of some (else NaN), shape (n,) each."""

    new: Values
    old: Values
    new_human: Values
    old_human: Values
    clusters: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class Judge:
    """2,000 answers, of which n have a human label; damage is lost quality.

    Attributes
    ----------
    new, old
        The judge's errors on either model's answers: another bias where they differ.
    differ, right
        Share of the questions that exactly one model answers well, and of those that both do, among
        the rest.
    apart
        Whether humans look at other rows of one model than of the other.
    clusters
        How many there are, of equal size, with chances and a judge's mood of their own; 0: none.
    whole
        Whether humans look at whole clusters.
    alone
        Whether damage spoils good answers of the candidate and leaves main as good as it is, as a
        margin in per cent of main supposes.
    """

    new: Errors = (0.1, 0.1)
    old: Errors = (0.1, 0.1)
    differ: float = 0.2
    right: float = 0.85
    apart: bool = False
    clusters: int = 0
    whole: bool = False
    alone: bool = False
    damage: float = 0.0

    @property
    def most(self) -> float:
        return self.differ * 0.999

    def truth(self, metric: str) -> tuple[float, float]:
        same = self._same()
        if self.alone:
            new = _truth(metric, same - self.damage, self.new)
            return new, _truth(metric, same, self.old)
        return (
            _truth(metric, same - self.damage / 2, self.new),
            _truth(metric, same + self.damage / 2, self.old),
        )

    def _same(self) -> float:
        return (1 - self.differ) * self.right + self.differ / 2

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Answers, float]]:
        broken = 0.5 if self.alone else (1 + self.damage / self.differ) / 2
        for _ in range(repetitions):
            clusters, chances = self._chances(random, broken)
            differs, breaks, right = (random.random(ROWS) < chance for chance in chances)
            good = np.where(differs, ~breaks, right), np.where(differs, breaks, right)
            if self.alone:
                kept = random.random(ROWS) >= self.damage / self._same()
                good = good[0] & kept, good[1]
            shared, *own = self._moods(random, clusters)
            scores = []
            for side, errors, other in zip(good, (self.new, self.old), own, strict=True):
                mood = np.where(random.random(ROWS) < 0.7, shared, other)
                scores.append(np.where(side, mood >= errors[1], mood < errors[0]).astype(float))
            looked = [self._looked(random, n, clusters)] * 2
            if self.apart:
                looked[1] = self._looked(random, n, clusters)
            humans = [np.where(at, side, math.nan) for at, side in zip(looked, good, strict=True)]
            yield Answers(scores[0], scores[1], humans[0], humans[1], clusters), 1

    def _chances(
        self, random: np.random.Generator, broken: float
    ) -> tuple[NDArray[np.int64] | None, tuple[Values, ...]]:
        means = (self.differ, broken, self.right)
        if not self.clusters:
            return None, tuple(np.full(ROWS, mean) for mean in means)
        clusters = np.repeat(np.arange(self.clusters), ROWS // self.clusters)
        own = (random.beta(4 * mean, 4 * (1 - mean), self.clusters) for mean in means)
        return clusters, tuple(chance[clusters] for chance in own)

    @staticmethod
    def _moods(random: np.random.Generator, clusters: NDArray[np.int64] | None) -> Values:
        """Draw what decides whether a judge errs: uniform, half of a cluster's rows alike."""
        moods: Values = random.random((3, ROWS))
        if clusters is None:
            return moods
        common = random.random((3, int(clusters.max()) + 1))[:, clusters]
        return np.where(random.random((3, ROWS)) < 0.5, common, moods)

    def _looked(
        self, random: np.random.Generator, n: int, clusters: NDArray[np.int64] | None
    ) -> NDArray[np.bool_]:
        looked = np.zeros(ROWS, dtype=bool)
        if self.whole and clusters is not None:
            chosen = random.choice(self.clusters, n * self.clusters // ROWS, replace=False)
            return np.isin(clusters, chosen)
        looked[random.choice(ROWS, n, replace=False)] = True
        return looked


@dataclass(frozen=True)
class Grader:
    """Grades N(0, 1) of which models share .9 of the variance; the judge adds a bias and noise of .7.

    Of 2,000 answers n have a human's grade. Damage is lost grades.
    """

    bias: float = 0.0
    damage: float = 0.0
    most: ClassVar[float] = 100.0

    def truth(self, metric: str) -> tuple[float, float]:
        del metric
        return -self.damage, 0.0

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Answers, float]]:
        for _ in range(repetitions):
            shared, own, other, *noise = random.standard_normal((5, ROWS))
            new = math.sqrt(0.9) * shared + math.sqrt(0.1) * own - self.damage
            old = math.sqrt(0.9) * shared + math.sqrt(0.1) * other
            looked = np.zeros(ROWS, dtype=bool)
            looked[random.choice(ROWS, n, replace=False)] = True
            humans = [np.where(looked, side, math.nan) for side in (new, old)]
            yield Answers(new + self.bias + 0.7 * noise[0], old + 0.7 * noise[1], *humans), 1


def _truth(metric: str, good: float, errors: Errors) -> float:
    """Return a metric of endless answers, of which `good` are."""
    both, missed, praised = good * (1 - errors[1]), good * errors[1], (1 - good) * errors[0]
    said, same = both + praised, 1 - missed - praised
    if metric == "grade.bias":
        return said - good
    if metric == "grade.agreement":
        return same
    chance = good * said + (1 - good) * (1 - said)
    if metric == "grade.kappa":
        return (same - chance) / (1 - chance)
    if metric == "grade.correlation":
        spread = good * (1 - good) * said * (1 - said)
        return (both - good * said) / math.sqrt(spread)
    return good
