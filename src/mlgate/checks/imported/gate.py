"""Tells a ruling on another tool's tests by the tests that failed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mlgate.checks.imported.evidence import BROKEN, ImportedEvidence
from mlgate.gates.targets import SHARE

if TYPE_CHECKING:
    from mlgate.gates.rules import Ruling
    from mlgate.gates.targets import Found

NAMED = 3
"""At most so many tests are told."""


def told(found: Found, ruling: Ruling) -> Ruling:
    """Give a ruling on a share of tests with their names in its reason."""
    evidence = found.evidence
    if not isinstance(evidence, ImportedEvidence) or ruling.method != "counted":
        return ruling
    name, _, warned = found.key.partition(".")
    files = evidence.files.values() if found.key == SHARE else [evidence.files[name]]
    statuses = ("warn",) if warned else BROKEN
    tests = [test for one in files for test in one.tests]
    ran = sum(test.status != "skipped" for test in tests)
    names = [test.name for test in tests if test.status in statuses]
    if not names:
        return replace(ruling, reason=f"none of {ran:,} tests")
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    listed = "; ".join(names[:NAMED])
    return replace(ruling, reason=f"{len(names):,} of {ran:,} tests ({listed}{more})")
