"""What became of the rules that data must meet: this suite's own, and those of a user's suite."""

from __future__ import annotations

from mlgate.model.base import Frozen, Output, Prose


class Example(Frozen):
    """One row that shows a problem; `row` counts from 1. The value is None where masked."""

    row: int
    value: Output | None = None


class DataRuleResult(Frozen):
    """What became of one rule.

    Attributes
    ----------
    text
        The rule in words: `age ≥ 0`.
    broken, of
        Rows (or columns, for the schema) that break it, and how many there are.
    allowed
        Share that may.
    problem
        What is wrong where it is not rows that break it; None where nothing is.
    """

    text: str
    broken: int
    of: int
    allowed: float = 0.0
    problem: Prose | None = None
    example: Example | None = None

    @property
    def share(self) -> float:
        """Share of rows that break it; 1 where the table as a whole does."""
        if self.problem is not None:
            return 1.0
        return self.broken / self.of if self.of else 0.0

    @property
    def holds(self) -> bool:
        """Whether no more rows break it than may."""
        return self.share <= self.allowed
