"""Numbers to predict, with errors of normal or heavy tails."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

Tail = Literal["normal", "t3", "lognormal"]
_SHIFT = math.exp(0.5)
_VARIANCE: dict[str, float] = {"normal": 1.0, "t3": 3.0, "lognormal": math.e * (math.e - 1)}
_NINETY = 1.6448536269514722


class Predicted(NamedTuple):
    """Labels and both models' predictions, shape (n,); the cluster of each row, or its weight."""

    label: Values
    new: Values
    old: Values
    clusters: NDArray[np.int64] | None = None
    weights: Values | None = None


@dataclass(frozen=True)
class Regression:
    """Labels f + η; a model predicts f + own · ν, its own error ν of the same law as η.

    Of mean 0: standard normal, Student's t with 3 degrees of freedom (no fourth moment, so
    that the variance of an RMSE is infinite), or lognormal. Damage is more of its own error.
    """

    tail: Tail
    own: float = 0.5
    signal: float = 2.0
    damage: float = 0.0
    most: ClassVar[float] = 50.0

    def truth(self, metric: str) -> tuple[float, float]:
        return self._true(metric, self.own + self.damage), self._true(metric, self.own)

    def _true(self, metric: str, own: float) -> float:
        noise = _VARIANCE[self.tail]
        squares = noise * (1 + own * own)
        if metric == "rmse":
            return math.sqrt(squares)
        if metric == "r2":
            return 1 - squares / (self.signal**2 + noise)
        if metric in ("q90", "wape"):
            assert self.tail == "normal"
            scale = _NINETY if metric == "q90" else 1 / math.sqrt(self.signal**2 + noise)
            return scale * math.sqrt(squares)
        return _absolute(self.tail, own)

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Predicted, float]]:
        for _ in range(repetitions):
            signal = self.signal * random.standard_normal(n)
            noise, new, old = (_drawn(self.tail, random, n) for _ in range(3))
            yield (
                Predicted(
                    signal + noise, signal + (self.own + self.damage) * new, signal + self.own * old
                ),
                1,
            )


def _drawn(tail: Tail, random: np.random.Generator, n: int) -> Values:
    if tail == "t3":
        return random.standard_t(3, n)
    normal = random.standard_normal(n)
    return normal if tail == "normal" else np.exp(normal) - _SHIFT


@lru_cache(maxsize=512)
def _absolute(tail: Tail, own: float) -> float:
    """E|X − own·Y| of independent X, Y of one law with mean 0: 2 E_Y ∫_{−∞}^{own·Y} F(x) dx."""
    from scipy.integrate import quad

    below, density = _LAWS[tail]

    def part(y: float) -> float:
        return below(own * y) * density(y)

    start = -_SHIFT if tail == "lognormal" else -math.inf
    cuts = (start, -1.0, 0.0, 3.0, 30.0, math.inf)
    return 2 * math.fsum(quad(part, a, b, epsabs=1e-11, limit=500)[0] for a, b in pairwise(cuts))


# Of each law E(k − X)⁺, which is the integral of its distribution function up to k; its density.


def _normal_below(k: float) -> float:
    return k * _phi(k) + _normal_density(k)


def _normal_density(x: float) -> float:
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _t3_below(k: float) -> float:
    from scipy.special import stdtr

    return k * float(stdtr(3, k)) + (3 + k * k) / 2 * _t3_density(k)


def _t3_density(x: float) -> float:
    return 2 / (math.pi * math.sqrt(3) * (1 + x * x / 3) ** 2)


def _lognormal_below(k: float) -> float:
    end = k + _SHIFT
    if end <= 0:
        return 0.0
    return end * _phi(math.log(end)) - _SHIFT * _phi(math.log(end) - 1)


def _lognormal_density(x: float) -> float:
    end = x + _SHIFT
    return _normal_density(math.log(end)) / end if end > 0 else 0.0


def _phi(x: float) -> float:
    return math.erfc(-x / math.sqrt(2)) / 2


_LAWS: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "normal": (_normal_below, _normal_density),
    "t3": (_t3_below, _t3_density),
    "lognormal": (_lognormal_below, _lognormal_density),
}
