"""One rule against one measurement: the outcome, and the sentence that gives its reason.

Three answers come before any region on the number line: evidence that is missing or contradicts
the policy is an `error`, as is a value that is 0/0 and was a number for the baseline; evidence that must not be trusted (`insufficient`) is `inconclusive`;
and without a baseline anywhere a relative rule is `untested`.

A number without an interval (a metric file with one value a side) allows no test. The point
rule is applied to it: a number that breaks its rule fails, because the user asked for that limit
and nothing speaks for the model; one that meets it is `untested`, never `pass`, because
nothing shows that it would meet it again. The reason says so in both cases.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from mlgate.gates import anchor, group_sizes, reasons, regions
from mlgate.gates.reasons import Figures
from mlgate.gates.regions import Effect
from mlgate.metrics import unit_of
from mlgate.model.evidence import Comparison, Contrast
from mlgate.model.policy import Margin, contrast_factor
from mlgate.model.verdict import RuleResult
from mlgate.stats.power import beyond, rows_needed, smallest_effect
from mlgate.text import number_format

if TYPE_CHECKING:
    from mlgate.gates.regions import Region
    from mlgate.gates.rule import Rule
    from mlgate.model.evidence import Absent, Interval, Measurement, WithoutWorst
    from mlgate.model.verdict import Outcome
    from mlgate.text.number_format import Unit

AGAIN: Final = "run `mlgate check` again"
HOPELESS: Final = 1000
"""No number of rows is named where it would take more than this many times those there are."""


class Resolution(NamedTuple):
    """What the rows can show: how many would decide, and the least effect that they show.

    The latter is a distance from the rule's edge, shown with the policy's power. `unknown` says why
    there is no such number for an undecided rule.
    """

    rows_needed: int | None = None
    smallest: float | None = None
    unknown: str | None = None


def decide(rule: Rule, measurement: Measurement, absent: Absent | None = None) -> RuleResult:
    """Decide one rule.

    Parameters
    ----------
    absent
        Why there is no baseline of the rule's role; None where there is one.
    """
    if rule.role is None:
        if measurement.value is None and absent is not None:
            return _uncompared(rule, measurement, absent)
        return _limit(rule, measurement)
    comparison = measurement.against.get(rule.role)
    if comparison is None or absent is not None:
        return _uncompared(rule, measurement, absent)
    stopped = _before_the_rule(rule, measurement, comparison)
    if stopped is not None:
        return stopped
    return (_relative if rule.relative else _absolute)(rule, measurement, comparison)


def unmeasured(rule: Rule, reason: str, hint: str | None) -> RuleResult:
    """Return the error of a rule whose measurement is missing."""
    return _hinted(_result(rule, "error", reason), hint)


def _limit(rule: Rule, measurement: Measurement) -> RuleResult:
    """Decide `min`, `max` and `max_share`: the value's own bounds against a threshold."""
    value, interval = measurement.value, measurement.interval
    for role, comparison in measurement.against.items():
        if _has_vanished(measurement, comparison):
            reason = _vanished(measurement, comparison, role)
            return _result(rule, "error", reason, measurement, measurement)
    left = _left(rule, "inconclusive", measurement)
    if measurement.insufficient is not None:
        reason = f"undecided: {measurement.insufficient}"
        if left is not None:
            reason = f"{reasons.even_without(left)}; {measurement.insufficient}"
        return _result(
            rule, "inconclusive" if left is None else "fail", reason, measurement, measurement
        )
    if value is None:
        reason = measurement.untested or reasons.undefined(measurement.title)
        return _result(rule, "error", reason, measurement, measurement)
    untested = measurement.untested is not None
    if untested:
        interval = (value, value)
    region = (regions.at_least if rule.kind == "min" else regions.at_most)(interval, rule.limit)
    figures = Figures(
        "number", value, interval, rule.limit, (rule.limit,), untested=measurement.untested
    )
    reason = reasons.limit(figures, region, rule.kind)
    distance, unknown = _measured_distance(measurement, rule.limit)
    if region == "inconclusive":
        never = group_sizes.hopeless(measurement, rule.limit, rule.confidence)
        reason = reason if never is None else f"{reason}; it {never}"
        if left is not None:
            region, reason = "fail", f"{reason}; {reasons.even_without(left)}"
    return _result(
        rule,
        _outcome(region, untested),
        reason,
        measurement,
        measurement,
        reach=_reach(rule, region, measurement, distance, unknown, _half(measurement, rule)),
    )


