"""The gate table: one row a rule, each number with the digits that its interval supports."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.report.document import Bar, GateRow
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mlgate.model.evidence import Evidence, Interval, Measurement
    from mlgate.model.rows import Role
    from mlgate.model.verdict import Outcome, RuleResult
    from mlgate.report.document import Status
    from mlgate.text.number_format import Unit

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
    """Return all rows, grouped by target; the target with the worst rule comes first."""
    worst = {gate.target: 9 for gate in gates}
    for gate in gates:
        worst[gate.target] = min(worst[gate.target], _order(gate))
    ordered = sorted(gates, key=lambda gate: worst[gate.target])
    groups = dict.fromkeys(gate.target for gate in ordered)
    return tuple(
        row(
            gate,
            measurement_of(gate, evidence),
            names,
            edges(gates, (gate.check, gate.metric), None),
        )
        for target in groups
        for gate in sorted((g for g in ordered if g.target == target), key=_order)
    )


def _order(gate: RuleResult) -> int:
    """Order by what a reviewer must act on."""
    if gate.blocks:
        return 0
    return {"fail": 1, "warn": 2, "none": 3, "pass": 4}[status(gate)]


def status(gate: RuleResult) -> Status:
    """Return the icon's meaning: what neither passes nor counts is a warning."""
    outcome = _STATUS[gate.verdict]
    return "warn" if outcome == "fail" and not gate.counts else outcome


def word(gate: RuleResult) -> str:
    """Return the outcome in words, with what keeps it from counting."""
    text = _WORD[gate.verdict]
    if gate.waived is not None:
        return f"{text}, waived until {gate.waived.until}"
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
) -> GateRow:
    """Write one rule's row.

    Parameters
    ----------
    limits
        Those on the same value, of any rule.
    """
    written = _Written(gate, measured, names, limits)
    return GateRow(
        status=status(gate),
        word=word(gate),
        gate=_title(gate, names),
        id=gate.id,
        value=written.value(),
        baseline=written.baseline(),
        change=written.change(),
        rule=written.rule(),
        reason=gate.reason,
        smallest=_smallest(gate),
        brief=_brief(gate),
        bar=bar(gate),
    )


def _smallest(gate: RuleResult) -> str:
    """Write the least effect that the rows show, to two digits."""
    if gate.smallest is None or gate.smallest <= 0:
        return numbers.NONE
    places = max(0, 1 - math.floor(math.log10(gate.smallest)))
    return numbers.number(gate.smallest, places, gate.unit)


def _brief(gate: RuleResult) -> bool:
    """Whether a rule needs no line of its own: it passes, or has no baseline yet like its kind."""
    if gate.waived is not None:
        return False
    first = gate.verdict == "untested" and gate.against is not None and gate.baseline is None
    return gate.verdict == "pass" or first


def _title(gate: RuleResult, names: Names) -> str:
    policy = "" if gate.policy == names.policy else f" (policy: {gate.policy})"
    return f"{gate.title}{policy}"


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


class _Written:
    """The cells of one row, with their digits settled together.

    `places` are those of the number that is judged, by the same rule as in the sentence;
    `value_places` those of the value, as in the table of all metrics.
    """

    def __init__(
        self,
        gate: RuleResult,
        measured: Measurement | None,
        names: Names,
        limits: tuple[float, ...],
    ) -> None:
        self.gate = gate
        self.names = names
        self.of_value = gate.rule_kind in _LIMITS
        own = gate.interval if measured is None else measured.interval
        self.value_places = numbers.decimals(own, gate.value, limits)
        relative = gate.relative and gate.factor is not None
        self.unit: Unit = "percent" if relative else gate.unit
        self.point, self.bounds = (
            share_of_baseline(gate) if relative else (gate.change, gate.interval)
        )
        self.places = self._places()

    def _places(self) -> int:
        gate = self.gate
        if self.of_value:
            return numbers.decimals(gate.interval, gate.value, (gate.threshold,))
        return numbers.decimals(self.bounds, self.point, (edge_of(gate), 0.0))

    def value(self) -> str:
        gate = self.gate
        if not self.of_value:
            return numbers.number(gate.value, self.value_places, gate.unit)
        text = numbers.number(gate.value, self.places, gate.unit)
        if gate.value is not None and gate.interval == (gate.value, gate.value):
            return text  # counted, not estimated
        return f"{text} {numbers.interval(gate.interval, self.places, gate.unit)}".strip()

    def baseline(self) -> str:
        gate = self.gate
        text = numbers.number(gate.baseline, self.value_places, gate.unit)
        tagged = gate.against == "anchor" and gate.baseline is not None
        return f"{text} ({self.names.anchor})" if tagged else text

    def change(self) -> str:
        if self.of_value:
            return numbers.NONE
        text = numbers.number(self.point, self.places, self.unit, signed=True)
        if self.point is not None:
            text = numbers.with_unit(text, self.unit)
        bounds = numbers.interval(self.bounds, self.places, self.unit, signed=True)
        return f"{text} {bounds}".strip()

    def rule(self) -> str:
        gate, kind = self.gate, self.gate.rule_kind
        amount = (
            numbers.with_unit(numbers.limit(gate.threshold, 0, "percent"), "percent")
            if gate.relative
            else numbers.limit(gate.threshold, self.places, gate.unit)
        )
        of_anchor = f" than {self.names.anchor}" if gate.against == "anchor" else ""
        text = {
            "min": f"≥ {amount}",
            "max": f"≤ {amount}",
            "max_share": f"≤ {amount}",
            "min_improvement": f"≥ {amount} better{of_anchor}",
        }.get(kind, f"≤ {amount} worse{of_anchor}")
        if gate.verdict == "inconclusive" and gate.rows_needed:
            text += f": about {numbers.rows(gate.rows_needed)} rows would decide"
        if gate.waived is not None:
            text += f"; waived until {gate.waived.until}"
        elif gate.verdict in ("fail", "error") and gate.on_fail == "warn":
            text += "; warns only"
        return text


def turned(bounds: Interval, *, lower_is_better: bool) -> Interval:
    """Turn an interval so that more is better."""
    low, high = bounds
    if not lower_is_better:
        return bounds
    return (None if high is None else -high, None if low is None else -low)


def bar(gate: RuleResult) -> Bar | None:
    """Return the interval that decided, turned so that right is better, with the rule's edge."""
    if gate.interval == (None, None):
        return None
    if gate.rule_kind in _LIMITS:
        down = gate.rule_kind != "min"
        low, high = turned(gate.interval, lower_is_better=down)
        sign = -1 if down else 1
        point = None if gate.value is None else sign * gate.value
        return Bar(point, low, high, limit=sign * gate.threshold)
    down = gate.direction == "lower"
    point, bounds = (
        share_of_baseline(gate)
        if gate.relative and gate.factor is not None
        else (gate.change, gate.interval)
    )
    low, high = turned(bounds, lower_is_better=down)
    edge = gate.threshold if gate.rule_kind == "min_improvement" else -gate.threshold
    return Bar(None if point is None else -point if down else point, low, high, edge, 0.0)
