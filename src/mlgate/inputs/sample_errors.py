"""Samples that failed: what their numbers are, and which rows they are.

A failed sample never leaves the candidate's side: it counts as wrong, with the worst number that a row
can have, or nothing is measured. Only rows that failed at the baseline are left out of a comparison.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from mlgate.errors import DataError
from mlgate.text.lists import and_more

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.inputs.columns import LoadedTable
    from mlgate.inputs.predictions import Key
    from mlgate.model.evidence import RowCounts
    from mlgate.model.metrics import Direction

Handling = Literal["block", "wrong", "drop"]
_RATE: tuple[float, float] = (0.0, 1.0)


class ErrorSetting(Protocol):
    """What is read of `predictions.errors`."""

    @property
    def column(self) -> str | None: ...
    @property
    def handling(self) -> Handling: ...


class RowNumber(Protocol):
    """What is read of an entry of `metrics.rows` or `metrics.quantiles`; `column`: the name where it is another."""

    @property
    def column(self) -> str | None: ...
    @property
    def direction(self) -> Direction | None: ...
    @property
    def range(self) -> tuple[float, float] | None: ...
    @property
    def human(self) -> str | None: ...
    @property
    def judge(self) -> str | None: ...


def numbers(
    table: LoadedTable, columns: Mapping[str, RowNumber], errors: ErrorSetting, key: Key
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.bool_] | None]:
    """Return columns of numbers, and the rows that failed; None where none did.

    A row failed where the column of errors says so, and where it lacks one of the numbers.

    Raises
    ------
    DataError
        When samples failed and must not, or when nothing says what the worst number of a row is.
    """
    failed = table.filled(errors.column) if errors.column else None
    if errors.handling == "block":
        if failed is not None and failed.any():
            raise _blocked(table, failed, errors, key)
        return {name: table.numbers(name) for name in columns}, None
    return _with_worst(table, columns, failed)


def described(counts: RowCounts, name: str, errors: ErrorSetting | None) -> str:
    """Return how many samples failed on either side, and what became of them.

    Parameters
    ----------
    name
        What the baseline is called.
    """
    wrong = errors is not None and errors.handling == "wrong"
    how = "counted as wrong as well" if wrong else "left out on both sides"
    return (
        f"Failed samples among the {counts.paired:,} rows that {name} has as well: {counts.failed:,}"
        f" here, counted as wrong; {counts.baseline_failed:,} there, {how}."
    )


def _with_worst(
    table: LoadedTable, columns: Mapping[str, RowNumber], failed: NDArray[np.bool_] | None
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.bool_] | None]:
    import numpy as np

    values = {name: table.numbers(name, optional=True) for name in columns}
    failed = np.zeros(table.n, dtype=np.bool_) if failed is None else failed
    failed = failed | np.any([np.isnan(column) for column in values.values()], axis=0)
    if not failed.any():
        return values, None
    for name, column in values.items():
        column[failed] = _worst(table, name, columns[name], column[~failed])
    return values, failed


def _worst(table: LoadedTable, name: str, number: RowNumber, others: NDArray[np.float64]) -> float:
    """Return the worst number that a row can have: by its range, or 0 or 1 of a rate."""
    ends = number.range
    if ends is None and len(others) and set(others.tolist()) <= set(_RATE):
        ends = _RATE
    if ends is None:
        msg = (
            f"{table.describe(name)}: {table.n - len(others):,} of {table.n:,} samples failed, and "
            "nothing says what the worst number of a row is"
        )
        hint = f"declare it with the direction: {name}: {{direction: {number.direction}, range: [0, 1]}}"
        raise DataError(msg, hint=hint)
    return ends[0] if number.direction == "higher" else ends[1]


def _blocked(
    table: LoadedTable, failed: NDArray[np.bool_], errors: ErrorSetting, key: Key
) -> DataError:
    count, first = int(failed.sum()), int(failed.argmax())
    assert errors.column is not None
    unquoted = f"{key('errors')}: {count:,} of {table.n:,} samples failed"
    text = table.text_of(errors.column, first)[:200]
    msg = f"{unquoted}: {text!r} at {table.place(first)}{and_more(count - 1)}"
    hint = (
        "run them again; or `wrong` counts each as wrong, and `drop` also leaves out what failed at "
        "the baseline"
    )
    return DataError(msg, hint=hint, unquoted=unquoted)
