"""The words for what was counted in full: there is no bound to quote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.deploy.evidence import DeployEvidence
from mlgate.gates.check_gate import CheckGate
from mlgate.text import number_format as numbers
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from mlgate.model.evidence import Evidence
    from mlgate.model.policy import Policy
    from mlgate.model.verdict import RuleResult

_SHOWN: Final = 3


def explain(result: RuleResult, evidence: Evidence, _policy: Policy) -> str:
    """Return the reason, with the rows or problems that it rests on."""
    if not isinstance(evidence, DeployEvidence) or result.value is None:
        return result.reason
    if result.metric == "preflight":
        problems = numbers.plural(len(evidence.problems), "problem")
        return f"not met, {problems}: {evidence.problems[0]}" if evidence.problems else "met"
    if result.metric == "known_inputs":
        rows = numbers.plural(evidence.rows, "row")
        if not evidence.differing:
            return f"the tested model's on all of {rows}"
        shown = first_of(list(dict.fromkeys(each.row for each in evidence.differing)), _SHOWN)
        return f"another than the tested model's on {result.value:,.0f} of {rows} ({shown})"
    return result.reason


GATE: Final = CheckGate(explain=explain)
