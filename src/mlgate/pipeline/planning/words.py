"""A plan in plain words: one sentence or two a rule."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mlgate.pipeline.planning.rule import LIMITS, meets

if TYPE_CHECKING:
    from mlgate.pipeline.planning.rule import Known, PlannedRule, RulePlan

LEARN = "run `mlgate run` on a change, then plan again"


def sentence(plan: RulePlan) -> str:
    """Say what one rule needs, what there is, and what will happen."""
    rule, known = plan.rule, plan.known
    head = f"{rule.id} {limit(rule)}"
    if known.stop is not None:
        return f"{head}: {known.stop}"
    if rule.kind in LIMITS:
        return f"{head}: {_value(plan)}"
    if not known.row_variance:
        return f"{head}: how far changes move {rule.target} by chance is not known yet: {LEARN}"
    if plan.distance is None:
        return f"{head}: the value of {rule.reference} is not known yet: {LEARN}"
    if plan.distance == 0:
        return f"{head} {_without_margin(plan)}"
    return f"{head} {_change(plan)}"


def limit(rule: PlannedRule) -> str:
    """Write a limit as mlgate.yaml has it: `0.01`, `2%`."""
    return amount(rule.limit, relative=rule.relative)


def amount(value: float, *, relative: bool) -> str:
    """Write a number in a limit's unit."""
    return f"{value * 100:.6g}%" if relative else f"{value:.6g}"


def rounded_up(value: float) -> float:
    """Round up to two significant digits, so that "decides 0.021" stays true.

    >>> rounded_up(0.02085)
    0.021
    """
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.ceil(value / step * (1 - 1e-9)) * step:.12g}")


def per_cent(share: float) -> str:
    """Write a chance: whole per cent, never a 0 or 100 that is not one."""
    if share < 0.005:
        return "under 1 %"
    return "over 99 %" if share > 0.995 else f"{share * 100:.0f} %"


def _change(plan: RulePlan) -> str:
    """Tell a rule about a change whose margin is above 0."""
    improvement = plan.rule.kind == "min_improvement"
    aim = ", to rule it out where nothing improves" if improvement else ""
    if plan.rows_needed is None:
        return f"is beyond any number of rows at {_spread(plan.known)}"
    needs = f"needs about {plan.rows_needed:,} rows at {_spread(plan.known)}{aim}; "
    return needs + _have(plan, plan.rows_needed)


def _have(plan: RulePlan, needed: int) -> str:
    if plan.known.rows is None or plan.chances is None:
        return "how many there are is not known yet"
    what = "improvement" if plan.rule.kind == "min_improvement" else "margin"
    told = f"you have {plan.known.rows:,}: "
    told += "enough" if plan.known.rows >= needed else _undecided(plan)
    return f"{told}; the smallest {what} that they decide is {_smallest(plan)}"


def _undecided(plan: RulePlan) -> str:
    """Say how often too few rows leave harmless changes, or ones without gain, undecided."""
    assert plan.chances is not None
    improvement = plan.rule.kind == "min_improvement"
    which = "improve nothing" if improvement else "do no harm"
    told = f"it will be inconclusive for about {per_cent(plan.chances.inconclusive)} of changes "
    told += f"that {which}"
    if not improvement and plan.chances.failed >= 0.005:
        told += f", and fail {per_cent(plan.chances.failed)} of them"
    return told


def _without_margin(plan: RulePlan) -> str:
    told = "passes only what is shown to be better: no number of rows lets a change that does "
    told += "nothing pass"
    if plan.smallest is None:
        return told
    if plan.rule.kind == "min_improvement":
        return f"{told}; your {plan.known.rows:,} show an improvement of {_smallest(plan)}"
    return f"{told}; your {plan.known.rows:,} decide a margin of {_smallest(plan)}"


def _value(plan: RulePlan) -> str:
    """Tell a rule about the value itself."""
    rule, known = plan.rule, plan.known
    if known.value is None:
        return _unmeasured(plan)
    side = "meets" if meets(rule, known) else "misses"
    if not plan.distance:
        return "the last value lies on the limit itself: no number of rows decides that"
    told = f"the last value, {known.value:.4g}, {side} it by {plan.distance:.2g}"
    if plan.rows_needed is None or plan.chances is None or plan.smallest is None:
        return f"{told}; how far it moves by chance is not known"
    told += f"; to show that takes about {plan.rows_needed:,} rows, and you have {known.rows:,}: "
    if known.rows is not None and known.rows < plan.rows_needed:
        told += f"inconclusive for about {per_cent(plan.chances.inconclusive)} of such models"
    else:
        told += "enough"
    return f"{told}; the smallest distance that they show is {_smallest(plan)}"


def _unmeasured(plan: RulePlan) -> str:
    rule, known = plan.rule, plan.known
    if plan.smallest is None:
        return f"no value is measured yet: {LEARN}"
    sign, bound = (1, "at least") if rule.kind == "min" else (-1, "at most")
    value = rule.limit + sign * rounded_up(plan.smallest)
    return (
        f"no value is measured yet; you have {known.rows:,} rows: they show a model to meet it "
        f"whose value is {bound} {value:.6g}{_unreckoned(known)}"
    )


def _smallest(plan: RulePlan) -> str:
    assert plan.smallest is not None
    return amount(rounded_up(plan.smallest), relative=plan.rule.relative)


def _spread(known: Known) -> str:
    """Name the variance that was reckoned with."""
    if known.disagreement is not None:
        share = f"{known.disagreement * 100:.2g} % disagreement"
        if known.basis == "assumed":
            return f"{share} (assumed{_unreckoned(known)})"
        times = f", times {known.design:.2g} for {known.units}" if known.units else ""
        return f"{share} (as in the last run{times})"
    assert known.row_variance is not None
    sd = math.sqrt(known.row_variance)
    unpaired = "" if known.paired else ", where rows were not paired"
    units = f", {known.units} included" if known.units else ""
    return f"the spread of the last run ({sd:.2g} a row{units}{unpaired})"


def _unreckoned(known: Known) -> str:
    """Warn that rows are taken to count one each, where they do not."""
    return f"; {known.units} not reckoned with" if known.units else ""
