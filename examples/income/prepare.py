"""Make data/adult.parquet from the raw files of the UCI Adult data set.

    python prepare.py FOLDER

FOLDER holds `adult.data` and `adult.test` as the UCI Machine Learning Repository gives them;
README.md says where they come from and what is changed here.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
import pyarrow.parquet as pq

TEXT = pa.string()
COLUMNS = {
    "age": pa.int8(),
    "workclass": TEXT,
    "fnlwgt": pa.int32(),
    "education": TEXT,
    "education-num": pa.int8(),
    "marital-status": TEXT,
    "occupation": TEXT,
    "relationship": TEXT,
    "race": TEXT,
    "sex": TEXT,
    "capital-gain": pa.int32(),
    "capital-loss": pa.int32(),
    "hours-per-week": pa.int8(),
    "native-country": TEXT,
    "income": TEXT,
}
ROWS = 48_842


def read(path: Path) -> pa.Table:
    """Read one raw file: comma and space between fields, `?` for unknown, blank lines."""
    lines = [line for line in path.read_bytes().replace(b", ", b",").splitlines() if b"," in line]
    table = pv.read_csv(
        pa.BufferReader(b"\n".join(lines)),
        read_options=pv.ReadOptions(column_names=list(COLUMNS)),
        convert_options=pv.ConvertOptions(
            column_types=COLUMNS, null_values=["?"], strings_can_be_null=True
        ),
    )
    # The test file ends its labels with a full stop.
    income = pc.utf8_rtrim(table["income"], characters=".")
    return table.set_column(table.schema.get_field_index("income"), "income", income)


def main(folder: Path) -> None:
    """Write the Parquet file."""
    table = pa.concat_tables([read(folder / "adult.data"), read(folder / "adult.test")])
    if len(table) != ROWS:
        sys.exit(f"expected {ROWS} rows in {folder}, found {len(table)}")
    table = table.add_column(0, "id", pa.array(range(ROWS), pa.int32()))
    target = Path(__file__).parent / "data" / "adult.parquet"
    target.parent.mkdir(exist_ok=True)
    pq.write_table(
        table,
        target,
        compression="zstd",
        compression_level=22,
        use_dictionary=[name for name in table.column_names if name not in ("id", "fnlwgt")],
        column_encoding={"id": "DELTA_BINARY_PACKED", "fnlwgt": "DELTA_BINARY_PACKED"},
        write_statistics=False,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
