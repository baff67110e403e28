"""Which measurement a gate means, among all evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.errors import nearest
from mlgate.gates.check_gate import PLAIN
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.gates.check_gate import Gates
    from mlgate.model.evidence import Evidence, Measurement
    from mlgate.model.policy import Target

SHARE: Final = "share"
"""The measurement that a gate named like a check means: `drift: {max_share: …}`."""
LISTED: Final = 8
"""At most so many names are listed."""


@dataclass(frozen=True, slots=True)
class Located:
    """A measurement, with the check and the name that it has there."""

    check: str
    metric: str
    evidence: Evidence
    measurement: Measurement


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """Why there is no measurement, and the check that should have made it."""

    check: str
    metric: str
    reason: str
    hint: str | None = None


def locate(target: Target, evidence: Mapping[str, Evidence], gates: Gates) -> Located | Unmeasured:
    """Find what a gate is about.

    Tried in this order: a measurement of that name in any check, a check of that name (its
    `share`), and `check.name`.
    """
    for check, metric in _places(target, evidence, gates):
        if check in evidence and evidence[check].error is not None:
            return _failed(check, metric, evidence[check])
        if check in evidence and metric in evidence[check].metrics:
            return Located(check, metric, evidence[check], evidence[check].metrics[metric])
    return _missing(target, _guess(target, evidence, gates), evidence, gates)


def _places(
    target: Target, evidence: Mapping[str, Evidence], gates: Gates
) -> Iterator[tuple[str, str]]:
    name = str(target)
    measured = [check for check in evidence if name in evidence[check].metrics]
    measured.sort(key=lambda check: (not _unprefixed(check, gates), check))
    yield from ((check, name) for check in measured)
    yield name, SHARE
    check, _, metric = name.partition(".")
    yield check, metric


def _unprefixed(check: str, gates: Gates) -> bool:
    return gates.get(check, PLAIN).unprefixed


def _guess(target: Target, evidence: Mapping[str, Evidence], gates: Gates) -> str:
    """Return the check that should have measured it: by its name, else where names are bare."""
    check = target.name.partition(".")[0]
    if check in evidence or "." in target.name:
        return check
    return next((check for check in gates if _unprefixed(check, gates)), check)


def _missing(
    target: Target, check: str, evidence: Mapping[str, Evidence], gates: Gates
) -> Unmeasured:
    name = str(target)
    for measured in evidence.values():
        if name in measured.refused:
            return Unmeasured(check, name, f"{name} cannot be measured: {measured.refused[name]}")
    failures = [failed for failed in evidence.values() if failed.error is not None]
    for failed in sorted(failures, key=lambda failed: failed.check != check):
        return _failed(check, name, failed)
    return Unmeasured(check, name, f"{name} was not measured", _other_names(name, evidence, gates))


def _other_names(name: str, evidence: Mapping[str, Evidence], gates: Gates) -> str:
    names = sorted(set(_names(evidence, gates)))
    if not names:
        return "run `mlgate check`"
    near = nearest(name, names)
    meant = f" (did you mean {near}?)" if near else ""
    return f"name one of these under `gates:`{meant}: {first_of(names, LISTED)}"


def _failed(check: str, metric: str, evidence: Evidence) -> Unmeasured:
    return Unmeasured(check, metric, evidence.error or "", evidence.hint)


def _names(evidence: Mapping[str, Evidence], gates: Gates) -> Iterator[str]:
    """Return what gates can be named."""
    for check, measured in evidence.items():
        for metric in measured.metrics:
            yield metric if _unprefixed(check, gates) else f"{check}.{metric}"
