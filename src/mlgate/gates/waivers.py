"""Waivers: gates that may fail until a date. They stay visible, and none goes unnoticed."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from mlgate.metrics import canonical_target
from mlgate.model.evidence import Note
from mlgate.model.identity import IDENTITY
from mlgate.model.policy import RuleKind
from mlgate.model.verdict import Waived

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from mlgate.model.policy import Waiver
    from mlgate.model.verdict import RuleResult


def covers(waiver: Waiver, result: RuleResult) -> bool:
    """Return whether a waiver names this gate: `<target>.<rule>`, or `<target>` for all rules.

    One that names a column of slices (`accuracy[region]`) covers every level of it.
    """
    target, rule = split(waiver.gate)
    column = result.target.partition("=")[0] + "]"
    return target in (result.target, column) and rule in (None, result.rule_kind)


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
    results: Sequence[RuleResult], waivers: Sequence[Waiver], today: dt.date
) -> tuple[list[RuleResult], list[Note]]:
    """Waive the gates that did not pass and that a waiver in force names.

    `until` is inclusive. A gate that passes needs no waiver and is left as it is. Expired
    waivers and those that name no gate become notes.
    """
    running = [w for w in waivers if w.until >= today and w.gate != IDENTITY]
    waived = [_waive(result, running) for result in results]
    return waived, list(_notes(results, waivers, today))


def _waive(result: RuleResult, waivers: Sequence[Waiver]) -> RuleResult:
    if result.verdict == "pass":
        return result
    for waiver in waivers:
        if covers(waiver, result):
            waived = Waived(
                reason=waiver.reason, until=waiver.until, approved_by=waiver.approved_by
            )
            return result.model_copy(update={"waived": waived})
    return result


def _notes(
    results: Sequence[RuleResult], waivers: Sequence[Waiver], today: dt.date
) -> Iterator[Note]:
    for waiver in waivers:
        if waiver.gate == IDENTITY:
            continue  # see gates/identity.py
        covered = [result for result in results if covers(waiver, result)]
        if not covered:
            yield Note(level="warning", text=f"The waiver of {waiver.gate} names no gate.")
        elif waiver.until < today:
            text = f"The waiver of {waiver.gate} ended on {waiver.until}: the gate counts again."
            yield Note(level="warning", text=text)
        elif all(result.verdict == "pass" for result in covered):
            text = f"The waiver of {waiver.gate} is not needed: the gate passes."
            yield Note(level="info", text=text)
