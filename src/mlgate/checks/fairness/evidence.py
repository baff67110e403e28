"""evidence/fairness.json: rates by group, and the gaps between groups."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import ConfigDict

from mlgate.model.base import Frozen, Prose
from mlgate.model.evidence import CalibrationBin, Curve, Evidence, Interval
from mlgate.model.metrics import Task
from mlgate.model.slice_search import SearchResult

MISSING: Final = "(missing)"
"""The group of rows without a value."""


class RateChange(Frozen):
    """A group's rate on main's model, on the rows that both have, and how it changed."""

    baseline: float | None
    change: float | None
    interval: Interval = (None, None)
    n: int


class Rates(Frozen):
    """Rates of one group, or of one class within it, by name beside these fields.

    A rate is None where it is undefined.

    Attributes
    ----------
    n
        Rows; None where suppressed.
    of
        Rows that each rate is a share or mean of.
    intervals
        Each rate's two one-sided bounds, for this group alone.
    small
        Rates that rest on fewer rows than the minimum: shown, never in a gap.
    main
        Against main.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, float | None]

    n: int | None
    of: dict[str, int] = {}
    intervals: dict[str, Interval] = {}
    small: tuple[str, ...] = ()
    main: dict[str, RateChange] = {}

    def rate(self, name: str) -> float | None:
        """Return a rate by its name; None where it is undefined or not measured."""
        return (self.__pydantic_extra__ or {}).get(name)


class Group(Rates):
    """One group.

    Attributes
    ----------
    classes
        One-vs-rest rates of each class (multiclass).
    suppressed
        Why this group is hidden; None if it is shown.
    """

    classes: dict[str, Rates] = {}
    suppressed: Prose | None = None
    roc: Curve | None = None
    calibration: tuple[CalibrationBin, ...] | None = None


class GapFound(Frozen):
    """One gap: the largest difference or the smallest ratio between the usable groups.

    Attributes
    ----------
    high, low
        The groups that make it.
    rate
        The rate that makes it, and of several classes which one.
    pairs
        Pairs compared; the bound towards equality is Bonferroni's over them.
    left_out
        Groups too small to be in it.
    not_told
        Groups that are large enough, and are not in it because nothing about them may be shown;
        they can only widen it, so the bound away from equality is None.
    insufficient
        Why it cannot be judged.
    """

    value: float | None
    interval: Interval = (None, None)
    high: str | None = None
    low: str | None = None
    rate: str | None = None
    pairs: int = 0
    left_out: tuple[str, ...] = ()
    not_told: int = 0
    insufficient: Prose | None = None


class Grouping(Frozen):
    """One sensitive column, an intersection of several, or a column within a control column.

    The gaps are further fields beside these, by name.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, GapFound]

    columns: tuple[str, ...]
    control: str | None = None
    reference_group: str | None = None
    groups: dict[str, Group]
    missing: float | None
    """Share of the rows without a value; None where that would reveal a hidden group."""

    @property
    def gaps(self) -> dict[str, GapFound]:
        """The gaps by name."""
        return self.__pydantic_extra__ or {}


class FairnessEvidence(Evidence):
    """evidence/fairness.json.

    Attributes
    ----------
    sensitive
        By column; intersections as `sex*race`, within a control column as `sex|region`.
    minimum
        Rows that a rate must rest on to be compared.
    positive
        The label that counts as positive (binary).
    tests
        How many intervals were looked at, over all groupings.
    """

    model_config = ConfigDict(extra="forbid")

    check: Literal["fairness"] = "fairness"
    task: Task | None = None
    positive: str | None = None
    n: int | None = None
    minimum: int = 30
    missing_limit: float = 0.05
    suppress_below: int | None = None
    sensitive: dict[str, Grouping] = {}
    gated: tuple[str, ...] = ()
    tests: int = 0
    search: SearchResult | None = None


EVIDENCE: Final = FairnessEvidence
