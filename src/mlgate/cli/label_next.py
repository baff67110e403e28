"""What `mlgate plan --label-next` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from mlgate.pipeline.planning.label_next import LabelPlan


def as_json(plan: LabelPlan) -> str:
    """Return the plan as JSON."""
    from mlgate.cli import show

    state, change = plan.state, plan.state.change
    look, following = state.look, state.following_look
    return show.as_json(
        {
            "rows": plan.n,
            "unlabelled": plan.unlabelled,
            "differing": state.differing,
            "differing_unlabelled": len(state.following),
            "margin": plan.margin,
            "decides": plan.decides,
            "labels_needed": None if following is None else following.labels,
            "labels_missing": state.missing,
            "known": {
                "rows": state.rows,
                "labels": 0 if look is None else look.labels,
                "fixed": state.fixed,
                "broken": state.broken,
                "change": None if change is None else change.value,
                "interval": [None, None] if change is None else [change.lower, change.upper],
                "confidence": None if look is None else look.confidence,
                "p_value": None if change is None else change.p_value,
                "verdict": plan.verdict,
            },
            "next": [dict(zip(plan.columns, row, strict=True)) for row in plan.ids],
        }
    )


def as_text(plan: LabelPlan, output: str | None) -> str:
    """Return the plan as sentences, and the ids where no file takes them."""
    state = plan.state
    differ = (
        f"The models differ on {state.differing:,} of {plan.n:,} rows. Only their labels matter: on "
        "the others both are right, or both wrong."
    )
    lines = [differ, _known(plan), _needed(plan)]
    if not plan.ids:
        return "\n".join(lines)
    if output is not None:
        return "\n".join(
            [*lines, f"{output}: {numbers.plural(len(plan.ids), 'row')} to label next"]
        )
    return "\n".join([*lines, "", ",".join(plan.columns), *map(",".join, plan.ids)])


def _known(plan: LabelPlan) -> str:
    state, change, look = plan.state, plan.state.change, plan.state.look
    if look is None or change is None or change.value is None:
        return "Too few of the first of them have a label yet, so nothing is known of the change."
    places = numbers.decimals((change.lower, change.upper), change.value, (-plan.margin,))
    value, low, high, margin = (
        numbers.number(number, places, "points")
        for number in (change.value, change.lower or -1, change.upper or 1, plan.margin)
    )
    return (
        f"By {look.labels:,} labels, which make {state.rows:,} rows known in random order, the change is "
        f"{value} points, between {low} and {high} ({state.fixed:,} rows became right, "
        f"{state.broken:,} wrong). A loss of at most {margin} points: {plan.verdict}."
    )


def _needed(plan: LabelPlan) -> str:
    state, share = plan.state, f"{plan.power * 100:g} %"
    if not plan.decides:
        return (
            f"Even all {state.differing:,} labels decide the margin of {plan.margin:g} in fewer "
            f"than {share} of cases: take more rows."
        )
    if state.following_look is None:
        return "No row is left whose label could matter."
    labels = f"{state.following_look.labels:,} labels on differing rows"
    if state.look is None:
        decide = (
            f"If nothing changed, {labels} decide the margin of {plan.margin:g} in {share} of cases"
        )
    else:
        decide = f"The next look is at {labels}"
    return f"{decide}: {state.missing:,} more. Labels in between do not count yet."
