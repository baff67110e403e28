"""data.json: what the data are like, which rules they break, and what looks wrong."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict

from mlgate.model.base import Frozen
from mlgate.model.evidence import Evidence
from mlgate.model.table import Stored

FindingKind = Literal[
    "missing", "extra", "retyped", "range", "levels", "nulls", "constant", "near_unique",
    "duplicates", "leakage", "conflicts", "one_class", "imbalance", "backwards",
    "future", "stale", "repeated_ids", "infinite",
]  # fmt: skip


class Example(Frozen):
    """One row that shows a problem; `row` counts from 1. The value is None where masked."""

    row: int
    value: str | None = None


class ColumnFacts(Frozen):
    """One column of the data.

    Attributes
    ----------
    nulls, distinct
        Rows without a value; distinct values.
    low, high
        Least and greatest finite value of numbers, and of dates in seconds since 1970.
    """

    holds: Stored
    nulls: int
    distinct: int | None = None
    low: float | None = None
    high: float | None = None
    infinite: int = 0


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
    problem: str | None = None
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


class DataFinding(Frozen):
    """Something that looks wrong though no rule asks for it; `count` rows (of `of`)."""

    kind: FindingKind
    column: str | None = None
    count: int = 0
    of: int = 0
    detail: str
    example: Example | None = None


class DataEvidence(Evidence):
    """evidence/data.json."""

    model_config = ConfigDict(extra="forbid")

    check: Literal["data"] = "data"
    path: str = ""
    """The data as mlgate.yaml names them; empty where nothing could be measured."""
    reference: str | None = None
    rows: int = 0
    columns: dict[str, ColumnFacts] = {}
    rules: dict[str, DataRuleResult] = {}
    findings: tuple[DataFinding, ...] = ()
    masked: bool = False
