"""The gate table: one row a rule, each number with the digits that its interval supports."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.model.identity import IDENTITY
from mlgate.model.rows import ROLES
from mlgate.report.document import ICON, Bar, Cell, Column, GateRow, Table
from mlgate.text import number_format as numbers
from mlgate.text.steps import describe_steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mlgate.model.evidence import Evidence, Interval, Measurement
    from mlgate.model.rows import Role
    from mlgate.model.verdict import Outcome, RuleResult
    from mlgate.report.document import Status
    from mlgate.text.number_format import Unit

    _Judged = tuple[Unit, float | None, Interval]

_STATUS: Final[dict[Outcome, Status]] = {
    "pass": "pass",
    "fail": "fail",
    "inconclusive": "warn",
    "untested": "none",
    "error": "fail",
}
_WORD: Final[dict[Outcome, str]] = {
    "pass": "passes",
    "fail": "fails",
    "inconclusive": "undecided",
    "untested": "untested",
    "error": "cannot be judged",
}
_LIMITS: Final = ("min", "max", "max_share")
MOST: Final = 8
"""Rows of a comment's table; of more, those that pass are folded away."""


@dataclass(frozen=True, slots=True)
class Names:
    """How the reader calls the two sides and the policy that judges first."""

    candidate: str
    main: str
    anchor: str
    policy: str

    def of(self, role: str | None) -> str:
        """Return a baseline's name."""
        return self.anchor if role == "anchor" else self.main


def rows(
    gates: Sequence[RuleResult], evidence: Mapping[str, Evidence], names: Names
) -> tuple[GateRow, ...]:
    """Return all rows, grouped by target; the target with the worst rule comes first.

    Rules against a release that does not exist yet are left out, and those that say of main's own
    commit what the rule against main says.
    """
    gates = [g for g in gates if not _without_release(g) and not _repeats(g, gates, evidence)]
    worst = {gate.target: 9 for gate in gates}
    for gate in gates:
        worst[gate.target] = min(worst[gate.target], _order(gate))
    ordered = sorted(gates, key=lambda gate: worst[gate.target])
    targets = dict.fromkeys(gate.target for gate in ordered)
    grouped = [
        gate
        for target in targets
        for gate in sorted((g for g in ordered if g.target == target), key=_order)
    ]
    passing = [i for i, gate in enumerate(grouped) if _brief(gate)]
    folded = passing[max(MOST - len(grouped) + len(passing), 0) :]
    folded += [i for i in passing if grouped[i].against == "anchor"]
    return tuple(
        row(
            gate,
            measurement_of(gate, evidence),
            names,
            edges(gates, (gate.check, gate.metric), None),
            brief=i in folded,
        )
        for i, gate in enumerate(grouped)
    )


def _without_release(gate: RuleResult) -> bool:
    return gate.against == "anchor" and gate.verdict == "untested" and gate.baseline is None


def _repeats(
    gate: RuleResult, gates: Sequence[RuleResult], evidence: Mapping[str, Evidence]
) -> bool:
    """Whether a rule against the anchor ends as that against main, with one commit for both."""
    if gate.against != "anchor" or gate.check not in evidence:
        return False
    refs = evidence[gate.check].baselines
    commits = {refs[role].commit for role in ROLES if role in refs}
    alike = (gate.policy, gate.target, gate.verdict, gate.blocks)
    return (
        len(commits) == 1 < len(refs)
        and None not in commits
        and any(
            (other.policy, other.target, other.verdict, other.blocks) == alike
            for other in gates
            if other.rule_kind == "max_regression"
        )
    )


def table(rows: Iterable[GateRow], columns: tuple[str, str, str]) -> Table:
    """Return the rows as Markdown shows them; those that are folded away are counted at the end.

    Where nothing was measured there is nothing to show: headline and reasons name the gates.

    Parameters
    ----------
    columns
        Heads of the columns for this commit, the baseline and the change.
    """
    listed, folded = [], Counter[str]()
    for row in rows:
        outcome = f"{ICON[row.status]}\u00a0{row.word}"
        if row.brief:
            folded[outcome] += 1
        else:
            numbered = map(Cell, (row.value, row.baseline, row.change, row.rule))
            drawn = row.bar if row.bar and row.bar.low != row.bar.high else None
            listed.append((Cell(outcome), Cell(row.gate), *numbered, Cell("", bar=drawn)))
    if all(row[2].text == numbers.NONE for row in listed):
        return Table("", (), ())
    heads = (
        Column("result"),
        Column("gate"),
        *(Column(name, right=True) for name in columns[:2]),
        Column(columns[2]),
        Column("rule"),
        Column("right is better"),
    )
    empty = ("", numbers.NONE)
    filled = [
        i for i in range(len(heads)) if any(r[i].bar or r[i].text not in empty for r in listed)
    ]
    rest = [
        (Cell(outcome), Cell(f"{count} more"), *[Cell("")] * (len(heads) - 2))
        for outcome, count in folded.items()
    ]
    return Table("", heads, (*listed, *rest)).keep(*filled)


