"""changed.parquet: the rows on which two models differ, for the author's eyes only."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from mlgate.files import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    from mlgate.inputs.predictions import Candidate
    from mlgate.model.rows import Paired, Rows


def write_changed(path: Path, candidate: Candidate, paired: Paired) -> None:
    """Write id, label and both predictions of every paired row whose predictions differ.

    Unlike rows.parquet it holds plain ids and labels. Regression: predictions differ in any
    digit.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    assert candidate.ids is not None
    assert paired.index is not None
    differs = paired.candidate.y_pred != paired.baseline.y_pred
    table = pa.table(
        {
            "id": pa.array([str(one) for one in candidate.ids[paired.index[differs]]]),
            "label": _named(paired.candidate, paired.candidate.y_true[differs]),
            "main": _named(paired.baseline, paired.baseline.y_pred[differs]),
            "this_commit": _named(paired.candidate, paired.candidate.y_pred[differs]),
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    write_atomic(path, out.getvalue())


def _named(rows: Rows, values: Any) -> Any:
    """Give classes by their names and numbers as they are."""
    import pyarrow as pa

    if rows.task == "regression":
        return pa.array(values.tolist(), pa.float64())
    return pa.array([rows.classes[code] for code in values], pa.string())
