"""Tells a ruling on the data by what was counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mlgate.checks.data.evidence import DataEvidence
from mlgate.gates.targets import SHARE

if TYPE_CHECKING:
    from mlgate.checks.data.evidence import RuleResult
    from mlgate.gates.rules import Ruling
    from mlgate.gates.targets import Found

NAMED = 5
"""At most so many rules are told."""


def told(found: Found, ruling: Ruling) -> Ruling:
    """Give a ruling with the rules that are broken, or the rows that break one, in its reason."""
    evidence = found.evidence
    if not isinstance(evidence, DataEvidence):
        return ruling
    if found.key != SHARE:
        return replace(ruling, reason=_one(evidence.rules[found.key]))
    broken = [name for name, one in evidence.rules.items() if not one.holds]
    if not broken:
        return replace(ruling, reason=f"none of {len(evidence.rules):,}")
    more = f" and {len(broken) - NAMED} more" if len(broken) > NAMED else ""
    names = f"{', '.join(broken[:NAMED])}{more}"
    return replace(ruling, reason=f"{len(broken):,} of {len(evidence.rules):,} ({names})")


def _one(one: RuleResult) -> str:
    if one.problem is not None:
        return f"all of it: {one.problem}"
    counted = f"{one.broken:,} of {one.of:,}" if one.broken else f"none of {one.of:,}"
    return f"{counted} (wanted: {one.text})"
