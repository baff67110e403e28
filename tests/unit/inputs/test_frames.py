"""Data frames as DuckDB holds them, with pyarrow and without."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from mlgate.errors import DataError, UsageError
from mlgate.inputs.frames import Stream, content_digest, frame_of
from mlgate.inputs.tables import read_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

LONG = 2**53 + 1
COLUMNS = {
    "id": pa.array([LONG, LONG + 1, LONG + 2]),
    "level": pa.array(["no", None, "yes"]).dictionary_encode(),
    "price": pa.array([Decimal("1.10"), None, Decimal("2.25")], pa.decimal128(9, 2)),
    "share": pa.array([0.5, None, float("nan")]),
    "when": pa.array([0, 3_600_000_000, 7_200_000_000], pa.timestamp("us", "Europe/Berlin")),
    "scores": pa.array([[0.25, 0.75], [1.0, 0.0], [0.5, 0.5]]),
    "y": pa.array([1, 0, 1]),
    "Y": pa.array([True, False, None]),
}


@pytest.fixture(params=["pyarrow", "stream", "duckdb"])
def arrow(request: pytest.FixtureRequest) -> object:
    """A table of Arrow, by its own class, as a bare stream, and from DuckDB."""
    table = pa.table(COLUMNS)
    if request.param == "pyarrow":
        return table
    if request.param == "stream":
        return Stream(pa.table({name: COLUMNS[name] for name in COLUMNS if name != "Y"}))
    connection = duckdb.connect()
    connection.register("given", table.drop_columns(["Y"]))
    return connection.sql("SELECT * FROM given")


def test_every_type_of_arrow(arrow: object) -> None:
    frame = frame_of(arrow, "new", {*COLUMNS})
    with read_frame(frame, {name: "" for name in COLUMNS if name != "Y"}) as read:
        assert read.ids(["id"]).tolist() == [str(LONG), str(LONG + 1), str(LONG + 2)]
        levels, codes = read.groups("level", 5)
        assert [levels[code] if code >= 0 else None for code in codes] == ["no", None, "yes"]
        assert np.isnan(read.optional_numbers("share")).tolist() == [False, True, True]
        assert read.numbers("price", optional=True)[[0, 2]].tolist() == [1.1, 2.25]
        assert read.times("when").tolist() == [0, 3600, 7200]
        assert read.lists("scores", 2).tolist() == [[0.25, 0.75], [1, 0], [0.5, 0.5]]
        assert read.numbers("y").tolist() == [1, 0, 1]


def test_columns_that_differ_in_case_only_are_two() -> None:
    frame = frame_of(pa.table(COLUMNS), "new", {"y", "Y"})
    with read_frame(frame, {"Y": "", "y": ""}) as read:
        assert (read.kinds["Y"], read.kinds["y"]) == ("bool", "number")


@pytest.mark.parametrize("installed", [True, False], ids=["with pyarrow", "without"])
def test_pandas(monkeypatch: pytest.MonkeyPatch, installed: bool) -> None:
    if not installed:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
    table = pd.DataFrame(
        {
            "p": [0.5, np.nan, 1.0],
            "level": pd.Categorical(["no", None, "yes"]),
            "name": ["a", None, "c"],
            "n": pd.array([1, None, LONG], dtype="Int64"),
            7: [1, "x", 2],
        },
        index=pd.Index([5, 6, 7], name="id"),
    )
    frame = frame_of(table, "new", {"id", "p", "level", "name", "n"})
    with read_frame(frame, dict.fromkeys(("id", "p", "level", "name", "n"), "")) as read:
        assert read.ids(["id"]).tolist() == ["5", "6", "7"]
        assert np.isnan(read.numbers("p", optional=True)).tolist() == [False, True, False]
        assert read.groups("level", 5)[1].tolist().count(-1) == 1
        assert read.coded("name", optional=True).codes[1] == -1
        assert read.text_of("n", 2) == str(LONG)
    assert "7" in frame.source.types
    with pytest.raises(DataError, match="new cannot be read as a table"):
        frame_of(table, "new", {"7"})


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"y": [1, "x"]}, "column 'y' holds int and str"),
        ({"y": [True, 1]}, "column 'y' holds bool and int"),
        ({"y": [1, 2], "p": [0.5]}, "not of one length"),
    ],
)
def test_mappings_that_are_no_table(columns: Mapping[str, Any], told: str) -> None:
    with pytest.raises(DataError, match=told):
        frame_of(columns, "old", {*columns})


def test_mappings() -> None:
    columns = {
        "id": (np.int64(1), np.int64(2)),
        "p": [1, 0.5],
        "flag": [True, None],
        "scores": np.array([[0.25, 0.75], [1, 0]]),
        "word": np.array(["a", "b"]),
        "unused": [1, "x"],
    }
    frame = frame_of(columns, "old", {"id", "p", "flag", "scores", "word"})
    types = {name: kind for name, kind in frame.source.types.items() if name != "unused"}
    assert types == {
        "id": "BIGINT", "p": "DOUBLE", "flag": "BOOLEAN", "scores": "DOUBLE[]", "word": "VARCHAR",
    }  # fmt: skip
    with (
        pytest.raises(DataError, match="old has no column 'q'; it has id, p, flag"),
        read_frame(frame, {"q": "label"}),
    ):
        pass


def test_no_rows_and_two_columns_of_one_name() -> None:
    frame = frame_of(pa.table({"y": pa.array([], pa.int64())}), "old", {"y"})
    with pytest.raises(DataError, match="old has no rows"), read_frame(frame, {"y": ""}):
        pass
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["y", "y"])
    with pytest.raises(DataError, match="old has more than one column named 'y'"):
        frame_of(twice, "old", {"y"})
    with pytest.raises(UsageError, match="old is list, which is no table"):
        frame_of([1], "old", {"y"})


def test_the_digest_is_of_names_types_and_values() -> None:
    def digest(**columns: Any) -> str:
        return content_digest(frame_of(columns, "old", {*columns}), {"y", "t"})

    one = digest(y=[1, 0], t=["a", None], unused=[1, 2])
    assert one == digest(y=np.array([1, 0]), t=["a", None], unused=[3, 4])
    others = [
        digest(y=[1, 1], t=["a", None]), digest(y=[1.0, 0.0], t=["a", None]),
        digest(y=[1, 0], t=["a", ""]), digest(y=[1, 0], t=["b", None]), digest(y=[1, 0]),
    ]  # fmt: skip
    assert len({one, *others}) == 6
