"""verdict.json: what was decided, gate by gate, and why."""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

from pydantic import Field

from mlgate.model.base import Frozen, Prose
from mlgate.model.evidence import SCHEMA, BaselineRef, Interval, Note
from mlgate.model.metrics import Direction, Unit
from mlgate.model.policy import OnFail, OnInconclusive, OnUntested, RuleKind
from mlgate.model.rows import Role
from mlgate.model.wear import Printed

Outcome = Literal["pass", "fail", "inconclusive", "untested", "error"]
Look = Literal["earlier_labels", "baseline_rows"]
"""The labels that a baseline was measured with; the rows that a baseline has."""
RunOutcome = Literal["pass", "fail", "inconclusive", "untested", "error", "not_applicable"]

SEVERITY: Final[dict[RunOutcome, int]] = {
    "not_applicable": 0,
    "pass": 1,
    "untested": 2,
    "inconclusive": 3,
    "fail": 4,
    "error": 5,
}
"""Worst of: error > fail > inconclusive > untested > pass."""


class Waived(Frozen):
    """The waiver that keeps a gate from counting."""

    reason: Prose
    until: dt.date
    approved_by: Prose | None = None


class RuleResult(Frozen):
    """One rule's outcome.

    `id` is `<target>.<rule>`. `value`, `baseline` and `change` are in the metric's unit;
    `interval` holds the two bounds that decided: of `change`; for a relative margin of
    `contrast`, candidate − `factor` × baseline; for `min`, `max` and `max_share` of `value`.
    `smallest` is the least distance from the rule's edge that these rows show with probability
    `power`, in the metric's unit.
    `counts` says whether the run's verdict depends on it: not when waived or `on_fail: warn`.
    """

    id: str
    target: str
    rule_kind: RuleKind
    check: str
    metric: str
    title: str
    verdict: Outcome
    rule: str
    threshold: float
    relative: bool = False
    against: Role | None = None
    value: float | None = None
    baseline: float | None = None
    change: float | None = None
    contrast: float | None = None
    factor: float | None = None
    interval: Interval = (None, None)
    confidence: float
    n: int | None = None
    method: str | None = None
    unit: Unit = "number"
    direction: Direction | None = None
    steps: int | None = None
    """The gain in steps where numbers are shown in steps (`report.changes`), 0 for no difference shown."""
    reason: Prose
    hint: Prose | None = None
    """What to do about an error."""
    look: Look | None = None
    """Whose labels or rows decided, where not this commit's."""
    rows_needed: int | None = None
    rows_unknown: Prose | None = None
    """Why an undecided rule has no `rows_needed`."""
    power: float = 0.8
    """The probability with which so many rows decide: a change if there was none, a value if it is as measured."""
    smallest: float | None = None
    waived: Waived | None = None
    on_fail: OnFail = "fail"
    on_inconclusive: OnInconclusive = "warn"
    on_untested: OnUntested = "warn"
    report_only: bool = False
    """Its policy blocks nothing yet (`policy.enforce`)."""
    policy: Prose = "main"
    line: int | None = None
    file: Prose | None = None

    @property
    def counts(self) -> bool:
        """Return whether the run's verdict depends on this rule."""
        return self.waived is None and self.on_fail == "fail"

    @property
    def blocks(self) -> bool:
        """Return whether this rule by itself makes the run end with exit code 1."""
        if not self.counts or self.report_only:
            return False
        if self.verdict == "inconclusive":
            return self.on_inconclusive == "fail"
        if self.verdict == "untested":
            return self.on_untested == "fail"
        return self.verdict in ("fail", "error")


class WearReading(Frozen):
    """How worn the test set is, at least; see `mlgate.stats.wear`.

    `evaluations`, `surprises` and `printed` count this run too; `assumed` says how many evaluations
    did not record what they printed, and are taken to have printed as many numbers as this run
    measured. `gate` is the rule with the smallest margin
    for a share of right rows, which wears first; without one there are only the counts. `cap` is
    the share of rows on which two models are taken to differ at most. `value` 1 is worn out,
    `fresh` what the first answer alone costs (above 1, the rows are too few for the meter), and
    `tolerance` the margin that the answers still certify.
    """

    evaluations: int
    surprises: int
    gate: str | None = None
    margin: float | None = None
    n: int | None = None
    cap: float | None = None
    value: float | None = None
    fresh: float | None = None
    tolerance: float | None = None
    printed: Printed | None = None
    assumed: int = 0


class Verdict(Frozen):
    """The run's verdict: the worst over the gates that count."""

    schema_version: Literal[1] = Field(SCHEMA, alias="schema")
    tool: str
    name: str
    verdict: RunOutcome
    headline: Prose
    summary: Prose | None = None
    """The headline without its title; None in files from before it was kept apart."""
    blocked: bool
    report_only_until: dt.date | None = None
    """The last day on which no policy blocks; None where one does."""
    commit: str | None
    baseline: BaselineRef | None = None
    anchor: BaselineRef | None = None
    policy_digest: str | None = None
    gates: tuple[RuleResult, ...] = ()
    wear: WearReading | None = None
    notes: tuple[Note, ...] = ()
