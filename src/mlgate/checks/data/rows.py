"""Rows of a table that are equal: to one another, to the reference's, or but for the label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.metrics.table_hashes import hashes
from mlgate.model.table import is_index

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.data.measure import DataParams
    from mlgate.model.table import ColumnTable

    Mask = NDArray[np.bool_]


def compared(
    table: ColumnTable, params: DataParams, *, without: Sequence[str | None] = ()
) -> tuple[str, ...]:
    """Return the columns that make two rows equal."""
    left_out = {*params.ignore, *params.id, *without}
    return tuple(
        name
        for name, holds in table.kinds.items()
        if holds != "other" and name not in left_out and not is_index(name)
    )


def duplicates(table: ColumnTable, params: DataParams) -> Mask:
    """Return whether each row equals an earlier one."""
    from mlgate.stats.row_hashes import repeated

    return repeated(hashes(table, compared(table, params)))


def repeated_ids(table: ColumnTable, params: DataParams) -> Mask:
    """Return whether an earlier row has each row's id (`predictions.id`)."""
    from mlgate.stats.row_hashes import repeated

    return repeated(hashes(table, params.id))


def leaked(table: ColumnTable, reference: ColumnTable, params: DataParams) -> Mask:
    """Return whether the reference has a row with the same features as each row."""
    import numpy as np

    columns = [
        name
        for name in compared(table, params, without=[params.label])
        if reference.kinds.get(name, "other") != "other"
    ]
    if not columns:
        return np.zeros(table.rows, dtype=bool)
    return np.isin(hashes(table, columns), hashes(reference, columns))


def conflicting(table: ColumnTable, params: DataParams) -> Mask:
    """Return whether each row's label contradicts those of equal rows."""
    from mlgate.stats.row_hashes import contradicted

    assert params.label is not None
    columns = compared(table, params, without=[params.label])
    return contradicted(hashes(table, columns), table.coded(params.label).codes)
