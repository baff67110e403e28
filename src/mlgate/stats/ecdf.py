"""A column of numbers as its distribution function: of rows, of weighted rows, or of a profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ecdf:
    """A step function.

    Attributes
    ----------
    values
        Where it steps, ascending, shape (k,), k ≥ 1, without NaN; infinities stay at the ends.
    mass
        Its value at and right of each step, shape (k,), ending at 1; None where each of the
        `values` is one row.
    rows
        The number of rows that it rests on: with weights the effective one, (Σw)²/Σw².
    """

    values: Column
    mass: Column | None
    rows: float

    @classmethod
    def of(cls, values: Column, weights: Column | None = None) -> Ecdf:
        """Make it of rows; without weights `values` is sorted in place."""
        if weights is None:
            values.sort()
            return cls(values, None, len(values))
        order = np.argsort(values, kind="stable")
        mass = np.cumsum(weights[order])
        size = float(mass[-1])
        mass /= size
        mass[-1] = 1.0
        # Of equal values the last one's mass is that of all.
        last = np.append(np.diff(values[order]) > 0, True)
        rows = size * size / float(np.sum(weights * weights))
        return cls(values[order][last], mass[last], rows)

    def below(self, at: Column) -> Column:
        """Return P(X ≤ v) for each v of `at`."""
        rank = np.searchsorted(self.values, at, side="right")
        if self.mass is None:
            share: Column = rank / len(self.values)
            return share
        return np.concatenate([[0.0], self.mass])[rank]

    def quantile(self, level: float) -> float:
        """Return the least value with P(X ≤ v) ≥ level."""
        if self.mass is None:
            index = int(np.ceil(level * len(self.values))) - 1
        else:
            index = int(np.searchsorted(self.mass, level - 1e-12))
        return float(self.values[min(max(index, 0), len(self.values) - 1)])

    def cut(self, low: float, high: float) -> None:
        """Move what lies outside [low, high] to its ends, in place: columns may be long."""
        first, last = np.searchsorted(self.values, low), np.searchsorted(self.values, high, "right")
        self.values[:first] = low
        self.values[last:] = high

    def deviation(self, low: float, high: float) -> float:
        """Return the standard deviation of the values, those outside [low, high] at its ends."""
        values = np.clip(self.values, low, high)
        if self.mass is None:
            return float(values.std())
        weights = np.diff(self.mass, prepend=0.0)
        mean = float(np.sum(weights * values))
        return float(np.sqrt(np.sum(weights * (values - mean) ** 2)))


def on_grid(grid: Ecdf, values: Ecdf) -> Ecdf:
    """Return a distribution function at the steps of another only; what lies above is at the last.

    A profile knows its function at its own steps alone; between them it must not be compared.
    """
    mass = values.below(grid.values)
    mass[-1] = 1.0
    return Ecdf(grid.values, mass, values.rows)
