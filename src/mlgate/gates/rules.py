"""One rule against one measurement: the outcome, and the sentence that gives its reason.

Three answers come before any region on the number line: evidence that is missing or contradicts
the policy is an `error`; evidence that must not be trusted (`insufficient`) is `inconclusive`;
and without a baseline anywhere a relative rule is `untested`.

A number without an interval (a metric file with one value a side) allows no test. The point
rule is applied to it: a number that breaks its rule fails, because the user asked for that limit
and nothing speaks for the model; one that meets it is `untested`, never `pass`, because
nothing shows that it would meet it again. The reason says so in both cases.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlgate.gates import reasons, regions
from mlgate.gates.reasons import Told
from mlgate.gates.regions import Effect
from mlgate.model.evidence import Contrast
from mlgate.model.policy import Margin, contrast_factor
from mlgate.stats.power import rows_needed, smallest_effect

if TYPE_CHECKING:
    from mlgate.gates.regions import Region
    from mlgate.gates.words import Kind
    from mlgate.model.evidence import Absent, Comparison, Interval, Measurement
    from mlgate.model.metrics import Direction
    from mlgate.model.policy import RuleKind
    from mlgate.model.rows import Role
    from mlgate.model.verdict import Outcome

AGAIN = "run `mlgate check` again"
HOPELESS = 1000
"""No number of rows is named where it would take more than this many times those there are."""


@dataclass(frozen=True, slots=True)
class Question:
    """One rule, put to one measurement.

    Attributes
    ----------
    limit
        The threshold, or the margin in the metric's unit; a share of the baseline if `relative`.
    direction
        Whether more of the metric is better; None where nobody said.
    role, reference
        Which baseline a relative rule means, and its name in sentences.
    absent
        Why there is no baseline of that role; None where there is one.
    confidence, power
        Of each one-sided bound; of the number of rows that would tell.
    """

    kind: RuleKind
    limit: float
    relative: bool
    measurement: Measurement
    direction: Direction | None
    confidence: float
    power: float
    role: Role | None = None
    reference: str = "main"
    absent: Absent | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """The answer; the fields are those of `GateVerdict`."""

    verdict: Outcome
    reason: str
    value: float | None = None
    baseline: float | None = None
    change: float | None = None
    contrast: float | None = None
    factor: float | None = None
    interval: Interval = (None, None)
    n: int | None = None
    method: str | None = None
    rows_needed: int | None = None
    smallest: float | None = None


def decide(question: Question) -> Ruling:
    """Answer one question."""
    if question.kind in ("min", "max", "max_share"):
        return limit(question)
    return against_baseline(question)


def limit(question: Question) -> Ruling:
    """Answer `min`, `max` and `max_share`: the value's own bounds against a threshold."""
    found = question.measurement
    base = Ruling(
        "inconclusive",
        f"undecided: {found.insufficient}",
        value=found.value,
        interval=found.interval,
        n=found.n,
        method=found.method,
    )
    if found.insufficient is not None:
        return base
    if found.value is None:
        return replace(base, verdict="error", reason=reasons.undefined(found.title))
    untested = found.untested is not None
    interval = (found.value, found.value) if untested else found.interval
    region = (regions.at_least if question.kind == "min" else regions.at_most)(
        interval, question.limit
    )
    needed = _rows(question, region, found.n, found.row_variance, [found.value - question.limit])
    told = Told("number", found.value, interval, question.limit, untested=found.untested)
    return replace(
        base,
        verdict=_outcome(region, untested),
        reason=reasons.limit(told, region, question.kind),
        rows_needed=needed,
        smallest=_smallest(question, found.n, found.row_variance),
    )


def against_baseline(question: Question) -> Ruling:
    """Answer `max_regression`, `max_regression_anchor` and `min_improvement`."""
    found = question.measurement
    value = Ruling("error", "", value=found.value)
    comparison = found.against.get(question.role) if question.role else None
    if comparison is None:
        return _uncompared(question, value)
    base = replace(
        value,
        baseline=comparison.baseline,
        change=comparison.change,
        interval=comparison.interval,
        n=comparison.n,
        method=comparison.method,
    )
    stopped = _before_the_rule(question, base, comparison)
    if stopped is not None:
        return stopped
    return (_relative if question.relative else _absolute)(question, base, comparison)


def _before_the_rule(question: Question, base: Ruling, comparison: Comparison) -> Ruling | None:
    """Answer where the rule cannot be applied; None where it can."""
    title = question.measurement.title
    if question.direction is None:
        return replace(base, reason=reasons.no_direction(title))
    if comparison.insufficient is not None:
        return replace(base, verdict="inconclusive", reason=f"undecided: {comparison.insufficient}")
    if question.measurement.value is None:
        return replace(base, reason=reasons.undefined(title))
    if comparison.change is None and comparison.untested is not None:
        return replace(base, verdict="untested", reason=comparison.untested)
    if comparison.change is None:
        return replace(base, reason=reasons.undefined(f"the change of {title}"))
    return None


def _uncompared(question: Question, base: Ruling) -> Ruling:
    """No comparison in the evidence: fine only where no baseline exists, or none is wanted."""
    absent = question.absent
    if absent is None:
        reason = f"the evidence compares {question.measurement.title} with nothing on "
        return replace(base, reason=f"{reason}{question.reference}: {AGAIN}")
    if absent.kind in ("none_yet", "off"):
        return replace(base, verdict="untested", reason=absent.reason)
    return replace(base, reason=absent.reason)


