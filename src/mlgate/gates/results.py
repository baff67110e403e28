"""One policy's results: each rule of each gate, in the order in which they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.gates import row_limits
from mlgate.gates.check_gate import PLAIN
from mlgate.gates.decide import decide, unmeasured
from mlgate.gates.locate import Located, locate
from mlgate.gates.looks import looks, worst_look
from mlgate.gates.rule import ROLES, Rule
from mlgate.metrics import direction_of
from mlgate.model.policy import Margin, Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlgate.gates.check_gate import Gates
    from mlgate.gates.locate import Unmeasured
    from mlgate.model.evidence import Evidence, RowCounts
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
    """Decide one rule, and give the reason in the words of its check.

    Where the rows of a baseline differ, a rule is decided for each way of looking at them, and the
    worst result is the rule's.
    """
    if not isinstance(place, Located):
        return unmeasured(rule, place.reason, place.hint)
    evidence = place.evidence
    rows = _row_counts(rule, evidence)
    problem = rows and row_limits.problem(
        rows, policy.rows, rule.reference, configured=bool(rule.file)
    )
    if problem:
        return unmeasured(rule, *problem)
    # Numbers of labels have a value without a baseline, whatever a bundle says of them.
    role = rule.role or (None if evidence.of_labels else place.measurement.role)
    absent = evidence.absent.get(role) if role else None
    explain = gates.get(place.check, PLAIN).explain
    decided = []
    for look in looks(rule, place.measurement, evidence):
        result = decide(rule, look.measurement, absent)
        decided.append((look, explain(result, evidence, policy), result))
    return worst_look(decided)


def _row_counts(rule: Rule, evidence: Evidence) -> RowCounts | None:
    """Return how the rows relate to those of the baseline that the rule depends on.

    `min` and `max` depend on main's: rows that a change left out, and labels that it wrote, say as
    little of a value as of a comparison.
    """
    if rule.role is None and rule.kind not in ("min", "max"):
        return None
    used = evidence.baselines.get(rule.role or "main")
    if used is not None:
        return used.rows
    absent = evidence.absent.get("main") if rule.role is None else None
    return absent.rows if absent is not None else None


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
                    blocks_half_way=kind == "max_regression_anchor" and not gate.on_inconclusive,
                    on_untested=judge.policy.on_untested,
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
        return f"the release {used.tag}" if used is not None and used.tag else "the anchor"
    return base_branch or (used.branch if used is not None else None) or "main"


def _direction(target: Target, place: Place, policy: Policy) -> Direction | None:
    """Return the policy's word first, then what is known of the name, then the check's."""
    written = policy.direction.get(str(target)) or direction_of(policy, target.name)
    measured = place.measurement.direction if isinstance(place, Located) else None
    return written or measured
