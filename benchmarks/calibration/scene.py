"""What every source of data has in common: true values, and a knob that makes the candidate worse."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np


class Scene(Protocol):
    """Two models on the same rows, exchangeable while `damage` is 0: then no change is true.

    Scenes are frozen dataclasses, so that they can be sent to another process.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def most(self) -> float:
        """The largest damage."""

    @property
    def damage(self) -> float:
        """How far the candidate is spoilt, in any unit."""

    def truth(self, metric: str) -> tuple[float, float]:
        """True values of (candidate, baseline): of endless rows, by construction."""

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Any, float]]:
        """Samples of n rows, each with how often it occurred."""


S = TypeVar("S", bound=Scene)


def spoilt(scene: S, metric: str, loss: float) -> S | None:
    """Give the scene whose candidate is truly worse by `loss`; None where it cannot be.

    Worse is what damage does to the metric, whatever its direction.
    """
    from scipy.optimize import brentq

    def beyond(damage: float) -> float:
        new, old = dataclasses.replace(scene, damage=damage).truth(metric)
        return abs(new - old) - loss

    if loss == 0:
        return scene
    if beyond(scene.most) < 0:
        return None
    return dataclasses.replace(scene, damage=brentq(beyond, 0.0, scene.most, xtol=1e-13))
