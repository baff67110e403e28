"""Decides anew which columns drifted, by the policy that judges.

What evidence lists as drifted was told under the policy that it was measured under; a trusted
stage judges by its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mlgate.checks.drift.evidence import DriftEvidence, shares, tested
from mlgate.gates.targets import SHARE, Found, Missing
from mlgate.stats.drift_rule import listing

if TYPE_CHECKING:
    from mlgate.gates.rules import Ruling
    from mlgate.model.policy import Policy
    from mlgate.stats.drift_rule import Listed


NAMED = 5
"""At most so many columns are told."""


def anew(found: Found | Missing, policy: Policy) -> Found | Missing:
    """Give what was found, with shares of drifted columns under this policy's floors."""
    if not isinstance(found, Found) or not isinstance(found.evidence, DriftEvidence):
        return found
    listed = _listed(found.evidence, policy)
    drifted = {name: (one.certain, one.drifted) for name, one in listed.items()}
    again = shares(found.evidence.columns, drifted)
    return replace(found, measurement=again.get(found.key, found.measurement))


def _listed(evidence: DriftEvidence, policy: Policy) -> dict[str, Listed]:
    return listing(tested(evidence.columns, policy.floors), 1 - policy.confidence)


def told(found: Found, policy: Policy, ruling: Ruling) -> Ruling:
    """Give a ruling on a share of columns with the columns in its reason."""
    evidence = found.evidence
    if ruling.n is None or not ruling.n or not isinstance(evidence, DriftEvidence):
        return ruling
    part = "feature" if found.key == SHARE else found.key
    listed = _listed(evidence, policy)
    here = [name for name, one in evidence.columns.items() if one.part == part]
    likely = [name for name in here if listed[name].drifted]
    certain = [name for name in likely if listed[name].certain]
    count = f"{len(certain)}" if certain == likely else f"between {len(certain)} and {len(likely)}"
    named = ", ".join(likely[:NAMED])
    more = f" and {len(likely) - NAMED} more" if len(likely) > NAMED else ""
    names = f" ({named}{more})" if likely else ""
    return replace(ruling, reason=f"{count} of {ruling.n:,}{names}")
