"""Labels of a file of their own, joined by id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlgate.errors import DataError
from mlgate.inputs.held_labels import HeldLabels
from mlgate.inputs.predictions import Naming
from mlgate.inputs.test_set import digest, is_named

if TYPE_CHECKING:
    from pathlib import Path

Load = Callable[..., Any]
PREDICTED = "id,pred\nc,no\na,no\nb,yes\n"


@pytest.fixture
def held(root: Path) -> Callable[..., HeldLabels]:
    """Write the file of labels."""

    def write(text: str, **more: Any) -> HeldLabels:
        (root / "labels.csv").write_text(text)
        return HeldLabels((root / "labels.csv",), "labels.csv", **more)

    return write


def test_labels_follow_the_order_of_the_predictions(load: Load, held: Any) -> None:
    labels = held("id,y\na,no\nb,yes\nc,yes\n")
    found = load("binary", PREDICTED, named=Naming(labels=labels))
    assert found.ids is not None
    assert found.ids.tolist() == ["c", "a", "b"]
    assert found.rows.y_true.tolist() == [1, 0, 1]
    assert found.rows.y_pred.tolist() == [0, 0, 1]


def test_a_column_of_labels_in_the_predictions_says_nothing(load: Load, held: Any) -> None:
    labels = held("id,y\na,no\nb,yes\nc,yes\n")
    found = load("binary", "id,pred,y\nc,no,no\na,no,no\nb,yes,no\n", named=Naming(labels=labels))
    assert found.rows.y_true.tolist() == [1, 0, 1]


def test_every_task(load: Load, held: Any) -> None:
    labels = held("id,y\n1,7\n2,8.5\n3,9\n")
    found = load("regression", "id,pred\n2,1\n3,2\n1,3\n", named=Naming(labels=labels))
    assert found.rows.y_true.tolist() == [8.5, 9, 7]
    labels = held("id,y\n1,a\n2,b\n3,c\n")
    found = load("multiclass", "id,pred\n2,a\n3,c\n1,a\n", named=Naming(labels=labels))
    assert found.rows.classes == ("a", "b", "c")
    assert found.rows.y_true.tolist() == [1, 2, 0]


def test_ids_of_several_columns_and_of_other_types(root: Path, load: Load, held: Any) -> None:
    labels = held("user,day,y\n7,1,no\n7,2,yes\n")
    table = pa.table({"user": [7.0, 7.0], "day": [2, 1], "pred": ["yes", "no"]})
    pq.write_table(table, root / "p.parquet")
    found = load("binary", path="p.parquet", id=("user", "day"), named=Naming(labels=labels))
    assert found.rows.y_true.tolist() == [1, 0]


def test_weight_cluster_and_time_are_those_of_the_labels(load: Load, held: Any) -> None:
    labels = held("id,y,w,g\na,no,1,x\nb,yes,2,x\nc,yes,3,z\n")
    text = "id,pred,w,t\nc,no,9,5\na,no,9,6\nb,yes,9,7\n"
    rows = load("binary", text, weight="w", cluster="g", time="t", named=Naming(labels=labels)).rows
    assert rows.weight is not None
    assert rows.cluster is not None
    assert rows.time is not None
    assert rows.weight.tolist() == [3, 1, 2]
    assert rows.cluster.tolist() == [1, 0, 0]
    assert rows.time.tolist() == [5, 6, 7]


def test_a_label_serves_every_repetition(load: Load, held: Any) -> None:
    labels = held("id,y\na,no\nb,yes\n")
    text = "id,seed,pred\na,1,no\nb,1,yes\na,2,no\nb,2,no\n"
    found = load("binary", text, repeat="seed", named=Naming(labels=labels))
    assert found.rows.y_true.tolist() == [0, 1, 0, 1]
    with pytest.raises(DataError, match=r"25 % of the 2 labelled rows"):
        load("binary", text.removesuffix("b,2,no\n"), repeat="seed", named=Naming(labels=labels))


def test_a_prediction_without_a_label_is_never_dropped(load: Load, held: Any) -> None:
    labels = held("id,y\na,no\nb,yes\n", changed=True)
    with pytest.raises(DataError, match=r"no label for 1 of 3 predictions \(ids 'c', …\)") as told:
        load("binary", PREDICTED, named=Naming(labels=labels))
    assert told.value.hint is not None
    assert "counts once it is merged" in told.value.hint


def test_a_label_without_a_prediction_is_a_row_left_out(load: Load, held: Any) -> None:
    text = "id,y\na,no\nb,yes\nc,yes\nd,no\n"
    with pytest.raises(DataError, match=r"25 % of the 4 labelled rows of labels\.csv have no"):
        load("binary", PREDICTED, named=Naming(labels=held(text)))
    assert len(load("binary", PREDICTED, named=Naming(labels=held(text, missing=0.25))).rows) == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "id,y\na,no\nb,yes\nc,yes\na,yes\n",
            r"id = a stands 2 times, first at labels\.csv, row 1",
        ),
        ("id,y\na,no\nb,yes\nc,\n", r"a missing value at labels\.csv, row 3"),
        ("id,y\na,no\nb,yes\n,no\n", r"a missing value at labels\.csv, row 3"),
        ("id,label\na,no\n", r"labels\.csv has no column 'y'"),
        ("key,y\na,no\n", r"labels\.csv has no column 'id'"),
        ("id,y\na,no\nb,no\nc,no\n", r"column 'y' is 'no' in all"),
    ],
)
def test_what_is_wrong_with_the_labels(load: Load, held: Any, text: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        load("binary", PREDICTED, named=Naming(labels=held(text)))


def test_many_rows_in_any_order(root: Path, load: Load) -> None:
    random = np.random.default_rng(1)
    ids, label = np.arange(20_000), random.random(20_000)
    pq.write_table(pa.table({"id": ids, "y": label}), root / "labels.parquet")
    order = random.permutation(20_000)
    table = pa.table({"id": ids[order], "pred": label[order]})
    pq.write_table(table, root / "p.parquet")
    held = HeldLabels((root / "labels.parquet",), "labels.parquet")
    rows = load("regression", path="p.parquet", named=Naming(labels=held)).rows
    assert (rows.y_true == rows.y_pred).all()


def test_no_digest_confirms_a_guess_of_them(load: Load, held: Any) -> None:
    shown = []
    for key in (b"", b"one secret", b"another"):
        labels = held("id,y\na,no\nb,yes\nc,yes\n", key=key)
        shown.append(
            (labels.digest(), digest(load("binary", PREDICTED, named=Naming(labels=labels))))
        )
    plain, *secret = shown
    assert [text.partition(":")[0] for text in plain] == ["sha256", "sha256"]
    assert all(text.startswith("hmac-sha256:") for pair in secret for text in pair)
    assert len({text for pair in shown for text in pair}) == 6


def test_a_plain_digest_that_was_announced_before_still_names_them(load: Load, held: Any) -> None:
    plain = load("binary", PREDICTED, named=Naming(labels=held("id,y\na,no\nb,yes\nc,yes\n")))
    secret = replace(plain, labels_key=b"one secret")
    assert is_named(secret, digest(plain))
    assert is_named(secret, digest(secret))
    assert not is_named(plain, digest(secret))
