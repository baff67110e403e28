"""Which measurement a gate means, among all evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.model.evidence import Evidence, Measurement
    from mlgate.model.policy import Target

SHARE = "share"
"""The measurement that a gate named like a check means: `drift: {max_share: …}`."""
FIRST = "compare"
"""Where two checks measure one name, this one's is meant."""
TOLD = 8
"""At most so many names are told."""


@dataclass(frozen=True, slots=True)
class Found:
    """A measurement, and the check and key it was found under."""

    check: str
    key: str
    evidence: Evidence
    measurement: Measurement


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is none, in one sentence."""

    check: str
    key: str
    reason: str


def find(target: Target, evidence: Mapping[str, Evidence]) -> Found | Missing:
    """Find what a gate is about.

    Tried in this order: a measurement of that name in any check, a check of that name (its
    `share`), and `check.name`.
    """
    for check, key in _places(target, evidence):
        if check in evidence and evidence[check].error is not None:
            return Missing(check, key, f"{check} could not measure: {evidence[check].error}")
        if check in evidence and key in evidence[check].metrics:
            return Found(check, key, evidence[check], evidence[check].metrics[key])
    return Missing(_guess(target, evidence), str(target), _missing(target, evidence))


def _places(target: Target, evidence: Mapping[str, Evidence]) -> Iterator[tuple[str, str]]:
    wanted = str(target)
    measured = [check for check in evidence if wanted in evidence[check].metrics]
    yield from ((check, wanted) for check in sorted(measured, key=lambda c: (c != FIRST, c)))
    yield wanted, SHARE
    check, _, name = wanted.partition(".")
    yield check, name


def _guess(target: Target, evidence: Mapping[str, Evidence]) -> str:
    """The check that should have measured it: by its name, else `compare`."""
    check = target.name.partition(".")[0]
    return check if check in evidence or "." in target.name else FIRST


def _missing(target: Target, evidence: Mapping[str, Evidence]) -> str:
    for one in evidence.values():
        if str(target) in one.refused:
            return f"{target} cannot be measured here: {one.refused[str(target)]}"
    broken = [
        f"{check} could not measure: {one.error}" for check, one in evidence.items() if one.error
    ]
    if broken:
        return "; ".join(broken)
    known = sorted({name for name, _ in _names(evidence)})
    if not known:
        return f"{target} was not measured: there is no evidence of any metric; run `mlgate check`"
    near = nearest(str(target), known)
    hint = f" (did you mean {near}?)" if near else ""
    more = f" and {len(known) - TOLD} more" if len(known) > TOLD else ""
    return f"{target} was not measured{hint}; there are {', '.join(known[:TOLD])}{more}"


def _names(evidence: Mapping[str, Evidence]) -> Iterator[tuple[str, str]]:
    for check, one in evidence.items():
        for name in one.metrics:
            yield (name if check == FIRST else f"{check}.{name}"), check
