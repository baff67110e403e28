"""Gates on slices: one for each level of a column, and Holm's correction over all of them.

Any slice that fails blocks, so that with many slices some fail by luck: a failure counts only
where it is significant after correction (Holm 1979). To pass, every slice must be shown to
pass, which needs none.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

from mlgate.checks.slices.evidence import SlicesEvidence
from mlgate.model.policy import Target
from mlgate.stats.multiplicity import holm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlgate.gates.rules import Question, Ruling
    from mlgate.model.evidence import Evidence


CHECK: Final = "slices"


def members(target: Target, evidence: Mapping[str, Evidence]) -> Iterator[Target]:
    """Give the levels that a gate on a column means, else the gate itself."""
    found = evidence.get(CHECK)
    if (
        target.level is None
        or not isinstance(found, SlicesEvidence)
        or str(target) in found.metrics
    ):
        yield target
        return
    levels = [
        name
        for name, one in found.slices.items()
        if one.column == target.level
        and not one.small
        and f"{target.name}[{name}]" in found.metrics
    ]
    yield from (Target(name=target.name, level=level) for level in levels)
    if not levels:
        yield target


def corrected(asked: Sequence[tuple[Question, Ruling]]) -> list[Ruling]:
    """Let a failure stand only where it is significant among all that were asked of slices."""
    p_values = [_p(question, ruling) for question, ruling in asked]
    adjusted = holm(p_values)
    return [
        _held(ruling, p, question.confidence, len(asked))
        for (question, ruling), p in zip(asked, adjusted, strict=True)
    ]


def _held(ruling: Ruling, p: float, confidence: float, count: int) -> Ruling:
    if ruling.verdict != "fail" or p <= 1 - confidence + 1e-12:
        return ruling
    reason = f"{ruling.reason}; not significant among {count:,} tests of slices (Holm: p = {p:.2g})"
    return replace(ruling, verdict="inconclusive", reason=reason)


def _p(question: Question, ruling: Ruling) -> float:
    """Give the p-value of the alarm: that the value breaks its limit, or that it is worse at all.

    That of the comparison's own test where it has one; else read off the bound that decided,
    by the normal law: equal to the level where the bound meets the limit.
    """
    comparison = question.measurement.against.get(question.role) if question.role else None
    if comparison is not None:
        point, threshold = comparison.change, 0.0
        bounds, p = comparison.interval, comparison.p_value
    else:
        found = question.measurement
        point, threshold, bounds, p = found.value, question.limit, found.interval, None
    if point is None or ruling.verdict in ("error", "untested"):
        return 1.0
    down = question.direction == "lower" if comparison is not None else question.kind == "max"
    sign = -1.0 if down else 1.0
    below = sign * (threshold - point)
    if p is not None:
        return p / 2 if below > 0 else 1 - p / 2
    bound = bounds[0] if down else bounds[1]
    if bound is None or bound == point:
        return 0.0 if below > 0 else 1.0
    z = NormalDist().inv_cdf(question.confidence) * below / (sign * (bound - point))
    return 1 - NormalDist().cdf(z)
