from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlgate.config.schema import NumbersSection, PredictionsSection
from mlgate.errors import DataError, UnlistedClassError
from mlgate.inputs import predictions
from mlgate.inputs.paths import ANY, Freshness
from mlgate.inputs.predictions import Candidate, Naming

if TYPE_CHECKING:
    from pathlib import Path

Load = Callable[..., Candidate]
GOOD = "id,y,pred,s\na,no,no,0.1\nb,yes,yes,0.9\nc,yes,no,0.4\n"


def test_binary(load: Load) -> None:
    found = load("binary", GOOD, score="s")
    rows = found.rows
    assert (rows.task, rows.classes, rows.positive) == ("binary", ("no", "yes"), 1)
    assert rows.y_true.tolist() == [0, 1, 1]
    assert rows.y_true.dtype == np.int32
    assert rows.y_pred.tolist() == [0, 1, 0]
    assert rows.score is not None
    assert rows.score.tolist() == [0.1, 0.9, 0.4]
    assert found.ids is not None
    assert found.ids.tolist() == ["a", "b", "c"]


def test_the_positive_label_is_the_greater_one_or_the_one_named(load: Load) -> None:
    text = "id,y,pred\na,9,9\nb,10,10\n"
    assert load("binary", text).rows.positive == 1
    assert load("binary").rows.classes == ("9", "10")
    assert load("binary", positive_label=9).rows.positive == 0
    assert load("binary", positive_label=9.0).rows.positive == 0
    assert load("binary", positive_label="9").rows.positive == 0
    assert load("binary", positive_label="9.0").rows.positive == 0


def test_a_positive_label_that_does_not_occur(load: Load) -> None:
    told = r"predictions\.positive_label is '>50K', but the labels are no and yes"
    with pytest.raises(DataError, match=told):
        load("binary", GOOD, positive_label=">50K")


def test_the_section_of_the_configuration_is_what_is_read(root: Path) -> None:
    (root / "p.csv").write_text(GOOD)
    section = PredictionsSection.model_validate(
        {"path": "p.csv", "id": "id", "label": "y", "score": "s", "positive_label": "no"}
    )
    found = predictions.load(section, "binary", root, fresh=ANY)
    assert found.id_columns == ("id",)
    assert found.rows.positive == 0
    assert found.rows.y_pred.tolist() == [1, 0, 1]


def test_a_missing_prediction_is_the_score_at_the_threshold(load: Load) -> None:
    assert load("binary", GOOD, prediction=None, score="s").rows.y_pred.tolist() == [0, 1, 0]
    at = load("binary", prediction=None, score="s", threshold=0.4)
    assert at.rows.y_pred.tolist() == [0, 1, 1]
    swapped = load("binary", prediction=None, score="s", positive_label="no")
    assert swapped.rows.y_pred.tolist() == [1, 0, 1]


def test_neither_prediction_nor_score(load: Load) -> None:
    for task in ("binary", "multiclass", "regression"):
        with pytest.raises(DataError, match=r"predictions\.prediction is not set"):
            load(task, "id,y\na,1\nb,2\n", prediction=None)


def test_truth_values_and_their_numbers_are_the_same_labels(root: Path, load: Load) -> None:
    table = {"id": [1, 2], "y": [True, False], "pred": [1, 0], "flipped": [0.0, 1.0]}
    pq.write_table(pa.table(table), root / "p.parquet")
    rows = load("binary", path="p.parquet", positive_label=1).rows
    assert rows.classes == ("false", "true")
    assert rows.positive == 1
    assert rows.y_pred.tolist() == rows.y_true.tolist() == [1, 0]
    other = load("binary", path="p.parquet", label="flipped", prediction="y").rows
    assert other.classes == ("false", "true")
    assert other.y_true.tolist() == [0, 1]


def test_single_precision_scores_may_exceed_one_by_rounding(root: Path, load: Load) -> None:
    scores = pa.array([np.nextafter(np.float32(1), np.float32(2)), 0.5], pa.float32())
    table = pa.table({"id": [1, 2], "y": ["a", "b"], "s": scores})
    pq.write_table(table, root / "p.parquet")
    found = load("binary", path="p.parquet", prediction=None, score="s").rows.score
    assert found is not None
    assert found.tolist() == [1.0, 0.5]


