"""Every form of table, one column at a time."""

from __future__ import annotations

import gzip
import math
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from mlgate.errors import DataError
from mlgate.inputs.column_table import open_parquet
from mlgate.pipeline.judging.references import trusting
from mlgate.pipeline.measuring.run_inputs import Tables

COLUMNS = {
    "whole": pa.array([1, None, -3], pa.int64()),
    "small": pa.array([1, 2, None], pa.uint8()),
    "real": pa.array([1.5, None, math.inf]),
    "single": pa.array([1.5, 2.5, None], pa.float32()),
    "exact": pa.array([Decimal("1.25"), None, Decimal("2.00")], pa.decimal128(6, 2)),
    "flag": pa.array([True, None, False]),
    "when": pa.array([0, None, 1_500], pa.timestamp("ms")),
    "day": pa.array([0, None, 1], pa.date32()),
    "text": pa.array(["a", None, ""]),
    "coded": pa.array(["x", None, "x"]).dictionary_encode(),
    "nothing": pa.array([None] * 3, pa.null()),
    "a.b": pa.array([7, 8, 9]),
}


@pytest.fixture
def read(tmp_path):
    tables = Tables(tmp_path, tmp_path, trusting({}), {})
    return lambda name: tables.open(name, "data.path")


def listed(values):
    return [None if math.isnan(value) else value for value in values.tolist()]


class TestParquet:
    @pytest.fixture
    def table(self, tmp_path, read):
        pq.write_table(pa.table(COLUMNS), tmp_path / "t.parquet", row_group_size=2)
        return read("t.parquet")

    @pytest.mark.parametrize(
        ("column", "stored", "values"),
        [
            ("whole", "integer", [1, None, -3]),
            ("small", "integer", [1, 2, None]),
            ("real", "float", [1.5, None, math.inf]),
            ("single", "float", [1.5, 2.5, None]),
            ("exact", "float", [1.25, None, 2]),
            ("flag", "boolean", [1, None, 0]),
            ("when", "datetime", [0, None, 1.5]),
            ("day", "datetime", [0, None, 86_400]),
            ("nothing", "null", [None, None, None]),
            ("a.b", "integer", [7, 8, 9]),
        ],
    )
    def test_numbers(self, table, column, stored, values):
        assert table.kinds[column] == stored
        assert listed(table.numbers(column)) == values

    @pytest.mark.parametrize(
        ("column", "texts"),
        [
            ("text", ["a", None, ""]),
            ("coded", ["x", None, "x"]),
            ("whole", ["1", None, "-3"]),
            ("exact", ["1.25", None, "2"]),
            ("flag", ["true", None, "false"]),
            ("nothing", [None, None, None]),
        ],
    )
    def test_levels(self, table, column, texts):
        found = table.coded(column)
        assert [found.levels[code] if code >= 0 else None for code in found.codes] == texts

    def test_text_by_length_and_words(self, tmp_path, read):
        pq.write_table(pa.table({"t": ["One two", None, "two two", ""]}), tmp_path / "t.parquet")
        lengths, words, looked = read("t.parquet").texts("t")
        assert listed(lengths) == [7, None, 7, 0]
        assert (words, looked) == ({"one": 1, "two": 2}, 3)

    def test_numbers_of_text(self, tmp_path, read):
        pq.write_table(pa.table({"t": ["1", "x", None]}), tmp_path / "t.parquet")
        assert listed(read("t.parquet").numbers("t")) == [1, None, None]

    def test_each_call_gives_an_array_of_its_own(self, table):
        table.numbers("real").sort()
        assert listed(table.numbers("real")) == [1.5, None, math.inf]

    def test_a_name_that_is_not_there(self, table):
        with pytest.raises(
            DataError, match=r"t.parquet has no column 'whol'; it has whole, small"
        ) as caught:
            table.numbers("whol")
        assert caught.value.hint == "did you mean 'whole'?"


