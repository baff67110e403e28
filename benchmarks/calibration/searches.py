"""Searches with unequal numbers of documents, graded relevance and tied scores."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from benchmarks.calibration.queries import DOCUMENTS, Ranked
from mlgate.metrics import METRICS
from mlgate.metrics.spec import MeanOfGroups
from mlgate.model.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

_MANY = 200_000
"""Queries that true values are the mean of."""


@dataclass(frozen=True)
class Searches:
    """Queries with ten documents on average, each relevant with chance .2, then of grade 1, 2 or 3.

    Scores are N(grade × distance, 1), correlated .8 and rounded to halves; where no document of
    a query is relevant its number is 0. Damage is the share of the candidate's queries that are ranked at random,
    so that the true loss is that share of what a ranking is better than chance.
    """

    distance: float = 1.0
    damage: float = 0.0
    most: ClassVar[float] = 1.0

    def truth(self, metric: str) -> tuple[float, float]:
        ranked, by_chance = (_mean(metric, distance) for distance in (self.distance, 0.0))
        return ranked - self.damage * (ranked - by_chance), ranked

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Ranked, float]]:
        queries = n // DOCUMENTS
        for _ in range(repetitions):
            # 1 and more: a geometric law of mean 10.
            query = np.repeat(np.arange(queries), random.geometric(1 / DOCUMENTS, queries))
            relevance = _grades(random, len(query))
            lost = random.random(queries)[query] < self.damage
            shared, *own = random.standard_normal((3, len(query)))
            signal = self.distance * relevance
            new, old = (
                _rounded(math.sqrt(0.8) * shared + math.sqrt(0.2) * noise + part)
                for noise, part in zip(own, (np.where(lost, 0.0, signal), signal), strict=True)
            )
            yield Ranked(relevance, new, old, query), 1


def _grades(random: np.random.Generator, count: int) -> Values:
    relevant = random.random(count) < 0.2
    return np.where(relevant, random.integers(1, 4, count), 0).astype(np.float64)


def _rounded(score: Values) -> Values:
    return np.asarray(np.round(2 * score) / 2)


@lru_cache(maxsize=64)
def _mean(metric: str, distance: float) -> float:
    scene, random = replace(Searches(), distance=distance), np.random.default_rng(0)
    data, _ = next(scene.draws(random, _MANY * DOCUMENTS, 1))
    method = METRICS[metric].method
    assert isinstance(method, MeanOfGroups)
    return float(method.values(Rows("regression", data.relevance, data.old), data.query).mean())
