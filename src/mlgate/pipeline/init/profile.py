"""Profile a file of predictions: what each column holds, and so its role."""

# ruff: noqa: S608  (names in SQL are quoted by `ident`, values by `literal`)

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlgate.errors import DataError
from mlgate.inputs import column_form, labels, paths, predictions
from mlgate.inputs.reading_errors import unreadable
from mlgate.inputs.sources import opened
from mlgate.pipeline.init.guess import (
    MAX_CLASSES,
    ColumnRoles,
    ColumnSummary,
    guess,
    named_as_key,
)
from mlgate.pipeline.init.templates import PredictionsTable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from mlgate.inputs.sources import Source

MAX_COLUMNS = 300
ENOUGH = 50
"""Rows whose scores tell which label they are of."""
OWN_COLUMNS = ("id", "label", "prediction", "score")
"""The columns that the lines of `init` write (`prediction_lines`)."""


def profile(path: Path, root: Path) -> PredictionsTable:
    """Recognise a file of predictions.

    Raises
    ------
    DataError
        When it is not a readable table.
    """
    import duckdb

    name = path.relative_to(root).as_posix()
    try:
        with opened([path], root) as (connection, [source]):
            rows = _count(connection, source)
            names = list(source.types)[:MAX_COLUMNS]
            columns = [_column(connection, source, column) for column in names]
            roles = guess(columns, rows, lambda some: _unique(connection, source, some, rows))
            return _table(connection, source, roles, name, rows)
    except duckdb.Error as error:
        raise unreadable(name, error) from None


def key(path: Path, root: Path) -> str | None:
    """Return the first column of a file of data that is called like a key, and is one; None without any.

    Raises
    ------
    DataError
        When it is not a readable table.
    """
    import duckdb

    try:
        with opened([path], root) as (connection, [source]):
            rows = _count(connection, source)
            names = (name for name in list(source.types)[:MAX_COLUMNS] if named_as_key(name))
            columns = (_column(connection, source, name) for name in names)
            return next((column.name for column in columns if column.is_key(rows)), None)
    except duckdb.Error as error:
        raise unreadable(path.relative_to(root).as_posix(), error) from None


def _count(connection: duckdb.DuckDBPyConnection, source: Source) -> int:
    return int(_row(connection, f"SELECT count(*) FROM {source.relation}")[0])


def _unique(
    connection: duckdb.DuckDBPyConnection, source: Source, some: Sequence[str], rows: int
) -> bool:
    cells = ", ".join(source.fields[name] for name in some)
    counted = f"SELECT count(*) FROM (SELECT DISTINCT {cells} FROM {source.relation})"
    return int(_row(connection, counted)[0]) == rows


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row


def _column(connection: duckdb.DuckDBPyConnection, source: Source, name: str) -> ColumnSummary:
    kind = source.kind(name)
    if kind not in ("number", "bool", "text", "cell"):
        return ColumnSummary(name, "list" if kind == "list" else "other")
    cell = source.fields[name]
    number = f"TRY_CAST({cell} AS DOUBLE)"
    text = f"CAST({cell} AS VARCHAR)"
    distinct, missing, numbers, whole, low, high, fractions, dates = _row(
        connection,
        f"SELECT count(DISTINCT {cell}), count(*) - count({cell}), "
        f"count({number}) FILTER (isfinite({number})), "
        f"bool_and({number} = trunc({number})), min({number}), max({number}), "
        f"bool_or(contains({text}, '.')), count(TRY_CAST({text} AS TIMESTAMP)) "
        f"FROM {source.relation}",
    )
    present = _count(connection, source) - missing
    numeric = kind in ("number", "cell") and numbers == present > 0
    levels = _levels(connection, source, name) if distinct <= MAX_CLASSES else None
    return ColumnSummary(
        name,
        distinct=distinct,
        missing=missing,
        numeric=numeric,
        whole=numeric and bool(whole),
        low=float(low) if numeric else None,
        high=float(high) if numeric else None,
        levels=levels,
        integral=numeric and bool(whole) and not fractions,
        date=not numeric and dates == present > 0,
    )


