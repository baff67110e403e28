"""The change of a metric at a threshold that a limit chooses, where the limit is near a step of the curve.

Where scores have few levels, noise decides whether one level more meets the limit, and the metric jumps by that
level. Two models measured on the same rows jump together by the noise that they share, and apart by
the rest. So the change is looked at under every limit within the shared noise of the one that was set,
with the other model's limit also shifted by the noise of the difference, and the worst counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mlgate.stats.effective_n import by_unit
from mlgate.stats.estimate import normal_quantile
from mlgate.stats.sums import dot

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mlgate.stats.influence import Influence

    Values = NDArray[np.float64]

_SHARE: Final = 0.3
"""The share of the chance of error of the threshold's difference, and of rows at thresholds that do not move.

Both ends of the band of limits have the rest.
"""
_COARSE: Final = 0.5
"""How long a step is, in standard errors of the difference of the thresholds, before it counts as one."""
_PLACES: Final = 41
"""Limits within the band of whose changes the median counts: one model may meet the limit by luck."""


@dataclass(frozen=True, slots=True)
class OfThresholds:
    """A metric at every threshold, the highest first.

    Attributes
    ----------
    values
        Shape (g,), ascending.
    surplus
        Shape (g,): by how many standard errors the limit is met there; the last that is ≥ 0 counts.
    moves
        Shape (n,): what each row adds to that surplus at the threshold, in any unit.
    fixed
        Influence values, shape (n,), at a place whose threshold does not move.
    """

    values: Values
    surplus: Values
    moves: Values
    fixed: Callable[[int], Values]

    def hardest(self) -> Values:
        """Return the hardest shift under which a place, or a later one, is met: from the last on, ascending."""
        hardest: Values = np.maximum.accumulate(self.surplus[::-1])
        return hardest

    def at(self, shifts: Values) -> NDArray[np.intp]:
        """Return the places that count under limits that are so many standard errors harder."""
        last = len(self.values) - 1
        return np.maximum(last - np.searchsorted(self.hardest(), shifts), 0)

    def longest(self, within: float) -> float:
        """Return the longest step of the metric between thresholds under limits so near."""
        first, last = self.at(np.array([within, -within]))
        return float(np.diff(self.values[first : last + 1]).max(initial=0.0))


@dataclass(frozen=True, slots=True)
class Beside:
    """How near a step of two curves is.

    Attributes
    ----------
    apart
        The standard error of the difference of two thresholds, in those of each.
    """

    apart: float
    confidence: float
    clusters: NDArray[Any] | None

    def below(
        self,
        new: OfThresholds,
        old: OfThresholds,
        factors: tuple[float, float],
        change: float,
        half: float,
    ) -> float:
        """Return how far below a change of f · new − g · old it may be: by a step more than `half`, if one is near."""
        tail, (f, g) = 1 - self.confidence, factors
        z, within = normal_quantile(1 - _SHARE * tail), normal_quantile(1 - (0.5 - _SHARE) * tail)
        evenly = np.linspace(-within, within, _PLACES)
        middle = float(np.median(f * new.values[new.at(evenly)] - g * old.values[old.at(evenly)]))
        met = old.hardest()
        shifts = np.append(met[(met > -within) & (met < within)], within)
        places = new.at(shifts + z * self.apart), old.at(shifts)
        changes = f * new.values[places[0]] - g * old.values[places[1]]
        least = int(changes.argmin())
        rows = f * new.fixed(int(places[0][least])) - g * old.fixed(int(places[1][least]))
        still = by_unit(rows, self.clusters)
        reached, start = within + z * self.apart, min(change, middle)
        step = max(f * new.longest(reached), g * old.longest(reached))
        far = min(step, max(start - float(changes[least]), 0.0))
        return change - start + max(half, z * math.sqrt(dot(still, still))) + far


def beside(
    sides: tuple[Influence, Influence], confidence: float, clusters: NDArray[Any] | None
) -> Beside | None:
    """Return the noise beside which steps of two curves are long; None where they are not."""
    new, old = sides
    if new.levels is None or old.levels is None:
        return None
    first, second = (by_unit(side.moves, clusters) for side in (new.levels, old.levels))
    size, apart = math.sqrt(dot(first, first) * dot(second, second)), 0.0
    if size:
        apart = math.sqrt(max(2 - 2 * dot(first, second) / size, 0.0))
    longest = max(new.stepped, old.stepped)
    return Beside(apart, confidence, clusters) if longest > _COARSE * apart else None