def _order(gate: RuleResult) -> int:
    """Order by what a reviewer must act on."""
    if gate.blocks:
        return 0
    return {"fail": 1, "warn": 2, "none": 3, "pass": 4}[status(gate)]


def status(gate: RuleResult) -> Status:
    """Return the icon's meaning: what neither passes nor counts is a warning."""
    outcome = _STATUS[gate.verdict]
    return "warn" if outcome == "fail" and (gate.report_only or not gate.counts) else outcome


def word(gate: RuleResult) -> str:
    """Return the outcome in words, with what keeps it from counting."""
    text = _WORD[gate.verdict]
    if gate.waived is not None:
        return f"{text}, waived until {gate.waived.until}"
    if gate.report_only and _STATUS[gate.verdict] == "fail":
        return f"{text}, does not block yet"
    if gate.verdict in ("fail", "error") and gate.on_fail == "warn":
        return f"{text}, warns only"
    return text


def measurement_of(gate: RuleResult, evidence: Mapping[str, Evidence]) -> Measurement | None:
    """Return what the gate judged, where its evidence is at hand."""
    measured = evidence.get(gate.check)
    return measured.metrics.get(gate.metric) if measured else None


def edge_of(gate: RuleResult) -> float:
    """Return the value, the change or the relative change at which a rule's outcome turns."""
    if gate.rule_kind in _LIMITS:
        return gate.threshold
    up = (gate.direction == "lower") != (gate.rule_kind == "min_improvement")
    return gate.threshold if up else -gate.threshold


def edges(
    gates: Iterable[RuleResult], metric: tuple[str, str], role: Role | None
) -> tuple[float, ...]:
    """Return what rules hold a metric's change from a baseline against; without a role, its value.

    Parameters
    ----------
    metric
        The check, and the name there.
    """
    return tuple(
        edge_of(gate)
        for gate in gates
        if (gate.check, gate.metric) == metric and gate.against == role and not gate.relative
    )


def row(
    gate: RuleResult,
    measured: Measurement | None,
    names: Names,
    limits: tuple[float, ...] = (),
    *,
    brief: bool = False,
) -> GateRow:
    """Write one rule's row.

    Parameters
    ----------
    limits
        Those on the same value, of any rule.
    """
    judged = _judged(gate)
    places = _places(gate, judged)
    interval = gate.interval if measured is None else measured.interval
    value_places = numbers.decimals(interval, gate.value, limits)
    of_value = gate.rule_kind in _LIMITS
    change = numbers.NONE if of_value else _change(gate, judged, places)
    if numbers.differs(judged[1], places):
        value_places = numbers.apart(value_places, gate.value, gate.baseline)
    return GateRow(
        status=status(gate),
        word=word(gate),
        gate=_title(gate, names),
        id=gate.id,
        value=_limited(gate, places)
        if of_value
        else numbers.number(gate.value, value_places, gate.unit),
        baseline=_baseline(gate, value_places, names),
        change=change,
        rule=_rule(gate, places),
        reason=gate.reason,
        smallest=_smallest(gate),
        brief=brief,
        bar=bar(gate),
    )


def _smallest(gate: RuleResult) -> str:
    """Write the least effect that the rows show, to two digits, in the unit of the rule."""
    if gate.smallest is None or gate.smallest <= 0:
        return numbers.NONE
    unit: Unit = "points" if gate.unit == "share" else "number"
    amount = gate.smallest
    if gate.relative and gate.baseline:
        unit, amount = "percent", amount / abs(gate.baseline)
    places = max(0, 1 - math.floor(math.log10(amount)))
    return numbers.with_unit(numbers.number(amount, places, unit), unit)


def _brief(gate: RuleResult) -> bool:
    """Whether a rule needs no line of its own: it passes, or has no baseline yet like its kind."""
    if gate.waived is not None:
        return False
    first = gate.verdict == "untested" and gate.against is not None and gate.baseline is None
    return gate.verdict == "pass" or first


def _title(gate: RuleResult, names: Names) -> str:
    policy = "" if gate.policy == names.policy else f" (policy: {gate.policy})"
    since = f" since {names.anchor}" if gate.against == "anchor" else ""
    return f"{gate.title}{since}{policy}"


