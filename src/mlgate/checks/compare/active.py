"""Rows without a label: the change of accuracy by the rows on which the models differ.

Where only those rows are labelled, the share of right ones among them says nothing of the accuracy:
they are the hard rows. Only the change is known, since rows on which both models agree add nothing
to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.checks.compare import records
from mlgate.metrics import METRICS, RIGHT_OR_WRONG
from mlgate.model.base import Frozen
from mlgate.model.evidence import Comparison, Measurement, Note
from mlgate.model.rows import ROLES, Role
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mlgate.checks.compare.pair import Pair
    from mlgate.checks.compare.params import RequestedMetric
    from mlgate.config import Config
    from mlgate.model.inputs import PairedBaseline
    from mlgate.model.policy import Policy
    from mlgate.model.rows import PairedRows, Rows
    from mlgate.stats.active import ActiveLabels, PlannedLook

FILE = "label-next.csv"


class LabelLooks(Frozen):
    """When labels are looked at: what that follows from beside the predictions.

    `margins` are the losses of accuracy that gates allow, by role; `confidence` is that of all
    looks together.
    """

    margins: dict[Role, float] = {}
    confidence: float
    power: float


def label_looks(config: Config) -> LabelLooks:
    """Return when labels are looked at, where rows may lack one."""
    policy = config.judging()
    margins = {role: margin for role in ROLES if (margin := _margin(policy, role))}
    return LabelLooks(margins=margins, confidence=policy.confidence, power=policy.power)


def _margin(policy: Policy, role: Role) -> float | None:
    """Return the least loss in accuracy's own unit that a gate allows against a baseline."""
    gates = [policy.gates[name] for name in RIGHT_OR_WRONG if name in policy.gates]
    margins = (gate.max_regression if role == "main" else gate.anchor_margin() for gate in gates)
    absolute = [margin.value for margin in margins if margin is not None and not margin.relative]
    return min(absolute, default=None) or None


def last(pair: Pair, setting: LabelLooks, role: Role) -> float:
    """Return the confidence of the last look, at all labels."""
    differing = int((pair.new.y_pred != pair.other().y_pred).sum())
    return _planned(differing, len(pair.new), setting, role)[-1].confidence


def compare(paired: PairedRows, setting: LabelLooks, role: Role) -> ActiveLabels | None:
    """Compare by the labels that there are; None where the rows have no order."""
    import numpy as np

    from mlgate.stats import active

    if paired.order is None:
        return None
    new, old = paired.candidate, paired.baseline
    lacking = np.zeros(len(new), dtype=bool) if new.unlabelled is None else new.unlabelled
    differs = paired.differing()
    return active.compare(
        paired.order(),
        differs,
        (new.y_pred == new.y_true, old.y_pred == new.y_true),
        ~lacking,
        _planned(int(differs.sum()), len(new), setting, role),
    )


def _planned(differing: int, n: int, setting: LabelLooks, role: Role) -> tuple[PlannedLook, ...]:
    from mlgate.stats import active

    margin = setting.margins.get(role)
    return active.looks(differing, n, margin, confidence=setting.confidence, power=setting.power)


def measurable(
    requested: Iterable[RequestedMetric], rows: Rows
) -> tuple[tuple[RequestedMetric, ...], dict[str, str]]:
    """Return the metrics that rows without a label allow, and why the others cannot be measured."""
    fit: list[RequestedMetric] = []
    refused: dict[str, str] = {}
    for metric in requested:
        if metric.origin == "rows" or metric.name in RIGHT_OR_WRONG:
            fit.append(metric)
        else:
            refused[metric.name] = f"{lacking(rows)}, and {metric.name} needs all of them"
    return tuple(fit), refused


def lacking(rows: Rows) -> str:
    """Return how many rows lack a label."""
    assert rows.unlabelled is not None
    return f"{numbers.count(int(rows.unlabelled.sum()))} of {numbers.count(len(rows))} rows have no label"


def unmeasured(metric: RequestedMetric, rows: Rows) -> Measurement:
    """Return the accuracy of rows some of which lack a label: only its change can be known."""
    spec = METRICS[metric.name]
    return Measurement(
        title=spec.title,
        value=None,
        method="none",
        unit=spec.unit,
        direction=metric.direction,
        untested=(
            f"{lacking(rows)}: those that have one may be the rows on which models differ, which "
            f"say nothing of {spec.title} itself; label all rows, or gate its change "
            "(max_regression)"
        ),
    )


def against(paired: PairedRows | None, setting: LabelLooks, role: Role) -> Comparison:
    """Return the change of accuracy at the last look that there are labels for."""
    state = None if paired is None else compare(paired, setting, role)
    if state is None:
        why = "rows without a label can only be compared with rows that a baseline keeps"
        return Comparison(baseline=None, change=None, n=0, method="none", insufficient=why)
    if state.look is None or state.change is None:
        why = f"{numbers.count(state.labelled)} of {_needed(state)} labels are there"
        return Comparison(
            baseline=None, change=None, n=0, method="none", insufficient=why, hint=_next(state)
        )
    estimate = state.change
    return Comparison(
        baseline=None,
        change=records.finite(estimate.value),
        interval=(records.finite(estimate.lower), records.finite(estimate.upper)),
        n=estimate.n,
        method=estimate.method,
        p_value=records.finite(estimate.p_value),
        confidence=state.look.confidence,
        hint=_next(state) if state.following_look else None,
    )


def _needed(state: ActiveLabels) -> str:
    """Return how many labels the following look needs in all."""
    assert state.following_look is not None
    return numbers.count(state.following_look.labels)


def _next(state: ActiveLabels) -> str:
    """Return which labels are needed, in whose file."""
    more = numbers.plural(state.missing, "more row")
    return f"label {more} on which the models differ: those of .mlgate/{FILE}, from the top"


def notes(
    rows: Rows, references: Mapping[Role, PairedBaseline], setting: LabelLooks, names: Iterable[str]
) -> Iterator[Note]:
    """Yield what is measured of rows some of which lack a label, and which labels come next."""
    unmeasurable = sorted(names)
    text = f"{lacking(rows)} (predictions.unlabelled): only the change of accuracy is measured."
    if unmeasurable:
        text += f" Not measured: {', '.join(unmeasurable)}."
    yield Note(level="warning", text=text)
    for role, reference in references.items():
        state = None if reference.paired is None else compare(reference.paired, setting, role)
        if state is not None:
            called = reference.ref.branch or role if role == "main" else "the anchor"
            yield Note(level="info", text=f"Against {called} {_described(state, setting.power)}")


def _described(state: ActiveLabels, power: float) -> str:
    """Return what is known of the change, and which labels come next."""
    text = f"the models differ on {numbers.count(state.differing)} rows"
    if state.look is not None:
        text += (
            f": {numbers.count(state.look.labels)} of their labels make {numbers.count(state.rows)} "
            f"rows known in random order, by which the change is judged at "
            f"{state.look.confidence * 100:.4g} % a bound"
        )
    if state.following_look is None:
        return f"{text}. No other label can matter."
    more = numbers.plural(state.missing, "more label")
    if state.look is None:
        likely = f"if nothing changed, with {100 * power:.0f} % probability"
        return f"{text}. {more} would decide, {likely}; label these rows first: .mlgate/{FILE}."
    return f"{text}. Where that does not decide, it is judged again with {more}: .mlgate/{FILE}."
