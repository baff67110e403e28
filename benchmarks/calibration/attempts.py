"""Attempts at tasks: each task has a chance of its own that an attempt solves it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Codes = NDArray[np.int64]


class Tried(NamedTuple):
    """Whether each attempt solved its task, shape (tasks, attempts); the cluster of each task."""

    new: NDArray[np.bool_]
    old: NDArray[np.bool_]
    clusters: Codes | None = None


@dataclass(frozen=True)
class Attempts:
    """An attempt solves a task with chance Φ(ease + spread x), x standard normal by task and side.

    Both sides' x have a correlation of .9. Damage is lost ease. n counts attempts.

    Attributes
    ----------
    attempts
        At each task.
    clusters
        How many clusters (repositories, subjects) the tasks are in, 0 for none: there x has a
        correlation of .3.
    """

    attempts: int = 5
    ease: float = 0.0
    spread: float = 2.0
    clusters: int = 0
    damage: float = 0.0
    most: ClassVar[float] = 8.0

    def truth(self, metric: str) -> tuple[float, float]:
        new, old = (
            _expected(metric, ease, self.spread) for ease in (self.ease - self.damage, self.ease)
        )
        return new, old

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Tried, float]]:
        from scipy.special import ndtr

        tasks = n // self.attempts
        clusters = np.arange(tasks) * self.clusters // tasks if self.clusters else None
        for _ in range(repetitions):
            common = random.standard_normal(tasks)
            if clusters is not None:
                of_cluster = random.standard_normal(self.clusters)[clusters]
                common = math.sqrt(0.3) * of_cluster + math.sqrt(0.7) * common
            sides = []
            for ease in (self.ease - self.damage, self.ease):
                own = random.standard_normal(tasks)
                x = math.sqrt(0.9) * common + math.sqrt(0.1) * own
                chance = ndtr(ease + self.spread * x)[:, None]
                sides.append(random.random((tasks, self.attempts)) < chance)
            yield Tried(sides[0], sides[1], clusters), 1


@lru_cache(maxsize=4096)
def _expected(metric: str, ease: float, spread: float) -> float:
    from scipy.special import ndtr, ndtri

    kind, k = metric.rpartition("pass")[2][0], int(metric.rpartition("pass")[2][1:])
    x = ndtri((np.arange(20_000) + 0.5) / 20_000)
    chance = ndtr(ease + spread * x)
    return float((chance**k if kind == "^" else 1 - (1 - chance) ** k).mean())
