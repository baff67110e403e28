"""The metrics: every number with its interval and its change, whether or not a gate asks for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mlgate.metrics import same_order
from mlgate.model.rows import ROLES
from mlgate.report import methods
from mlgate.report.document import (
    Bar,
    Cell,
    Code,
    Column,
    Figure,
    Fold,
    NoteLine,
    Paragraph,
    Table,
    sentence,
)
from mlgate.report.figures import Forest, MetricChange
from mlgate.report.gates import edges, turned
from mlgate.text import number_format as numbers
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlgate.model.evidence import Comparison, Evidence, Interval, Measurement
    from mlgate.model.rows import Role
    from mlgate.model.verdict import RuleResult
    from mlgate.report.check_page import PageContext
    from mlgate.report.document import Content
    from mlgate.report.gates import Names

WEIGHT = 90
_METHOD: Final = (4, 5)
"""Columns of the table that say how a number was made."""
_SPREADS: Final = {"values": "value", "seeds": "seed", "splits": "split"}


def folds(
    evidence: Evidence, context: PageContext, *, title: str | None = None, figure: str | None = None
) -> Iterator[Fold]:
    """Return a check's metrics against main, and against the anchor where there is one.

    Parameters
    ----------
    title, figure
        Of the fold, and the name of its figure; by default made from the check's id.
    """
    if not evidence.metrics:
        return
    check, names = evidence.check, context.names
    content: list[Content] = []
    changes = tuple(_changes(evidence, context.gates))
    if changes:
        content.append(_figure(figure or f"changes-{check}", changes, names))
    content += [table(evidence, role, context) for role in _shown_roles(evidence)]
    spreads = tuple(_spreads(evidence.metrics))
    gated = {gate.metric for gate in context.gates if gate.check == check}
    content += [*spreads, *_methods(evidence), *_remarks(evidence, context.gates)]
    rest = {key: m for key, m in evidence.metrics.items() if key not in gated}
    others = _others(evidence.model_copy(update={"metrics": rest}), context, every=not gated)
    yield Fold(
        f"metrics-{check}",
        title or check.capitalize(),
        _finding(evidence, names),
        tuple(content),
        WEIGHT,
        short=(*others, *spreads),
    )


def _others(evidence: Evidence, context: PageContext, *, every: bool) -> Iterator[Table]:
    """Return the metrics that no gate names, briefly."""
    if evidence.metrics:
        brief = table(evidence, "main", context, brief=True)
        yield brief if every else replace(brief, caption="Those without a gate")


def others(evidence: Evidence, gates: Sequence[RuleResult], names: Names) -> Iterator[NoteLine]:
    """Count the metrics that no gate names and that are worse than main's."""
    if not gates:
        return
    gated = {gate.metric for gate in gates if gate.check == evidence.check}
    tested = list(_independent(evidence, gated))
    worse = [m.title for m in tested if _worse(gain(m.against["main"], m.direction)[1])]
    if worse:
        too = " too" if any(gate.verdict == "fail" for gate in gates) else f" than {names.main}"
        verb = "is" if len(worse) == 1 else "are"
        if len(tested) == 1:
            yield NoteLine(None, (f"{worse[0]} {verb} worse{too}.",))
            return
        of = f"{len(worse)} of {numbers.plural(len(tested), 'other metric')}"
        yield NoteLine(None, (f"{of} {verb} worse{too}: {first_of(worse, 3)}.",))


def _independent(evidence: Evidence, gated: set[str]) -> Iterator[Measurement]:
    """Return the other metrics that say more than those before them: of RMSE and R² the first."""
    counted = {same_order(name) for name in gated}
    for key, measured in _tested(evidence):
        if key not in gated and same_order(key) not in counted:
            counted.add(same_order(key))
            yield measured


def _tested(evidence: Evidence) -> Iterator[tuple[str, Measurement]]:
    """Return the metrics whose change from main has an interval and a direction."""
    for key, measured in evidence.metrics.items():
        comparison = measured.against.get("main")
        if comparison is None or measured.direction is None:
            continue
        if comparison.interval != (None, None):
            yield key, measured


def _shown_roles(evidence: Evidence) -> Iterator[Role]:
    """Return main, and the anchor where it is another commit."""
    yield "main"
    compared = any("anchor" in measured.against for measured in evidence.metrics.values())
    commits = [evidence.baselines[role].commit for role in ROLES if role in evidence.baselines]
    if compared and (len(set(commits)) > 1 or None in commits):
        yield "anchor"


