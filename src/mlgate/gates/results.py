"""One policy's results: each rule of each gate, in the order in which they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.gates.check_gate import PLAIN
from mlgate.gates.decide import decide, unmeasured
from mlgate.gates.locate import Located, locate
from mlgate.gates.rule import ROLES, Rule
from mlgate.model.policy import Margin, Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlgate.gates.check_gate import Gates
    from mlgate.gates.locate import Unmeasured
    from mlgate.model.evidence import Evidence
    from mlgate.model.metrics import Direction
    from mlgate.model.policy import Gate, Policy, RuleKind
    from mlgate.model.rows import Role
    from mlgate.model.run import JudgeRecord
    from mlgate.model.verdict import RuleResult

    Folder = Mapping[str, Evidence]
    """Evidence by check."""
    Place = Located | Unmeasured


def results(
    judge: JudgeRecord, evidence: Folder, base_branch: str | None, gates: Gates
) -> list[RuleResult]:
    """Judge by one policy.

    Parameters
    ----------
    base_branch
        What `main` is called in sentences; None where it is not known.
    gates
        What the checks add.
    """
    rules = list(_rules(judge, evidence, base_branch, gates))
    decided = [_result(rule, place, judge.policy, gates) for rule, place in rules]
    for check, gate in gates.items():
        own = [i for i, (_, place) in enumerate(rules) if _measured_by(check, place)]
        if own:
            corrected = gate.correct([decided[i] for i in own], evidence[check])
            for i, result in zip(own, corrected, strict=True):
                decided[i] = result
    return decided


def _measured_by(check: str, place: Place) -> bool:
    return isinstance(place, Located) and place.check == check


def _result(rule: Rule, place: Place, policy: Policy, gates: Gates) -> RuleResult:
    """Decide one rule, and give the reason in the words of its check."""
    if not isinstance(place, Located):
        return unmeasured(rule, place.reason)
    evidence = place.evidence
    absent = evidence.absent.get(rule.role) if rule.role else None
    result = decide(rule, place.measurement, absent)
    reason = gates.get(place.check, PLAIN).explain(result, evidence, policy)
    return result.model_copy(update={"reason": reason})


def _rules(
    judge: JudgeRecord, evidence: Folder, base_branch: str | None, gates: Gates
) -> Iterator[tuple[Rule, Place]]:
    """Return every rule of every gate, with the place of its measurement."""
    for name, gate in judge.policy.gates.items():
        whole = Target.parse(name)
        for target in _expand(whole, evidence, gates):
            place = _place(target, evidence, judge.policy, gates)
            for kind, limit, relative in _limits(gate, evidence.get(place.check)):
                rule = Rule(
                    target=target,
                    kind=kind,
                    limit=limit,
                    relative=relative,
                    check=place.check,
                    metric=place.metric,
                    direction=_direction(target, place, judge.policy),
                    confidence=judge.policy.confidence,
                    power=judge.policy.power,
                    reference=_reference(place, ROLES.get(kind), base_branch),
                    on_fail=gate.on_fail,
                    on_inconclusive=gate.on_inconclusive or judge.policy.on_inconclusive,
                    policy=judge.source,
                    file=judge.file,
                    line=judge.lines.get(f"{whole}.{kind}"),
                )
                yield rule, place


def _expand(target: Target, evidence: Folder, gates: Gates) -> Sequence[Target]:
    for check, gate in gates.items():
        members = gate.expand(target, evidence[check]) if check in evidence else ()
        if members:
            return members
    return (target,)


def _place(target: Target, evidence: Folder, policy: Policy, gates: Gates) -> Place:
    """Find the measurement, as it is under this policy."""
    place = locate(target, evidence, gates)
    if not isinstance(place, Located):
        return place
    measurement = gates.get(place.check, PLAIN).remeasure(
        place.metric, place.measurement, place.evidence, policy
    )
    return Located(place.check, place.metric, place.evidence, measurement)


def _limits(gate: Gate, measured: Evidence | None) -> Iterator[tuple[RuleKind, float, bool]]:
    """Return the rules of one gate: kind, limit, and whether that is a share of the baseline.

    The rule against the anchor that follows from `max_regression` is left out where it adds
    nothing: no anchor is wanted, or the anchor is main's baseline itself.
    """
    limits: dict[RuleKind, Margin | float | None] = {
        "min": gate.min,
        "max": gate.max,
        "max_share": gate.max_share,
        "max_regression": gate.max_regression,
        "max_regression_anchor": gate.anchor_margin(),
        "min_improvement": gate.min_improvement,
    }
    implied = gate.max_regression_anchor is None
    if implied and measured is not None and _anchor_adds_nothing(measured):
        del limits["max_regression_anchor"]
    for kind, limit in limits.items():
        if isinstance(limit, Margin):
            yield kind, limit.value, limit.relative
        elif limit is not None:
            yield kind, limit, False


def _anchor_adds_nothing(evidence: Evidence) -> bool:
    absent = evidence.absent.get("anchor")
    if absent is not None:
        return absent.kind == "off"
    main, anchor = evidence.baselines.get("main"), evidence.baselines.get("anchor")
    return main is not None and anchor is not None and main.commit == anchor.commit is not None


def _reference(place: Place, role: Role | None, base_branch: str | None) -> str:
    """Return the baseline's name in sentences: the branch, or the anchor with its tag."""
    used = place.evidence.baselines.get(role) if isinstance(place, Located) and role else None
    if role == "anchor":
        return f"the anchor {used.tag}" if used is not None and used.tag else "the anchor"
    return base_branch or (used.branch if used is not None else None) or "main"


def _direction(target: Target, place: Place, policy: Policy) -> Direction | None:
    """Return the policy's word first, then the check's, then what is known of the name."""
    written = policy.direction.get(str(target)) or policy.direction.get(target.name)
    measured = place.measurement.direction if isinstance(place, Located) else None
    return written or measured or policy.direction_of(target.name)
