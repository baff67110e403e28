"""Explains a result about the data by what was counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.data.evidence import DataEvidence
from mlgate.gates.check_gate import CheckGate
from mlgate.gates.locate import SHARE
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from mlgate.model.data_rules import DataRuleResult
    from mlgate.model.evidence import Evidence
    from mlgate.model.policy import Policy
    from mlgate.model.verdict import RuleResult

NAMED: Final = 5
"""At most so many rules are named."""


def explain(result: RuleResult, evidence: Evidence, _policy: Policy) -> str:
    """Return which rules are broken, or how many rows break the one that the gate is about."""
    if not isinstance(evidence, DataEvidence):
        return result.reason
    if result.metric != SHARE:
        return _rows(evidence.rules[result.metric])
    broken = [name for name, rule in evidence.rules.items() if not rule.holds]
    if not broken:
        return f"0 (none of {len(evidence.rules):,})"
    names = first_of(broken, NAMED)
    return f"{len(broken):,} of {len(evidence.rules):,} ({names})"


def _rows(rule: DataRuleResult) -> str:
    if rule.problem is not None:
        return f"all of it: {rule.problem}"
    counted = f"{rule.broken:,} of {rule.of:,}" if rule.broken else f"none of {rule.of:,}"
    return f"{counted} (wanted: {rule.text})"


GATE: Final = CheckGate(explain=explain)
