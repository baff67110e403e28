"""What looks wrong with the times of rows (`predictions.time`), whether a rule asks or not."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from mlgate.checks.data import rules
from mlgate.checks.data.evidence import DataFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.data.evidence import FindingKind
    from mlgate.checks.data.measure import DataParams
    from mlgate.model.inputs import Stamp
    from mlgate.model.table import ColumnTable

TIMES = ("datetime", "integer", "float")


def find(
    table: ColumnTable, reference: ColumnTable | None, stamp: Stamp, params: DataParams
) -> Iterator[DataFinding]:
    """Yield rows that go back in time, lie in the future, or are all older than the reference."""
    if params.time is None or table.kinds.get(params.time) not in TIMES:
        return
    import numpy as np

    values = table.numbers(params.time)
    if np.isnan(values).all():
        return
    back = rules.goes_back(values)
    if back.any():
        yield _finding("backwards", back, "are earlier than the row before", table, params)
    if table.kinds[params.time] == "datetime":
        began = dt.datetime.fromisoformat(stamp.created).timestamp()
        future = values > began
        if future.any():
            yield _finding("future", future, "are later than the start of this run", table, params)
    if reference is None or reference.kinds.get(params.time) != table.kinds[params.time]:
        return
    earlier = reference.numbers(params.time)
    if not np.isnan(earlier).all() and np.nanmax(values) < np.nanmin(earlier):
        detail = "are all earlier than the first of the reference"
        yield _finding("stale", ~np.isnan(values), detail, table, params)


def _finding(
    kind: FindingKind, wrong: NDArray[np.bool_], detail: str, table: ColumnTable, params: DataParams
) -> DataFinding:
    return DataFinding(
        kind=kind,
        column=params.time,
        count=int(wrong.sum()),
        of=table.rows,
        detail=detail,
        example=rules.example(table, wrong, params.time, mask=params.mask),
    )
