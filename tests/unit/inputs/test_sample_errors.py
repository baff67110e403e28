"""Samples that failed: never left out of the candidate's side, and counted on both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.errors import DataError
from mlgate.inputs import baseline_rows, paths, predictions
from mlgate.inputs.pairing import IncomparableError, pair, pair_candidates
from mlgate.inputs.sample_errors import described

from .conftest import Section

if TYPE_CHECKING:
    from pathlib import Path

    from mlgate.inputs.predictions import Candidate
    from mlgate.inputs.sample_errors import Handling
    from mlgate.model.metrics import Direction

Cell = Any
KEY = b"k"


@dataclass(frozen=True)
class Errors:
    handling: Handling
    column: str | None = "failed"


@dataclass(frozen=True)
class Number:
    direction: Direction = "higher"
    range: tuple[float, float] | None = None
    human: str | None = None
    column: str | None = None
    judge: str | None = None


def load(
    folder: Path,
    rows: list[tuple[Cell, ...]],
    handling: Handling,
    number: Number | None = None,
    column: str | None = "failed",
) -> Candidate:
    lines = [
        ",".join("" if cell is None else str(cell) for cell in (i, *row))
        for i, row in enumerate(rows)
    ]
    (folder / "p.csv").write_text("\n".join(["id,x,failed", *lines, ""]))
    errors = Errors(handling, column)
    section = replace(Section(), label=None, prediction=None, errors=errors)  # type: ignore[arg-type]
    values = {"x": number or Number()}
    return predictions.load(section, "scores", folder, fresh=paths.ANY, values=values)


def test_a_failed_sample_blocks_by_default(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"2 of 3 samples failed: 'timed out' at p.csv, row 2, and 1"
    ) as e:
        load(tmp_path, [(1, None), (None, "timed out"), (1, "refused")], "block")
    assert "timed out" not in str(e.value.unquoted)


def test_a_missing_number_blocks_as_well(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a missing value"):
        load(tmp_path, [(1, None), (None, None)], "block")


@pytest.mark.parametrize("flag", ["", "false", "False", "0", "nan"])
def test_what_says_nothing_is_no_failure(flag: str, tmp_path: Path) -> None:
    assert load(tmp_path, [(1, flag), (0, flag)], "wrong").rows.failed is None


@pytest.mark.parametrize("handling", ["wrong", "drop"])
@pytest.mark.parametrize(
    ("number", "worst"),
    [
        (Number("higher"), 0),
        (Number("lower"), 1),
        (Number("higher", (-5, 10)), -5),
        (Number("lower", (-5, 10)), 10),
    ],
)
def test_a_failed_sample_has_the_worst_number(
    handling: Handling, number: Number, worst: float, tmp_path: Path
) -> None:
    rows = [(1, None), (0, None), (1, "error"), (None, None)]
    loaded = load(tmp_path, rows, handling, number).rows
    assert loaded.values["x"].tolist() == [1, 0, worst, worst]
    assert loaded.failed is not None
    assert loaded.failed.tolist() == [False, False, True, True]


def test_without_a_column_a_missing_number_is_the_failure(tmp_path: Path) -> None:
    loaded = load(tmp_path, [(1, "x"), (None, None)], "wrong", column=None).rows
    assert loaded.failed is not None
    assert loaded.failed.tolist() == [False, True]


def test_without_a_range_nothing_says_what_is_worst(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="1 of 2 samples failed") as raised:
        load(tmp_path, [(0.5, None), (None, "error")], "wrong")
    assert "x: {direction: higher, range: [0, 1]}" in str(raised.value.hint)


def test_infinity_is_no_missing_number(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="infinity"):
        load(tmp_path, [(1, None), ("inf", None)], "wrong")


def both(folder: Path, new: list[Any], old: list[Any], handling: Handling) -> Any:
    """Pair with rows as a baseline keeps them, None for a failed sample."""
    sides = [
        load(
            folder,
            [(cell, None if cell is not None else "error") for cell in side],
            handling,
            Number("higher", (0, 1)),
        )
        for side in (new, old)
    ]
    kept = baseline_rows.read_rows(baseline_rows.rows_bytes(sides[1], key=KEY, key_name=None))
    paired = pair(sides[0], kept, key=KEY)
    direct = pair_candidates(*sides)
    assert paired.counts == direct.counts
    assert np.array_equal(paired.baseline.values["x"], direct.baseline.values["x"])
    return paired


def test_drop_leaves_out_what_failed_at_the_baseline_only(tmp_path: Path) -> None:
    paired = both(tmp_path, [1, None, 1, None], [1, 1, None, None], "drop")
    assert paired.index.tolist() == [0, 1]
    assert paired.candidate.values["x"].tolist() == [1, 0]
    assert (paired.counts.paired, paired.counts.failed, paired.counts.baseline_failed) == (4, 2, 2)


def test_wrong_keeps_all_rows(tmp_path: Path) -> None:
    paired = both(tmp_path, [1, None, 1, None], [1, 1, None, None], "wrong")
    assert paired.baseline.values["x"].tolist() == [1, 1, 0, 0]
    assert paired.candidate.values["x"].tolist() == [1, 0, 1, 0]
    text = described(paired.counts, "main", Errors("wrong"))
    assert text is not None
    assert "2 here, counted as wrong; 2 there, counted as wrong as well" in text


def test_a_baseline_of_failures_only_says_nothing(tmp_path: Path) -> None:
    with pytest.raises(IncomparableError, match="all 2 samples failed"):
        both(tmp_path, [1, 1], [None, None], "drop")


def test_a_baseline_without_failures_is_as_it_was(tmp_path: Path) -> None:
    whole = load(tmp_path, [(1, None), (0, None)], "wrong")
    assert b"failed" not in baseline_rows.rows_bytes(whole, key=KEY, key_name=None)


CELLS = st.lists(
    st.tuples(st.sampled_from([0, 1, None]), st.sampled_from([0, 1, None])), min_size=2, max_size=12
)


@settings(max_examples=25)
@given(CELLS, st.sampled_from(["wrong", "drop"]), st.data())
def test_a_failure_never_helps_the_candidate(
    tmp_path_factory: pytest.TempPathFactory, cells: list[Any], handling: Handling, data: Any
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    new, old = ([pair[side] for pair in cells] for side in (0, 1))
    if all(cell is None for cell in old):
        return
    fails = data.draw(st.integers(0, len(new) - 1))
    failing = [None if row == fails else cell for row, cell in enumerate(new)]

    def change(candidate: list[Any]) -> float:
        paired = both(folder, candidate, old, handling)
        return float((paired.candidate.values["x"] - paired.baseline.values["x"]).mean())

    assert change(failing) <= change(new)
