"""The rows on which two models differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path


def test_exactly_the_rows_that_differ_are_written_newly_wrong_ones_first(tmp_path: Path) -> None:
    from mlgate.inputs import predictions
    from mlgate.inputs.changed import write_changed
    from mlgate.inputs.pairing import pair_candidates
    from mlgate.inputs.paths import ANY
    from mlgate.pipeline.tables.compare_files import Columns

    (tmp_path / "old.csv").write_text("id,y,p\na,yes,yes\nb,no,no\nc,yes,no\ngone,no,no\n")
    (tmp_path / "new.csv").write_text("id,y,p\nnew,no,no\nc,yes,yes\nb,no,no\na,yes,no\n")
    columns = {"label": "y", "prediction": "p", "score": None, "id": ("id",)}
    old, new = (
        predictions.load(Columns(path=name, **columns), "binary", tmp_path, fresh=ANY)  # type: ignore[arg-type]
        for name in ("old.csv", "new.csv")
    )
    write_changed(tmp_path / "changed.parquet", new, pair_candidates(new, old))
    assert pq.read_table(tmp_path / "changed.parquet").to_pylist() == [
        {"id": "a", "label": "yes", "main": "yes", "this_commit": "no"},
        {"id": "c", "label": "yes", "main": "no", "this_commit": "yes"},
    ]
