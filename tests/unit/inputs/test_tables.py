"""The same table in every format gives the same columns."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest

from mlgate import files
from mlgate.errors import DataError
from mlgate.inputs.tables import read_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

TABLE = {
    "id": [3, 1, 2],
    "y": ["no", "yes", "no"],
    "p": [0.25, 1.0, 0.1],
    "hit": [True, False, True],
    "day": ["2024-01-02", "2024-01-02", "2024-01-03"],
}


def arrow(path: Path, table: pa.Table) -> None:
    with pa.ipc.new_file(str(path), table.schema) as file:
        file.write_table(table)


def delimited(path: Path, columns: Mapping[str, list[Any]], sep: str = ",") -> None:
    lines = [sep.join(columns)]
    lines += [sep.join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    text = "\n".join(lines) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def jsonl(path: Path, columns: Mapping[str, list[Any]]) -> None:
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


FORMATS: dict[str, Callable[[Path], None]] = {
    "p.parquet": lambda path: pq.write_table(pa.table(TABLE), path),
    "p.csv": lambda path: delimited(path, TABLE),
    "p.csv.gz": lambda path: delimited(path, TABLE),
    "p.tsv": lambda path: delimited(path, TABLE, "\t"),
    "semicolons.csv": lambda path: delimited(path, TABLE, ";"),
    "p.jsonl": lambda path: jsonl(path, TABLE),
    "p.feather": lambda path: arrow(path, pa.table(TABLE)),
    "categories.arrow": lambda path: arrow(
        path, pa.table({**TABLE, "y": pa.array(TABLE["y"]).dictionary_encode()})
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_columns(root: Path, name: str) -> None:
    FORMATS[name](root / name)
    with read_columns([root / name], None, root) as table:
        assert table.names == ("id", "y", "p", "hit", "day")
        assert table.n == 3
        assert table.ids(["id"]).tolist() == ["3", "1", "2"]
        assert table.ids(["id", "day"]).tolist()[0] == "1:310:2024-01-02"
        y = table.coded("y")
        assert [y.levels[code] for code in y.codes] == ["no", "yes", "no"]
        assert table.numbers("p").tolist() == [0.25, 1.0, 0.1]
        hit = table.coded("hit")
        assert [hit.levels[code] for code in hit.codes] == ["true", "false", "true"]
        assert hit.is_bool


def test_several_files_are_one_table_in_the_order_given(root: Path) -> None:
    delimited(root / "a.csv", {"id": [2, 1], "p": [0.1, 0.2]})
    delimited(root / "b.csv", {"p": [0.3], "id": [3]})
    with read_columns([root / "a.csv", root / "b.csv"], {"id": "", "p": ""}, root) as table:
        assert table.ids(["id"]).tolist() == ["2", "1", "3"]
        assert table.numbers("p").tolist() == [0.1, 0.2, 0.3]
        assert [table.place(row) for row in range(3)] == [
            "a.csv, row 1", "a.csv, row 2", "b.csv, row 1",
        ]  # fmt: skip


def test_integers_and_floats_of_several_files_are_numbers(root: Path) -> None:
    pq.write_table(pa.table({"p": [1, 0]}), root / "a.parquet")
    pq.write_table(pa.table({"p": [0.5]}), root / "b.parquet")
    pq.write_table(pa.table({"p": pa.array([None], pa.null())}), root / "c.parquet")
    paths = [root / "a.parquet", root / "b.parquet"]
    with read_columns(paths, {"p": ""}, root) as table:
        assert table.numbers("p").tolist() == [1, 0, 0.5]
    with (
        read_columns([*paths, root / "c.parquet"], {"p": ""}, root) as table,
        pytest.raises(DataError, match=r"a missing value at c\.parquet, row 1"),
    ):
        table.numbers("p")


def test_files_that_disagree_about_a_column_are_refused(root: Path) -> None:
    pq.write_table(pa.table({"p": [0.5]}), root / "a.parquet")
    pq.write_table(pa.table({"p": ["x"]}), root / "b.parquet")
    told = r"column 'p' holds numbers in a\.parquet and text in b\.parquet"
    with (
        pytest.raises(DataError, match=told),
        read_columns([root / "a.parquet", root / "b.parquet"], {"p": ""}, root),
    ):
        pass


def test_a_missing_column_is_told_with_those_that_exist(root: Path) -> None:
    FORMATS["p.parquet"](root / "p.parquet")
    with (
        pytest.raises(DataError) as e,
        read_columns([root / "p.parquet"], {"days": "predictions.label"}, root),
    ):
        pass
    assert e.value.message == (
        "predictions.label: p.parquet has no column 'days'; it has id, y, p, hit, day"
    )
    assert e.value.hint == "did you mean 'day'?"


def test_no_column_is_offered_that_is_named_already(root: Path) -> None:
    FORMATS["p.parquet"](root / "p.parquet")
    wanted = {"days": "predictions.label", "day": "predictions.prediction"}
    with pytest.raises(DataError) as e, read_columns([root / "p.parquet"], wanted, root):
        pass
    assert e.value.hint is None


def test_names_of_columns_count_exactly(root: Path) -> None:
    (root / "p.csv").write_text("P,p\n1,2\n")
    with read_columns([root / "p.csv"], {"p": ""}, root) as table:
        assert table.numbers("p").tolist() == [2]
    (root / "p.csv").write_text("P\n1\n")
    with (
        pytest.raises(DataError, match="no column 'p'; it has P"),
        read_columns([root / "p.csv"], {"p": ""}, root),
    ):
        pass


def test_a_header_that_names_a_column_twice(root: Path) -> None:
    (root / "p.csv").write_text("p,p\n1,2\n")
    with (
        pytest.raises(DataError, match="more than one column named 'p'"),
        read_columns([root / "p.csv"], {"p": ""}, root),
    ):
        pass


@pytest.mark.parametrize("name", ["p.csv", "p.parquet", "p.jsonl"])
def test_a_table_without_rows(root: Path, name: str) -> None:
    if name == "p.parquet":
        pq.write_table(pa.table({"p": pa.array([], pa.float64())}), root / name)
    else:
        (root / name).write_text("p\n" if name == "p.csv" else "[]")
    with pytest.raises(DataError), read_columns([root / name], {"p": ""}, root):
        pass


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (
            "p.csv",
            b"id,p\n1,2\n3\n",
            r"p\.csv cannot be read: line 3 has 1 cell where the header has 2",
        ),
        ("p.csv", b"id,p\n1,2\n3,4,5\n", "line 3 has 3 cells where the header has 2"),
        ("p.csv", "id,p\nä,2\n".encode("latin-1"), "write it as UTF-8"),
        ("p.csv", "ä,p\n1,2\n".encode("latin-1"), "write it as UTF-8"),
        ("p.jsonl", b'{"p": 0.5}\n{"p":\n', "near record 3 it is no JSON"),
        ("p.parquet", b"PAR1junkPAR1", r"p\.parquet cannot be read"),
        ("p.arrow", b"ARROW1junk", r"p\.arrow cannot be read"),
    ],
)
def test_broken_files(root: Path, name: str, content: bytes, told: str) -> None:
    (root / name).write_bytes(content)
    with pytest.raises(DataError, match=told), read_columns([root / name], {"p": ""}, root):
        pass


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,p\n1,0.5\n2,high\n3,low\n", (r"k: column 'p' holds text where a number is expected "
         r"\('high'\) at p\.csv, row 2, and 1 more")),
        ("id,p\n1,0.5\n2,\n", r"holds a missing value at p\.csv, row 2$"),
        ("id,p\n1,0.5\n2,nan\n", r"holds NaN or infinity \('nan'\) at p\.csv, row 2"),
        ("id,p\n1,0.5\n2,-inf\n", r"holds NaN or infinity \('-inf'\) at p\.csv, row 2"),
        ("id,p\n1,0.5\n2,1e999\n", r"holds NaN or infinity"),
    ],
)  # fmt: skip
def test_the_wrong_cell_is_named(root: Path, text: str, told: str) -> None:
    (root / "p.csv").write_text(text)
    with (
        read_columns([root / "p.csv"], {"p": "k"}, root) as table,
        pytest.raises(DataError, match=told),
    ):
        table.numbers("p")


def test_the_file_of_the_wrong_cell_is_named(root: Path) -> None:
    (root / "a.csv").write_text("p\n1\n2\n")
    (root / "b.csv").write_text("p\n3\nx\n")
    with (
        read_columns([root / "a.csv", root / "b.csv"], {"p": ""}, root) as table,
        pytest.raises(DataError, match=r"\('x'\) at b\.csv, row 2"),
    ):
        table.numbers("p")


def test_numbers_as_text_are_read_in_every_format(root: Path) -> None:
    pq.write_table(pa.table({"p": ["0.5", "0.70"]}), root / "p.parquet")
    jsonl(root / "p.jsonl", {"p": ["0.5", "0.70"]})
    for name in ("p.parquet", "p.jsonl"):
        with read_columns([root / name], {"p": ""}, root) as table:
            assert table.numbers("p").tolist() == [0.5, 0.7]


def test_text_that_is_no_number_is_named(root: Path) -> None:
    pq.write_table(pa.table({"p": ["0.5", "high"]}), root / "p.parquet")
    told = r"holds text where a number is expected \('high'\) at p\.parquet, row 2"
    with (
        read_columns([root / "p.parquet"], {"p": ""}, root) as table,
        pytest.raises(DataError, match=told),
    ):
        table.numbers("p")


def test_json_of_mixed_types_names_one_row_of_each(root: Path) -> None:
    (root / "p.jsonl").write_text('{"p": 0.5}\n{"p": 0.7}\n{"p": "x"}\n')
    told = r"k: column 'p' mixes types: double \(p\.jsonl, row 1\) and varchar \(p\.jsonl, row 3\)"
    with pytest.raises(DataError, match=told), read_columns([root / "p.jsonl"], {"p": "k"}, root):
        pass


def test_json_text_that_looks_like_something_else_stays_text(root: Path) -> None:
    (root / "p.jsonl").write_text(
        '{"id": "2024-01-02T00:00:00Z"}\n{"id": "2024-01-03T00:00:00Z"}\n'
    )
    with read_columns([root / "p.jsonl"], {"id": ""}, root) as table:
        assert table.ids(["id"]).tolist()[0] == "2024-01-02T00:00:00Z"


def test_labels_of_any_notation_are_the_same_classes(root: Path) -> None:
    """1, 1.0, "1" are one class, whatever column and format they stand in."""
    columns = {
        "int": [0, 1, 1], "float": [0.0, 1.0, 1.0], "text": ["0", "1", "1"],
        "decimal": pa.array(["0", "1", "1"]).cast(pa.decimal128(5, 2)),
    }  # fmt: skip
    pq.write_table(pa.table(columns), root / "p.parquet")
    (root / "p.csv").write_text("int,float,text\n0,0.0,0\n1,1.0,1\n1,1.0,1\n")
    for name in ("p.parquet", "p.csv"):
        with read_columns([root / name], None, root) as table:
            for column in table.names:
                found = table.coded(column)
                assert [found.levels[code] for code in found.codes] == ["0", "1", "1"], column


def test_more_classes_than_any_classification_has(root: Path) -> None:
    pq.write_table(pa.table({"y": list(range(1001))}), root / "p.parquet")
    with (
        read_columns([root / "p.parquet"], {"y": "k"}, root) as table,
        pytest.raises(DataError, match=r"k: column 'y' has 1,001 distinct values; at most 1,000"),
    ):
        table.coded("y")


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        (["7", "8"], ["7", "8"]),
        (["7.0", "8.00"], ["7", "8"]),
        (["007", "8"], ["007", "8"]),
        (["7.0", "A1"], ["7.0", "A1"]),
        (["12345678901234567890", "1"], ["12345678901234567890", "1"]),
    ],
)
def test_ids_of_delimited_text_keep_what_their_form_may_mean(
    root: Path, cells: list[str], texts: list[str]
) -> None:
    delimited(root / "p.csv", {"id": cells})
    with read_columns([root / "p.csv"], {"id": ""}, root) as table:
        assert table.ids(["id"]).tolist() == texts


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([7.0, 2.5], ["7", "2.5"]),
        ([9007199254740993, 1], ["9007199254740993", "1"]),
        (["7.0", "x"], ["7.0", "x"]),
        (pa.array([1, 2], pa.uint64()), ["1", "2"]),
        (pa.array([b"a", b"b"], pa.binary()), ["a", "b"]),
    ],
)
def test_ids_of_typed_columns(root: Path, values: Any, texts: list[str]) -> None:
    pq.write_table(pa.table({"id": values}), root / "p.parquet")
    with read_columns([root / "p.parquet"], {"id": ""}, root) as table:
        assert table.ids(["id"]).tolist() == texts


def test_composite_ids_that_only_look_alike_stay_different(root: Path) -> None:
    pq.write_table(pa.table({"a": ["1", "12"], "b": ["23", "3"]}), root / "p.parquet")
    with read_columns([root / "p.parquet"], {"a": "", "b": ""}, root) as table:
        assert table.ids(["a", "b"]).tolist() == ["1:12:23", "2:121:3"]


def test_lists_of_scores_in_every_format_that_has_them(root: Path) -> None:
    scores = [[0.25, 0.75], [0.5, 0.5]]
    pq.write_table(pa.table({"s": scores}), root / "p.parquet")
    arrow(root / "p.arrow", pa.table({"s": pa.array(scores, pa.list_(pa.float64(), 2))}))
    jsonl(root / "p.jsonl", {"s": scores})
    (root / "p.csv").write_text('s\n"[0.25, 0.75]"\n"[0.5, 0.5]"\n')
    for name in ("p.parquet", "p.arrow", "p.jsonl", "p.csv"):
        with read_columns([root / name], {"s": ""}, root) as table:
            assert table.lists("s", 2).tolist() == scores, name
            with pytest.raises(DataError, match="a list that has not 3 numbers"):
                table.lists("s", 3)


def test_a_list_with_a_hole(root: Path) -> None:
    pq.write_table(pa.table({"s": [[0.5, 0.5], [None, 1.0]]}), root / "p.parquet")
    with (
        read_columns([root / "p.parquet"], {"s": ""}, root) as table,
        pytest.raises(DataError, match=r"a list with NaN, infinity or a missing value .* row 2"),
    ):
        table.lists("s", 2)


def test_rows_keep_their_order_when_many_threads_read(root: Path) -> None:
    n = 700_000
    values = np.arange(n, dtype=np.float64)
    lists = pa.FixedSizeListArray.from_arrays(np.repeat(values, 2), 2)
    table = pa.table({"x": values, "y": (values % 7).astype(np.int64), "s": lists})
    pq.write_table(table, root / "p.parquet", row_group_size=50_000)
    with read_columns([root / "p.parquet"], None, root) as found:
        assert np.array_equal(found.numbers("x"), values)
        y = found.coded("y")
        assert np.array_equal(np.array(y.levels, dtype=int)[y.codes], values % 7)
        assert np.array_equal(found.lists("s", 2)[:, 1], values)


def test_nothing_but_the_named_file_can_be_opened(root: Path) -> None:
    (root / "a.csv").write_text("p\n1\n")
    (root / "b.csv").write_text("p\n1\n")
    with read_columns([root / "a.csv"], None, root) as table:
        for statement in (
            f"SELECT * FROM read_csv('{root}/b.csv')",
            "SET enable_external_access = true",
            f"COPY (SELECT 1) TO '{root}/c.csv'",
            "LOAD httpfs",
        ):
            with pytest.raises(duckdb.Error):
                table.connection.execute(statement)


def test_quotes_in_names_are_only_names(root: Path) -> None:
    name = 'o\'ne "two".parquet'
    pq.write_table(pa.table({"a'b\"c": ["x'y", "z"]}), root / name)
    with read_columns([root / name], None, root) as table:
        assert set(table.coded("a'b\"c").levels) == {"x'y", "z"}


def test_neither_pandas_nor_pyarrow_is_imported_to_read_parquet(root: Path) -> None:
    FORMATS["p.parquet"](root / "p.parquet")
    FORMATS["p.feather"](root / "p.feather")
    code = (
        "import sys; from pathlib import Path; from mlgate.inputs.tables import read_columns\n"
        "for name in ('p.parquet', 'p.feather'):\n"
        "    with read_columns([Path(name)], None, Path()) as t:\n"
        "        t.ids(['id']), t.coded('y'), t.numbers('p')\n"
        "    print(*[m for m in ('pandas', 'pyarrow') if m in sys.modules])\n"
    )
    parquet, feather = printed(code, root).splitlines()
    assert parquet == ""
    assert "pyarrow" in feather  # with DuckDB 1.4 pandas comes along


def test_no_bar_is_drawn_on_standard_output(root: Path) -> None:
    FORMATS["p.parquet"](root / "p.parquet")
    code = (  # `python -c` has no script, as a person's Python has none
        "from pathlib import Path; from mlgate.inputs.tables import read_columns\n"
        "with read_columns([Path('p.parquet')], None, Path()) as table:\n"
        "    asked = \"SELECT current_setting('enable_progress_bar')\"\n"
        "    print(table.connection.execute(asked).fetchall())\n"
    )
    assert printed(code, root) == "[(False,)]\n"


def printed(code: str, root: Path) -> str:
    """Run a Python of its own in a folder; give its standard output."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout


