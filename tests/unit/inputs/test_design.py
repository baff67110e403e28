"""Weights, clusters, times, folds and repetitions as they stand in files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mlgate.config.schema import NumbersSection
from mlgate.errors import DataError
from mlgate.inputs.pairing import pair_candidates

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlgate.inputs.predictions import Candidate

    Load = Callable[..., Candidate]

HEAD = "id,y,pred,w,user,at,fold,seed\n"
ROWS = HEAD + (
    "1,a,a,0.5,u2,2026-01-01,1,10\n"
    "2,b,b,0,u10,2026-01-02 00:00:01,2,10\n"
    "3,a,b,2,u2,2026-01-01T02:00:00+02:00,1,9\n"
)


def test_nothing_is_read_that_is_not_asked_for(load: Load) -> None:
    rows = load(text=ROWS).rows
    assert (rows.weight, rows.cluster, rows.time, rows.fold, rows.repeat, rows.item) == (None,) * 6


def test_all_of_them(load: Load) -> None:
    rows = load(text=ROWS, weight="w", cluster="user", time="at", fold="fold", repeat="seed").rows
    assert rows.weight.tolist() == [0.5, 0, 2]
    assert rows.cluster.tolist() == [1, 0, 1]
    day = 86_400
    start = 1_767_225_600  # 2026-01-01 in UTC
    assert rows.time.tolist() == [start, start + day + 1, start]
    assert (rows.fold.levels, rows.fold.codes.tolist()) == (("1", "2"), [0, 1, 0])
    assert (rows.repeat.levels, rows.repeat.codes.tolist()) == (("9", "10"), [1, 1, 0])
    assert rows.item.tolist() == [0, 1, 2]


def test_codes_do_not_depend_on_the_order_of_rows(load: Load) -> None:
    lines = ROWS.splitlines(keepends=True)
    turned = HEAD + "".join(reversed(lines[1:]))
    keys = {"weight": "w", "cluster": "user", "time": "at", "fold": "fold"}
    one, other = load(text=ROWS, **keys).rows, load(text=turned, **keys).rows
    for name in ("weight", "cluster", "time", "item"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()[::-1]


def test_equal_weights_are_none(load: Load) -> None:
    text = "id,y,pred,w\n1,a,a,3\n2,b,b,3\n"
    assert load(text=text, weight="w").rows.weight is None


def test_times_of_typed_columns_and_numbers(root: Path, load: Load) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    zone = pa.timestamp("us", tz="Europe/Berlin")
    table = {
        "id": [1, 2],
        "y": ["a", "b"],
        "pred": ["a", "b"],
        "plain": pa.array([0, 10_000_000], pa.timestamp("us")),
        "zoned": pa.array([0, 10_000_000], zone),
        "step": [7, 3],
    }
    pq.write_table(pa.table(table), root / "p.parquet")
    for column, expected in (("plain", [0, 10]), ("zoned", [0, 10]), ("step", [7, 3])):
        assert load(path="p.parquet", time=column).rows.time.tolist() == expected
    assert load(text="id,y,pred,t\n1,a,a,2\n2,b,b,1.5\n", time="t").rows.time.tolist() == [2, 1.5]


@pytest.mark.parametrize(
    ("cells", "keys", "told"),
    [
        (("1,u", "-0.5,u"), {"weight": "w"}, r"weight: column 'w' holds -0.5 at p.csv, row 2"),
        (("0,u", "0,u"), {"weight": "w"}, "column 'w' is 0 in all 2 rows"),
        (("1,u", "inf,u"), {"weight": "w"}, "column 'w' holds NaN or infinity"),
        (("1,u", ",u"), {"weight": "w"}, r"column 'w' holds a missing value at p.csv, row 2"),
        (("1,u", "1,"), {"cluster": "g"}, r"cluster: column 'g' holds a missing value.* row 2"),
        (("1,", "1,u"), {"fold": "g"}, r"fold: column 'g' holds a missing value.* row 1"),
        (("1,", "1,u"), {"time": "g"}, r"time: column 'g' holds a missing value.* row 1"),
        (("1,2026-01-01", "1,u"), {"time": "g"}, r"else than a time or a number \('u'\).* row 2"),
    ],
)
def test_what_is_wrong_is_named(
    load: Load, cells: tuple[str, str], keys: dict[str, str], told: str
) -> None:
    text = "id,y,pred,w,g\n" + "".join(f"{i},{'ab'[i]},a,{cell}\n" for i, cell in enumerate(cells))
    with pytest.raises(DataError, match=told):
        load(text=text, **keys)


def test_an_id_is_unique_within_a_fold_and_repetition(load: Load) -> None:
    text = "id,y,pred,fold,seed\n" + "".join(
        f"{i},{'ab'[i % 2]},a,{i % 2},{s}\n" for i in range(4) for s in range(2)
    )
    with pytest.raises(DataError, match="4 of 8 rows repeat an id"):
        load(text=text, fold="fold")
    rows = load(text=text, fold="fold", repeat="seed").rows
    assert len(rows) == 8
    assert np.bincount(rows.item).tolist() == [2, 2, 2, 2]


def test_folds_that_are_seeds_and_seeds_that_are_folds(load: Load) -> None:
    seeds = "id,y,pred,k\n" + "".join(f"{i},{'ab'[i]},a,{k}\n" for i in (0, 1) for k in (1, 2))
    with pytest.raises(DataError, match="every fold holds all 2 ids") as caught:
        load(text=seeds, fold="k")
    assert "predictions.repeat" in str(caught.value.hint)
    assert load(text=seeds, repeat="k").rows.repeat is not None
    folds = "id,y,pred,k\n" + "".join(f"{i},{'ab'[i % 2]},a,{i // 2}\n" for i in range(4))
    with pytest.raises(DataError, match="no id appears in two repetitions") as caught:
        load(text=folds, repeat="k")
    assert "predictions.fold" in str(caught.value.hint)


def test_both_sides_are_what_this_commit_says(load: Load) -> None:
    new = load(text=ROWS, weight="w", cluster="user")
    old = load(path="old.csv", text=ROWS.replace("0.5", "7").replace("u10", "u2"))
    found = pair_candidates(new, old)
    assert found.baseline.weight is found.candidate.weight
    assert found.baseline.cluster.tolist() == [1, 0, 1]
    assert found.candidate.weight.tolist() == [0.5, 0, 2]


@pytest.mark.parametrize("name", ["epoch", "Epoch", "global_step"])
def test_the_epochs_of_a_training_are_no_seeds(load: Load, name: str) -> None:
    text = f"id,y,pred,{name}\n1,a,b,1\n2,b,b,1\n1,a,a,2\n2,b,b,2\n"
    with pytest.raises(DataError, match=f"predictions.repeat: '{name}' counts the course"):
        load(text=text, repeat=name)
    assert load(text=text.replace(name, "seed"), repeat="seed").rows.repeat is not None


def test_the_epochs_of_an_evaluation_are_repetitions(load: Load) -> None:
    text = "id,grade,epoch\n1,3,1\n2,4,1\n1,3,2\n2,5,2\n"
    number = NumbersSection(direction="higher")
    without = {"label": None, "prediction": None, "score": None}
    rows = load("scores", text, values={"grade": number}, repeat="epoch", **without).rows
    assert rows.repeat is not None


def test_one_seed_or_fold_is_none_in_a_file_and_in_what_both_sides_have(load: Load) -> None:
    head = "id,y,pred,k\n"
    alone = head + "".join(f"{i},{'ab'[i % 2]},a,1\n" for i in range(4))
    one = load(path="old.csv", text=alone, repeat="k")
    assert (one.rows.repeat, one.rows.item) == (None, None)
    assert load(text=alone, fold="k").rows.fold is None
    both = load(text=alone + "0,a,b,2\n", repeat="k")
    assert both.rows.repeat is not None
    paired = pair_candidates(both, one)
    for rows in (paired.candidate, paired.baseline):
        assert (rows.repeat, rows.item) == (None, None)
    assert (paired.counts.added, paired.counts.repeated) == (1, 0)
    numbered = replace(both, numbered=True)  # by the order of the file alone
    assert pair_candidates(numbered, one).counts.repeated == 1
    assert pair_candidates(numbered, both).counts.repeated == 0
    assert pair_candidates(both, both).candidate.repeat is not None
