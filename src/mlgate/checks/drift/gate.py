"""Decides anew which columns drifted, by the policy that judges.

What evidence lists as drifted was listed under the policy that it was measured under; a trusted
stage judges by its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.drift.evidence import DriftEvidence, shares, tested
from mlgate.gates.check_gate import CheckGate
from mlgate.gates.locate import SHARE
from mlgate.stats.drift_rule import listing
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from mlgate.model.evidence import Evidence, Measurement
    from mlgate.model.policy import Policy
    from mlgate.model.verdict import RuleResult
    from mlgate.stats.drift_rule import Listed

NAMED: Final = 5
"""At most so many columns are named."""


def remeasure(
    metric: str, measurement: Measurement, evidence: Evidence, policy: Policy
) -> Measurement:
    """Compute a share of drifted columns under this policy's floors and confidence."""
    if not isinstance(evidence, DriftEvidence):
        return measurement
    listed = _listed(evidence, policy)
    drifted = {name: (column.certain, column.drifted) for name, column in listed.items()}
    return shares(evidence.columns, drifted).get(metric, measurement)


def explain(result: RuleResult, evidence: Evidence, policy: Policy) -> str:
    """Return how many columns drifted, and which, for a rule on their share."""
    if result.rule_kind != "max_share" or not result.n or not isinstance(evidence, DriftEvidence):
        return result.reason
    part = "feature" if result.metric == SHARE else result.metric
    listed = _listed(evidence, policy)
    columns = [name for name, column in evidence.columns.items() if column.part == part]
    likely = [name for name in columns if listed[name].drifted]
    certain = [name for name in likely if listed[name].certain]
    count = f"{len(certain)}" if certain == likely else f"between {len(certain)} and {len(likely)}"
    names = f" ({first_of(likely, NAMED)})" if likely else ""
    return f"{count} of {result.n:,}{names}"


def _listed(evidence: DriftEvidence, policy: Policy) -> dict[str, Listed]:
    return listing(tested(evidence.columns, policy.floors), 1 - policy.confidence)


GATE: Final = CheckGate(remeasure=remeasure, explain=explain)