def _before_the_rule(
    rule: Rule, measurement: Measurement, comparison: Comparison
) -> RuleResult | None:
    """Return the result where the rule cannot be applied; None where it can."""
    title = measurement.title
    outcome: Outcome
    hint = None
    if rule.direction is None:
        outcome, reason, hint = (
            "error",
            reasons.no_direction(title),
            reasons.DIRECTION.format(rule.target.name),
        )
    elif _has_vanished(measurement, comparison):
        outcome, reason = "error", _vanished(measurement, comparison, rule.reference)
    elif comparison.insufficient is not None:
        outcome, reason = "inconclusive", f"undecided: {comparison.insufficient}"
        hint = comparison.hint
        decisive = _contrast(rule, comparison) if rule.relative else comparison
        left = _left(rule, outcome, decisive)
        if left is not None:
            outcome = "fail"
            reason = f"{reasons.even_without(left)}; {comparison.insufficient}"
    elif measurement.value is None and comparison.change is None:
        outcome, reason = "error", measurement.untested or reasons.undefined(title)
    elif measurement.value is None and rule.relative:
        outcome, reason = "error", measurement.untested or reasons.undefined(title)
        hint = reasons.OWN_UNIT
    elif comparison.change is None and comparison.untested is not None:
        outcome, reason = "untested", comparison.untested
    elif comparison.change is None:
        outcome, reason = "error", reasons.undefined(f"the change of {title}")
    else:
        return None
    return _hinted(_result(rule, outcome, reason, measurement, comparison), hint)


def _has_vanished(measurement: Measurement, comparison: Comparison) -> bool:
    """Whether the candidate has no value where the baseline has one: no test set decides that."""
    if comparison.undefined:
        return True
    return measurement.value is None and comparison.baseline is not None


def _vanished(measurement: Measurement, comparison: Comparison, reference: str) -> str:
    few = comparison.insufficient
    if measurement.value is None or measurement.undefined or few is None:
        return reasons.vanished(measurement.title, reference, comparison.baseline)
    return reasons.too_few(measurement.title, few, reference)


def _uncompared(rule: Rule, measurement: Measurement, absent: Absent | None) -> RuleResult:
    """No comparison in the evidence: fine only where no baseline exists, or none is wanted."""
    if absent is None:
        reason = f"the evidence compares {measurement.title} with nothing on {rule.reference}"
        return _hinted(_result(rule, "error", reason, measurement), AGAIN)
    untested = absent.kind in ("none_yet", "off", "test_set")
    outcome: Outcome = "untested" if untested else "error"
    hint = None if untested else absent.hint
    if absent.kind == "test_set":  # announced on main: its baseline is what this change brings
        rule = replace(rule, on_untested="warn")
    return _hinted(_result(rule, outcome, absent.reason, measurement), hint)


def _absolute(rule: Rule, measurement: Measurement, comparison: Comparison) -> RuleResult:
    """The margin is in the metric's unit."""
    change = comparison.change
    assert change is not None
    untested = comparison.untested is not None
    gain = _turned(rule, change, (change, change) if untested else comparison.interval)
    region = _region(rule, gain.plus(_allowance(rule)), gain, untested=untested)
    return _compared(rule, measurement, comparison, region, gain, gain)


def _relative(rule: Rule, measurement: Measurement, comparison: Comparison) -> RuleResult:
    """The margin is a share of the baseline: the contrast candidate − factor × baseline decides."""
    baseline, change = comparison.baseline, comparison.change
    if baseline is None or baseline <= 0:
        places = number_format.decimals(measurement.interval, measurement.value)
        reason = reasons.no_share(rule.reference, baseline, places)
        return _hinted(_result(rule, "error", reason, measurement, comparison), reasons.OWN_UNIT)
    contrast = _contrast(rule, comparison)
    if contrast.value is None:
        missing = f"candidate − {contrast.factor:.6g} × baseline, which this rule needs"
        reason = f"the evidence lacks {missing}"
        return _hinted(_result(rule, "error", reason, measurement, comparison, contrast), AGAIN)
    assert change is not None
    untested = comparison.untested is not None
    gain = _turned(rule, change, (change, change) if untested else comparison.interval)
    bounds = (contrast.value, contrast.value) if untested else contrast.interval
    beyond = _turned(rule, contrast.value, bounds)
    region = _region(rule, beyond, gain, untested=untested)
    share = beyond.over(baseline).plus(-_allowance(rule))
    return _compared(rule, measurement, comparison, region, gain, share, contrast)


