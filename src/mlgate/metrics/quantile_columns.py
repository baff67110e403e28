"""Several quantiles of one model (`metrics.quantiles`): the loss of each column, and what an interval of two covers.

A column's numbers are `Rows.values` under the name of its level, `quantile@0.9`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.metrics.mae import triangle
from mlgate.metrics.spec import MeanOfRows, Metric, Parametrised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mlgate.metrics.spec import Values
    from mlgate.model.metrics import Direction
    from mlgate.model.rows import Rows
    from mlgate.stats.bounded import Reach

_START: Final = "quantile@"


def key(level: float) -> str:
    """Return the name of a quantile's numbers among those of the rows."""
    return f"{_START}{level:.10g}"


def needed(name: str, levels: Iterable[float]) -> list[str]:
    """Return the levels that a metric needs and that no column has; none for all other metrics."""
    start, _, number = name.partition("@")
    needs = {"quantile_loss": _one, "quantile_coverage": _one, **dict.fromkeys(_INTERVALS, ends)}
    if start not in needs or not number:
        return []
    there = {key(level) for level in levels}
    return [
        key(level).removeprefix(_START)
        for level in needs[start](float(number))
        if key(level) not in there
    ]


def _one(level: float) -> tuple[float, ...]:
    return (level,)


def ends(share: float) -> tuple[float, ...]:
    """Return the levels of the two quantiles between which a share of all values should lie, as much outside on each side."""
    return (1 - share) / 2, (1 + share) / 2


def _metric(
    name: str,
    title: str,
    direction: Direction | None,
    levels: tuple[float, ...],
    method: MeanOfRows,
) -> Metric:
    """Return a metric of one or more quantiles; none is all that there are."""

    def unfit(rows: Rows) -> str | None:
        lacking = [key(level) for level in levels if key(level) not in rows.values]
        if lacking or not _levels(rows):
            level = lacking[0].removeprefix(_START) if lacking else ""
            return (
                f"metrics.quantiles names no column{f' of the quantile {level}' if level else ''}"
            )
        return None

    covered = "coverage" in name
    return Metric(
        name=name,
        title=title,
        direction=direction,
        unit="share" if covered else "number",
        tasks=("regression",),
        method=method,
        by_default=False,
        unfit=unfit,
    )


def _levels(rows: Rows) -> list[float]:
    return [float(name.removeprefix(_START)) for name in rows.values if name.startswith(_START)]


def _losses(of: Callable[[Rows], Iterable[float]]) -> MeanOfRows:
    """Return how the pinball loss is measured, the mean over some levels."""

    def loss(rows: Rows) -> Values:
        from mlgate.stats import means

        levels = [*of(rows)]
        each = [means.pinball_loss(rows.y_true, rows.values[key(a)], a) for a in levels]
        losses: Values = sum(each[1:], each[0]) / len(each)
        return losses

    def moved(rows: Rows, baseline: Rows) -> Values:
        import numpy as np

        levels = [*of(rows)]
        each = [
            max(a, 1 - a) * np.abs(rows.values[key(a)] - baseline.values[key(a)]) for a in levels
        ]
        most: Values = sum(each[1:], each[0]) / len(each)
        return most

    def reach(rows: Rows, baseline: Rows | None, factor: float) -> Reach:
        return triangle(loss, moved, rows, baseline, factor)

    return MeanOfRows(loss, reach)


def _loss(level: float) -> Metric:
    method = _losses(lambda _: (level,))
    return _metric(f"quantile_loss@{level:g}", f"pinball loss of the quantile {level:g}", "lower", (level,), method)  # fmt: skip


def _coverage(level: float) -> Metric:
    def covered(rows: Rows) -> Values:
        below: Values = (rows.y_true <= rows.values[key(level)]).astype(float)
        return below

    name, title = f"quantile_coverage@{level:g}", f"coverage of the quantile {level:g}"
    return _metric(name, title, None, (level,), MeanOfRows(covered, _share))


def _interval_coverage(share: float) -> Metric:
    low, high = ends(share)

    def covered(rows: Rows) -> Values:
        above = rows.y_true >= rows.values[key(low)]
        within: Values = (above & (rows.y_true <= rows.values[key(high)])).astype(float)
        return within

    name, title = f"interval_coverage@{share:g}", f"coverage of the {100 * share:g} % interval"
    return _metric(name, title, None, (low, high), MeanOfRows(covered, _share))


def _interval_width(share: float) -> Metric:
    low, high = ends(share)

    def width(rows: Rows) -> Values:
        widths: Values = rows.values[key(high)] - rows.values[key(low)]
        return widths

    def reach(rows: Rows, baseline: Rows | None, factor: float) -> Reach:
        from mlgate.stats import bounded

        other = None if baseline is None else width(baseline)
        return bounded.of_numbers(width(rows), other, factor=factor)

    name, title = f"interval_width@{share:g}", f"width of the {100 * share:g} % interval"
    return _metric(name, title, "lower", (low, high), MeanOfRows(width, reach))


def _share(_rows: Rows, baseline: Rows | None, factor: float) -> Reach:
    from mlgate.stats import bounded

    return bounded.of_range(0.0, 1.0, factor=None if baseline is None else factor)


_INTERVALS: Final = ("interval_coverage", "interval_width")
METRICS: Final = (
    _metric("quantile_loss", "pinball loss of all quantiles", "lower", (), _losses(_levels)),
    Parametrised("quantile_loss", _loss, 0.9),
    Parametrised("quantile_coverage", _coverage, 0.9),
    Parametrised("interval_coverage", _interval_coverage, 0.8),
    Parametrised("interval_width", _interval_width, 0.8),
)
