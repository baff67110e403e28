"""The run in one line of plain text: the verdict and its reason first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.gates import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.model.evidence import TrainEvidence
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import GateVerdict, RunOutcome

GATE = "Model gate"
_VERBS: dict[RunOutcome, tuple[str, str]] = {
    "error": ("cannot be judged", "cannot be judged"),
    "fail": ("fails", "fail"),
    "inconclusive": ("is undecided", "are undecided"),
}


def write(
    run: RunRecord,
    outcome: RunOutcome,
    gates: Sequence[GateVerdict],
    *,
    blocked: bool,
    training: TrainEvidence | None = None,
) -> str:
    """Write the headline.

    It starts with the word for what happens to the pull request (blocked, passed, undecided,
    untested, not applicable) and goes on with the gate that decided.
    """
    if outcome == "not_applicable":
        return f"{GATE}: not applicable — {run.not_applicable}"
    if training is not None:
        return f"{GATE}: blocked — {_training(training)}"
    empty = [one.source for one in run.judges if not one.policy.gates]
    if empty or not gates:
        return f"{GATE}: blocked — the policy of {' and '.join(empty) or run.name} asks for no gate"
    if outcome in _VERBS:
        word, said = ("blocked" if blocked else "undecided"), _decisive(outcome, gates)
    elif outcome == "untested":
        word, said = "untested", _untested(gates)
    else:
        word, said = "passed", _passed(gates)
    return f"{GATE}: {word} — {said}{_aside(gates)}"


def _training(training: TrainEvidence) -> str:
    """Say how the training ended."""
    if training.status == "timeout":
        return f"training timed out{f': {training.problem}' if training.problem else ''}"
    if training.status == "interrupted":
        return "training was interrupted"
    if training.problem:
        return f"training failed: {training.problem}"
    if training.signal is not None:
        return f"training failed: ended by {training.signal}"
    return f"training failed with exit code {training.exit_code}"


def _decisive(outcome: RunOutcome, gates: Sequence[GateVerdict]) -> str:
    """Tell the worst gate; one that blocks goes before one that only warns."""
    alike = [gate for gate in gates if gate.counts and gate.verdict == outcome]
    alike.sort(key=lambda gate: not gate.blocks)
    if outcome == "error" and len({gate.reason for gate in alike}) == 1 < len(alike):
        return f"{alike[0].reason}; {len(alike)} gates cannot be judged"
    return tell(alike[0]) + _more(len(alike) - 1, *_VERBS[outcome])


def tell(gate: GateVerdict) -> str:
    """Say of one gate what its reason says: `accuracy is worse than main by 1.9 points …`."""
    if gate.verdict == "error":
        return f"{gate.id} cannot be judged: {gate.reason}"
    needed = f"; about {words.rows(gate.rows_needed)} rows would tell" if gate.rows_needed else ""
    return f"{gate.title} is {gate.reason}{needed}"


def _untested(gates: Sequence[GateVerdict]) -> str:
    """A first run, or numbers that allow no test."""
    untested = [gate for gate in gates if gate.counts and gate.verdict == "untested"]
    passing = sum(gate.counts and gate.verdict == "pass" for gate in gates)
    first = untested[0]
    no_baseline = first.against is not None and first.baseline is None
    said = first.reason if no_baseline else tell(first)
    return said + _more(passing, "passes", "pass", more="")


def _passed(gates: Sequence[GateVerdict]) -> str:
    """The first gate against main in one line of numbers, the rest counted."""
    passing = [gate for gate in gates if gate.counts and gate.verdict == "pass"]
    if not passing:
        return "no gate counts"
    passing.sort(key=lambda gate: gate.against != "main")
    return tell(passing[0]) + _more(len(passing) - 1, "passes", "pass")


def _aside(gates: Sequence[GateVerdict]) -> str:
    """What does not count, and is not hidden for that."""
    waived = sum(gate.waived is not None for gate in gates)
    warned = sum(
        gate.waived is None and not gate.counts and gate.verdict in ("fail", "error")
        for gate in gates
    )
    return _more(waived, "is waived", "are waived", more="") + _more(
        warned, "fails and only warns", "fail and only warn", more=""
    )


def _more(count: int, one: str, several: str, more: str = "more ") -> str:
    """`; 2 more gates fail`, or nothing for none."""
    if count == 0:
        return ""
    return f"; {count} {more}gate{'' if count == 1 else 's'} {one if count == 1 else several}"