def _compared(
    rule: Rule,
    measurement: Measurement,
    comparison: Comparison,
    region: Region,
    gain: Effect,
    shown: Effect,
    contrast: Contrast | None = None,
) -> RuleResult:
    """Return the result of a rule that was applied; `shown` is the gain in the rule's own unit."""
    unit_size = (comparison.baseline or 0) if rule.relative else 1.0
    margin = rule.limit * unit_size
    sentence = reasons.improvement if rule.kind == "min_improvement" else reasons.regression
    unit: Unit = "points" if measurement.unit == "share" else "number"
    figures = Figures(
        "percent" if rule.relative else unit,
        shown.point,
        (shown.lower, shown.upper),
        rule.limit,
        (-_allowance(rule), 0.0),
        untested=comparison.untested,
        reference=rule.reference,
    )
    reason = sentence(figures, region)
    left = _left(rule, region, contrast or comparison)
    if left is not None:
        region, reason = "fail", f"{reason}; {reasons.even_without(left)}"
    if region == "inconclusive" and anchor.leans(rule, shown.point, measurement):
        reason = f"{reason}; {reasons.half_way(figures)}"
        rule = replace(rule, on_inconclusive="fail")
    result = _result(
        rule,
        _outcome(region, comparison.untested is not None),
        reason,
        measurement,
        comparison,
        contrast,
        reach=_reach(
            rule,
            region,
            comparison,
            *_unchanged_distance(rule, gain, margin),
            None if shown.lower is None else (shown.point - shown.lower) * unit_size,
        ),
    )
    return _hinted(result, comparison.hint if region == "inconclusive" else None)


def _result(
    rule: Rule,
    outcome: Outcome,
    reason: str,
    measurement: Measurement | None = None,
    decisive: Measurement | Comparison | None = None,
    contrast: Contrast | None = None,
    reach: Resolution | None = None,
) -> RuleResult:
    """Return the result; `decisive` is what the rule is about: the value or its comparison."""
    comparison = decisive if isinstance(decisive, Comparison) else None
    interval = decisive.interval if decisive else (None, None)
    if contrast and contrast.value is not None:
        interval = contrast.interval
    return RuleResult(
        id=rule.id,
        target=str(rule.target),
        rule_kind=rule.kind,
        check=rule.check,
        metric=rule.metric,
        title=measurement.title if measurement else str(rule.target),
        verdict=outcome,
        rule=reasons.rule(rule.kind, rule.limit, rule.reference, relative=rule.relative),
        threshold=rule.limit,
        relative=rule.relative,
        against=rule.role,
        value=measurement.value if measurement else None,
        baseline=comparison.baseline if comparison else None,
        change=comparison.change if comparison else None,
        contrast=contrast.value if contrast else None,
        factor=contrast.factor if contrast else None,
        interval=interval,
        confidence=(comparison and comparison.confidence) or rule.confidence,
        n=decisive.n if decisive else None,
        method=decisive.method if decisive else None,
        unit=measurement.unit if measurement else unit_of(rule.target.name),
        direction=rule.direction,
        reason=reason,
        rows_needed=reach.rows_needed if reach else None,
        power=rule.power,
        smallest=reach.smallest if reach else None,
        rows_unknown=reach.unknown if reach else None,
        on_fail=rule.on_fail,
        on_inconclusive=rule.on_inconclusive,
        on_untested=rule.on_untested,
        policy=rule.policy,
        file=rule.file,
        line=rule.line,
    )


def _hinted(result: RuleResult, hint: str | None) -> RuleResult:
    """Return a result that says what to do."""
    return result if hint is None else result.model_copy(update={"hint": hint})


def _region(rule: Rule, beyond: Effect, gain: Effect, *, untested: bool) -> Region:
    if rule.kind != "min_improvement":
        return regions.not_worse(beyond, gain)
    if untested:  # 0.86 − 0.85 meets an improvement of 0.01, whatever its last binary digit
        beyond = beyond.plus(regions.ROUNDING)
    return regions.better(beyond)


def _allowance(rule: Rule) -> float:
    """How far below 0 a gain may lie: the margin, or minus the required improvement."""
    return -rule.limit if rule.kind == "min_improvement" else rule.limit


def _turned(rule: Rule, point: float, interval: Interval) -> Effect:
    return Effect.turned(point, interval, lower_is_better=rule.direction == "lower")


