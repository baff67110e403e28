"""evidence/wear.json: how often this test set was evaluated before."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from mlgate.model.evidence import Evidence

MOST: Final = 100_000
"""Evaluations that are counted at most: each costs time, and no test set lasts that long."""
Count = Annotated[int, Field(ge=0, le=MOST)]


class WearEvidence(Evidence):
    """What the ledger had on the test set when this run was measured.

    `test_set` is a digest of ids and labels, regardless of the order of rows; `evaluation` one of
    all that an evaluation depends on: predictions, labels, groups, baselines, policy and version. The
    counts are of distinct evaluations, and lower bounds: only trusted runs write the ledger.
    """

    model_config = ConfigDict(extra="forbid")

    check: Literal["wear"] = "wear"
    test_set: str
    evaluation: str
    others: Count
    """Distinct evaluations of this test set, without this one."""
    surprises: Count
    """How many of those did not pass."""

    @model_validator(mode="after")
    def _among_them(self) -> Self:
        if self.surprises > self.others:
            msg = "more evaluations did not pass than there were"
            raise ValueError(msg)
        return self
