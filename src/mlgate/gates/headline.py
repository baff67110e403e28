"""The run in one line of plain text: the verdict and its reason first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.model.identity import IDENTITY
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from mlgate.model.evidence import TrainEvidence
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import RuleResult, RunOutcome

TITLE: Final = "Model gate"
SHORT: Final = 100
"""Characters of a hint that a headline still has; a longer one is the report's next step."""
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
    same_model: bool = False,
    report_only_until: dt.date | None = None,
    training: TrainEvidence | None = None,
) -> str:
    """Return the headline without its title.

    It starts with the word for what happens to the pull request (blocked, would be blocked, passed, undecided,
    untested, not applicable) and goes on with the gate that decided.

    Parameters
    ----------
    same_model
        Whether every row has main's prediction and score.
    report_only_until
        The last day on which no policy blocks.
    """
    until = f", reports only until {report_only_until}" if report_only_until else ""
    stopped = f"{'blocked' if blocked else 'would be blocked'}{until}"
    if outcome == "not_applicable":
        gone = f"the model {run.name} is removed, as a waiver allows"
        return f"not applicable — {gone if run.gone else run.not_applicable}"
    if training is not None:
        return f"{stopped} — {_training(training)}"
    nothing = run.gone or run.not_applicable is not None
    empty = [judge.source for judge in run.judges if not judge.policy.gates]
    if not nothing and (empty or not results):
        return f"{stopped} — the policy of {' and '.join(empty) or run.name} asks for no gate"
    if outcome == "inconclusive" and blocked and not _worst(outcome, results)[0].blocks:
        outcome = "untested"  # that is what blocks
    if outcome == "inconclusive":
        word, reason = _undecided(run, _worst(outcome, results)[0]), _decisive(outcome, results)
    elif outcome in _VERBS:
        word, reason = stopped, _decisive(outcome, results)
    elif outcome == "untested":
        word, reason = ("blocked" if blocked else "untested"), _untested(results)
    else:
        word, reason = "passed", _passed(results)
    what = f"new model {run.name}: " if run.new_model else ""
    what += f"all predictions are {run.base_branch or 'main'}'s; " if same_model else ""
    word += until if word != stopped else ""
    return followed(f"{word} — {what}{reason}{_aside(results)}", _hint(outcome, results))


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


def _undecided(run: RunRecord, result: RuleResult) -> str:
    """Return whether it blocks that a rule is undecided, and by which setting."""
    if not result.blocks:
        return "undecided, does not block"
    for judge in run.judges:
        gate = judge.policy.gates.get(result.target)
        own = gate.on_inconclusive if gate is not None else None
        if judge.source == result.policy and (own or judge.policy.on_inconclusive) == "fail":
            of = f"gates.{result.target}" if own else "policy"
            return f"undecided, blocks ({of}.on_inconclusive: fail)"
    return "undecided, blocks"


def _worst(outcome: RunOutcome, results: Sequence[RuleResult]) -> list[RuleResult]:
    """Return the results that decided; one that blocks goes before one that only warns."""
    worst = [result for result in results if result.counts and result.verdict == outcome]
    return sorted(worst, key=lambda result: not result.blocks)


def _hint(outcome: RunOutcome, results: Sequence[RuleResult]) -> str | None:
    """Return what to do about the error that decided, where that is short enough for a title."""
    hint = _worst(outcome, results)[0].hint if outcome == "error" else None
    return hint if hint is not None and len(hint) <= SHORT else None


def followed(text: str, hint: str | None) -> str:
    """Add what to do as a sentence of its own."""
    if not hint:
        return text
    first, _, rest = hint.partition(" ")
    first = first.capitalize() if first.isalpha() and first.islower() else first
    return f"{text.rstrip('.')}. {' '.join(filter(None, (first, rest)))}"


def _decisive(outcome: RunOutcome, results: Sequence[RuleResult]) -> str:
    """Describe the worst result."""
    worst = _worst(outcome, results)
    gates = _gates(worst)
    alike = {result.reason for result in worst if result.against == worst[0].against}
    if outcome == "error" and len(alike) == 1 < len(gates):
        return f"{worst[0].reason}; {len(gates)} gates cannot be judged"
    more = _more(len(gates) - 1, *_VERBS[outcome])
    return _sentence(worst[0]) + _needed(worst[0]) + more


def describe(result: RuleResult) -> str:
    """Return a result as a sentence, then as another one what to do, or how many rows decide."""
    return followed(f"{_sentence(result)}{_needed(result)}", result.hint)


def _needed(result: RuleResult) -> str:
    """Return how many rows, or labels, would decide; nothing where no number is known."""
    if not result.rows_needed:
        return ""
    rows = f"{numbers.rows(result.rows_needed)} {numbers.counted(result.method)}"
    return f"; about {rows} would decide, {numbers.condition(result.against, result.power)}"


def _sentence(result: RuleResult) -> str:
    """Return a result as a sentence: `accuracy is worse than main by 1.9 points …`."""
    if result.check == IDENTITY:
        return result.reason
    if result.verdict == "error":
        named = result.reason.startswith(result.title)
        return result.reason if named else f"{result.reason}; {result.title} cannot be judged"
    return f"{result.title} is {result.reason}"


def _untested(results: Sequence[RuleResult]) -> str:
    """Describe a first run, or numbers that allow no test."""
    untested = [result for result in results if result.counts and result.verdict == "untested"]
    passing = [result for result in results if result.counts and result.verdict == "pass"]
    untested.sort(key=lambda result: not result.blocks)
    first = untested[0]
    no_baseline = first.against is not None and first.baseline is None
    reason = first.reason if no_baseline else describe(first)
    return reason + _more(len(_gates(passing) - _gates(untested)), "passes", "pass", more="")


def _passed(results: Sequence[RuleResult]) -> str:
    """Describe the first result against main, and count the other gates."""
    passing = [result for result in results if result.counts and result.verdict == "pass"]
    if not passing:
        return "no gate counts"
    passing.sort(key=lambda result: result.against != "main")
    return describe(passing[0]) + _more(len(_gates(passing)) - 1, "passes", "pass")


def _aside(results: Sequence[RuleResult]) -> str:
    """Count the gates that do not count, and are not hidden for that."""
    waived = [result for result in results if result.waived is not None]
    warned = [
        result
        for result in results
        if result.waived is None and not result.counts and result.verdict in ("fail", "error")
    ]
    return _more(len(_gates(waived)), "is waived", "are waived", more="") + _more(
        len(_gates(warned)), "fails and only warns", "fail and only warn", more=""
    )


def _gates(results: Iterable[RuleResult]) -> set[tuple[str, str]]:
    """Return the gates of these rules: of each policy, what it judges."""
    return {(result.policy, result.target) for result in results}


def _more(count: int, singular: str, plural: str, more: str = "more ") -> str:
    """Return `; 2 more gates fail`, or nothing for none."""
    if count == 0:
        return ""
    gates = f"{more}gate {singular}" if count == 1 else f"{more}gates {plural}"
    return f"; {count} {gates}"