def _contrast(rule: Rule, comparison: Comparison) -> Contrast:
    """Return the contrast of this margin, its value None where it was not measured.

    One number a side needs no measurement: its contrast follows from both numbers.
    """
    margin = Margin(value=rule.limit, relative=True)
    improvement = rule.kind == "min_improvement"
    factor = contrast_factor(margin, rule.direction, improvement=improvement)
    if comparison.untested is not None and comparison.change is not None:
        value = comparison.change + (1 - factor) * (comparison.baseline or 0)
        return Contrast(factor=factor, value=value, interval=(None, None))
    for contrast in comparison.contrasts:
        if math.isclose(contrast.factor, factor):
            return contrast.model_copy(update={"factor": factor})
    return Contrast(factor=factor, value=None, interval=(None, None))


def _left(
    rule: Rule, outcome: Outcome, decisive: Measurement | Comparison | Contrast
) -> WithoutWorst | None:
    """Return what is left without the worst rows where it alone breaks an undecided rule."""
    left = decisive.without_worst
    if outcome != "inconclusive" or left is None:
        return None
    if rule.kind in ("min", "max"):
        beyond = left.bound - rule.limit
        beyond = beyond if rule.kind == "max" else -beyond
    else:
        allowed = 0.0 if isinstance(decisive, Contrast) else _allowance(rule)
        beyond = (left.bound if rule.direction == "lower" else -left.bound) - allowed
    return left if beyond > regions.ROUNDING else None


def _outcome(region: Region, untested: bool) -> Outcome:
    """Apply the point rule where no test is possible: it can break a rule, never pass it."""
    return "untested" if untested and region != "fail" else region


def _unchanged_distance(rule: Rule, gain: Effect, margin: float) -> tuple[float | None, str]:
    """Return the way from no change to the rule's edge; None, and why, where a loss is likely.

    The number of rows that follows is right if nothing changed. Beyond half of the margin that is
    no longer likely: at a true loss of half the margin so many rows decide in half of the cases, at
    the margin itself never.
    """
    if rule.kind == "min_improvement":
        return None, "it depends on how much better the model is"
    if gain.upper is None:
        return None, reasons.NO_INTERVAL
    if gain.upper < 0 or gain.point <= -margin / 2:
        return None, "a loss is likely, and how many it takes depends on how large it is"
    return margin, ""


def _measured_distance(measurement: Measurement, limit: float) -> tuple[float | None, str]:
    """Return the way from the measured value to the limit; None within one standard error of it."""
    value, n, variance = measurement.value, measurement.n, measurement.row_variance
    if value is None or not n or variance is None:
        return None, reasons.NO_INTERVAL
    distance = value - limit
    if distance * distance < variance / n:
        return None, "the measured value is too close to the limit"
    return distance, ""


def _half(measurement: Measurement, rule: Rule) -> float | None:
    """Return how far the bound lies that decides a limit: the one on the limit's side."""
    value, (lower, upper) = measurement.value, measurement.interval
    if value is None or lower is None or upper is None:
        return None
    return value - lower if value > rule.limit else upper - value


def _reach(
    rule: Rule,
    region: Region,
    decisive: Measurement | Comparison,
    distance: float | None,
    unknown: str,
    half: float | None,
) -> Resolution:
    """Return what these rows can show.

    Parameters
    ----------
    distance, unknown
        As for `_rows_needed`, of an undecided rule; why there is none.
    half
        How far the bound lies that decides; None where there is none.
    """
    n, variance = decisive.n, decisive.row_variance
    undecided = region == "inconclusive"
    if not n or variance is None or half is None or not (variance or half):
        return Resolution(unknown=reasons.NO_INTERVAL if undecided else None)
    needed, wide = None, beyond(half, variance, n, confidence=rule.confidence)
    if undecided and distance is not None:
        needed, unknown = _rows_needed(rule, n, variance, distance, wide)
    smallest = smallest_effect(
        variance, n, confidence=rule.confidence, power=rule.power, beyond=wide
    )
    return Resolution(needed, smallest, unknown if undecided and needed is None else None)


def _rows_needed(
    rule: Rule, n: int, variance: float, distance: float, wide: float
) -> tuple[int | None, str]:
    """Return how many rows would decide, if the true value lies `distance` from the rule's edge.

    None, and why, where those there are would do, or where it takes hopelessly many. A relative
    margin uses the variance of the plain change, which a factor near 1 hardly alters.
    """
    if abs(distance) <= regions.ROUNDING:
        return None, "without a margin no number decides, if nothing changed"
    needed = rows_needed(
        variance, distance, confidence=rule.confidence, power=rule.power, beyond=wide
    )
    if needed is None or needed > HOPELESS * n:
        return None, f"it would take more than {HOPELESS:,} times these rows"
    if needed <= n:
        return None, "so many as these would mostly decide already, if nothing changed"
    return needed, ""
