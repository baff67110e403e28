"""concept.json: the loss over time, and whether and when it rose."""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import ConfigDict, model_validator

from mlgate.model.base import Frozen
from mlgate.model.evidence import Evidence, Interval

CALENDAR: Final = (-62_135_596_800.0, 253_402_300_799.0)
"""Seconds since 1970 of the first and the last second of the years 1 to 9999."""
Pattern = Literal["none", "sudden", "gradual", "recurring", "unlocated"]


class Stretch(Frozen):
    """Rows between two times with their mean loss; times as in `predictions.time`."""

    start: float
    end: float
    n: int
    loss: float
    interval: Interval = (None, None)


class ConceptEvidence(Evidence):
    """evidence/concept.json.

    Attributes
    ----------
    windows
        The loss over time for drawing: equal numbers of rows each.
    stretches
        Between the changes that were located; one where there is none.
    floor
        With the policy's confidence the mean loss has been above this at some time, however
        often it is looked at.
    raised_at
        The time at which the loss was known to have risen above the ceiling of the baseline.
    pattern
        How it changed; `unlocated` where the package river is not installed.
    """

    model_config = ConfigDict(extra="forbid")

    check: Literal["concept"] = "concept"
    loss: str | None = None
    dates: bool = False
    n: int = 0
    windows: tuple[Stretch, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    floor: float | None = None
    ceiling: float | None = None
    raised_at: float | None = None
    pattern: Pattern = "none"

    @model_validator(mode="after")
    def _in_the_calendar(self) -> Self:
        times = [t for span in (*self.windows, *self.stretches) for t in (span.start, span.end)]
        times += [] if self.raised_at is None else [self.raised_at]
        if self.dates and not all(CALENDAR[0] <= time <= CALENDAR[1] for time in times):
            msg = "a time is in no year from 1 to 9999"
            raise ValueError(msg)
        return self


EVIDENCE: Final = ConceptEvidence
