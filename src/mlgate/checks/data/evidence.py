"""data.json: what the data are like, which rules they break, and what looks wrong."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from pydantic import ConfigDict

from mlgate.model.base import Frozen, Prose
from mlgate.model.data_rules import DataRuleResult, Example
from mlgate.model.evidence import Evidence
from mlgate.model.table import Stored

FindingKind = Literal[
    "missing", "extra", "retyped", "range", "levels", "nulls", "constant", "near_unique",
    "duplicates", "leakage", "conflicts", "one_class", "imbalance", "backwards",
    "future", "stale", "repeated_ids", "infinite",
]  # fmt: skip


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


class DataFinding(Frozen):
    """Something that looks wrong though no rule asks for it; `count` rows (of `of`)."""

    kind: FindingKind
    column: str | None = None
    count: int = 0
    of: int = 0
    detail: Prose
    example: Example | None = None


class DataEvidence(Evidence):
    """evidence/data.json."""

    model_config = ConfigDict(extra="forbid")

    of_labels: ClassVar[bool] = False
    check: Literal["data"] = "data"
    path: Prose = ""
    """The data as mlgate.yaml names them; empty where nothing could be measured."""
    reference: Prose | None = None
    rows: int = 0
    columns: dict[str, ColumnFacts] = {}
    rules: dict[str, DataRuleResult] = {}
    findings: tuple[DataFinding, ...] = ()
    masked: bool = False


EVIDENCE: Final = DataEvidence