def test_multiclass_with_a_column_a_class(load: Load) -> None:
    text = "id,y,pred,a,b,c\n1,x,x,.5,.3,.2\n2,y,z,.1,.6,.3\n"
    rows = load("multiclass", text, score={"z": "c", "y": "b", "x": "a"}).rows
    assert rows.classes == ("x", "y", "z")
    assert rows.positive is None
    assert rows.y_true.tolist() == [0, 1]
    assert rows.y_pred.tolist() == [0, 2]
    assert rows.score is not None
    assert rows.score.tolist() == [[0.5, 0.3, 0.2], [0.1, 0.6, 0.3]]
    without = load("multiclass", prediction=None, score={"z": "c", "y": "b", "x": "a"}).rows
    assert without.y_pred.tolist() == [0, 1]


def test_multiclass_with_a_list_of_scores(root: Path, load: Load) -> None:
    table = pa.table({"id": [1, 2], "y": [10, 9], "pred": [10, 9], "s": [[0.25, 0.75], [1.0, 0.0]]})
    pq.write_table(table, root / "p.parquet")
    rows = load("multiclass", path="p.parquet", score="s", classes=[10, 9]).rows
    assert rows.classes == ("9", "10")
    assert rows.score is not None
    assert rows.score.tolist() == [[0.75, 0.25], [0.0, 1.0]]
    with pytest.raises(DataError, match=r"predictions\.classes must name the classes in it"):
        load("multiclass", path="p.parquet", score="s")


def test_a_prediction_that_is_never_a_label_is_a_class(load: Load) -> None:
    rows = load("multiclass", "id,y,pred\n1,b,a\n2,c,c\n").rows
    assert rows.classes == ("a", "b", "c")
    assert rows.y_pred.tolist() == [0, 2]


def test_scores_without_a_class_that_occurs(load: Load) -> None:
    text = "id,y,pred,a,b\n1,x,x,.5,.5\n2,y,z,.5,.5\n"
    with pytest.raises(DataError, match=r"predictions\.score lists 2 classes; z is new"):
        load("multiclass", text, score={"x": "a", "y": "b"})


def test_a_new_class_is_the_reason_where_the_scores_of_the_others_do_not_sum_to_one(
    load: Load,
) -> None:
    text = "id,y,pred,a,b,c\n1,x,x,.5,.5,0\n2,z,z,.1,.1,.8\n"
    with pytest.raises(UnlistedClassError, match=r"lists 2 classes; z is new"):
        load("multiclass", text, score={"x": "a", "y": "b"})


def test_regression(load: Load) -> None:
    rows = load("regression", "id,y,pred\n1,2.5,2\n2,-1,0\n").rows
    assert rows.y_true.tolist() == [2.5, -1.0]
    assert rows.y_pred.dtype == np.float64
    assert rows.classes == ()


def test_a_constant_label_is_fine_in_regression_only(load: Load) -> None:
    text = "id,y,pred\n1,1,1\n2,1,0\n"
    assert len(load("regression", text).rows) == 2
    for task in ("binary", "multiclass"):
        with pytest.raises(DataError, match=r"predictions\.label: column 'y' is '1' in all 2 rows"):
            load(task)


def test_the_users_own_numbers(load: Load) -> None:
    text = "id,y,pred,ndcg\na,no,no,3\nb,yes,yes,4.5\n"
    assert load("binary", text, values={"ndcg": NumbersSection(direction="higher")}).rows.values[
        "ndcg"
    ].tolist() == [3, 4.5]
    with pytest.raises(DataError, match=r"metrics\.rows: .* no column 'iou'"):
        load("binary", values={"iou": NumbersSection(direction="higher")})
    with pytest.raises(DataError, match=r"metrics\.rows: column 'ndcg' holds a missing value"):
        load("binary", text + "c,no,no,\n", values={"ndcg": NumbersSection(direction="higher")})


