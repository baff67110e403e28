"""The ways of looking at rows that differ from a baseline's, each of which a rule must hold for.

A rule that compares is decided with this commit's labels and, where labels differ, with those
that the baseline was measured with. A limit on the value is decided on all rows and, where rows
were added or labels differ, on those that a baseline has, with its labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mlgate.model.verdict import SEVERITY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlgate.gates.rule import Rule
    from mlgate.model.evidence import Evidence, Measurement
    from mlgate.model.rows import Role
    from mlgate.model.verdict import Look as Name
    from mlgate.model.verdict import RuleResult


class Look(NamedTuple):
    """A measurement, and which rows or labels it is of.

    Attributes
    ----------
    name
        None for this commit's rows and labels.
    text
        What a reader calls it; empty where there is only one look.
    """

    measurement: Measurement
    name: Name | None = None
    text: str = ""


def looks(rule: Rule, measurement: Measurement, evidence: Evidence) -> Sequence[Look]:
    """Return all looks at a measurement that a rule is decided for, this commit's first."""
    others = list(_others(rule, measurement, evidence))
    if not others:
        return (Look(measurement),)
    added = rule.role is None and measurement.kept
    text = "on all rows" if added else "with this commit's labels"
    return (Look(measurement, None, text), *others)


def _others(rule: Rule, measurement: Measurement, evidence: Evidence) -> Iterator[Look]:
    if rule.role is None:
        for role, kept in measurement.kept.items():
            yield Look(kept, "baseline_rows", f"on {_whose(role, evidence)}'s rows")
        for role, earlier in measurement.earlier.items():
            text = f"with the labels that {_whose(role, evidence)} had"
            yield Look(earlier, "earlier_labels", text)
        return
    comparison = measurement.against.get(rule.role)
    if comparison is not None and comparison.earlier is not None:
        against = {**measurement.against, rule.role: comparison.earlier}
        before = measurement.model_copy(update={"against": against})
        yield Look(before, "earlier_labels", f"with the labels that {rule.reference} had")


def _whose(role: Role, evidence: Evidence) -> str:
    used = evidence.baselines.get(role)
    return (
        "the anchor" if role == "anchor" else (used.branch if used is not None else None) or "main"
    )


def worst_look(decided: Sequence[tuple[Look, str, RuleResult]]) -> RuleResult:
    """Return the worst result, the first of equal ones, with the reasons of all.

    Parameters
    ----------
    decided
        Each look with the reason of its result, and the result.
    """
    look, reason, result = max(decided, key=lambda each: SEVERITY[each[2].verdict])
    if len(decided) == 1:
        return result.model_copy(update={"reason": reason})
    texts = [f"{reason} {look.text}"]
    texts += [f"{look_.text}: {why}" for look_, why, _ in decided if look_ is not look]
    return result.model_copy(update={"reason": "; ".join(texts), "look": look.name})
