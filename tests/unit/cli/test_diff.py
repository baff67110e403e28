"""`mlgate diff` through the command line."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlgate.cli import main


@pytest.fixture
def tables(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.csv").write_text("id,x,name\n1,1.5,a\n2,2.5,b\n3,,c\n")
    pq.write_table(pa.table({"id": [2, 3, 4], "x": [3.5, None, 1.0]}), tmp_path / "new.parquet")


def test_says_what_became_of_rows_and_columns(tables, capsys):
    assert main(["diff", "old.csv", "new.parquet", "--id", "id"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(
        "Rows: 3 → 3: 1 (33 %) added, 1 (33 %) removed. Of 2 rows in both 1 (50 %) changed.\n"
        "Of 3 columns: 1 removed (name), 1 changed (x).\n"
    )
    assert "1 (50 %)" in next(line for line in text.splitlines() if line.startswith("x "))


def test_markdown_shows_what_differs_and_is_escaped(tables, tmp_path, capsys):
    (tmp_path / "new.csv").write_text("id,x,<b>\n1,1.5,a\n")
    assert main(["diff", "old.csv", "new.csv", "--id", "id", "--format", "markdown"]) == 0
    text = capsys.readouterr().out
    assert "<b>" not in text.replace("`<b>`", "")
    assert "| `name` |" in text
    assert "| `x` |" not in text


def test_json_has_every_number(tables, capsys):
    assert main(["--format", "json", "diff", "old.csv", "new.parquet"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["added"], record["removed"], record["changed"]) == (2, 2, None)
    assert record["columns"]["x"]["mean"] == [2.0, 2.25]


def test_a_file_that_is_not_there_is_an_error(tables, capsys):
    assert main(["diff", "old.csv", "nothing.csv"]) == 2
    assert "NEW" in capsys.readouterr().err
