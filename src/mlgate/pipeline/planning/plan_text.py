"""A plan as text: one or two sentences for each rule."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mlgate.pipeline.planning.rule import LIMITS, meets
from mlgate.text import number_format

if TYPE_CHECKING:
    from mlgate.pipeline.planning.rule import Assumptions, PlannedRule, RulePlan

ENOUGH = 6_000 * 0.015**2 / 0.05
"""Rows that hold small losses back, in row variances over the squared margin: 6,000 where 5 % differ and it is 1.5 points."""
UNPROTECTED = "with so few rows no rule stops many small losses that add up"
SMALL_LOSSES = (
    "so few rows hardly stop many small losses: 50 changes that lose a fifth of this margin each lose about 2 to 5 times "
    "the margin in all with {few:,} rows, 1.4 to 2.7 times with {enough:,}, once with {many:,} (simulated where 1 to 5 % "
    "of the rows differ: the fewer, the more)"
)
"""As simulated with 200 to 6,000 rows and margins that these nearly decide."""
FEWEST = 200
"""With fewer rows than this the multiples above are too small."""
LEARN = "run `mlgate run` on a change, then plan again"
WIDER = 1.05
"""Bounds that are so many times as wide as normal ones are worth a word."""


def sentence(plan: RulePlan) -> str:
    """Describe what one rule needs, what is available, and what to expect."""
    rule, assumed = plan.rule, plan.assumed
    head = f"{rule.id} {limit(rule)}"
    if assumed.stop is not None:
        return f"{head}: {assumed.stop}"
    if rule.kind in LIMITS:
        return f"{head}: {_value(plan)}"
    if not assumed.row_variance:
        return f"{head}: how much {rule.target} varies by chance is not known yet: {LEARN}"
    if plan.distance is None:
        return f"{head}: the value of {rule.reference} is not known yet: {LEARN}"
    if plan.distance == 0:
        return f"{head} {_without_margin(plan)}"
    return f"{head} {_change(plan)}"


def limit(rule: PlannedRule) -> str:
    """Format a limit as in mlgate.yaml: `0.01`, `2%`."""
    return amount(rule.limit, relative=rule.relative)


def amount(value: float, *, relative: bool) -> str:
    """Format a number in a limit's unit."""
    return f"{value * 100:.6g}%" if relative else f"{value:.6g}"


def rounded_up(value: float) -> float:
    """Round up to two significant digits, so that "decides 0.021" stays true.

    >>> rounded_up(0.02085)
    0.021
    """
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.ceil(value / step * (1 - 1e-9)) * step:.12g}")


def per_cent(share: float) -> str:
    """Format a probability in whole per cent; 0 and 100 only where they are exact."""
    if share < 0.005:
        return "under 1 %"
    return "over 99 %" if share > 0.995 else f"{share * 100:.0f} %"


def _change(plan: RulePlan) -> str:
    """Describe a rule about a change whose margin is above 0."""
    improvement = plan.rule.kind == "min_improvement"
    aim = ", to rule it out where nothing improves" if improvement else ""
    if plan.rows_needed is None:
        return f"cannot be decided with any number of {plan.assumed.counted} at {_spread(plan.assumed)}"
    needs = (
        f"needs about {plan.rows_needed:,} {plan.assumed.counted} at {_spread(plan.assumed)}{aim}; "
    )
    return needs + _have(plan, plan.rows_needed) + _creep(plan)


def _creep(plan: RulePlan) -> str:
    """Warn where a rule against the anchor hardly stops many small losses."""
    rows, variance = plan.assumed.rows, plan.assumed.row_variance
    if plan.rule.kind != "max_regression_anchor" or not (rows and variance and plan.distance):
        return ""
    enough = round(ENOUGH * variance / plan.distance**2)
    if rows >= enough:
        return ""
    if enough // 3 < FEWEST:
        return f"; {UNPROTECTED}"
    return f"; {SMALL_LOSSES.format(few=enough // 3, enough=enough, many=enough * 10 // 3)}"


