"""The gate `identity`: no change renames, moves, links or removes a model by itself.

It is asked of every run, and needs no entry under `gates:`. A waiver of it counts once it stands in
the model's own mlgate.yaml on the branch that judges; a name that two models share cannot be
waived, nor can a file that only this branch still has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.model.evidence import Note
from mlgate.model.identity import IDENTITY
from mlgate.model.verdict import RuleResult, Waived

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from mlgate.model.identity import IdentityChange, IdentityKind
    from mlgate.model.run import RunRecord

_FINAL: Final[frozenset[IdentityKind]] = frozenset({"duplicate", "behind"})
"""What no waiver covers."""
_RULE: Final = "keeps its name and its place"


def results(run: RunRecord, today: dt.date) -> tuple[list[RuleResult], list[Note]]:
    """Return a result for each model that the change takes from its name or place, and notes."""
    decided = [_result(run, change, today) for change in run.identity]
    return decided, [note for change in run.identity for note in _notes(change, today)]


def _result(run: RunRecord, change: IdentityChange, today: dt.date) -> RuleResult:
    source = run.judges[0].source if run.judges else "main"
    return RuleResult(
        id=f"{IDENTITY}[{change.name}]",
        target=f"{IDENTITY}[{change.name}]",
        rule_kind="max",
        check=IDENTITY,
        metric=change.name,
        title=f"identity of {change.name}",
        verdict="error",
        rule=_RULE,
        threshold=0.0,
        confidence=run.judges[0].policy.confidence if run.judges else 0.95,
        reason=describe(change),
        hint=_way(change),
        waived=_waived(change, today),
        policy=source,
        file=change.path,
    )


def _waived(change: IdentityChange, today: dt.date) -> Waived | None:
    if change.kind in _FINAL:
        return None
    running = (waiver for waiver in change.waivers if waiver.until >= today)
    waiver = next(running, None)
    if waiver is None:
        return None
    return Waived(reason=waiver.reason, until=waiver.until, approved_by=waiver.approved_by)


def _notes(change: IdentityChange, today: dt.date) -> Iterator[Note]:
    for waiver in change.waivers:
        if waiver.until < today:
            text = f"The waiver of {IDENTITY} of {change.name} ended on {waiver.until}."
            yield Note(level="warning", text=text)


def describe(change: IdentityChange) -> str:
    """Return what happens to the model, as a sentence without its full stop."""
    branch = change.branch or "the branch that judges"
    file = (
        change.path if change.name == change.path else f"{change.path} of the model {change.name}"
    )
    sentences: dict[IdentityKind, str] = {
        "renamed": f"{change.path} renames the model {change.name} to {change.new_name}",
        "moved": f"the model {change.name} moves from {change.path} to {change.new_path}",
        "removed": f"{file} is removed",
        "linked": (
            f"{file} is not read: {change.detail} is a link or a submodule, which is not followed"
        ),
        "unreadable": (f"{file} cannot be read any more, so that nothing names the model"),
        "duplicate": (
            f"{change.path} and {change.new_path} name their models alike ({change.name}; case, "
            "spaces and similar letters do not count)"
        ),
        "behind": f"{change.path} is no longer on {branch}",
    }
    return sentences[change.kind]


def _way(change: IdentityChange) -> str:
    """Return what to do, as a sentence without its full stop."""
    branch = change.branch or "the branch that judges"
    if change.kind == "duplicate":
        return "give each model a name of its own"
    if change.kind == "behind":
        return f"bring this branch up to date with {branch}"
    if change.kind == "linked":
        return f"put a plain file at {change.path}"
    if change.kind == "unreadable":
        return "put the file back"
    return f"put it back, or first merge a waiver of the gate {IDENTITY} into {change.path} on {branch}"
