"""Documents of queries, of which one is relevant."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

DOCUMENTS = 10


class Ranked(NamedTuple):
    """Documents with their relevance (0 or 1), both models' scores and the query, shape (n,)."""

    relevance: Values
    new: Values
    old: Values
    query: NDArray[np.int64]


@dataclass(frozen=True)
class Queries:
    """Ten documents a query: scores N(0, 1), of the relevant one N(distance, 1), correlated .8.

    Of n rows n/10 are queries. Given the relevant score, the documents above it are binomial. Damage
    lowers the candidate's distance.
    """

    distance: float
    damage: float = 0.0
    most: ClassVar[float] = 3.0

    def truth(self, metric: str) -> tuple[float, float]:
        return _expected(metric, self.distance - self.damage), _expected(metric, self.distance)

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Ranked, float]]:
        queries = n // DOCUMENTS
        query = np.repeat(np.arange(queries), DOCUMENTS)
        relevance = (np.arange(len(query)) % DOCUMENTS == 0).astype(np.float64)
        for _ in range(repetitions):
            shared, *own = random.standard_normal((3, len(query)))
            new, old = (math.sqrt(0.8) * shared + math.sqrt(0.2) * noise for noise in own)
            yield (
                Ranked(
                    relevance,
                    new + (self.distance - self.damage) * relevance,
                    old + self.distance * relevance,
                    query,
                ),
                1,
            )


@lru_cache(maxsize=4096)
def _expected(metric: str, distance: float) -> float:
    from scipy.special import ndtr, ndtri
    from scipy.stats import binom

    score = distance + ndtri((np.arange(4_000) + 0.5) / 4_000)
    above = np.arange(DOCUMENTS)
    chance = binom.pmf(above[None, :], DOCUMENTS - 1, ndtr(-score)[:, None]).mean(axis=0)
    worth = 1 / np.log2(above + 2) if metric == "ndcg" else 1 / (above + 1)
    return float(chance @ worth)
