"""What rows say beside their label: what is a change of it, and what is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.inputs import attributes, pairing, predictions
from mlgate.inputs.baseline_rows import BaselineRows, read_rows, rows_bytes
from mlgate.inputs.paths import ANY, resolve
from mlgate.inputs.predictions import Candidate
from mlgate.inputs.row_columns import KeptColumns, MatchedRows, RowColumn, RowColumns, bits, changes
from mlgate.inputs.row_ids import hash_ids
from mlgate.model.attributes import AttributeSpec

if TYPE_CHECKING:
    from pathlib import Path

KEY = b"key"
COLUMNS = ("id", "label", "prediction", "w", "user", "day", "age", "sex")
SPECS = tuple(AttributeSpec(text, "slices.x") for text in ("age < 30", "sex", "label = 1"))


class Section:
    path, id, label, prediction, score = "p.csv", "id", "label", "prediction", None
    classes = positive_label = fold = repeat = reader = errors = None
    threshold, weight, cluster, time = 0.5, "w", "user", "day"
    unlabelled = False


def rows() -> list[list[object]]:
    return [
        [f"r{i}", i % 2, i % 3 % 2, (1 + i % 4) / 7, f"u{i % 5}", i + 0.5, 20 + i, "fm"[i % 2]]
        for i in range(40)
    ]


def load(root: Path, table: list[list[object]], columns: tuple[str, ...] = COLUMNS) -> Candidate:
    lines = [",".join(map(str, row)) for row in (columns, *table)]
    (root / "p.csv").write_text("\n".join([*lines, ""]))
    candidate = predictions.load(Section(), "binary", root, fresh=ANY)  # type: ignore[arg-type]
    read = attributes.columns(
        SPECS,
        candidate,
        root,
        lambda path, key: (resolve(path, root, key=key), root),
        unlike=attributes.Unlike.of(["prediction"], ["label"], ["id"]),
    )
    own = candidate.columns.joined(read)
    return Candidate(candidate.rows, candidate.ids, candidate.id_columns, candidate.paths, own)


def keep(candidate: Candidate) -> BaselineRows:
    return read_rows(rows_bytes(candidate, key=KEY, key_name=None))


@pytest.fixture
def kept(tmp_path: Path) -> BaselineRows:
    return keep(load(tmp_path, rows()))


def counted(candidate: Candidate, kept: BaselineRows) -> dict[str, int]:
    return pairing.pair(candidate, kept, key=KEY).counts.columns


def test_rows_in_another_order_with_others_among_them_are_the_same(
    tmp_path: Path, kept: BaselineRows
) -> None:
    new = ["new", 1, 1, 9.9, "u9", 99, 99, "x"]
    candidate = load(tmp_path, [new, *reversed(rows())])
    counts = pairing.pair(candidate, kept, key=KEY).counts
    assert (counts.columns, counts.new_columns, counts.columns_known) == ({}, (), True)


def test_a_label_is_no_column_beside_the_label(kept: BaselineRows) -> None:
    assert kept.columns is not None
    assert kept.columns.reads["label = 1"] == ()
    assert set(kept.columns.hashes) == {"w (weight)", "user (cluster)", "day (time)", "age", "sex"}


@pytest.mark.parametrize(
    ("place", "value", "name"),
    [
        (3, 0.5, "w (weight)"),
        (3, 0, "w (weight)"),
        (4, "u9", "user (cluster)"),
        (5, 7.25, "day (time)"),
        (6, 31, "age"),
        (6, 20.25, "age"),
        (6, "", "age"),
        (7, "", "sex"),
        (7, "M", "sex"),
    ],
)
def test_a_value_that_changes_is_counted(
    tmp_path: Path, kept: BaselineRows, place: int, value: object, name: str
) -> None:
    table = rows()
    table[0][place] = value
    assert counted(load(tmp_path, table), kept) == {name: 1}


def test_numbers_that_are_computed_or_written_anew_are_the_same(
    tmp_path: Path, kept: BaselineRows
) -> None:
    table = rows()
    for row in table:
        row[3] = float(row[3]) * (1 + 1e-14)  # type: ignore[arg-type]
        row[5] = float(row[5]) + 1e-9  # type: ignore[arg-type]
        row[6] = f"{row[6]}.0"
    assert counted(load(tmp_path, table), kept) == {}


def test_columns_are_known_without_regard_to_case(tmp_path: Path, kept: BaselineRows) -> None:
    table = rows()
    table[3][6] = 55
    names = (*COLUMNS[:6], "AGE", "SEX")
    assert counted(load(tmp_path, table, names), kept) == {"age": 1}


def test_a_setting_that_reads_another_column_has_changed_in_every_row(
    tmp_path: Path, kept: BaselineRows
) -> None:
    """A column that is called as an expression counts in place of it."""
    table = [[*row, "true"] for row in rows()]
    assert counted(load(tmp_path, table, (*COLUMNS, "age < 30")), kept) == {"age < 30": 40}


def test_what_a_baseline_knows_nothing_of_is_named(tmp_path: Path, kept: BaselineRows) -> None:
    candidate = load(tmp_path, rows())
    assert kept.columns is not None
    reads = {text: names for text, names in kept.columns.reads.items() if text != "sex"}
    steps = {name: step for name, step in kept.columns.steps.items() if name != "sex"}
    fewer = KeptColumns(reads, steps, kept.columns.hashes, kept.columns.places)
    before = [
        BaselineRows(kept.meta, kept.hashes, kept.prediction, None, {}, kept.labels, columns)
        for columns in (fewer, None)
    ]
    counts = [pairing.pair(candidate, each, key=KEY).counts for each in before]
    assert (counts[0].new_columns, counts[0].columns_known) == (("sex",), True)
    assert (set(counts[1].new_columns), counts[1].columns_known) == (
        set(candidate.columns.reads),
        False,
    )


def test_equal_values_do_not_show_as_equal(kept: BaselineRows) -> None:
    """Neither in two rows, nor in two columns of a row."""
    assert kept.columns is not None
    assert len(np.unique(kept.columns.hashes["sex"])) == 40
    same = RowColumn(np.zeros(40, dtype=np.uint64))
    assert (same.hashes("a", kept.hashes, KEY) != same.hashes("b", kept.hashes, KEY)).all()


@given(st.lists(st.integers(0, 9), min_size=8, max_size=8), st.permutations(range(8)))
def test_exactly_the_rows_that_differ_are_counted(values: list[int], order: list[int]) -> None:
    ids = hash_ids([str(i) for i in range(8)], KEY)
    now = RowColumn(np.array(values, dtype=np.uint64))
    before = now.take(np.array(order))
    kept = KeptColumns({"c": ("c",)}, {"c": None}, {"c": before.hashes("c", ids, KEY)})
    everyone = np.arange(8)
    counts, new = changes(
        RowColumns({"c": ("c",)}, {"c": now}), kept, MatchedRows(ids, everyone, everyone), KEY
    )
    differ = int((now.words != before.words).sum())
    assert (counts.get("c", 0), new) == (differ, ())


def test_a_value_that_crosses_an_edge_is_counted_however_near_it_was(tmp_path: Path) -> None:
    table = rows()
    for row in table:
        row[6] = float(str(row[6])) + (0 if row[0] == "r10" else 0.25)
    kept = keep(load(tmp_path, table))
    table[11][6] = 31.249_999_999
    assert counted(load(tmp_path, table), kept) == {}
    table[10][6] = 29.999_999_999
    assert counted(load(tmp_path, table), kept) == {"age < 30": 1}
    table[11][6] = 25.25
    assert counted(load(tmp_path, table), kept) == {"age": 1, "age < 30": 2}


@pytest.mark.parametrize(("step", "new"), [(None, ()), (1e-6, ("c [4.5]",))])
def test_an_edge_that_was_moved_is_new_unless_exact_values_were_kept(
    step: float | None, new: tuple[str, ...]
) -> None:
    ids, everyone = hash_ids([str(i) for i in range(4)], KEY), np.arange(4)
    numbers = np.array([4.0, 4.5, 4.5, 5.0])
    before = RowColumn(bits(numbers), numbers, step)
    kept = KeptColumns(
        {"c": ("c",), "c [4.0]": ("c",)},
        {"c": step},
        {"c": before.hashes("c", ids, KEY)},
        {"c [4.0]": np.zeros(4, dtype=np.uint32)},
    )
    moved = np.array([4.0, 4.499_999_999, 4.5, 5.0])
    today = RowColumns(
        {"c": ("c",), "c [4.5]": ("c",)},
        {"c": RowColumn(bits(moved), moved, step)},
        {"c [4.5]": (moved >= 4.5).astype(np.uint64)},
    )
    matched = MatchedRows(ids, everyone, everyone)
    assert changes(today, kept, matched, KEY) == ({"c": 1} if step is None else {}, new)
    by_label = replace(today, by_label=frozenset({"c [4.5]"}))
    assert changes(by_label, kept, matched, KEY)[1] == ("c [4.5]",)
