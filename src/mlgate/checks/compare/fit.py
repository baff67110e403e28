"""Which of the requested metrics these predictions allow; all that they do not are reported at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.errors import DataError
from mlgate.metrics import AVERAGED, METRICS, cost
from mlgate.metrics.column_statistics import ColumnStatistic, without_human

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from mlgate.checks.compare.params import RequestedMetric
    from mlgate.model.rows import Rows


def fitting(
    requested: Iterable[RequestedMetric], rows: Rows | None, reported: Container[str]
) -> tuple[tuple[RequestedMetric, ...], dict[str, str]]:
    """Return the metrics to measure on `rows`, and why others that gates ask for cannot be.

    Parameters
    ----------
    reported
        Names in the metric files: what the predictions cannot give is taken from there.

    Raises
    ------
    DataError
        For listed metrics that neither can give, with the names that fit.
    """
    problems: list[str] = []
    fit: list[RequestedMetric] = []
    refused: dict[str, str] = {}
    for metric in requested:
        problem = _problem(metric, rows) or _outside(metric, rows)
        if problem is None:
            fit.append(metric)
        elif metric.name not in reported and metric.listed:
            problems.append(f"{metric.name}: {problem}")
        elif metric.name not in reported:
            refused[metric.name] = problem
    if problems:
        raise DataError("\n".join(problems), hint=_hint(rows))
    return tuple(fit), refused


def available(metric: RequestedMetric, rows: Rows) -> bool:
    """Whether a side has what the metric needs (a baseline may have been kept without)."""
    return _problem(metric, rows) is None


def _problem(metric: RequestedMetric, rows: Rows | None) -> str | None:
    if rows is None:
        return "there are no predictions to compute it from"
    if metric.origin == "custom":
        return None
    if metric.origin == "rows":
        return _of_column(metric, rows)
    if metric.origin == "cost":
        return cost.unfit(rows, metric.costs)
    return _unknown(metric.name, rows)


def _of_column(metric: RequestedMetric, rows: Rows) -> str | None:
    names = ", ".join(sorted(rows.values)) or "none"
    column = metric.source or metric.name
    if column not in rows.values:
        return f"no such column of numbers (there are: {names})"
    if metric.human and metric.statistic is None:
        return without_human(rows, column)
    if metric.statistic is None or not len(rows):
        return None
    return ColumnStatistic(column, metric.statistic).unfit(rows)


def _outside(metric: RequestedMetric, rows: Rows | None) -> str | None:
    """Return why a column contradicts the range that is declared for it."""
    import numpy as np

    if metric.origin != "rows" or metric.range is None or not rows:
        return None
    column = metric.source or metric.name
    human = rows.judged[column].human if column in rows.judged else None
    low, high = metric.range
    for whose, numbers in (("its", rows.values[column]), ("humans'", human)):
        if numbers is not None and ((numbers < low) | (numbers > high)).any():
            seen = f"{np.nanmin(numbers):g} to {np.nanmax(numbers):g}"
            return f"its range is declared as {low:g} to {high:g}, and {whose} numbers are {seen}"
    return None


def _unknown(name: str, rows: Rows) -> str | None:
    spec = METRICS.get(name)
    if spec is None:
        return "no metric of this name is known"
    if rows.task == "multiclass" and name in AVERAGED:
        choices = ", ".join(f"{name}_{average}" for average in ("macro", "micro", "weighted"))
        return f"with several classes it needs an average: {choices}"
    if rows.task not in spec.tasks:
        return f"it is not defined for {rows.task}"
    if spec.needs_score and rows.score is None:
        return "it needs scores, and no column is named as `score`"
    return spec.unfit(rows) if len(rows) else None


def _hint(rows: Rows | None) -> str:
    if rows is None:
        return "name the predictions file under predictions:"
    if rows.task == "scores":
        return "name the columns of numbers as `rows`"
    fit = [name for name in METRICS if _unknown(name, rows) is None]
    return f"metrics of {rows.task} that these predictions give: {', '.join(fit)}"
