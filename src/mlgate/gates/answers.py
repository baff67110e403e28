"""One policy's answers: each rule of each gate, in the order in which they are written."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from mlgate.checks.data import gate as data
from mlgate.checks.drift import gate as drift
from mlgate.checks.imported import gate as imported
from mlgate.checks.slices import gate as slices
from mlgate.gates import rules, targets, words
from mlgate.gates.rules import Question, Ruling
from mlgate.gates.targets import Found, Missing
from mlgate.model.policy import Margin, Target
from mlgate.model.verdict import GateVerdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.model.evidence import Evidence
    from mlgate.model.metrics import Direction
    from mlgate.model.policy import GateRules, RuleKind
    from mlgate.model.rows import Role
    from mlgate.model.run import Judge

    Folder = Mapping[str, Evidence]
    """Evidence by check."""

ROLES: dict[RuleKind, Role] = {
    "max_regression": "main",
    "max_regression_anchor": "anchor",
    "min_improvement": "main",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one gate, with what was found of its target."""

    judge: Judge
    gate: GateRules
    target: Target
    kind: RuleKind
    limit: float
    relative: bool
    found: Found | Missing
    reference: str
    line: int | None = None

    @property
    def id(self) -> str:
        """`<target>.<rule>`."""
        return f"{self.target}.{self.kind}"


def answer(judge: Judge, evidence: Folder, base_branch: str | None) -> list[GateVerdict]:
    """Judge by one policy.

    Parameters
    ----------
    base_branch
        What `main` is called in sentences; None where nobody knows.
    """
    asked = list(_rules(judge, evidence, base_branch))
    rulings = [_ruling(rule) for rule in asked]
    sliced = [
        i
        for i, rule in enumerate(asked)
        if isinstance(rule.found, Found) and rule.found.check == slices.CHECK
    ]
    questions = [(_question(asked[i]), rulings[i]) for i in sliced]
    for i, ruling in zip(sliced, slices.corrected(questions), strict=True):
        rulings[i] = ruling
    return [_verdict(rule, ruling) for rule, ruling in zip(asked, rulings, strict=True)]


def _rules(judge: Judge, evidence: Folder, base_branch: str | None) -> Iterator[Rule]:
    for name, gate in judge.policy.gates.items():
        for target in slices.members(Target.parse(name), evidence):
            found = drift.anew(targets.find(target, evidence), judge.policy)
            for kind, limit, relative in _asked(gate, found, evidence):
                reference = _reference(found, ROLES.get(kind), base_branch)
                line = judge.lines.get(f"{Target.parse(name)}.{kind}")
                yield Rule(judge, gate, target, kind, limit, relative, found, reference, line)


def _asked(
    gate: GateRules, found: Found | Missing, evidence: Folder
) -> Iterator[tuple[RuleKind, float, bool]]:
    """Give the rules of one gate: kind, limit, and whether that is a share of the baseline.

    The rule against the anchor that follows from `max_regression` is left out where it says
    nothing of its own: no anchor is wanted, or the anchor is main's baseline itself.
    """
    asked: dict[RuleKind, Margin | float | None] = {
        "min": gate.min,
        "max": gate.max,
        "max_share": gate.max_share,
        "max_regression": gate.max_regression,
        "max_regression_anchor": gate.anchor_margin(),
        "min_improvement": gate.min_improvement,
    }
    implied = gate.max_regression_anchor is None
    measured = evidence.get(found.check)
    if implied and measured is not None and _anchor_adds_nothing(measured):
        del asked["max_regression_anchor"]
    for kind, limit in asked.items():
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


def _reference(found: Found | Missing, role: Role | None, base_branch: str | None) -> str:
    """Name the baseline in sentences: the branch, or the anchor with its tag."""
    used = found.evidence.baselines.get(role) if isinstance(found, Found) and role else None
    if role == "anchor":
        return f"the anchor {used.tag}" if used is not None and used.tag else "the anchor"
    return base_branch or (used.branch if used is not None else None) or "main"


def _verdict(rule: Rule, ruling: Ruling) -> GateVerdict:
    """Record the answer to one rule."""
    policy, found = rule.judge.policy, rule.found
    measured = found.measurement if isinstance(found, Found) else None
    return GateVerdict(
        id=rule.id,
        target=str(rule.target),
        rule_kind=rule.kind,
        check=found.check,
        metric=found.key,
        title=str(rule.target) if measured is None else measured.title,
        rule=words.rule_text(rule.kind, rule.limit, rule.reference, relative=rule.relative),
        threshold=rule.limit,
        relative=rule.relative,
        against=ROLES.get(rule.kind),
        confidence=policy.confidence,
        unit="number" if measured is None else measured.unit,
        direction=_direction(rule),
        on_fail=rule.gate.on_fail,
        on_inconclusive=rule.gate.on_inconclusive or policy.on_inconclusive,
        policy=rule.judge.source,
        file=rule.judge.file,
        line=rule.line,
        **_fields(ruling),
    )


def _ruling(rule: Rule) -> Ruling:
    """Put one rule to what was found."""
    if isinstance(rule.found, Missing):
        return Ruling("error", rule.found.reason)
    ruling = rules.decide(_question(rule))
    if rule.kind == "max_share":
        ruling = drift.told(rule.found, rule.judge.policy, ruling)
    return imported.told(rule.found, data.told(rule.found, ruling))


def _question(rule: Rule) -> Question:
    assert isinstance(rule.found, Found)
    role = ROLES.get(rule.kind)
    return Question(
        kind=rule.kind,
        limit=rule.limit,
        relative=rule.relative,
        measurement=rule.found.measurement,
        direction=_direction(rule),
        confidence=rule.judge.policy.confidence,
        power=rule.judge.policy.power,
        role=role,
        reference=rule.reference,
        absent=rule.found.evidence.absent.get(role) if role else None,
    )


def _fields(ruling: Ruling) -> dict[str, Any]:
    return {field.name: getattr(ruling, field.name) for field in fields(ruling)}


def _direction(rule: Rule) -> Direction | None:
    """The user's word first, then what the check knows, then what is known of the name."""
    policy, target = rule.judge.policy, rule.target
    said = policy.direction.get(str(target)) or policy.direction.get(target.name)
    measured = rule.found.measurement.direction if isinstance(rule.found, Found) else None
    return said or measured or policy.direction_of(target.name)