@pytest.mark.parametrize("name", [lambda i: f"judge {i}", lambda _: "j" * 201])
def test_a_column_of_texts_names_no_judges(load: Load, name: Callable[[int], str]) -> None:
    rows = "".join(f"{i},no,no,3,{name(i % 30 + 1)}\n" for i in range(60))
    number = NumbersSection(direction="higher", judge="by")
    with pytest.raises(DataError, match="'by' does not hold the names of a few judges"):
        load(
            "binary", "id,y,pred,n,by\n" + rows.replace("no,no", "yes,no", 1), values={"n": number}
        )


def test_without_an_id_there_are_no_ids(load: Load) -> None:
    assert load("binary", GOOD, id=None).ids is None


def test_ids_of_several_columns_folds_and_repetitions(load: Load) -> None:
    text = "user,day,k,r,y,pred\n1,1,0,0,a,a\n1,1,1,0,a,b\n1,1,0,1,b,b\n"
    keys: dict[str, Any] = {"id": ["user", "day"], "fold": "k", "repeat": "r"}
    found = load("binary", text, **keys)
    assert found.id_columns == ("user", "day", "k", "r")
    assert found.ids is not None
    assert len(set(found.ids)) == 3
    with pytest.raises(DataError, match="1 of 3 rows repeat an id; user = 1, day = 1, k = 0"):
        load("binary", **{**keys, "repeat": None})


