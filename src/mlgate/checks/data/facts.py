"""What each column of a table is like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.checks.data.evidence import ColumnFacts

if TYPE_CHECKING:
    from mlgate.model.table import ColumnTable

NUMBERS = ("integer", "float", "datetime")


def facts(table: ColumnTable, column: str) -> ColumnFacts:
    """Return the facts of one column; nested values are only named."""
    import numpy as np

    holds = table.kinds[column]
    if holds == "null":
        return ColumnFacts(holds=holds, nulls=table.rows, distinct=0)
    if holds == "other":
        return ColumnFacts(holds=holds, nulls=0)
    if holds in NUMBERS:
        return _numbers(table, column)
    coded = table.coded(column)
    used = np.unique(coded.codes)
    nulls = int((coded.codes < 0).sum())
    return ColumnFacts(holds=holds, nulls=nulls, distinct=int((used >= 0).sum()))


def _numbers(table: ColumnTable, column: str) -> ColumnFacts:
    import numpy as np

    values = table.numbers(column)
    missing = np.isnan(values)
    values = np.sort(values[~missing])
    distinct = int((values[1:] != values[:-1]).sum()) + 1 if len(values) else 0
    finite = values[np.isfinite(values)]
    return ColumnFacts(
        holds=table.kinds[column],
        nulls=int(missing.sum()),
        distinct=distinct,
        low=float(finite[0]) if len(finite) else None,
        high=float(finite[-1]) if len(finite) else None,
        infinite=len(values) - len(finite),
    )
