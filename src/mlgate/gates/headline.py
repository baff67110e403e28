"""The run in one line of plain text: the verdict and its reason first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.model.evidence import TrainEvidence
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import RuleResult, RunOutcome

TITLE: Final = "Model gate"
_VERBS: Final[dict[RunOutcome, tuple[str, str]]] = {
    "error": ("cannot be judged", "cannot be judged"),
    "fail": ("fails", "fail"),
    "inconclusive": ("is undecided", "are undecided"),
}


def summarize(
    run: RunRecord,
    outcome: RunOutcome,
    results: Sequence[RuleResult],
    *,
    blocked: bool,
    training: TrainEvidence | None = None,
) -> str:
    """Return the headline without its title.

    It starts with the word for what happens to the pull request (blocked, passed, undecided,
    untested, not applicable) and goes on with the gate that decided.
    """
    if outcome == "not_applicable":
        return f"not applicable — {run.not_applicable}"
    if training is not None:
        return f"blocked — {_training(training)}"
    empty = [judge.source for judge in run.judges if not judge.policy.gates]
    if empty or not results:
        return f"blocked — the policy of {' and '.join(empty) or run.name} asks for no gate"
    if outcome in _VERBS:
        word, reason = ("blocked" if blocked else "undecided"), _decisive(outcome, results)
    elif outcome == "untested":
        word, reason = "untested", _untested(results)
    else:
        word, reason = "passed", _passed(results)
    return f"{word} — {reason}{_aside(results)}"


def _training(training: TrainEvidence) -> str:
    """Return how the training ended."""
    if training.status == "timeout":
        return f"training timed out{f': {training.problem}' if training.problem else ''}"
    if training.status == "interrupted":
        return "training was interrupted"
    if training.problem:
        return f"training failed: {training.problem}"
    if training.signal is not None:
        return f"training failed: ended by {training.signal}"
    return f"training failed with exit code {training.exit_code}"


def _decisive(outcome: RunOutcome, results: Sequence[RuleResult]) -> str:
    """Describe the worst result; one that blocks goes before one that only warns."""
    worst = [result for result in results if result.counts and result.verdict == outcome]
    worst.sort(key=lambda result: not result.blocks)
    if outcome == "error" and len({result.reason for result in worst}) == 1 < len(worst):
        return f"{worst[0].reason}; {len(worst)} gates cannot be judged"
    return describe(worst[0]) + _more(len(worst) - 1, *_VERBS[outcome])


def describe(result: RuleResult) -> str:
    """Return a result as a sentence: `accuracy is worse than main by 1.9 points …`."""
    if result.verdict == "error":
        return f"{result.id} cannot be judged: {result.reason}"
    rows = numbers.rows(result.rows_needed) if result.rows_needed else None
    needed = f"; about {rows} rows would decide" if rows else ""
    return f"{result.title} is {result.reason}{needed}"


def _untested(results: Sequence[RuleResult]) -> str:
    """Describe a first run, or numbers that allow no test."""
    untested = [result for result in results if result.counts and result.verdict == "untested"]
    passing = sum(result.counts and result.verdict == "pass" for result in results)
    first = untested[0]
    no_baseline = first.against is not None and first.baseline is None
    reason = first.reason if no_baseline else describe(first)
    return reason + _more(passing, "passes", "pass", more="")


def _passed(results: Sequence[RuleResult]) -> str:
    """Describe the first result against main, and count the rest."""
    passing = [result for result in results if result.counts and result.verdict == "pass"]
    if not passing:
        return "no gate counts"
    passing.sort(key=lambda result: result.against != "main")
    return describe(passing[0]) + _more(len(passing) - 1, "passes", "pass")


def _aside(results: Sequence[RuleResult]) -> str:
    """Count what does not count, and is not hidden for that."""
    waived = sum(result.waived is not None for result in results)
    warned = sum(
        result.waived is None and not result.counts and result.verdict in ("fail", "error")
        for result in results
    )
    return _more(waived, "is waived", "are waived", more="") + _more(
        warned, "fails and only warns", "fail and only warn", more=""
    )


def _more(count: int, singular: str, plural: str, more: str = "more ") -> str:
    """Return `; 2 more gates fail`, or nothing for none."""
    if count == 0:
        return ""
    gates = f"{more}gate {singular}" if count == 1 else f"{more}gates {plural}"
    return f"; {count} {gates}"
