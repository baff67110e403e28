"""Two versions of a table against a comparison in plain Python, and what is odd about them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.parquet_table import parquet_table

from mlgate.errors import DataError
from mlgate.inputs import table_diff
from mlgate.model.table_diff import ColumnDiff

CELLS = {
    "x": st.one_of(st.none(), st.sampled_from([0.0, -0.0, 1.5, float("nan"), float("inf")])),
    "n": st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
    "t": st.one_of(st.none(), st.sampled_from(["", "a", "NaN"])),
}
TYPES = {"x": pa.float64(), "n": pa.int64(), "t": pa.string(), "id": pa.int32()}
ROWS = st.dictionaries(st.integers(0, 8), st.fixed_dictionaries(CELLS), min_size=1)


def table(rows, name="new"):
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    return parquet_table({key: pa.array(v, TYPES[key]) for key, v in columns.items()}, name)


def plain(value):
    return None if value is None or value != value else value


def cells(row):
    return tuple(plain(row[name]) for name in CELLS)


@settings(max_examples=15)
@given(ROWS, ROWS)
def test_rows_by_id_are_those_of_a_plain_comparison(old, new):
    sides = [[{"id": key, **row} for key, row in rows.items()] for rows in (old, new)]
    diff = table_diff.compare(table(sides[0]), table(sides[1]), ["id"])
    both = old.keys() & new.keys()
    assert (diff.added, diff.removed, diff.shared) == (
        len(new.keys() - both), len(old.keys() - both), len(both)
    )  # fmt: skip
    assert diff.changed == sum(cells(old[key]) != cells(new[key]) for key in both)
    for name, column in diff.columns.items():
        assert column.changed == sum(plain(old[k][name]) != plain(new[k][name]) for k in both)
        nulls = tuple(sum(plain(row[name]) is None for row in r.values()) for r in (old, new))
        assert column.nulls == nulls


@settings(max_examples=15)
@given(st.lists(st.fixed_dictionaries(CELLS), min_size=1), st.lists(st.fixed_dictionaries(CELLS), min_size=1))  # fmt: skip
def test_whole_rows_are_matched_one_to_one(old, new):
    diff = table_diff.compare(table(old), table(new))
    before, after = (Counter(map(cells, rows)) for rows in (old, new))
    assert diff.added == (after - before).total()
    assert diff.removed == (before - after).total()
    assert diff.changed is None


def test_means_are_of_finite_numbers_and_the_change_of_matched_rows():
    old = parquet_table({"id": [1, 2, 3], "x": [1.0, 3.0, float("inf")]}, "old")
    new = parquet_table({"id": [2, 3, 4], "x": [4.0, 7.0, 1.0]}, "new")
    column = table_diff.compare(old, new, ["id"]).columns["x"]
    assert column == ColumnDiff(
        holds=("float", "float"), changed=2, nulls=(0, 0), mean=(2.0, 4.0), moved=1.0
    )


def test_columns_that_come_go_or_hold_something_else_make_no_row_different():
    old = parquet_table({"id": [1, 2], "gone": [1, 2], "kind": [1, 2], "when": ["a", "b"]}, "old")
    new = parquet_table({"id": [1, 2], "kind": ["1", "2"], "when": ["a", "b"], "n": [1, 2]}, "new")
    diff = table_diff.compare(old, new, ["id"])
    assert (diff.added, diff.removed, diff.changed) == (0, 0, 0)
    states = {name: column.state for name, column in diff.columns.items()}
    assert states == {"gone": "removed", "kind": "retyped", "when": "same", "n": "added"}
    assert diff.columns["kind"].changed is None
    assert table_diff.compare(old, new).removed == 0


def test_whole_numbers_that_became_floats_are_retyped_and_compared():
    old = parquet_table({"id": [1, 2], "x": [1, 2]}, "old")
    new = parquet_table({"id": [1, 2], "x": [1.0, None]}, "new")
    diff = table_diff.compare(old, new, ["id"])
    assert (diff.changed, diff.columns["x"].state, diff.columns["x"].changed) == (1, "retyped", 1)


def test_a_column_without_values_is_of_any_type():
    old = parquet_table({"id": [1, 2], "x": pa.nulls(2)}, "old")
    new = parquet_table({"id": [1, 2], "x": ["a", None]}, "new")
    assert table_diff.compare(old, new, ["id"]).columns["x"].changed == 1
    assert table_diff.compare(old, old, ["id"]).changed == 0


def test_dates_of_two_units_are_the_same_moments():
    times = np.array(["2026-01-01", "2026-01-02"], "datetime64[D]")
    old = parquet_table({"id": [1, 2], "t": times.astype("datetime64[us]")}, "old")
    new = parquet_table({"id": [1, 2], "t": times.astype("datetime64[ns]")}, "new")
    assert table_diff.compare(old, new, ["id"]).changed == 0


@pytest.mark.parametrize("wide", [63, 200])
def test_a_row_that_changed_in_any_of_many_columns_counts_once(wide):
    rng = np.random.default_rng(0)
    columns = {"id": np.arange(50), **{f"c{i}": rng.normal(size=50) for i in range(wide)}}
    other = {name: values.copy() for name, values in columns.items()}
    other["c0"][3] += 1
    other[f"c{wide - 1}"][[3, 7]] += 1
    diff = table_diff.compare(parquet_table(columns, "old"), parquet_table(other, "new"), ["id"])
    assert diff.changed == 2
    assert diff.of_state("changed") == ["c0", f"c{wide - 1}"]


def test_an_id_of_several_columns_and_of_two_types():
    old = parquet_table({"a": [1, 1, 2], "b": ["x", "y", "x"], "v": [1, 2, 3]}, "old")
    new = parquet_table({"a": ["1", "1", "2"], "b": ["x", "y", "z"], "v": [1, 5, 3]}, "new")
    diff = table_diff.compare(old, new, ["a", "b"])
    assert (diff.added, diff.removed, diff.changed) == (1, 1, 1)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([1, 1, 2], "new: 1 row with an id \\(id\\) that an earlier row has"),
        ([1, None, 2], "new: 1 row without a value in id"),
    ],
)
def test_an_id_that_names_no_single_row_is_an_error(ids, message):
    old = parquet_table({"id": [1, 2, 3], "x": [1, 2, 3]}, "old")
    new = parquet_table({"id": ids, "x": [1, 2, 3]}, "new")
    with pytest.raises(DataError, match=message):
        table_diff.compare(old, new, ["id"])


def test_an_id_that_is_not_there_is_named():
    old = parquet_table({"id": [1], "x": [1]}, "old")
    with pytest.raises(DataError, match="old has no column 'ID'"):
        table_diff.compare(old, old, ["ID"])
