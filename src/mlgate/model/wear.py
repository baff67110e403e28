"""evidence/wear.json: how often this test set was evaluated before."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from mlgate.model.base import Frozen
from mlgate.model.evidence import Evidence

MOST: Final = 100_000
"""Evaluations that are counted at most: each costs time, and no test set lasts that long."""
Count = Annotated[int, Field(ge=0, le=MOST)]
Prints = Annotated[int, Field(ge=0, le=10**9)]


class Printed(Frozen):
    """What reports have shown of a test set.

    `exact` counts numbers that were shown exactly, `steps` the results that were shown in steps, and
    `unusual` those of them that showed anything but a pass without a difference.
    """

    exact: Prints = 0
    steps: Prints = 0
    unusual: Prints = 0

    @model_validator(mode="after")
    def _among_them(self) -> Self:
        if self.unusual > self.steps:
            msg = "more results were unusual than were shown in steps"
            raise ValueError(msg)
        return self

    def plus(self, other: Printed, times: int = 1) -> Printed:
        """Return both together, the other one several times."""
        return Printed(
            exact=self.exact + times * other.exact,
            steps=self.steps + times * other.steps,
            unusual=self.unusual + times * other.unusual,
        )


class WearEvidence(Evidence):
    """What the ledger had on the test set when this run was measured.

    `test_set` is a digest of ids and labels, regardless of the order of rows; `evaluation` one of
    all that an evaluation depends on: predictions, labels, groups, baselines, policy and version. The
    counts are of distinct evaluations, and lower bounds: only trusted runs write the ledger.
    """

    model_config = ConfigDict(extra="forbid")

    of_labels: ClassVar[bool] = False
    check: Literal["wear"] = "wear"
    test_set: str
    evaluation: str
    others: Count
    """Distinct evaluations of this test set, without this one."""
    surprises: Count
    """How many of those did not pass."""
    printed: Printed | None = None
    """What those printed, as far as it was recorded; None in files of versions that did not count it."""
    unrecorded: Count | None = None
    """How many of those did not record what they printed; None like `printed`."""
    first: str | None = None
    """The commit whose model was the first that this test set has judged."""
    first_error: Annotated[float, Field(ge=0, le=1)] | None = None
    """The share of rows that the first model got wrong; None where it was not recorded."""

    @model_validator(mode="after")
    def _among_them(self) -> Self:
        if self.surprises > self.others:
            msg = "more evaluations did not pass than there were"
            raise ValueError(msg)
        return self
