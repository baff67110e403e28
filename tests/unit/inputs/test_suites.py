"""Pandera schemas and Great Expectations suites, run for real in the user's Python."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from mlgate.errors import DataError
from mlgate.inputs.suites import Suite

if TYPE_CHECKING:
    from pathlib import Path

    from mlgate.model.inputs import SuiteKind

SCHEMAS = """\
import pandera.pandas as pa

Good = pa.DataFrameSchema({"age": pa.Column(int, pa.Check.ge(0)), "sex": pa.Column(str)})
Strict = pa.DataFrameSchema({
    "age": pa.Column(int, [pa.Check.ge(30), pa.Check.le(90)]),
    "sex": pa.Column(str, pa.Check.isin(["F"])),
    "gone": pa.Column(int),
})
broken = 1 + 1

class Model(pa.DataFrameModel):
    age: int = pa.Field(ge=0)

def fails():
    raise RuntimeError("no luck")
"""
EXPECTATIONS = {
    "name": "people",
    "expectations": [
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "age", "min_value": 30, "max_value": 90},
        },
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "sex"}},
        {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 100}},
    ],
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    (tmp_path / "schemas.py").write_text(SCHEMAS)
    (tmp_path / "people.json").write_text(json.dumps(EXPECTATIONS))
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"age": [20, 30, 40, 95], "sex": ["F", "M", "F", "F"]}), path)
    return path


def suite(
    data: Path, kind: SuiteKind, name: str, python: str = sys.executable, **extra: float
) -> Suite:
    env = {**os.environ, "DISABLE_PANDERA_IMPORT_WARNING": "True"}
    return Suite(kind, name, python, data.parent, env, **extra)


def test_a_schema_that_holds(data: Path) -> None:
    found = suite(data, "pandera", "schemas:Good").run([data])
    assert list(found) == [""]
    assert found[""].holds
    assert found[""].of == 4
    assert suite(data, "pandera", "schemas:Model").run([data])[""].holds


def test_each_broken_check_of_a_schema_is_told(data: Path) -> None:
    found = suite(data, "pandera", "schemas:Strict").run([data])
    assert not found[""].holds
    assert found["age.greater_than_or_equal_to(30)"].broken == 1
    assert found["age.less_than_or_equal_to(90)"].example.row == 4
    assert found["sex.isin(['F'])"].example.value == "M"
    assert any("gone" in (one.problem or "") for one in found.values())


def test_several_files_are_one_table(data: Path) -> None:
    assert suite(data, "pandera", "schemas:Good").run([data, data])[""].of == 8


def test_each_expectation_is_told(data: Path) -> None:
    found = suite(data, "great_expectations", "people.json").run([data])
    assert found["age.expect_column_values_to_be_between"].broken == 2
    assert found["sex.expect_column_values_to_not_be_null"].holds
    assert found["table.expect_table_row_count_to_be_between"].problem == "4"
    assert found[""].problem.startswith("2 broken")


@pytest.mark.parametrize(
    ("kind", "name", "told"),
    [
        ("pandera", "nowhere:Good", "there is no module 'nowhere'"),
        ("pandera", "schemas:Missing", "has no 'Missing'"),
        ("pandera", "schemas:broken", "is no Pandera schema"),
        ("great_expectations", "gone.json", "is no suite of Great Expectations"),
        ("great_expectations", "schemas.py", "is no suite of Great Expectations"),
    ],
)
def test_what_cannot_be_run_is_told(data: Path, kind: SuiteKind, name: str, told: str) -> None:
    with pytest.raises(DataError, match=told) as error:
        suite(data, kind, name).run([data])
    assert error.value.message.startswith(f"data.rules: {kind}: {name}")


def test_a_python_without_pandas_is_told(data: Path) -> None:
    base = sys.base_prefix + "/bin/python3"
    with pytest.raises(DataError, match="has no pandas"):
        suite(data, "pandera", "schemas:Good", f"{base} -S").run([data])


def test_a_python_that_does_not_exist(data: Path) -> None:
    with pytest.raises(DataError, match="cannot be started"):
        suite(data, "pandera", "schemas:Good", "no-such-python").run([data])


def test_code_that_ends_the_process(data: Path) -> None:
    (data.parent / "ends.py").write_text("import os\nprint('bye')\nos._exit(3)\n")
    with pytest.raises(DataError, match=r"ended without an answer\n.*bye"):
        suite(data, "pandera", "ends:Good").run([data])


def test_code_that_takes_too_long(data: Path) -> None:
    (data.parent / "sleeps.py").write_text("import time\ntime.sleep(60)\n")
    with pytest.raises(DataError, match="no answer within 1 s"):
        suite(data, "pandera", "sleeps:Good", timeout=1.0).run([data])
