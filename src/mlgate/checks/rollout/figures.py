"""What the picture of a rollout shows: numbers and labels only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlgate.report.plots.inks import Page


@dataclass(frozen=True, slots=True)
class Course:
    """How the evidence grew over the looks.

    Attributes
    ----------
    share
        The canary's share, by look.
    worse, good
        Logarithms (base 10) of e-values: of the guard that is nearest to an alarm, and of the one that
        is farthest from promotion.
    needed
        What rolls back, and what promotes.
    """

    share: tuple[float, ...]
    worse: tuple[float, ...]
    good: tuple[float, ...]
    needed: tuple[float, float]

    def lay(self) -> Page:
        """Lay the drawing out."""
        from mlgate.checks.rollout import plot

        return plot.course(self)
