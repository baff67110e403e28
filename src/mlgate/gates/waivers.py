"""Waivers: gates that may fail until a date. They stay visible, and none goes unnoticed."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from mlgate.metrics import canonical_target
from mlgate.model.evidence import Note
from mlgate.model.policy import RuleKind
from mlgate.model.verdict import Waived

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from mlgate.model.policy import Waiver
    from mlgate.model.verdict import GateVerdict


def covers(waiver: Waiver, gate: GateVerdict) -> bool:
    """Whether a waiver names this gate: `<target>.<rule>`, or `<target>` for all of its rules.

    One that names a column of slices (`accuracy[region]`) covers every level of it.
    """
    target, rule = split(waiver.gate)
    column = gate.target.partition("=")[0] + "]"
    return target in (gate.target, column) and rule in (None, gate.rule_kind)


def split(name: str) -> tuple[str, str | None]:
    """Split a waiver's gate into the canonical target and the rule, None for all rules.

    >>> split("f1_score.max_regression")
    ('f1', 'max_regression')
    """
    target, _, rule = name.rpartition(".")
    if not target or rule not in get_args(RuleKind):
        target, rule = name, ""
    try:
        return str(canonical_target(target)), rule or None
    except ValueError:
        return target, rule or None


def apply(
    gates: Sequence[GateVerdict], waivers: Sequence[Waiver], today: dt.date
) -> tuple[list[GateVerdict], list[Note]]:
    """Waive the gates that did not pass and that a waiver in force names.

    `until` is inclusive. A gate that passes needs no waiver and is left as it is. Expired
    waivers and those that name no gate become notes.
    """
    running = [waiver for waiver in waivers if waiver.until >= today]
    waived = [_waive(gate, running) for gate in gates]
    return waived, list(_notes(gates, waivers, today))


def _waive(gate: GateVerdict, waivers: Sequence[Waiver]) -> GateVerdict:
    if gate.verdict == "pass":
        return gate
    for waiver in waivers:
        if covers(waiver, gate):
            waived = Waived(
                reason=waiver.reason, until=waiver.until, approved_by=waiver.approved_by
            )
            return gate.model_copy(update={"waived": waived})
    return gate


def _notes(
    gates: Sequence[GateVerdict], waivers: Sequence[Waiver], today: dt.date
) -> Iterator[Note]:
    for waiver in waivers:
        named = [gate for gate in gates if covers(waiver, gate)]
        if not named:
            yield Note(level="warning", text=f"The waiver of {waiver.gate} names no gate.")
        elif waiver.until < today:
            text = f"The waiver of {waiver.gate} ended on {waiver.until}: the gate counts again."
            yield Note(level="warning", text=text)
        elif all(gate.verdict == "pass" for gate in named):
            text = f"The waiver of {waiver.gate} is not needed: the gate passes."
            yield Note(level="info", text=text)
