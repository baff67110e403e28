"""What the available rows can decide for one rule, and how many are needed: pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mlgate.stats import power

if TYPE_CHECKING:
    from mlgate.model.policy import RuleKind
    from mlgate.stats.power import Chances

Basis = Literal["measured", "assumed", "limit"]
"""Where a row variance comes from: the last run, an assumed disagreement, the limit itself."""
LIMITS: Final[tuple[RuleKind, ...]] = ("min", "max")
"""Rules about the value; all others are about its change."""


@dataclass(frozen=True, slots=True)
class PlannedRule:
    """A rule of a gate, with the confidence and the power that it is planned for.

    Attributes
    ----------
    limit
        As in mlgate.yaml; a share of the baseline's value where `relative`.
    reference
        What a change is measured against, as text: `main`, `the anchor`.
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
class Assumptions:
    """What the plan of a rule assumes about its metric, from the last run or in general.

    Attributes
    ----------
    value, baseline
        Of the last run; None where it did not measure them.
    rows
        How many there are; None where unknown.
    row_variance
        n × variance of the value, or of the change between equal models; None where unknown.
    disagreement
        Share of rows that only one model gets right, for metrics that are a share of correct rows.
    design
        The factor of weights or clusters on the variance of a disagreement (design effect).
    widening
        How many times as wide as the normal law's the last run's bound was.
    beyond
        How much farther out it was, as `power.beyond`.
    units
        Why rows do not count as one each, as text: "clusters", "weights and seeds".
    counted
        What is counted: rows, or labels of humans that correct a judge.
    paired
        Whether the variance comes from a comparison on the same rows.
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
    widening: float = 1.0
    beyond: float = 0.0
    units: str | None = None
    counted: str = "rows"
    paired: bool = True
    stop: str | None = None


@dataclass(frozen=True, slots=True)
class RulePlan:
    """The plan of one rule.

    Attributes
    ----------
    distance
        The difference from 0 to detect, in the metric's unit: the margin, or how far the last
        value is from the limit. None where unknown.
    rows_needed
        Rows that detect it with the rule's power; None where no number does.
    smallest
        The smallest distance that the available rows detect with that power, in the limit's
        unit.
    chances
        Of each verdict, for a change that does no harm (`max_regression`), a change that
        gains nothing (`min_improvement`), or the last value again (`min`, `max`).
    """

    rule: PlannedRule
    assumed: Assumptions
    distance: float | None
    rows_needed: int | None
    smallest: float | None
    chances: Chances | None


def plan_rule(rule: PlannedRule, assumed: Assumptions) -> RulePlan:
    """Plan one rule."""
    distance = _distance(rule, assumed)
    variance = None if assumed.stop is not None else assumed.row_variance
    if not variance:
        return RulePlan(rule, assumed, distance, None, None, None)
    needed = None
    if distance and _by_tango(assumed):
        needed = power.paired_rows(variance, distance, **_asked(rule))
    elif distance:
        needed = power.rows_needed(variance, distance, **_asked(rule), **_bounds(assumed))
    if not assumed.rows:
        return RulePlan(rule, assumed, distance, needed, None, None)
    smallest = _smallest(rule, assumed, variance, assumed.rows)
    chances = _chances(rule, assumed, variance, assumed.rows, distance)
    return RulePlan(rule, assumed, distance, needed, smallest, chances)


def _by_tango(assumed: Assumptions) -> bool:
    """Whether Tango's interval decides: of a share on the same rows, each of which counts as one."""
    return assumed.disagreement is not None and assumed.units is None and assumed.paired


def _asked(rule: PlannedRule) -> dict[str, float]:
    return {"confidence": rule.confidence, "power": rule.power}


def _bounds(assumed: Assumptions) -> dict[str, float]:
    """Return how wide the bounds are; those of clusters as a multiple, as they shrink like 1/√n."""
    return {"widening": assumed.widening} if assumed.units else {"beyond": assumed.beyond}


def _distance(rule: PlannedRule, assumed: Assumptions) -> float | None:
    if rule.kind in LIMITS:
        return None if assumed.value is None else abs(assumed.value - rule.limit)
    if not rule.relative:
        return rule.limit
    return None if assumed.baseline is None else rule.limit * assumed.baseline


def _smallest(rule: PlannedRule, assumed: Assumptions, variance: float, rows: int) -> float | None:
    effect: float | None
    if _by_tango(assumed):
        effect = power.paired_smallest(variance, rows, **_asked(rule))
    else:
        effect = power.smallest_effect(variance, rows, **_asked(rule), **_bounds(assumed))
    if effect is None or not rule.relative:
        return effect
    return effect / assumed.baseline if assumed.baseline else None


def _chances(
    rule: PlannedRule, assumed: Assumptions, variance: float, rows: int, distance: float | None
) -> Chances | None:
    if distance is None or (rule.kind in LIMITS and assumed.basis != "measured"):
        return None
    if rule.kind in ("max_regression", "max_regression_anchor"):
        return power.chances_without_change(
            variance,
            rows,
            distance,
            confidence=rule.confidence,
            at_margin=power.variance_at(variance, distance) if _by_tango(assumed) else None,
            **_bounds(assumed),
        )
    gap = distance if meets(rule, assumed) else -distance
    return power.chances_of_value(
        variance, rows, gap, confidence=rule.confidence, **_bounds(assumed)
    )


def meets(rule: PlannedRule, assumed: Assumptions) -> bool:
    """Whether the last value is on the right side of its limit; False for rules about a change."""
    if assumed.value is None or rule.kind not in LIMITS:
        return False
    return assumed.value >= rule.limit if rule.kind == "min" else assumed.value <= rule.limit