def _finding(evidence: Evidence, names: Names) -> str:
    compared = [m for m in evidence.metrics.values() if "main" in m.against]
    tested = [measured for _, measured in _tested(evidence)]
    if not compared:
        absent = evidence.absent.get("main")
        yet = absent is None or absent.kind == "none_yet"
        why = "nothing to compare with yet" if yet else f"not compared with {names.main}"
        return f"{numbers.plural(len(evidence.metrics), 'metric')}, {why}"
    if not tested:
        return f"{numbers.plural(len(compared), 'metric')}, none tested against {names.main}"
    bounds = [gain(m.against["main"], m.direction)[1] for m in tested]
    worse, better = sum(map(_worse, bounds)), sum(map(_better, bounds))
    if worse:
        rest = f", {better} better" if better else ""
        return f"{worse} of {len(tested)} worse than {names.main}{rest}"
    if better:
        return f"{better} of {len(tested)} better than {names.main}"
    return f"none of {len(tested)} shown to differ from {names.main}"


def gain(comparison: Comparison, direction: str | None) -> tuple[float | None, Interval]:
    """Turn a change so that more is better."""
    down = direction == "lower"
    point = comparison.change
    return (
        -point if down and point is not None else point,
        turned(comparison.interval, lower_is_better=down),
    )


def _worse(bounds: Interval) -> bool:
    return bounds[1] is not None and bounds[1] < 0


def _better(bounds: Interval) -> bool:
    return bounds[0] is not None and bounds[0] > 0


def allowance(
    metric: tuple[str, str], role: Role, gates: Sequence[RuleResult], baseline: float | None
) -> float | None:
    """Return the loss that a gate allows, in the metric's own unit; None without such a gate."""
    kind = "max_regression" if role == "main" else "max_regression_anchor"
    for gate in gates:
        if (gate.check, gate.metric, gate.rule_kind) == (*metric, kind):
            scale = abs(baseline) if gate.relative and baseline is not None else 1.0
            return gate.threshold * scale
    return None


def _changes(evidence: Evidence, gates: Sequence[RuleResult]) -> Iterator[MetricChange]:
    for key, measured in _tested(evidence):
        comparison = measured.against["main"]
        point, (low, high) = gain(comparison, measured.direction)
        if point is None:
            continue
        allowed = allowance((evidence.check, key), "main", gates, comparison.baseline)
        yield MetricChange(
            title=measured.title,
            text=change_text(measured, comparison, edges(gates, (evidence.check, key), "main")),
            point=point,
            low=low,
            high=high,
            limit=None if allowed is None else -allowed,
            worse=_worse((low, high)),
            better=_better((low, high)),
        )


def _change_places(comparison: Comparison, edges: Sequence[float]) -> int:
    return numbers.decimals(comparison.interval, comparison.change, (0.0, *edges))


def change_text(measured: Measurement, comparison: Comparison, edges: Sequence[float] = ()) -> str:
    """Write a change with its interval, and with the digits that tell both from 0 and the edges."""
    places = _change_places(comparison, edges)
    text = numbers.number(comparison.change, places, measured.unit, signed=True)
    bounds = numbers.interval(comparison.interval, places, measured.unit, signed=True)
    return f"{text} {bounds}".strip()


def _figure(name: str, changes: tuple[MetricChange, ...], names: Names) -> Figure:
    texts = "; ".join(f"{change.title} {change.text}" for change in changes)
    return Figure(
        name=name,
        title=f"Change against {names.main}",
        alt=f"Changes against {names.main} with their intervals: {texts}",
        drawing=Forest(changes, names.main),
    )


def table(evidence: Evidence, role: Role, context: PageContext, *, brief: bool = False) -> Table:
    """Return one row a metric; if `brief`, without rows and methods."""
    names = context.names
    level = numbers.level(evidence.confidence)
    rows = tuple(
        _row(
            measured,
            measured.against.get(role),
            allowance((evidence.check, key), role, context.gates, _baseline(measured, role)),
            edges(context.gates, (evidence.check, key), None),
            edges(context.gates, (evidence.check, key), role),
        )
        for key, measured in evidence.metrics.items()
    )
    compared = any(role in m.against for m in evidence.metrics.values())
    columns = (
        Column("metric"),
        Column(f"{names.candidate} ({level} CI)", right=True),
        Column(names.of(role), right=True),
        Column(f"change ({level} CI)", right=True),
        Column("rows", right=True),
        Column("method"),
        Column("right is better"),
    )
    caption = (
        f"All metrics against {names.of(role)}" if compared else "All metrics; nothing was compared"
    )
    kept = range(len(columns)) if compared else (0, 1, *_METHOD)
    return Table(caption, columns, rows).keep(*(i for i in kept if not brief or i not in _METHOD))


