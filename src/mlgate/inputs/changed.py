"""changed.parquet: the rows on which two models differ, for the author's eyes only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlgate.files import write_atomic
from mlgate.inputs.parquet_files import parquet_of

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
    write_atomic(path, parquet_of(columns))


def _losses(rows: Rows, at: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the errors of some rows: 0 or 1, or their sizes."""
    import numpy as np

    if rows.task == "regression":
        errors = np.abs(rows.y_pred[at] - rows.y_true[at])
    else:
        errors = rows.y_pred[at] != rows.y_true[at]
    return np.asarray(errors, np.float64)


def _sides(paired: PairedRows, differs: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
    new, old = paired.candidate, paired.baseline
    if new.task != "scores":
        return {
            "label": _labels(new.take(differs)),
            "main": _named(old, old.y_pred[differs]),
            "this_commit": _named(new, new.y_pred[differs]),
        }
    return {
        f"{name}: {called}": side.values[name][differs]
        for name in sorted(new.values.keys() & old.values.keys())
        for called, side in (("main", old), ("this commit", new))
    }


def _labels(rows: Rows) -> NDArray[Any]:
    """Return labels by their names; of rows without one an empty text."""
    if rows.unlabelled is None:
        return _named(rows, rows.y_true)
    labels = zip(rows.y_true, rows.unlabelled, strict=True)
    return _text(["" if lacks else rows.classes[code] for code, lacks in labels])


def _named(rows: Rows, values: NDArray[Any]) -> NDArray[Any]:
    """Return classes by their names and numbers as they are."""
    return _text([rows.classes[code] for code in values]) if rows.classes else values


def _text(values: Sequence[str]) -> NDArray[Any]:
    import numpy as np

    return np.array(values, dtype=object)