def test_duplicate_ids(load: Load) -> None:
    text = "id,y,pred\na,no,no\nb,yes,yes\na,yes,no\nb,no,no\nb,no,no\n"
    with pytest.raises(DataError) as e:
        load("binary", text)
    assert e.value.message == (
        "predictions.id: 3 of 5 rows repeat an id; id = a stands 2 times, first at p.csv, row 1"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,y,pred,s\n,no,no,0\nb,yes,yes,1\n", r"predictions\.id: .* a missing value at p\.csv, row 1"),
        ("id,y,pred,s\na,no,no,0\nb,,yes,1\n", r"predictions\.label: .* a missing value .* row 2"),
        ("id,y,pred,s\na,no,no,0\nb,yes,,1\n", r"predictions\.prediction: .* a missing value"),
        ("id,y,pred,s\na,no,no,\nb,yes,yes,1\n", r"predictions\.score: .* a missing value"),
        ("id,y,pred,s\na,no,no,NaN\nb,yes,yes,1\n", r"predictions\.score: .* NaN or infinity"),
        ("id,y,pred,s\na,no,no,inf\nb,yes,yes,1\n", r"predictions\.score: .* NaN or infinity"),
        ("id,y,pred,s\na,no,no,high\nb,yes,yes,1\n", r"'s' holds text where a number is expected \('high'\)"),
        ("id,y,pred,s\na,no,no,0\nb,yes,yes,1.5\n", r"'s' holds 1\.5, which is outside \[0, 1\], at p\.csv, row 2\n"),
        ("id,y,pred,s\na,no,no,-3\nb,yes,yes,4\n", r"'s' holds -3, which is outside \[0, 1\], at p\.csv, row 1, and 1 more"),
        ("id,y,pred,s\na,no,no,0\nb,yes,yes,1\nc,may,no,1\n", r"has 3 classes \(may, no, yes\), but the task is binary"),
        ("id,y,pred,s\na,no,0.3,0\nb,yes,0.5,1\n", r"'pred' holds 0\.3, 0\.5, but the labels in 'y' are no and yes"),
        ("id,y,pred\na,no,no\nb,yes,yes\n", r"predictions\.score: p\.csv has no column 's'; it has id, y, pred"),
        ("id,y,pred,s\n", r"p\.csv has no rows"),
        ("", r"p\.csv is empty"),
    ],
)  # fmt: skip
def test_bad_rows(load: Load, text: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        load("binary", text, score="s")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "id,y,pred\n1,2.5,x\n",
            r"predictions\.prediction: column 'pred' holds text where a number",
        ),
        ("id,y,pred\n1,,1\n", r"predictions\.label: column 'y' holds a missing value"),
        ("id,y,pred\n1,1,NaN\n", r"predictions\.prediction: .* NaN or infinity"),
    ],
)
def test_bad_numbers_of_a_regression(load: Load, text: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        load("regression", text)


def test_class_scores_that_do_not_sum_to_one(load: Load) -> None:
    text = "id,y,pred,a,b\n1,x,x,.5,.5\n2,y,y,.5,.502\n3,y,y,.5,.7\n4,x,x,.5,.5009\n"
    told = r"sum to 1\.002 at p\.csv, row 2, not to 1, and 1 more"
    with pytest.raises(DataError, match=told):
        load("multiclass", text, score={"x": "a", "y": "b"})


def test_class_scores_outside_the_unit_interval(load: Load) -> None:
    text = "id,y,pred,a,b\n1,x,x,.5,.5\n2,y,y,-.5,1.5\n"
    with pytest.raises(
        DataError, match=r"holds -0\.5, which is outside \[0, 1\], at p\.csv, row 2, and 1 more"
    ):
        load("multiclass", text, score={"x": "a", "y": "b"})


def test_a_score_a_class_under_binary(load: Load) -> None:
    with pytest.raises(DataError, match="names a column a class, but the task is binary"):
        load("binary", GOOD, score={"no": "s", "yes": "s"})


def test_missing_labels_of_typed_files(root: Path, load: Load) -> None:
    table = {"id": [1, 2], "y": [1.0, float("nan")], "pred": [1, 0]}
    pq.write_table(pa.table(table), root / "p.parquet")
    with pytest.raises(DataError, match=r"predictions\.label: .* NaN or infinity"):
        load("binary", path="p.parquet")
    pq.write_table(pa.table({**table, "y": pa.array([None, None])}), root / "p.parquet")
    with pytest.raises(DataError, match=r"predictions\.label: .* a missing value"):
        load("binary", path="p.parquet")


def test_a_stale_file(root: Path, load: Load) -> None:
    (root / "p.csv").write_text(GOOD)
    os.utime(root / "p.csv", (1_700_000_000, 1_700_000_000))
    stale = Freshness(1_700_000_060.0, lambda _: False)
    with pytest.raises(
        DataError, match=r"predictions\.path: p\.csv was written at 2023-11-14 22:13"
    ):
        load("binary", fresh=stale)
    restored = Freshness(1_700_000_060.0, lambda path: path == root / "p.csv")
    assert len(load("binary", fresh=restored).rows) == 3


def test_one_stale_part_of_a_glob_is_enough(root: Path, load: Load) -> None:
    (root / "p1.csv").write_text("id,y,pred\na,no,no\n")
    (root / "p2.csv").write_text("id,y,pred\nb,yes,no\n")
    assert load("binary", path="p*.csv").paths == (root / "p1.csv", root / "p2.csv")
    os.utime(root / "p2.csv", (1_700_000_000, 1_700_000_000))
    with pytest.raises(DataError, match=r"p2\.csv was written at"):
        load("binary", path="p*.csv", fresh=Freshness(1_700_000_060.0, lambda _: False))


def test_a_path_outside_the_repository(root: Path, load: Load) -> None:
    outside = root.parent / f"{root.name}-outside.csv"
    outside.write_text(GOOD)
    with pytest.raises(DataError, match="outside the repository"):
        load("binary", path=str(outside))
    named = Naming(lambda name: f"baseline.{name}", outside=True)
    assert len(load("binary", path=str(outside), named=named).rows) == 3
    outside.unlink()


def test_errors_name_settings_as_the_caller_does(load: Load) -> None:
    with pytest.raises(DataError, match=r"--label: p\.csv has no column 'income'"):
        load("binary", GOOD, label="income", named=Naming("--{}".format))


def test_a_git_lfs_pointer_in_place_of_predictions(load: Load) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    with pytest.raises(DataError, match="Git LFS pointer"):
        load("binary", pointer)
