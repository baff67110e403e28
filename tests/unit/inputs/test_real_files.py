"""Files as programs and people leave them: read where there is one reading, else refused by name."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest

from mlgate.errors import DataError
from mlgate.inputs.column_table import open_parquet
from mlgate.inputs.expressions import computed
from mlgate.inputs.staging import as_parquet
from mlgate.inputs.tables import read_columns

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CSV = "id,p\n1,0.5\n2,0.25\n"


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


READ = {
    "excel.csv": b"sep=;\r\nid;p\r\n1;0.5\r\n2;0.25\r\n",
    "quoted-excel.csv": b'"sep=;"\nid;p\n1;0.5\n2;0.25\n',
    "odd-separator.csv": b"sep=:\nid:p\n1:0.5\n2:0.25\n",
    "comments.csv": b"# made by a tool, with, commas\n# on Monday\nid,p\n1,0.5\n2,0.25\n",
    "blank.csv": b"\n\nid,p\n1,0.5\n2,0.25\n",
    "nameless.csv": b"id,p,,\n1,0.5,,\n2,0.25,,\n",
    "trailing.csv": b"id,p\n1,0.5,\n2,0.25,\n",
    "index.csv": b",id,p\n0,1,0.5\n1,2,0.25\n",
    "bom.csv": b"\xef\xbb\xbf" + CSV.encode(),
    "mixed-ends.csv": b"id,p\r\n1,0.5\n2,0.25\n",
    "mixed-ends.csv.gz": gzip.compress(b"id,p\n1,0.5\r\n2,0.25\n"),
    "p.csv.gz": gzip.compress(CSV.encode()),
    "gzip-by-content.csv": gzip.compress(CSV.encode()),
    "plain-by-content.csv.gz": CSV.encode(),
    "p.csv.bz2": bz2.compress(CSV.encode()),
    "p.csv.xz": lzma.compress(CSV.encode()),
    "p.csv.zst": zstd(CSV.encode()),
    "p.jsonl.zst": zstd(b'{"id": 1, "p": 0.5}\n{"id": 2, "p": 0.25}\n'),
    "p.jsonl.xz": lzma.compress(b'{"id": 1, "p": 0.5}\n{"id": 2, "p": 0.25}\n'),
}


@pytest.mark.parametrize("name", READ)
def test_what_has_one_reading_is_read(root: Path, name: str) -> None:
    (root / name).write_bytes(READ[name])
    with read_columns([root / name], {"id": "", "p": ""}, root) as table:
        assert table.ids(["id"]).tolist() == ["1", "2"]
        assert table.numbers("p").tolist() == [0.5, 0.25]


@pytest.mark.parametrize("name", READ)
def test_and_so_it_is_column_by_column(root: Path, tmp_path_factory: Any, name: str) -> None:
    (root / name).write_bytes(READ[name])
    staged = as_parquet(root / name, root, tmp_path_factory.mktemp("scratch"))
    table = open_parquet([staged], [name], name)
    assert set(table.kinds) == {"id", "p"}
    assert table.numbers("p").tolist() == [0.5, 0.25]


@pytest.mark.parametrize(
    ("name", "content", "told", "hint"),
    [
        ("p.csv", "id,p\n1,sí\n".encode("latin-1"), "byte 0xed in line 2 is not UTF-8", "UTF-8"),
        ("p.csv", CSV.encode("utf-16"), "p.csv cannot be read: it is UTF-16", "UTF-8"),
        ("p.csv", b"id,p\n1,0.5\n# end, of, it\n", "line 3 has 3 cells where", "above the header"),
        ("p.csv", b'id,p\n1,"0.5\n2,0.25\n', "a quote in line 2 is never closed", "as two"),
        ("p.csv", b"id,p\r1,0.5\n2,0.25\r\n", "its lines end in different ways", "as two"),
        ("p.csv", b"id;p\n1;0,5\n2;0,25\n", r"text where a number .* \('0,5'\)", 'decimal="."'),
        ("p.csv", b"PK\x03\x04....", "p.csv is an Excel workbook", "as CSV, Parquet"),
        ("p.csv.gz", gzip.compress(CSV.encode(), mtime=0)[:-12], "cannot be unpacked", None),
        ("p.csv.xz", lzma.compress(CSV.encode())[:-12], "cannot be unpacked", None),
        ("p.parquet", b"PAR1junkPAR1", "p.parquet cannot be read: it is damaged", None),
        ("p.arrow", b"ARROW1junk", "p.arrow cannot be read: it is damaged", None),
    ],
)
def test_what_has_none_is_refused_in_plain_words(
    root: Path, name: str, content: bytes, told: str, hint: str | None
) -> None:
    (root / name).write_bytes(content)
    with (
        pytest.raises(DataError, match=told) as caught,
        read_columns([root / name], {"id": "", "p": ""}, root) as table,
    ):
        table.numbers("p")
    text = f"{caught.value.message} {caught.value.hint}"
    assert hint is None or hint in text
    for word in (str(root), "Error", "strict_mode", "duckdb", "codec"):
        assert word not in text


def write_parquet(path: Path, table: pa.Table) -> None:
    pq.write_table(table, path)


def write_arrow(path: Path, table: pa.Table) -> None:
    with pa.ipc.new_file(str(path), table.schema) as file:
        file.write_table(table)


def write_csv(path: Path, table: pa.Table) -> None:
    lines = [table.column_names, *(row.values() for row in table.to_pylist())]
    path.write_text("".join(",".join(map(str, line)) + "\n" for line in lines))


def write_jsonl(path: Path, table: pa.Table) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))


WRITERS: dict[str, Callable[[Path, pa.Table], None]] = {
    "p.parquet": write_parquet,
    "p.arrow": write_arrow,
    "p.csv": write_csv,
    "p.jsonl": write_jsonl,
}


@pytest.mark.parametrize("name", WRITERS)
def test_columns_that_differ_in_case_only_are_two(
    root: Path, tmp_path_factory: Any, name: str
) -> None:
    table = pa.table({"Y": [0.5, 1.5], "id": ["a", "b"], "y": [1, 2], "y_2": [8, 9]})
    WRITERS[name](root / name, table)
    with read_columns([root / name], {"y": "", "Y": "", "id": "", "y_2": ""}, root) as read:
        assert read.numbers("y").tolist() == [1, 2]
        assert read.numbers("Y").tolist() == [0.5, 1.5]
        assert read.numbers("y_2").tolist() == [8, 9]
        assert read.ids(["id"]).tolist() == ["a", "b"]
    staged = as_parquet(root / name, root, tmp_path_factory.mktemp("scratch"))
    assert open_parquet([staged], [name], name).numbers("Y").tolist() == [0.5, 1.5]
    with computed([root / name], {"a": ("Y + 1", "k")}, root) as (one, _):
        assert one.numbers("a").tolist() == [1.5, 2.5]
    for text, told in (("y + Y", "differ in case only"), ("YY", "no column 'YY'")):
        with (
            pytest.raises(DataError, match=told),
            computed([root / name], {"a": (text, "k")}, root),
        ):
            pass


def test_long_ids_of_json_are_what_is_written(root: Path) -> None:
    (root / "p.jsonl").write_text('{"id": 18446744073709551623}\n{"id": 18446744073709551624}\n')
    with read_columns([root / "p.jsonl"], {"id": ""}, root) as table:
        assert table.ids(["id"]).tolist() == ["18446744073709551623", "18446744073709551624"]


def test_ids_that_are_bytes_are_refused(root: Path) -> None:
    ids = pa.array([b"\x80" * 16, b"\x81" * 16], pa.binary(16))
    for name in ("p.parquet", "p.arrow"):
        WRITERS[name](root / name, pa.table({"id": ids}))
        with (
            pytest.raises(DataError, match=r"column 'id'.* holds bytes") as caught,
            read_columns([root / name], {"id": ""}, root) as table,
        ):
            table.ids(["id"])
        assert caught.value.hint == "write them as text, such as value.hex()"


def test_an_index_of_which_pandas_keeps_the_range_is_named(root: Path) -> None:
    index = {"kind": "range", "name": "id", "start": 0, "stop": 2, "step": 1}
    metadata = {"pandas": json.dumps({"index_columns": [index]})}
    pq.write_table(pa.table({"p": [1, 2]}).replace_schema_metadata(metadata), root / "p.parquet")
    with (
        pytest.raises(DataError, match=r"p\.parquet has no column 'id'") as caught,
        read_columns([root / "p.parquet"], {"id": ""}, root),
    ):
        pass
    assert (
        caught.value.hint == "'id' is the DataFrame's index: write df.reset_index().to_parquet(…)"
    )


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1.0", "2.5"], "float"),
        (["1", "2"], "integer"),
        (["1.10", "2.50"], "float"),
        (["1.1", "1.10"], "text"),
        (["007", "8"], "text"),
        (["1", "NA"], "integer"),
    ],
)
def test_codes_are_no_numbers_in_a_table_either(
    root: Path, tmp_path_factory: Any, cells: list[str], kind: str
) -> None:
    (root / "t.csv").write_text("a,b\n" + "".join(f"{cell},x\n" for cell in cells))
    staged = as_parquet(root / "t.csv", root, tmp_path_factory.mktemp("scratch"))
    assert open_parquet([staged], ["t.csv"], "t.csv").kinds["a"] == kind
