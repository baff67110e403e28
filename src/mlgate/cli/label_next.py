"""What `mlgate plan --label-next` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from mlgate.pipeline.planning.label_next import LabelPlan


def as_json(plan: LabelPlan) -> str:
    """Return the plan as JSON."""
    from mlgate.cli import show

    state = plan.state
    return show.as_json(
        {
            "rows": plan.n,
            "unlabelled": plan.unlabelled,
            "differing": state.differing,
            "differing_unlabelled": len(state.following),
            "margin": plan.margin,
            "confidence": plan.confidence,
            "labels_needed": plan.needed,
            "known": {
                "rows": state.rows,
                "labels": state.labelled,
                "fixed": state.fixed,
                "broken": state.broken,
                "change": state.change.value,
                "interval": [state.change.lower, state.change.upper],
                "p_value": state.change.p_value,
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
        return "\n".join([*lines, "No row is left whose label could matter."])
    if output is not None:
        return "\n".join(
            [*lines, f"{output}: {numbers.plural(len(plan.ids), 'row')} to label next"]
        )
    return "\n".join([*lines, "", ",".join(plan.columns), *map(",".join, plan.ids)])


def _known(plan: LabelPlan) -> str:
    state, change = plan.state, plan.state.change
    if not state.labelled or change.value is None or change.lower is None or change.upper is None:
        return "None of the first of them has a label yet, so nothing is known of the change."
    places = numbers.decimals((change.lower, change.upper), change.value, (-plan.margin,))
    value, low, high, margin = (
        numbers.number(number, places, "points")
        for number in (change.value, change.lower, change.upper, plan.margin)
    )
    return (
        f"By {state.labelled:,} labels, which make {state.rows:,} rows known in random order, the change is "
        f"{value} points, between {low} and {high} ({state.fixed:,} rows became right, "
        f"{state.broken:,} wrong). A loss of at most {margin} points: {plan.verdict}."
    )


def _needed(plan: LabelPlan) -> str:
    share = f"{plan.power * 100:g} %"
    if plan.needed is None:
        return (
            f"Even all {plan.state.differing:,} labels decide the margin of {plan.margin:g} in fewer "
            f"than {share} of cases: take more rows."
        )
    return (
        f"If nothing changed, {plan.needed:,} labels on differing rows decide the margin of "
        f"{plan.margin:g} in {share} of cases. Fix their number beforehand: whoever stops at "
        "the first pass passes too often."
    )