class TestForms:
    ROWS = 'n,x,name,flag,day\n1,0.5,a,true,2026-01-01\n2,,,false,\n3,NA,"b,c",true,2026-01-03\n'
    KINDS = {"n": "integer", "x": "float", "name": "text", "flag": "boolean", "day": "datetime"}

    def test_delimited_text_gets_its_types_from_all_cells(self, tmp_path, read):
        (tmp_path / "t.csv").write_text(self.ROWS)
        (tmp_path / "t.tsv").write_text(self.ROWS.replace('"b,c"', "b").replace(",", "\t"))
        with gzip.open(tmp_path / "z.csv.gz", "wt") as file:
            file.write(self.ROWS)
        for name in ("t.csv", "t.tsv", "z.csv.gz"):
            table = read(name)
            assert dict(table.kinds) == self.KINDS
            assert listed(table.numbers("x")) == [0.5, None, None]
            assert table.coded("name").codes.tolist() == [0, -1, 1]

    def test_one_cell_of_text_makes_a_column_text(self, tmp_path, read):
        lines = [*map(str, range(30_000)), "many"]
        (tmp_path / "t.csv").write_text("\n".join(["n", *lines]) + "\n")
        assert read("t.csv").kinds["n"] == "text"

    def test_json_lines_and_arrow(self, tmp_path, read):
        (tmp_path / "t.jsonl").write_text('{"n": 1, "d": "2026-01-01"}\n{"n": 2.5, "d": null}\n')
        table = read("t.jsonl")
        assert dict(table.kinds) == {"n": "float", "d": "text"}
        pa.feather.write_feather(pa.table({"n": [1, 2]}), tmp_path / "t.arrow")
        assert listed(read("t.arrow").numbers("n")) == [1, 2]

    def test_json_of_several_types_is_text(self, tmp_path, read):
        (tmp_path / "t.jsonl").write_text('{"n": 1, "m": 1}\n{"n": "a", "m": 2}\n')
        assert dict(read("t.jsonl").kinds) == {"n": "text", "m": "integer"}

    def test_parts_of_one_table(self, tmp_path, read):
        pq.write_table(
            pa.table({"n": [1, 2], "x": pa.array([None, None], pa.null())}), tmp_path / "1.parquet"
        )
        pq.write_table(pa.table({"n": [0.5], "x": ["a"]}), tmp_path / "2.parquet")
        table = read("*.parquet")
        assert dict(table.kinds) == {"n": "float", "x": "text"}
        assert listed(table.numbers("n")) == [1, 2, 0.5]
        assert table.coded("x").codes.tolist() == [-1, -1, 0]

    @pytest.mark.parametrize(
        ("second", "said"),
        [
            ({"n": ["a"]}, "column 'n' holds whole numbers in 1.parquet and text in 2.parquet"),
            ({"m": [1]}, r"1.parquet has no column 'm', which 2.parquet has"),
        ],
    )
    def test_parts_that_do_not_fit(self, tmp_path, read, second, said):
        pq.write_table(pa.table({"n": [1]}), tmp_path / "1.parquet")
        pq.write_table(pa.table(second), tmp_path / "2.parquet")
        with pytest.raises(DataError, match=said):
            read("*.parquet")


class TestBroken:
    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("t.parquet", b"PAR1 broken", r"t.parquet cannot be read"),
            ("t.csv", b"", r"t.csv is empty"),
            ("t.csv", b"a,b\n", r"t.csv has no rows"),
            ("t.csv", b"a,a\n1,2\n", "more than one column named 'a'"),
            ("t.csv", b"a,b\n1\n2,3\n", r"t.csv cannot be read"),
            (
                "t.parquet",
                b"version https://git-lfs.github.com/spec/v1\noid x\n",
                "is a Git LFS pointer",
            ),
        ],
    )
    def test_files(self, tmp_path, read, name, content, said):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=said):
            read(name)

    def test_outside_the_repository_only_by_an_absolute_path(self, tmp_path):
        inside = tmp_path / "repo"
        inside.mkdir()
        pq.write_table(pa.table({"n": [1]}), tmp_path / "t.parquet")
        tables = Tables(inside, inside, trusting({}), {})
        assert tables.open(str(tmp_path / "t.parquet"), "data.path").rows == 1
        with pytest.raises(DataError, match="outside the repository"):
            tables.open("../t.parquet", "data.path")

    def test_no_column(self, tmp_path):
        pq.write_table(pa.table({}), tmp_path / "t.parquet")
        with pytest.raises(DataError, match="t cannot be read: it has no columns"):
            open_parquet([tmp_path / "t.parquet"], ["t"], "t")

    def test_nothing_is_left_behind(self, tmp_path):
        (tmp_path / "t.csv").write_text("a\n1\n")
        tables = Tables(tmp_path, tmp_path, trusting({}), {})
        tables.open("t.csv", "data.path")
        folder = tables._folder()
        assert list(folder.iterdir())
        del tables
        assert not folder.exists()


def test_neither_pandas_nor_arrow_is_loaded(tmp_path):
    import subprocess
    import sys

    code = (
        "import sys, pathlib; from mlgate.pipeline.measuring.run_inputs import Tables; from mlgate.pipeline.judging.references import trusting; p = pathlib.Path('.');"
        "t = Tables(p.resolve(), p.resolve(), trusting({}), {}).open('t.parquet', 'k');"
        "[t.numbers(c) for c in t.kinds if t.kinds[c] not in ('text', 'other')];"
        "[t.coded(c) for c in t.kinds]; assert not {'pandas', 'pyarrow'} & {*sys.modules}"
    )
    columns = {name: column for name, column in COLUMNS.items() if name != "exact"}
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


@pytest.mark.parametrize("distinct", [13, 1_000])
def test_texts_of_many_rows(tmp_path, monkeypatch, distinct):
    monkeypatch.setattr("mlgate.inputs.column_table.BATCH", 40)
    monkeypatch.setattr("mlgate.inputs.column_table.WORDS_FROM", 1_000)
    values = np.random.default_rng(0).normal(size=3_000)
    levels = [f"l{i % distinct}" if i % 9 else None for i in range(3_000)]
    for name, rows in (("1", slice(1_001)), ("2", slice(1_001, None))):
        part = pa.table({"x": values[rows], "l": levels[rows]})
        pq.write_table(part, tmp_path / f"{name}.parquet", row_group_size=300)
    table = open_parquet([tmp_path / "1.parquet", tmp_path / "2.parquet"], ["1", "2"], "t")
    assert table.numbers("x").tolist() == values.tolist()
    found = table.coded("l")
    assert [found.levels[c] if c >= 0 else None for c in found.codes] == levels
    assert table.repeats("l") == (distinct == 13)
    assert not table.repeats("x")
    lengths, words, looked = table.texts("l")
    assert listed(lengths) == [None if level is None else len(level) for level in levels]
    assert looked == sum(level is not None for level in levels[::3]) == sum(words.values())
