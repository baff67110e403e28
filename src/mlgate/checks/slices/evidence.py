"""slices.json: the metrics of parts of the test set, and how they changed."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import ConfigDict

from mlgate.model.base import Frozen
from mlgate.model.evidence import Evidence
from mlgate.model.slice_search import SearchResult


class Slice(Frozen):
    """One part of the test set: an expression, or one level of a column; `n` rows of it.

    `small`: it has too few rows to be gated with the column's other levels.
    """

    what: str
    column: str | None = None
    n: int
    small: bool = False


class SlicesEvidence(Evidence):
    """evidence/slices.json: `metrics` has `accuracy[young]` and `accuracy[region=North]`."""

    model_config = ConfigDict(extra="forbid")

    check: Literal["slices"] = "slices"
    slices: dict[str, Slice] = {}
    of: int = 0
    """Rows of the whole test set."""
    task: str | None = None
    minimum: int = 30
    """Rows that a part must have to be searched."""
    search: SearchResult | None = None
    """The parts that got worse than on main, where they were looked for."""


EVIDENCE: Final = SlicesEvidence