def _levels(connection: duckdb.DuckDBPyConnection, source: Source, name: str) -> frozenset[str]:
    cell, kind = source.fields[name], source.kind(name)
    rows = connection.execute(
        f"SELECT DISTINCT CAST({cell} AS VARCHAR) FROM {source.relation} WHERE {cell} IS NOT NULL"
    ).fetchall()
    texts = [str(row[0]) for row in rows]
    if kind == "number":
        return frozenset(map(labels.number_text, texts))
    return frozenset(column_form.meaning(texts).values())


def _table(
    connection: duckdb.DuckDBPyConnection, source: Source, roles: ColumnRoles, path: str, rows: int
) -> PredictionsTable:
    fields = source.fields
    score, positive = roles.score, None
    variation, squares = None, None
    if roles.task == "binary" and isinstance(score, str) and roles.label is not None:
        positive, why = _positive(connection, source, roles.label, score, rows)
        roles = replace(roles, reasons={**roles.reasons, "positive_label": why})
    if roles.task == "regression" and roles.label and roles.prediction:
        error = (
            f"abs(TRY_CAST({fields[roles.label]} AS DOUBLE)"
            f" - TRY_CAST({fields[roles.prediction]} AS DOUBLE))"
        )
        variation, squares = _row(
            connection,
            f"SELECT stddev_samp({error}) / nullif(avg({error}), 0), "
            f"stddev_samp({error} * {error}) / nullif(avg({error} * {error}), 0) "
            f"FROM {source.relation}",
        )
    return PredictionsTable(
        path=path,
        rows=rows,
        columns=tuple(source.types),
        task=roles.task,
        label=roles.label,
        id=roles.id,
        prediction=roles.prediction,
        score=score,
        positive_label=positive,
        row_number=roles.row_number,
        reasons=roles.reasons,
        error_variation=variation,
        square_variation=squares,
        cluster=roles.cluster,
        clusters=roles.clusters,
        time=roles.time,
        ranking=roles.ranking,
        quantiles=roles.quantiles,
        kind=roles.kind,
        numbers=roles.numbers,
        lists=tuple(name for name in fields if source.kind(name) == "list"),
    )


def _positive(
    connection: duckdb.DuckDBPyConnection, source: Source, label: str, score: str, rows: int
) -> tuple[str, str]:
    """Return the label that the score is the probability of, and why.

    Of many rows the one whose rows have the higher scores on average; of few, or where `init`'s own lines
    wrote the table, the second one in order, which is that of `predict_proba(…)[:, 1]`.
    """
    cell = f"CAST({source.fields[label]} AS VARCHAR)"
    best = _row(
        connection,
        f"SELECT {cell} FROM {source.relation} GROUP BY 1 "
        f"ORDER BY avg(TRY_CAST({source.fields[score]} AS DOUBLE)) DESC, 1 DESC LIMIT 1",
    )[0]
    levels = [
        str(row[0])
        for row in connection.execute(f"SELECT DISTINCT {cell} FROM {source.relation}").fetchall()
    ]
    number = source.kind(label) == "number"
    own = tuple(source.types) == OWN_COLUMNS
    if own or rows < ENOUGH:
        best = max(levels, key=float if number else str)
    why = "the second class in order, as in predict_proba(…)[:, 1]"
    why = why if own or rows < ENOUGH else "its rows have the higher scores"
    return labels.number_text(str(best)) if number else column_form.meaning(levels)[str(best)], why


def problem(config: Any, root: Path) -> str | None:
    """Return why predictions cannot be read as configured; None where they can."""
    try:
        values = config.metrics.columns()
        predictions.load(config.predictions, config.task, root, fresh=paths.ANY, values=values)
    except DataError as error:
        return error.message
    return None