def _have(plan: RulePlan, needed: int) -> str:
    if plan.assumed.rows is None or plan.chances is None:
        return "the number of rows is not known yet"
    what = "improvement" if plan.rule.kind == "min_improvement" else "margin"
    verdict = "enough" if plan.assumed.rows >= needed else _undecided(plan)
    smallest = f"the smallest {what} that they can decide is {_smallest(plan)}"
    return f"you have {plan.assumed.rows:,}: {verdict}; {smallest}"


def _undecided(plan: RulePlan) -> str:
    """Describe how often too few rows leave harmless changes, or ones without gain, undecided."""
    assert plan.chances is not None
    improvement = plan.rule.kind == "min_improvement"
    which = "improve nothing" if improvement else "do no harm"
    share = per_cent(plan.chances.inconclusive)
    about = "about " if share[0].isdigit() else ""
    text = f"it will be undecided for {about}{share} of changes that {which}"
    if not improvement and plan.chances.failed >= 0.005:
        text += f", and fail {per_cent(plan.chances.failed)} of them"
    return text


def _without_margin(plan: RulePlan) -> str:
    text = "passes only changes that are shown to be better: one without effect never passes, "
    text += "however many rows there are"
    if plan.smallest is None:
        return text
    what = "show an improvement" if plan.rule.kind == "min_improvement" else "decide a margin"
    return f"{text}; your {plan.assumed.rows:,} can {what} of {_smallest(plan)}"


def _value(plan: RulePlan) -> str:
    """Describe a rule about the value itself."""
    rule, assumed = plan.rule, plan.assumed
    if assumed.value is None:
        return _unmeasured(plan)
    side = "meets" if meets(rule, assumed) else "misses"
    if not plan.distance:
        return "the last value is exactly at the limit: no number of rows can decide that"
    text = f"the last value, {assumed.value:.4g}, {side} it by {plan.distance:.2g}"
    if plan.rows_needed is None or plan.chances is None or plan.smallest is None:
        return f"{text}; how much it varies by chance is not known"
    text += f"; showing that takes about {plan.rows_needed:,} {assumed.counted}, and you have {assumed.rows:,}: "
    if assumed.rows is not None and assumed.rows < plan.rows_needed:
        text += f"undecided for about {per_cent(plan.chances.inconclusive)} of such models"
    else:
        text += "enough"
    return f"{text}; the smallest distance that they can show is {_smallest(plan)}"


def _unmeasured(plan: RulePlan) -> str:
    rule, assumed = plan.rule, plan.assumed
    if plan.smallest is None:
        return f"no value has been measured yet: {LEARN}"
    sign, bound = (1, "at least") if rule.kind == "min" else (-1, "at most")
    value = rule.limit + sign * rounded_up(plan.smallest)
    return (
        f"no value has been measured yet; your {assumed.rows:,} rows can show that a model meets it "
        f"if its value is {bound} {value:.6g}{_caveat(assumed)}"
    )


def _smallest(plan: RulePlan) -> str:
    assert plan.smallest is not None
    return amount(rounded_up(plan.smallest), relative=plan.rule.relative)


def _spread(assumed: Assumptions) -> str:
    """Name the variance that the plan assumes."""
    if assumed.disagreement is not None:
        share = f"{assumed.disagreement * 100:.2g} % disagreement"
        if assumed.basis == "assumed":
            return f"{share} (assumed{_caveat(assumed)})"
        times = f", times {assumed.design:.2g} for {assumed.units}" if assumed.units else ""
        return f"{share} (as in the last run{times}{_wider(assumed)})"
    assert assumed.row_variance is not None
    sd = float(f"{math.sqrt(assumed.row_variance):.2g}")
    spread = number_format.number(sd, number_format.decimals((None, None), sd))
    unpaired = "" if assumed.paired else ", where rows were not paired"
    units = f", {assumed.units} included" if assumed.units else ""
    return f"the spread of the last run ({spread} a {assumed.counted[:-1]}{units}{_wider(assumed)}{unpaired})"


def _wider(assumed: Assumptions) -> str:
    """Return by how much bounds are wider than normal ones; nothing where that hardly shows."""
    return f", bounds {assumed.widening:.2g} times as wide" if assumed.widening >= WIDER else ""


def _caveat(assumed: Assumptions) -> str:
    """Return a warning where the plan counts rows as one each, although they are not."""
    return f"; {assumed.units} not taken into account" if assumed.units else ""
