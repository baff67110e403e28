"""changed.parquet: the rows on which two models differ, for the author's eyes only."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from mlgate.files import write_atomic

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.inputs.predictions import Candidate
    from mlgate.model.rows import PairedRows, Rows


def write_changed(path: Path, candidate: Candidate, paired: PairedRows) -> None:
    """Write id, label and both predictions of every paired row whose predictions differ.

    Rows that the candidate is newly wrong on come first, then those that it is newly right on;
    of a regression those whose error grew most; last come rows without a label. Unlike
    rows.parquet it holds plain ids and labels. Regression: predictions differ in any digit. Scores:
    both sides' numbers, of every row that has another one.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    assert candidate.ids is not None
    assert paired.index is not None
    differs = np.flatnonzero(paired.differing())
    if paired.candidate.task != "scores":
        new, old = (_losses(side, differs) for side in (paired.candidate, paired.baseline))
        worse = new - old
        if paired.candidate.unlabelled is not None:
            worse[paired.candidate.unlabelled[differs]] = 0
        differs = differs[np.lexsort((-worse, worse == 0))]
    columns = {
        "id": _text([str(row_id) for row_id in candidate.ids[paired.index[differs]]]),
        **_sides(paired, differs),
    }
    out = io.BytesIO()
    table = pa.Table.from_arrays(list(columns.values()), names=list(columns))
    pq.write_table(table, out, compression="zstd")
    write_atomic(path, out.getvalue())


def _losses(rows: Rows, at: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the errors of some rows: 0 or 1, or their sizes."""
    import numpy as np

    if rows.task == "regression":
        errors = np.abs(rows.y_pred[at] - rows.y_true[at])
    else:
        errors = rows.y_pred[at] != rows.y_true[at]
    return np.asarray(errors, np.float64)


def _sides(paired: PairedRows, differs: NDArray[np.intp]) -> dict[str, Any]:
    new, old = paired.candidate, paired.baseline
    if new.task != "scores":
        return {
            "label": _labels(new.take(differs)),
            "main": _named(old, old.y_pred[differs]),
            "this_commit": _named(new, new.y_pred[differs]),
        }
    return {
        f"{name}: {called}": _numbers(side.values[name][differs])
        for name in sorted(new.values.keys() & old.values.keys())
        for called, side in (("main", old), ("this commit", new))
    }


def _labels(rows: Rows) -> Any:
    """Return labels by their names; of rows without one an empty text."""
    if rows.unlabelled is None:
        return _named(rows, rows.y_true)
    labels = zip(rows.y_true, rows.unlabelled, strict=True)
    return _text(["" if lacks else rows.classes[code] for code, lacks in labels])


def _named(rows: Rows, values: NDArray[Any]) -> Any:
    """Return classes by their names and numbers as they are."""
    return _text([rows.classes[code] for code in values]) if rows.classes else _numbers(values)


def _numbers(values: NDArray[Any]) -> Any:
    import numpy as np
    import pyarrow as pa

    data = np.ascontiguousarray(values, dtype=np.float64)
    return pa.Array.from_buffers(pa.float64(), len(data), [None, pa.py_buffer(data)])


def _text(values: Sequence[str]) -> Any:
    """Return an Arrow array of text. `pyarrow.array` would import pandas where it is installed."""
    import numpy as np
    import pyarrow as pa

    encoded = [value.encode() for value in values]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.large_string(), len(encoded), buffers)
