"""The file of columns: what is written is read again, and what is no such file is told."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.errors import DataError
from mlgate.inputs import column_schema
from mlgate.model.table import Stored

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=150)
KINDS = st.sampled_from(get_args(Stored))


@given(columns=st.dictionaries(NAMES, KINDS, min_size=1, max_size=3))
@settings(max_examples=60)
def test_what_is_written_is_read_again(tmp_path_factory, columns):
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    path.write_text(column_schema.text(columns), encoding="utf-8", newline="")
    assert column_schema.read(path, "schema.yaml") == columns


@pytest.mark.parametrize("name", ["1", "null", "yes", "über", "a: b", "- x", "#", " spaced "])
def test_names_that_yaml_would_take_for_something_else(tmp_path, name):
    path = tmp_path / "schema.yaml"
    path.write_text(column_schema.text({name: "integer"}), encoding="utf-8")
    assert column_schema.read(path, "schema.yaml") == {name: "integer"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is not of the form"),
        ("version: 2\ncolumns: {a: integer}\n", "is not of the form"),
        ("version: 1\ncolumns: {}\n", "is not of the form"),
        ("version: 1\ncolumns: [a]\n", "is not of the form"),
        ("- a\n", "is not of the form"),
        ("version: 1\ncolumns: {a: number}\n", "a cannot hold 'number'"),
        ("version: 1\ncolumns: {a: {b: c}}\n", "a cannot hold"),
        ("version: 1\ncolumns: {a: integer, a: text}\n", "cannot be read"),
        ("a: [\n", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, content, said):
    path = tmp_path / "schema.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=said):
        column_schema.read(path, "schema.yaml")
