"""`mlgate diff` of two Parquet files of a million rows × 12 columns, against reading them.

    python -m benchmarks data_diff_speed

One per cent of the rows is gone, one per cent is new, two per cent changed in one column. Every figure is of a
whole process; “reading” is one that decodes both files with pyarrow and drops them. CPU seconds are user
and system time of all threads, the lowest of three runs. What a
sample costs (`baseline.sketch`) is measured within a process.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.drift_speed import cost

ROOT = Path(__file__).parents[1]
ROWS = 1_000_000
READING = """\
import pyarrow.parquet as pq
for name in ("old", "new"):
    pq.read_table(f"{name}.parquet")
"""


def tables(folder: Path) -> None:
    """Write both versions."""
    rng = np.random.default_rng(0)
    old = _columns(rng, ROWS, 0)
    kept = rng.random(ROWS) > 0.01
    new = {name: values[kept] for name, values in old.items()}
    new["f3"] = new["f3"] + (rng.random(kept.sum()) < 0.02)
    added = _columns(rng, ROWS // 100, ROWS)
    new = {name: np.concatenate([new[name], added[name]]) for name in new}
    for name, columns in (("old", old), ("new", new)):
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")


def _columns(rng: np.random.Generator, n: int, first: int) -> dict[str, np.ndarray]:
    cities = np.array([f"city {i}" for i in range(500)])
    return {
        "id": np.arange(first, first + n),
        **{f"f{i}": rng.normal(size=n) for i in range(7)},
        "k0": rng.integers(0, 100, n),
        "k1": rng.integers(0, 5, n),
        "t0": np.array(["a", "b", "c", "d"])[rng.integers(0, 4, n)],
        "t1": cities[rng.integers(0, 500, n)],
    }


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = [sys.executable, "-m", "benchmarks.data_diff_speed", name]
        subprocess.run(
            made, cwd=ROOT, check=True
        )  # apart: a child's peak counts what its parent held
        command = [
            str(Path(sys.executable).with_name("mlgate")),
            "diff",
            "old.parquet",
            "new.parquet",
        ]
        reading = cost([sys.executable, "-c", READING], folder, 3)
        by_id, whole = cost([*command, "--id", "id"], folder, 3), cost(command, folder, 3)
        sampling = _sample(folder / "old.parquet")
    print("| what | CPU s | MiB | times reading (target) |\n|---|---:|---:|---:|")
    print(f"| reading both files | {reading.cpu:.2f} | {reading.memory:,.0f} | |")
    for label, figure in (("rows by id", by_id), ("whole rows", whole)):
        times = figure.cpu / reading.cpu
        print(
            f"| `mlgate diff`, {label} | {figure.cpu:.2f} | {figure.memory:,.0f} | {times:.1f} (≤ 3) |"
        )
    print(f"\nThe sample of one file by id (`baseline.sketch`): {sampling:.2f} CPU s.")


def _sample(path: Path) -> float:
    from mlgate.inputs.column_table import open_parquet
    from mlgate.metrics.table_hashes import hashes
    from mlgate.stats.row_sketch import sketch

    started = time.process_time()
    table = open_parquet([path], ["old"], "old")
    named = hashes(table, ["id"])
    sketch(named, hashes(table, [name for name in table.kinds if name != "id"]), b"k" * 16, 2_730)
    return time.process_time() - started


if __name__ == "__main__":
    tables(Path(sys.argv[1]))