def share_of_baseline(gate: RuleResult) -> tuple[float | None, Interval]:
    """Turn the contrast that decided a relative margin into a change in shares of the baseline.

    candidate − f·baseline, plus (f − 1)·baseline, over |baseline|: an affine map, so that the
    change lies beyond the margin exactly where the contrast lies beyond 0.
    """
    if not gate.baseline or gate.factor is None:
        return None, (None, None)
    shift, scale = (gate.factor - 1) * gate.baseline, abs(gate.baseline)

    def share(x: float | None) -> float | None:
        return None if x is None else (x + shift) / scale

    return share(gate.contrast), (share(gate.interval[0]), share(gate.interval[1]))


def _judged(gate: RuleResult) -> _Judged:
    """Return what a rule holds against its limit: unit, number and bounds of value or change."""
    if gate.rule_kind in _LIMITS:
        return gate.unit, gate.value, gate.interval
    if gate.relative and gate.factor is not None:
        return "percent", *share_of_baseline(gate)
    return gate.unit, gate.change, gate.interval


def _places(gate: RuleResult, judged: _Judged) -> int:
    """Return the decimals of the number that is judged, by the same rule as in the sentence."""
    _, point, bounds = judged
    zero = () if gate.rule_kind in _LIMITS else (0.0,)
    return numbers.decimals(bounds, point, (edge_of(gate), *zero))


def _limited(gate: RuleResult, places: int) -> str:
    """Write a value that is held against a limit, with its interval."""
    text = numbers.number(gate.value, places, gate.unit)
    if gate.value is not None and gate.interval == (gate.value, gate.value):
        return text  # counted, not estimated
    return f"{text} {numbers.interval(gate.interval, places, gate.unit)}".strip()


def _baseline(gate: RuleResult, places: int, names: Names) -> str:
    text = numbers.number(gate.baseline, places, gate.unit)
    tagged = gate.against == "anchor" and gate.baseline is not None
    return f"{text} ({names.anchor})" if tagged else text


def _change(gate: RuleResult, judged: _Judged, places: int) -> str:
    if gate.steps is not None:
        return describe_steps(gate.steps, gate.threshold, gate.unit, relative=gate.relative)
    unit, point, bounds = judged
    text = numbers.number(point, places, unit, signed=True)
    if point is not None:
        text = numbers.with_unit(text, unit)
    return f"{text} {numbers.interval(bounds, places, unit, signed=True)}".strip()


def _rule(gate: RuleResult, places: int) -> str:
    if gate.check == IDENTITY:
        return gate.rule
    amount = (
        numbers.with_unit(numbers.limit(gate.threshold, 0, "percent"), "percent")
        if gate.relative
        else numbers.limit(gate.threshold, places, gate.unit)
    )
    text = {
        "min": f"≥ {amount}",
        "max": f"≤ {amount}",
        "max_share": f"≤ {amount}",
        "min_improvement": f"≥ {amount} better",
    }.get(gate.rule_kind, f"≤ {amount} worse")
    if gate.verdict == "inconclusive" and gate.rows_needed:
        rows = f"{numbers.rows(gate.rows_needed)} {numbers.counted(gate.method)}"
        text += f": about {rows} would decide"
    return text


def turned(bounds: Interval, *, lower_is_better: bool) -> Interval:
    """Turn an interval so that more is better."""
    low, high = bounds
    if not lower_is_better:
        return bounds
    return (None if high is None else -high, None if low is None else -low)


def shows_reason(gate: RuleResult) -> bool:
    """Whether the numbers of a gate's row give its reason.

    Not where it was counted or has no interval, where several ways to look at the rows decided,
    nor where an outcome does not follow from the interval alone.
    """
    drawn = bar(gate)
    if drawn is None or drawn.low == drawn.high or gate.look is not None:
        return False
    if gate.verdict != "inconclusive":
        return True
    assert drawn.limit is not None
    beyond = drawn.high is not None and drawn.high < drawn.limit
    return not beyond and not (
        gate.blocks and gate.on_inconclusive == "fail" and gate.against == "anchor"
    )


def bar(gate: RuleResult) -> Bar | None:
    """Return the interval that decided, turned so that right is better, with the rule's edge."""
    if gate.interval == (None, None):
        return None
    _, point, bounds = _judged(gate)
    of_value = gate.rule_kind in _LIMITS
    down = gate.rule_kind != "min" if of_value else gate.direction == "lower"
    low, high = turned(bounds, lower_is_better=down)
    turned_point = -point if down and point is not None else point
    if of_value:
        return Bar(turned_point, low, high, limit=-gate.threshold if down else gate.threshold)
    edge = gate.threshold if gate.rule_kind == "min_improvement" else -gate.threshold
    return Bar(turned_point, low, high, edge, 0.0)
