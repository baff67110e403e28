"""Which of the wanted metrics these predictions can give; all that do not fit are told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.errors import DataError
from mlgate.metrics import AVERAGED, METRICS

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from mlgate.checks.compare.params import MetricSpec
    from mlgate.model.rows import Rows


def fitting(
    wanted: Iterable[MetricSpec], rows: Rows | None, reported: Container[str]
) -> tuple[tuple[MetricSpec, ...], dict[str, str]]:
    """Give the metrics to measure on `rows`, and why others that gates ask for cannot be.

    Parameters
    ----------
    reported
        Names in the metric files: what the predictions cannot give is taken from there.

    Raises
    ------
    DataError
        For listed metrics that neither can give, with the names that fit.
    """
    told: list[str] = []
    fit: list[MetricSpec] = []
    refused: dict[str, str] = {}
    for one in wanted:
        problem = _problem(one, rows)
        if problem is None:
            fit.append(one)
        elif one.name not in reported and one.listed:
            told.append(f"{one.name}: {problem}")
        elif one.name not in reported:
            refused[one.name] = problem
    if told:
        raise DataError("\n".join(told), hint=_hint(rows))
    return tuple(fit), refused


def available(one: MetricSpec, rows: Rows) -> bool:
    """Whether a side has what the metric needs (a baseline may have been kept without)."""
    return _problem(one, rows) is None


def _problem(one: MetricSpec, rows: Rows | None) -> str | None:
    if rows is None:
        return "there are no predictions to compute it from"
    if one.origin == "custom":
        return None
    if one.origin == "rows":
        names = ", ".join(sorted(rows.values)) or "none"
        there = (one.source or one.name) in rows.values
        return None if there else f"no such column of numbers (there are: {names})"
    return _unknown(one.name, rows)


def _unknown(name: str, rows: Rows) -> str | None:
    known = METRICS.get(name)
    if known is None:
        return "no metric of this name is known"
    if rows.task == "multiclass" and name in AVERAGED:
        choices = ", ".join(f"{name}_{average}" for average in ("macro", "micro", "weighted"))
        return f"with several classes it needs an average: {choices}"
    if rows.task not in known.tasks:
        return f"it is not defined for {rows.task}"
    if known.needs_score and rows.score is None:
        return "it needs scores, and the predictions have none (predictions.score)"
    return None


def _hint(rows: Rows | None) -> str:
    if rows is None:
        return "name the predictions file under predictions:"
    fit = [name for name in METRICS if _unknown(name, rows) is None]
    return f"metrics of {rows.task} that these predictions give: {', '.join(fit)}"
