"""Two tables for the benchmark of drift: 20 columns of numbers, 10 of levels, some drifted.

    python -m benchmarks.drift_data FOLDER ROWS [COLUMNS]

Numbers are normal, lognormal, exponential and whole (with ties) in turn; levels are 2 to 1,000;
1 % of the values of every column are missing. In the current table every fifth column of
numbers is shifted by .2, and every fourth of levels has its first level twice as often. Written
in parts of a million rows, so that a table may be larger than memory.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

PART = 1_000_000
NUMBERS, LEVELS = 20, 10
SIZES = (2, 3, 5, 8, 12, 20, 50, 100, 300, 1_000)


def columns(random: np.random.Generator, n: int, times: int, *, drifted: bool) -> pa.Table:
    """Give n rows of the 30 columns, `times` over."""
    found = {}
    for index in range(NUMBERS * times):
        values = _numbers(random, index, n)
        if drifted and index % 5 == 0:
            values = values + 0.2 * values.std()
        kept = np.round(values) if index % 4 == 3 else values
        found[f"number_{index}"] = pa.array(kept, mask=random.random(n) < 0.01)
    for index in range(LEVELS * times):
        size = SIZES[index % len(SIZES)]
        shares = 1 / np.arange(1, size + 1)
        if drifted and index % 4 == 0:
            shares[0] *= 2
        codes = random.choice(size, n, p=shares / shares.sum()).astype(np.int32)
        names = pa.array([f"level {k}" for k in range(size)])
        coded = pa.array(codes, mask=random.random(n) < 0.01)
        text = pa.DictionaryArray.from_arrays(coded, names).cast(pa.string())
        found[f"level_{index}"] = text
    return pa.table(found)


def _numbers(random: np.random.Generator, index: int, n: int) -> np.ndarray:
    draw = (
        lambda: random.normal(size=n),
        lambda: random.lognormal(size=n),
        lambda: random.exponential(size=n),
        lambda: random.normal(50, 15, size=n),
    )
    return draw[index % 4]()


def write(folder: Path, rows: int, times: int = 1) -> None:
    """Write reference.parquet and current.parquet."""
    for side, (name, drifted) in enumerate((("reference", False), ("current", True))):
        random = np.random.default_rng([side, rows])
        writer = None
        for start in range(0, rows, PART):
            part = columns(random, min(PART, rows - start), times, drifted=drifted)
            writer = writer or pq.ParquetWriter(folder / f"{name}.parquet", part.schema)
            writer.write_table(part)
        assert writer is not None
        writer.close()


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
