"""What the picture of the loss over time shows: numbers and labels only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlgate.report.plots.inks import Page


@dataclass(frozen=True, slots=True)
class LossSpan:
    """The mean loss of the rows between two times, with its bounds."""

    start: float
    end: float
    loss: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class LossTime:
    """The loss over time. `begin` and `end` are the first and last time as text.

    `ceiling` is the most that the baseline's loss can be, `raised` the time at which it was
    known that the loss had risen above it.
    """

    title: str
    windows: tuple[LossSpan, ...]
    stretches: tuple[LossSpan, ...]
    ceiling: float | None
    raised: float | None
    begin: str
    end: str

    def lay(self) -> Page:
        """Lay the drawing out."""
        from mlgate.checks.concept import plot

        return plot.losses(self)
