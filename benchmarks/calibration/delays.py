"""Delays of flights: a skewed law with rare, huge numbers, of which a model explains a little.

The law has the published quantiles of the departure delays of nycflights13 (327,346 flights from
New York in 2013; minutes). Between them the logarithm of the tail's share is linear in that of the
delay, which is a Pareto law of index 1.8 from the 90th percentile to the 99th; beyond it, of 4.2,
with which one flight in 327,346 is later than the 1,301 minutes that are the latest of all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

import numpy as np

from benchmarks.calibration.errors import Predicted
from benchmarks.calibration.groups import sizes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

_BODY: Final = ((-43.0, 1.0), (-12.0, 0.95), (-5.0, 0.75), (-2.0, 0.5), (11.0, 0.25))
_TAIL: Final = ((11.0, 0.25), (52.0, 0.1), (88.0, 0.05), (191.0, 0.01))
"""Delays and the shares of flights that were later."""


def delay(normal: Values, index: float = 4.22) -> Values:
    """Return the delay of which a standard normal number is the rank; `index` beyond the 99th percentile."""
    from scipy.special import ndtr

    share = ndtr(-normal)
    delays, shares = (np.array(column) for column in zip(*_BODY[::-1], strict=True))
    body = np.interp(share, shares, delays)
    delays, shares = (np.array(column) for column in zip(*_TAIL[::-1], strict=True))
    tail = np.interp(np.log(share), np.log(shares), np.log(delays))
    tail += np.maximum(np.log(_TAIL[-1][1] / share), 0) / index
    return np.asarray(np.where(share < _TAIL[0][1], np.exp(tail), body))


@dataclass(frozen=True)
class Delays:
    """Two models that see a part of what delays flights, each with noise of its own.

    The delay is that of a normal number z; a model sees one of correlation `seen` with it and predicts
    the mean delay given that. Damage is lost correlation.

    Attributes
    ----------
    clusters
        How many rows a cluster has on average, 0 for none; rows of one have what no model sees in
        common with correlation `alike`. The logarithm of their sizes has a standard deviation of .7.
    index
        Of the Pareto law beyond the 99th percentile.
    weighted
        Whether rows have lognormal weights, of standard deviation 1 on the log scale.
    """

    seen: float = 0.5
    shared: float = 0.8
    clusters: int = 0
    alike: float = 0.2
    weighted: bool = False
    index: float = 4.22
    damage: float = 0.0
    most: ClassVar[float] = 0.45

    def truth(self, metric: str) -> tuple[float, float]:
        new, old = (
            _truth(metric, seen, self.index) for seen in (self.seen - self.damage, self.seen)
        )
        return new, old

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Predicted, float]]:
        for _ in range(repetitions):
            clusters = self._clusters(random, n) if self.clusters else None
            z = random.standard_normal(n)
            if clusters is not None:
                day = random.standard_normal(int(clusters.max()) + 1)[clusters]
                z = math.sqrt(self.alike) * day + math.sqrt(1 - self.alike) * z
            common = random.standard_normal(n)
            sides = []
            for seen in (self.seen - self.damage, self.seen):
                own = random.standard_normal(n)
                noise = math.sqrt(self.shared) * common + math.sqrt(1 - self.shared) * own
                grid = _grid(seen, self.index)
                seeing = seen * z + math.sqrt(1 - seen * seen) * noise
                sides.append(np.interp(seeing, grid.seen, grid.mean))
            weights = np.exp(random.standard_normal(n)) if self.weighted else None
            yield Predicted(delay(z, self.index), sides[0], sides[1], clusters, weights), 1

    def _clusters(self, random: np.random.Generator, n: int) -> NDArray[np.int64]:
        count = n // self.clusters
        return np.repeat(np.arange(count), sizes_of(random, count, n, 0.7))


class _Grid(NamedTuple):
    """What a model sees, with its weights; the mean delay given that."""

    seen: Values
    weights: Values
    mean: Values


@lru_cache(maxsize=512)
def _grid(correlation: float, index: float) -> _Grid:
    """Return the mean delay by what a model sees; sums are exact to about 1e-5."""
    seen, weights = _normal(801)
    rest, share = _normal(6_001)
    spread = math.sqrt(1 - correlation * correlation)
    mean = np.array([float(delay(correlation * s + spread * rest, index) @ share) for s in seen])
    return _Grid(seen, weights, mean)


def _normal(points: int) -> tuple[Values, Values]:
    """Return evenly spaced points and the standard normal law's weights of them."""
    at = np.linspace(-8, 8, points)
    density = np.exp(-at * at / 2)
    return at, density / density.sum()


@lru_cache(maxsize=512)
def _truth(metric: str, correlation: float, index: float) -> float:
    grid = _grid(correlation, index)
    if metric == "mae":
        rest, share = _normal(6_001)
        spread = math.sqrt(1 - correlation * correlation)
        each = [
            float(np.abs(delay(correlation * s + spread * rest, index) - m) @ share)
            for s, m in zip(grid.seen, grid.mean, strict=True)
        ]
        return float(np.array(each) @ grid.weights)
    at, weights = _normal(200_001)
    every = delay(at, index)
    mean, square = float(every @ weights), float((every * every) @ weights)
    error = square - float((grid.mean**2) @ grid.weights)
    return math.sqrt(error) if metric == "rmse" else 1 - error / (square - mean * mean)