def _baseline(measured: Measurement, role: Role) -> float | None:
    comparison = measured.against.get(role)
    return comparison.baseline if comparison else None


def _row(
    measured: Measurement,
    comparison: Comparison | None,
    allowed: float | None,
    value_edges: Sequence[float],
    change_edges: Sequence[float],
) -> tuple[Cell, ...]:
    """Return a metric's row, its digits as in the gates' rows."""
    places = numbers.decimals(measured.interval, measured.value, value_edges)
    if comparison is not None and numbers.differs(
        comparison.change, _change_places(comparison, change_edges)
    ):
        places = numbers.apart(places, measured.value, comparison.baseline)
    value = numbers.number(measured.value, places, measured.unit)
    bounds = numbers.interval(measured.interval, places, measured.unit)
    rows = comparison.n if comparison is not None else measured.n
    return (
        Cell(measured.title),
        Cell(f"{value} {bounds}".strip(), sort=measured.value),
        Cell(
            numbers.number(comparison.baseline if comparison else None, places, measured.unit),
            sort=comparison.baseline if comparison else None,
        ),
        Cell(
            change_text(measured, comparison, change_edges) if comparison else numbers.NONE,
            sort=comparison.change if comparison else None,
        ),
        Cell(numbers.NONE if rows is None else numbers.count(rows), sort=rows),
        Cell(_method(measured, comparison)),
        Cell("", bar=_bar(measured, comparison, allowed)),
    )


def _method(measured: Measurement, comparison: Comparison | None) -> str:
    """Name the interval's method, and what should keep a reader from trusting it."""
    if comparison is None or comparison.untested:
        own = methods.shown(measured.method)
        untested = measured.untested or (comparison and comparison.untested)
        return f"{own} (untested)" if untested else own
    paired = "" if comparison.paired else ", unpaired"
    few = ", too few rows" if comparison.insufficient else ""
    return f"{methods.shown(comparison.method)}{paired}{few}"


def _bar(measured: Measurement, comparison: Comparison | None, allowed: float | None) -> Bar | None:
    if comparison is None or measured.direction is None or comparison.interval == (None, None):
        return None
    point, (low, high) = gain(comparison, measured.direction)
    return Bar(point, low, high, None if allowed is None else -allowed, 0.0)


def _spreads(metrics: Mapping[str, Measurement]) -> Iterator[Content]:
    for measured in metrics.values():
        if measured.spread is None:
            continue
        values = ", ".join(
            f"{value:.4g}".replace("-", "−") for value in measured.spread.values[:10]
        )
        more = ", …" if len(measured.spread.values) > 10 else ""
        sd = "" if measured.spread.sd is None else f" (standard deviation {measured.spread.sd:.2g})"
        source = f" in {measured.source}" if measured.source else ""
        count = numbers.plural(len(measured.spread.values), _SPREADS[measured.spread.of])
        yield Paragraph((f"{measured.title}: {count}{source}{sd}: {values}{more}.",))


def _remarks(evidence: Evidence, gates: Sequence[RuleResult]) -> Iterator[Content]:
    """Return what was noted of a metric without a gate."""
    gated = {gate.metric for gate in gates}
    for note in evidence.notes:
        if note.metric is not None and note.metric not in gated:
            yield Paragraph(sentence(note.text))


def _methods(evidence: Evidence) -> Iterator[Content]:
    """Explain how the intervals that are shown were made."""
    shown: list[str] = []
    for measured in evidence.metrics.values():
        compared = [
            measured.against[role] for role in _shown_roles(evidence) if role in measured.against
        ]
        shown += [part.method for part in compared or (measured,) if part.untested is None]
    parts: list[str | Code] = []
    for method, text in methods.explained(shown):
        parts += [
            "; " if parts else "How the intervals were made: ",
            Code(methods.shown(method)),
            f": {text}",
        ]
    if parts:
        yield Paragraph((*parts, "."))
