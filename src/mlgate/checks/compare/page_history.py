"""How the metrics moved over the last runs of main, this run last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.checks.compare.figures import History, Trajectory
from mlgate.report.document import Cell, Column, Figure, Fold, Table, Trend
from mlgate.text import number_format as numbers
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.model.evidence import CompareEvidence, HistoryPoint, Measurement
    from mlgate.model.verdict import RuleResult
    from mlgate.report.document import Content
    from mlgate.report.gates import Names

RUNS = 20
METRICS = 3


def fold(evidence: CompareEvidence, gates: Sequence[RuleResult], names: Names) -> Fold | None:
    """Return the history of the gated metrics (of all, where none is gated)."""
    points = evidence.history[-RUNS:]
    keys = _keys(evidence, gates)
    if len(points) < 2 or not keys:
        return None
    figure = Figure(
        "history",
        f"The last {len(points)} runs of {names.main}",
        f"{', '.join(evidence.metrics[key].title for key in keys)} over the last {len(points)}"
        f" runs of {names.main} and this one: the table beside it has the numbers",
        History(tuple(_trajectory(key, evidence, points, names) for key in keys)),
    )
    drawn: tuple[Content, ...] = (figure, *_trend(keys[0], evidence, points))
    return Fold(
        "history",
        "History",
        _finding(evidence, keys[0], points, names),
        (*drawn, _table(keys, evidence, points, names)),
        40,
        short=drawn,
    )


def _keys(evidence: CompareEvidence, gates: Sequence[RuleResult]) -> list[str]:
    gated = [gate.metric for gate in gates if gate.check == evidence.check]
    keys = dict.fromkeys([*gated, *evidence.metrics])
    kept = {
        key
        for point in evidence.history
        for key, value in point.metrics.items()
        if value is not None
    }
    return [key for key in keys if key in kept and key in evidence.metrics][:METRICS]


def _values(
    key: str, evidence: CompareEvidence, points: Sequence[HistoryPoint]
) -> tuple[float | None, ...]:
    return (*(point.metrics.get(key) for point in points), evidence.metrics[key].value)


def _trajectory(
    key: str, evidence: CompareEvidence, points: Sequence[HistoryPoint], names: Names
) -> Trajectory:
    measured = evidence.metrics[key]
    return Trajectory(
        title=measured.title,
        labels=(*(short_sha(point.commit) for point in points), names.candidate),
        values=_values(key, evidence, points),
        anchors=tuple((i, point.tag) for i, point in enumerate(points) if point.tag),
        unit=measured.unit,
        places=_places(measured),
    )


def _places(measured: Measurement) -> int:
    return numbers.decimals(measured.interval, measured.value)


def _finding(
    evidence: CompareEvidence, key: str, points: Sequence[HistoryPoint], names: Names
) -> str:
    measured = evidence.metrics[key]
    values = [value for value in _values(key, evidence, points)[:-1] if value is not None]
    runs = numbers.plural(len(points), "run")
    if not values:
        return f"{runs} of {names.main}"
    low, high = (
        numbers.number(end, _places(measured), measured.unit) for end in (min(values), max(values))
    )
    extent = low if low == high else f"{low} to {high}"
    return f"{measured.title} {extent} over the last {runs} of {names.main}"


def _trend(
    key: str, evidence: CompareEvidence, points: Sequence[HistoryPoint]
) -> tuple[Trend, ...]:
    values = _values(key, evidence, points)
    defined = tuple(value for value in values if value is not None)
    if len(defined) != len(values):
        return ()
    # Commits would overlap: runs are counted back from this one, 0.
    labels = (*(point.tag or str(i - len(points)) for i, point in enumerate(points)), "0")
    title = f"{evidence.metrics[key].title}, the last {len(points)} runs and this one"
    return (Trend(title, labels, defined),)


def _table(
    keys: Sequence[str], evidence: CompareEvidence, points: Sequence[HistoryPoint], names: Names
) -> Table:
    measured = [evidence.metrics[key] for key in keys]

    def row(name: str, when: str, verdict: str, values: Sequence[float | None]) -> tuple[Cell, ...]:
        cells = (
            Cell(numbers.number(value, _places(metric), metric.unit), sort=value)
            for value, metric in zip(values, measured, strict=True)
        )
        return (Cell(name, code=True), Cell(when), Cell(verdict), *cells)

    now = row(
        short_sha(evidence.commit),
        numbers.time(evidence.created),
        names.candidate,
        [metric.value for metric in measured],
    )
    earlier = [
        row(
            short_sha(point.commit) + (f" {point.tag}" if point.tag else ""),
            numbers.time(point.created),
            point.verdict or numbers.NONE,
            [point.metrics.get(key) for key in keys],
        )
        for point in reversed(points)
    ]
    return Table(
        f"Runs of {names.main}, newest first",
        (
            Column("commit"),
            Column("run"),
            Column("verdict"),
            *(Column(metric.title, right=True) for metric in measured),
        ),
        (now, *earlier),
    )
