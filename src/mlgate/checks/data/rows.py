"""Rows of a table that are equal: to one another, to the reference's, or but for the label.

A row's hash depends on its values and their columns' names only, not on types or files: the
same row has the same hash in another table.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from mlgate.model.table import is_index

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.data.measure import DataParams
    from mlgate.model.table import ColumnTable

    Mask = NDArray[np.bool_]

NUMBERS: Final = ("integer", "float", "boolean", "datetime", "null")
"""What is read as numbers."""


def hashes(table: ColumnTable, columns: Sequence[str]) -> NDArray[np.uint64]:
    """Return the hash of each row over some columns, shape (n,)."""
    from mlgate.stats.row_hashes import of_rows

    return of_rows(((_text(name), _bits(table, name)) for name in columns), table.rows)


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


def _bits(table: ColumnTable, column: str) -> NDArray[np.uint64]:
    import numpy as np

    from mlgate.stats.row_hashes import MISSING, of_numbers

    if table.kinds[column] in NUMBERS:
        return of_numbers(table.numbers(column))
    coded = table.coded(column)
    levels: NDArray[np.uint64] = np.array([*map(_text, coded.levels), MISSING], dtype=np.uint64)
    return levels[coded.codes]


def _text(text: str) -> np.uint64:
    import numpy as np

    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))
