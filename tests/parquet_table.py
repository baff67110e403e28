"""A table of columns as the checks get it: read from a Parquet file, which lasts as long as the tests."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from mlgate.inputs.column_table import open_parquet

if TYPE_CHECKING:
    from mlgate.model.table import ColumnTable


def parquet_table(columns: dict[str, Any], name: str) -> ColumnTable:
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    path = Path(folder) / "table.parquet"
    pq.write_table(pa.table(columns), path)
    return open_parquet([path], [name], name)
