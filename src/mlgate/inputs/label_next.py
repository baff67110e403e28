"""label-next.csv: the ids of rows to label, in the order in which their labels count."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from mlgate.files import write_atomic
from mlgate.inputs.row_ids import parts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mlgate.inputs.predictions import Candidate


def write_label_next(path: Path, candidate: Candidate, rows: Sequence[int]) -> None:
    """Write the ids of some rows, a column for each that makes an id.

    Parameters
    ----------
    rows
        Positions in the candidate's file, in the order to label them in.
    """
    text = io.StringIO()
    written = csv.writer(text, lineterminator="\n")
    written.writerow(candidate.id_columns)
    written.writerows(label_ids(candidate, rows))
    write_atomic(path, text.getvalue())


def label_ids(candidate: Candidate, rows: Sequence[int]) -> list[tuple[str, ...]]:
    """Return the ids of some rows, by column."""
    assert candidate.ids is not None
    columns = len(candidate.id_columns)
    return [parts(str(candidate.ids[row]), columns) for row in rows]
