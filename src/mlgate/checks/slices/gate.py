"""Gates on slices: one for each level of a column, and Holm's correction over all of them.

Any slice that fails blocks, so that with many slices some fail by luck: a failure counts only
where it is significant after correction (Holm 1979). To pass, every slice must be shown to
pass, which needs none. Slices that main's baseline has no row of, and levels of which it has too few,
are corrected for among all, and the others without them: a change that adds slices, or rows to
small ones, makes no other's failure less significant.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Final

from mlgate.checks.slices.evidence import SlicesEvidence
from mlgate.gates.check_gate import CheckGate
from mlgate.model.evidence import Comparison
from mlgate.model.policy import Target
from mlgate.stats.multiplicity import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.model.evidence import Evidence, Interval, Measurement
    from mlgate.model.verdict import RuleResult


def expand(target: Target, evidence: Evidence) -> Sequence[Target]:
    """Return the levels that a gate on a column means."""
    if (
        target.level is None
        or not isinstance(evidence, SlicesEvidence)
        or str(target) in evidence.metrics
    ):
        return ()
    members = (
        Target(name=target.name, level=name)
        for name, part in evidence.slices.items()
        if part.column == target.level and not part.small
    )
    return tuple(member for member in members if str(member) in evidence.metrics)


def correct(results: Sequence[RuleResult], evidence: Evidence) -> Sequence[RuleResult]:
    """Keep a failure only where it is significant among all rules on slices."""
    p_values = [_p(result, _decisive(result, evidence)) for result in results]
    added = [_added(result, evidence) for result in results]
    before = [p for p, new in zip(p_values, added, strict=True) if not new]
    among_all, among_others = holm(p_values), iter(holm(before))
    return [
        _kept(result, p, len(results)) if new else _kept(result, next(among_others), len(before))
        for result, p, new in zip(results, among_all, added, strict=True)
    ]


def _added(result: RuleResult, evidence: Evidence) -> bool:
    """Whether main has a baseline, and no row of a slice, or of a level too few to be judged there."""
    if not isinstance(evidence, SlicesEvidence) or "main" not in evidence.baselines:
        return False
    main = evidence.metrics[result.metric].against.get("main")
    part = evidence.slices.get(Target.parse(result.metric).level or "")
    level = part is not None and part.column is not None
    return main is None or (level and main.n < evidence.minimum)


def _kept(result: RuleResult, p: float, count: int) -> RuleResult:
    if result.verdict != "fail" or p <= 1 - result.confidence + 1e-12:
        return result
    reason = f"{result.reason}; not significant among {count:,} tests of slices (Holm: p = {p:.2g})"
    return result.model_copy(update={"verdict": "inconclusive", "reason": reason})


def _decisive(result: RuleResult, evidence: Evidence) -> Measurement | Comparison | None:
    """Return the value or the comparison that decided, under whichever labels."""
    measurement = evidence.metrics[result.metric]
    if result.against is None:
        return measurement
    comparison = measurement.against.get(result.against)
    earlier = comparison is not None and result.look == "earlier_labels"
    return comparison.earlier if comparison is not None and earlier else comparison


def _p(result: RuleResult, decisive: Measurement | Comparison | None) -> float:
    """Return the p-value of the alarm: that the value breaks its limit, or is worse at all.

    That of the comparison's own test where it has one; else read off the bound that decided,
    by the normal law: equal to the level where the bound meets the limit. Where a failure rests on what
    is left without the worst rows, that decided.
    """
    comparison = decisive if isinstance(decisive, Comparison) else None
    if comparison is not None:
        point, threshold = comparison.change, 0.0
        bounds, p = comparison.interval, comparison.p_value
    else:
        point, threshold, bounds, p = result.value, result.threshold, result.interval, None
    if point is None or result.verdict in ("error", "untested"):
        return 1.0
    down = result.direction == "lower" if comparison is not None else result.rule_kind == "max"
    left = decisive.without_worst if decisive is not None and result.verdict == "fail" else None
    alarm = _alarm(point, threshold, bounds, p, result.confidence, down=down)
    if left is None:
        return alarm
    ends = left.bound, left.bound
    return min(alarm, _alarm(left.value, threshold, ends, None, result.confidence, down=down))


def _alarm(
    point: float,
    threshold: float,
    bounds: Interval,
    p: float | None,
    confidence: float,
    *,
    down: bool,
) -> float:
    sign = -1.0 if down else 1.0
    below = sign * (threshold - point)
    if p is not None:
        return p / 2 if below > 0 else 1 - p / 2
    bound = bounds[0] if down else bounds[1]
    if bound is None or bound == point:
        return 0.0 if below > 0 else 1.0
    z = NormalDist().inv_cdf(confidence) * below / (sign * (bound - point))
    return 1 - NormalDist().cdf(z)


GATE: Final = CheckGate(expand=expand, correct=correct)
