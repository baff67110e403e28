from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlgate.inputs.predictions import Candidate
from mlgate.inputs.test_set import digest

if TYPE_CHECKING:
    from pathlib import Path

Load = Callable[..., Candidate]
CSV = "id,y,pred\n1,0,0\n2,1,1\n10,1,0\n"


def parquet(root: Path, **columns: object) -> None:
    pq.write_table(pa.table(columns), root / "p.parquet")


def test_predictions_and_the_order_of_rows_are_no_part_of_it(load: Load) -> None:
    first = digest(load(text=CSV))
    assert first == digest(load(text="pred,id,y\n1,10,1\n1,1,0\n1,2,1\n"))
    assert first.startswith("sha256:")


@pytest.mark.parametrize(
    "text", [CSV.replace("10,1", "11,1"), CSV.replace("10,1", "10,0"), CSV + "11,1,1\n"]
)
def test_another_id_label_or_row_makes_another_one(load: Load, text: str) -> None:
    assert digest(load(text=text)) != digest(load(text=CSV))


def test_it_is_the_same_in_every_format(load: Load, root: Path) -> None:
    text = digest(load(text=CSV))
    parquet(root, id=[1, 2, 10], y=[0, 1, 1], pred=[0, 1, 0])
    assert digest(load(path="p.parquet")) == text
    parquet(root, id=["1", "2", "10"], y=[False, True, True], pred=[False, True, False])
    assert digest(load(path="p.parquet")) == text


@pytest.mark.parametrize("kind", [pa.float32(), pa.float64()])
def test_numbers_are_the_same_in_single_precision(load: Load, root: Path, kind: object) -> None:
    numbers = [0.1, 3, -2.5e-7]
    text = "id,y,pred\n" + "".join(f"{i},{number},0\n" for i, number in enumerate(numbers))
    parquet(root, id=[0, 1, 2], y=pa.array(numbers, kind), pred=np.zeros(3))
    assert digest(load("regression", path="p.parquet")) == digest(load("regression", text))
