"""One line of a table: words, and rates with their Monte-Carlo error and their target."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Band:
    """What is asked of a rate, both ends inclusive."""

    low: float = -math.inf
    high: float = math.inf

    def __str__(self) -> str:
        """Give it as tables show it."""
        if math.isinf(self.low):
            return "" if math.isinf(self.high) else f"≤ {short(self.high)}"
        if math.isinf(self.high):
            return f"≥ {short(self.low)}"
        return f"{short(self.low)}–{short(self.high)}"


@dataclass(frozen=True)
class Rate:
    """A measured share or number; `error` is its Monte-Carlo standard error."""

    value: float
    error: float
    band: Band = Band()

    @classmethod
    def share(cls, value: float, repetitions: float, band: Band | None = None) -> Rate:
        """Give a share of so many repetitions; exact where they are infinite."""
        near = min(max(value, 0.5 / repetitions), 1 - 0.5 / repetitions)
        return cls(value, math.sqrt(near * (1 - near) / repetitions), band or Band())

    @property
    def missed(self) -> bool:
        """Whether it lies outside its band by more than twice its error."""
        slack = 2 * self.error + 1e-9
        return not self.band.low - slack <= self.value <= self.band.high + slack


Cell = str | Rate | None


@dataclass(frozen=True)
class Line:
    """Cells in the order of the table's columns."""

    name: str
    cells: tuple[Cell, ...]


def short(value: float) -> str:
    """`.953`: shares have no leading zero here, and three digits."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    text = f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
    return text.replace("0.", ".", 1) if text.lstrip("-−").startswith("0.") else text
