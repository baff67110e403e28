"""A canary that is shown to be worse fails, whether or not it is shown to be beyond the limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.rollout.evidence import RolloutEvidence
from mlgate.gates.check_gate import CheckGate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.model.evidence import Evidence
    from mlgate.model.policy import Policy
    from mlgate.model.verdict import RuleResult

_WORSE: Final = {
    "errors": "above 1: the canary fails more often than the stable version",
    "error_rate": "above the limit: the canary fails more often than is allowed",
    "latency": "above 1: the canary is slower than the stable version",
}


def explain(result: RuleResult, evidence: Evidence, _policy: Policy) -> str:
    """Return the reason, with about how many requests would decide where they do not yet."""
    more = evidence.more.get(result.metric) if isinstance(evidence, RolloutEvidence) else None
    if result.verdict != "inconclusive" or more is None:
        return result.reason
    return f"{result.reason}; about {more:,} more canary requests would decide if both are equal"


def correct(results: Sequence[RuleResult], evidence: Evidence) -> Sequence[RuleResult]:
    """Fail every rule whose guard has raised an alarm at any look."""
    if not isinstance(evidence, RolloutEvidence):
        return results
    return [_corrected(result, evidence) for result in results]


def _corrected(result: RuleResult, evidence: RolloutEvidence) -> RuleResult:
    alarm = evidence.alarms.get(result.metric)
    if alarm is None or not alarm.raised:
        return result
    reason = f"{_WORSE[result.metric]}, shown at look {alarm.look} of {evidence.windows}"
    return result.model_copy(update={"verdict": "fail", "reason": reason})


GATE: Final = CheckGate(explain=explain, correct=correct)
