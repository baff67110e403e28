"""A 64-bit hash of each row of a table.

It depends on the row's values and their columns' names only, not on types or files: the same row has
the same hash in another table.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.model.table import ColumnTable

NUMBERS: Final = ("integer", "float", "boolean", "datetime", "null")
"""What is read as numbers."""


def hashes(table: ColumnTable, columns: Sequence[str]) -> NDArray[np.uint64]:
    """Return the hash of each row over some columns, shape (n,)."""
    from mlgate.stats.row_hashes import of_rows

    return of_rows(((_text(name), _bits(table, name)) for name in columns), table.rows)


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
