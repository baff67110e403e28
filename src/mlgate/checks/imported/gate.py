"""Explains a result about another tool's tests by the tests that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.imported.evidence import ImportedEvidence
from mlgate.gates.check_gate import CheckGate
from mlgate.gates.locate import SHARE
from mlgate.model.imported import BROKEN
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from mlgate.model.evidence import Evidence
    from mlgate.model.policy import Policy
    from mlgate.model.verdict import RuleResult

NAMED: Final = 3
"""At most so many tests are named."""


def explain(result: RuleResult, evidence: Evidence, _policy: Policy) -> str:
    """Return how many tests failed, and which, for a rule on their share."""
    if not isinstance(evidence, ImportedEvidence) or result.method != "counted":
        return result.reason
    name, _, warned = result.metric.partition(".")
    files = evidence.files.values() if result.metric == SHARE else [evidence.files[name]]
    statuses = ("warn",) if warned else BROKEN
    tests = [test for file in files for test in file.tests]
    ran = sum(test.status != "skipped" for test in tests)
    names = [test.name for test in tests if test.status in statuses]
    if not names:
        return f"none of {ran:,} tests"
    listed = first_of(names, NAMED, "; ")
    return f"{len(names):,} of {ran:,} tests ({listed})"


GATE: Final = CheckGate(explain=explain)