def test_two_parquet_columns_of_one_name_are_refused(root: Path) -> None:
    table = pa.table([[1], [{"a": 1, "b": [2]}], [0]], names=["a", "nested", "a"])
    pq.write_table(table, root / "p.parquet")
    with (
        pytest.raises(DataError, match=r"^p.parquet has more than one column named 'a'"),
        read_columns([root / "p.parquet"], {"a": ""}, root),
    ):
        pass


@pytest.mark.parametrize(
    "about", ['{"index_columns": 5}', "[" * 20_000, "[]", b"\xff", '{"index_columns": [1]}']
)
def test_odd_metadata_of_pandas_are_no_index(about: str | bytes, root: Path) -> None:
    table = pa.table({"a": [1]}).replace_schema_metadata({"pandas": about})
    pq.write_table(table, root / "p.parquet")
    with (
        pytest.raises(DataError, match=r"p.parquet has no column 'b'; it has a"),
        read_columns([root / "p.parquet"], {"b": ""}, root),
    ):
        pass


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_small_file_that_unpacks_to_much_is_refused(
    pack: Callable[[bytes], bytes], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_ALWAYS", 1 << 20)
    (root / "p.csv").write_bytes(pack(b"a\n" + b"1\n" * 1_000_000))
    with (
        pytest.raises(DataError, match=r"^p\.csv unpacks to more than 1 MiB"),
        read_columns([root / "p.csv"], {"a": ""}, root),
    ):
        pass
