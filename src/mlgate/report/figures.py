"""What the picture of changes shows: numbers and labels only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlgate.report.plots.inks import Page


@dataclass(frozen=True, slots=True)
class MetricChange:
    """One metric's change, turned so that more is better; `text` says it in numbers.

    `limit` is the allowance (negative, as a gain), None without a rule.
    """

    title: str
    text: str
    point: float
    low: float | None
    high: float | None
    limit: float | None
    worse: bool
    better: bool


@dataclass(frozen=True, slots=True)
class Forest:
    """Changes of all metrics, each on a scale of its own around a common "no change"."""

    changes: tuple[MetricChange, ...]
    reference: str

    def lay(self) -> Page:
        """Lay the drawing out."""
        from mlgate.report.plots import forest

        return forest.draw(self)
