"""What the rows that there are can decide of one rule, and how many would: pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mlgate.stats import power

if TYPE_CHECKING:
    from mlgate.model.policy import RuleKind
    from mlgate.stats.power import Chances

Basis = Literal["measured", "assumed", "limit"]
"""Where a row variance comes from: the last run, the usual disagreement, the limit itself."""
LIMITS: Final[tuple[RuleKind, ...]] = ("min", "max")
"""Rules about the value; all others are about its change."""


@dataclass(frozen=True, slots=True)
class PlannedRule:
    """A rule of a gate, and at what confidence and power it is planned.

    Attributes
    ----------
    limit
        As mlgate.yaml has it; a share of the baseline's value where `relative`.
    reference
        What a change is measured against, in words: `main`, `the anchor`.
    """

    target: str
    kind: RuleKind
    limit: float
    relative: bool
    confidence: float
    power: float
    reference: str = "main"

    @property
    def id(self) -> str:
        """`<target>.<rule>`."""
        return f"{self.target}.{self.kind}"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the metric that a rule is about.

    Attributes
    ----------
    value, baseline
        Of the last run; None where it did not measure them.
    rows
        How many there are; None where nobody knows.
    row_variance
        n × variance of the value, or of the change where nothing changes; None where unknown.
    disagreement
        Share of rows that just one model has right, for metrics that are a share of right rows.
    design
        What weights or clusters multiply the variance of a disagreement by.
    units
        What makes rows count other than one each, in words: "clusters", "weights and seeds".
    paired
        Whether the variance is that of a comparison on the same rows.
    stop
        Why no number of rows helps, in one sentence.
    """

    value: float | None = None
    baseline: float | None = None
    rows: int | None = None
    row_variance: float | None = None
    disagreement: float | None = None
    basis: Basis | None = None
    design: float = 1.0
    units: str | None = None
    paired: bool = True
    stop: str | None = None


@dataclass(frozen=True, slots=True)
class RulePlan:
    """One rule's plan.

    Attributes
    ----------
    distance
        What the rows must tell apart from 0, in the metric's unit: the margin, or how far the
        last value lies from the limit. None where unknown.
    rows_needed
        With which that is told with the power asked for; None where no number does.
    smallest
        The distance that the rows that there are tell with that power, in the limit's unit.
    chances
        How they judge a change that does no harm (`max_regression`), a change that brings
        nothing (`min_improvement`), the last value again (`min`, `max`).
    """

    rule: PlannedRule
    known: Known
    distance: float | None
    rows_needed: int | None
    smallest: float | None
    chances: Chances | None


def plan_rule(rule: PlannedRule, known: Known) -> RulePlan:
    """Plan one rule."""
    distance = _distance(rule, known)
    variance = None if known.stop is not None else known.row_variance
    if not variance:
        return RulePlan(rule, known, distance, None, None, None)
    needed = None
    if distance:
        needed = power.rows_needed(variance, distance, confidence=rule.confidence, power=rule.power)
    if not known.rows:
        return RulePlan(rule, known, distance, needed, None, None)
    smallest = _smallest(rule, known, variance, known.rows)
    chances = _chances(rule, known, variance, known.rows, distance)
    return RulePlan(rule, known, distance, needed, smallest, chances)


def _distance(rule: PlannedRule, known: Known) -> float | None:
    if rule.kind in LIMITS:
        return None if known.value is None else abs(known.value - rule.limit)
    if not rule.relative:
        return rule.limit
    return None if known.baseline is None else rule.limit * known.baseline


def _smallest(rule: PlannedRule, known: Known, variance: float, rows: int) -> float | None:
    effect = power.smallest_effect(variance, rows, confidence=rule.confidence, power=rule.power)
    if effect is None or not rule.relative:
        return effect
    return effect / known.baseline if known.baseline else None


def _chances(
    rule: PlannedRule, known: Known, variance: float, rows: int, distance: float | None
) -> Chances | None:
    if distance is None or (rule.kind in LIMITS and known.basis != "measured"):
        return None
    if rule.kind in ("max_regression", "max_regression_anchor"):
        return power.chances_without_change(variance, rows, distance, confidence=rule.confidence)
    gap = distance if meets(rule, known) else -distance
    return power.chances_of_value(variance, rows, gap, confidence=rule.confidence)


def meets(rule: PlannedRule, known: Known) -> bool:
    """Whether the last value lies on the right side of its limit; no change is no improvement."""
    if known.value is None or rule.kind not in LIMITS:
        return False
    return known.value >= rule.limit if rule.kind == "min" else known.value <= rule.limit
