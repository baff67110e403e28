"""Positive quantities to predict, with errors in proportion to them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from benchmarks.calibration.errors import Predicted
from mlgate.metrics import METRICS
from mlgate.metrics.spec import MeanOfRows
from mlgate.model.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Demand:
    """Lognormal labels y; a model predicts y eˣ, x ~ N(0, spread²), its own half of that variance.

    Every loss here is y, or 1, times a function of x, so that a label's size does not matter for MAPE,
    sMAPE and WAPE, and its mean for the pinball loss. Damage is more of x.
    """

    spread: float = 0.3
    size: float = 0.7
    damage: float = 0.0
    most: ClassVar[float] = 3.0

    def truth(self, metric: str) -> tuple[float, float]:
        mean = math.exp(self.size**2 / 2) if metric.startswith("mean_pinball") else 1.0
        new, old = (_expected(metric, s) for s in (self.spread + self.damage, self.spread))
        return mean * new, mean * old

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Predicted, float]]:
        for _ in range(repetitions):
            label = np.exp(self.size * random.standard_normal(n))
            shared, new, old = random.standard_normal((3, n)) / math.sqrt(2)
            yield (
                Predicted(
                    label,
                    label * np.exp((self.spread + self.damage) * (shared + new)),
                    label * np.exp(self.spread * (shared + old)),
                ),
                1,
            )


@lru_cache(maxsize=4096)
def _expected(metric: str, spread: float) -> float:
    """Mean loss of a label of 1, by quantiles of x."""
    from scipy.special import ndtri

    x = spread * ndtri((np.arange(200_000) + 0.5) / 200_000)
    method = METRICS[metric.removeprefix("known ")].method
    assert isinstance(method, MeanOfRows)
    return float(method.losses(Rows("regression", np.ones_like(x), np.exp(x))).mean())