def _absolute(question: Question, base: Ruling, comparison: Comparison) -> Ruling:
    """The margin is in the metric's unit."""
    assert comparison.change is not None
    untested = comparison.untested is not None
    interval = (comparison.change, comparison.change) if untested else comparison.interval
    gain = _turned(question, comparison.change, interval)
    region = _region(question, gain.plus(_allowance(question)), gain, untested=untested)
    return _ruled(question, base, comparison, region, gain, gain)


def _relative(question: Question, base: Ruling, comparison: Comparison) -> Ruling:
    """The margin is a share of the baseline: the contrast candidate − factor × baseline decides."""
    baseline = comparison.baseline
    if baseline is None or baseline <= 0:
        return replace(base, reason=reasons.no_share(question.reference, baseline))
    contrast, factor = _contrast(question, comparison)
    if contrast is None or contrast.value is None:
        reason = f"the evidence lacks candidate − {factor:.6g} × baseline, which this rule needs"
        return replace(base, factor=factor, reason=f"{reason}: {AGAIN}")
    assert comparison.change is not None
    untested = comparison.untested is not None
    change, bounds = comparison.change, comparison.interval
    gain = _turned(question, change, (change, change) if untested else bounds)
    bounds = (contrast.value, contrast.value) if untested else contrast.interval
    beyond = _turned(question, contrast.value, bounds)
    region = _region(question, beyond, gain, untested=untested)
    base = replace(base, contrast=contrast.value, factor=factor, interval=contrast.interval)
    share = beyond.over(baseline).plus(-_allowance(question))
    return _ruled(question, base, comparison, region, gain, share)


def _ruled(
    question: Question,
    base: Ruling,
    comparison: Comparison,
    region: Region,
    gain: Effect,
    told: Effect,
) -> Ruling:
    """Give region and reason; `told` is the gain in the rule's own unit."""
    untested = comparison.untested is not None
    margin = question.limit * (comparison.baseline or 0) if question.relative else question.limit
    distances = [gain.point - margin]
    if question.kind != "min_improvement":
        # From a true change of 0, unless that is ruled out.
        ruled_out = gain.upper is None or gain.upper < 0
        distances = ([] if ruled_out else [margin]) + [gain.point + margin]
    needed = _rows(question, region, comparison.n, comparison.row_variance, distances)
    sentence = reasons.improvement if question.kind == "min_improvement" else reasons.regression
    kind: Kind = "points" if question.measurement.unit == "share" else "number"
    words = Told(
        "percent" if question.relative else kind,
        told.point,
        (told.lower, told.upper),
        question.limit,
        untested=comparison.untested,
        reference=question.reference,
    )
    return replace(
        base,
        verdict=_outcome(region, untested),
        reason=sentence(words, region),
        rows_needed=needed,
        smallest=_smallest(question, comparison.n, comparison.row_variance),
    )


def _region(question: Question, beyond: Effect, gain: Effect, *, untested: bool) -> Region:
    if question.kind != "min_improvement":
        return regions.not_worse(beyond, gain)
    if untested:  # 0.86 − 0.85 meets an improvement of 0.01, whatever its last binary digit
        beyond = beyond.plus(regions.ROUNDING)
    return regions.better(beyond)


def _allowance(question: Question) -> float:
    """How far below 0 a gain may lie: the margin, or minus the wanted improvement."""
    return -question.limit if question.kind == "min_improvement" else question.limit


def _turned(question: Question, point: float, interval: Interval) -> Effect:
    return Effect.turned(point, interval, lower_is_better=question.direction == "lower")


def _contrast(question: Question, comparison: Comparison) -> tuple[Contrast | None, float]:
    """Give the contrast of this margin, if it was measured, and its factor.

    One number a side needs no measurement: its contrast follows from both numbers.
    """
    margin = Margin(value=question.limit, relative=True)
    improvement = question.kind == "min_improvement"
    factor = contrast_factor(margin, question.direction, improvement=improvement)
    if comparison.untested is not None and comparison.change is not None:
        value = comparison.change + (1 - factor) * (comparison.baseline or 0)
        return Contrast(factor=factor, value=value, interval=(None, None)), factor
    same = [one for one in comparison.contrasts if math.isclose(one.factor, factor)]
    return (same[0] if same else None), factor


def _outcome(region: Region, untested: bool) -> Outcome:
    """Apply the point rule where no test is possible: it can break a rule, never pass it."""
    return "untested" if untested and region != "fail" else region


def _smallest(question: Question, n: int | None, variance: float | None) -> float | None:
    """Give the least distance from the rule's edge that these rows show with the policy's power."""
    if n is None or not variance:
        return None
    return smallest_effect(variance, n, confidence=question.confidence, power=question.power)


def _rows(
    question: Question,
    region: Region,
    n: int | None,
    variance: float | None,
    distances: list[float],
) -> int | None:
    """How many rows would tell, for an undecided rule.

    The first of `distances` (the assumed true value's distance from the rule's edge) that
    needs more rows than there are; None when none does or nothing can be told. A relative
    margin reckons with the variance of the plain change, which a factor near 1 hardly alters.
    """
    if region != "inconclusive" or n is None or not variance:
        return None
    for distance in distances:
        if abs(distance) > regions.ROUNDING:
            needed = rows_needed(
                variance, distance, confidence=question.confidence, power=question.power
            )
            if needed is not None and n < needed <= HOPELESS * n:
                return needed
    return None
