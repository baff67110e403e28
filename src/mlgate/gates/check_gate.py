"""What a check adds to its gates: without any of it, a number is held against a limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mlgate.model.evidence import Evidence, Measurement
    from mlgate.model.policy import Policy, Target
    from mlgate.model.verdict import RuleResult

    Gates = Mapping[str, "CheckGate"]
    """By check; a check that is not in it adds nothing."""


def _no_members(_target: Target, _evidence: Evidence) -> Sequence[Target]:
    return ()


def _as_measured(
    _metric: str, measurement: Measurement, _evidence: Evidence, _policy: Policy
) -> Measurement:
    return measurement


def _as_decided(result: RuleResult, _evidence: Evidence, _policy: Policy) -> str:
    return result.reason


def _each_alone(results: Sequence[RuleResult], _evidence: Evidence) -> Sequence[RuleResult]:
    return results


@dataclass(frozen=True, slots=True)
class CheckGate:
    """What a check's `gate.py` hands to the judge; each default adds nothing.

    `evidence` is always the check's own, which may be of the base type where it says only why
    nothing was measured.
    """

    unprefixed: bool = False
    """Gates name its metrics without `<check>.`, and it comes first where two checks measure one
    name."""
    expand: Callable[[Target, Evidence], Sequence[Target]] = _no_members
    """Return the targets that a gate on several things at once means; none where the gate means
    just what it names. Every check is asked, whichever measures the metric."""
    remeasure: Callable[[str, Measurement, Evidence, Policy], Measurement] = _as_measured
    """Compute a measurement, given its name in the evidence, under the policy that judges."""
    explain: Callable[[RuleResult, Evidence, Policy], str] = _as_decided
    """Return the reason of a result, in the words of the check."""
    correct: Callable[[Sequence[RuleResult], Evidence], Sequence[RuleResult]] = _each_alone
    """Return the results of all rules on the check's measurements, in their order, corrected for
    being many."""


PLAIN = CheckGate()
"""A check that adds nothing."""
