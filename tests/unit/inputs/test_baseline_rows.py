from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlgate.errors import DataError
from mlgate.inputs import baseline_rows, row_ids
from mlgate.inputs.baseline_rows import EnvKey, SaltKey, key_of, read_rows, rows_bytes, write_rows
from mlgate.inputs.predictions import Candidate
from mlgate.model.rows import JudgedColumn, Rows

if TYPE_CHECKING:
    from pathlib import Path

Make = Callable[[Rows, list[str]], Candidate]
KEY = b"0123456789abcdef"
NAMES = ["ann", "bob", "cyd", "dan"]


def binary(score: list[float] | None = None, **keys: Any) -> Rows:
    y = np.array([0, 1, 1, 0], dtype=np.int32)
    scores = np.array([0.1, 0.9, 0.25, 0.5] if score is None else score)
    return Rows("binary", y, y[::-1].copy(), scores, ("<=50K", ">50K"), 1, **keys)


def multiclass() -> Rows:
    y = np.array([0, 1, 2, 0], dtype=np.int32)
    scores = np.array([[0.1, 0.2, 0.7], [1, 0, 0], [0, 1, 0], [0.3, 0.3, 0.4]])
    return Rows("multiclass", y, y, scores, ("a", "b", "c"))


def regression() -> Rows:
    return Rows("regression", np.array([1.5, 2, 3, 0]), np.array([1.1, 2, -3, 1e300]))


def test_a_human_s_numbers_and_the_judges_names_come_back(root: Path, make: Make) -> None:
    human = np.array([0.5, np.nan, 1.0, np.nan])
    rows = regression()
    rows = replace(
        rows, values={"g": np.arange(4.0)}, judged={"g": JudgedColumn(human, ("small-1",))}
    )
    data = rows_bytes(make(rows, NAMES), key=KEY, key_name=None)
    found = read_rows(data)
    by = row_ids.order(row_ids.hash_ids(NAMES, KEY))
    assert np.array_equal(found.human["g"], human[by], equal_nan=True)
    assert found.meta.judges == {"g": ("small-1",)}
    infinite = replace(rows, judged={"g": JudgedColumn(np.full(4, np.inf))})
    with pytest.raises(DataError, match="not finite"):
        read_rows(rows_bytes(make(infinite, NAMES), key=KEY, key_name=None))


@pytest.mark.parametrize("rows", [binary(), multiclass(), regression()], ids=lambda r: r.task)
def test_rows_come_back_sorted_by_hash(root: Path, make: Make, rows: Rows) -> None:
    rows = Rows(
        **{**{f: getattr(rows, f) for f in Rows.__slots__}, "values": {"ndcg": np.arange(4.0)}}
    )
    write_rows(root / "rows.parquet", make(rows, NAMES), key=KEY, key_name=None)
    found = read_rows(root / "rows.parquet")
    by = row_ids.order(row_ids.hash_ids(NAMES, KEY))
    assert np.array_equal(found.hashes, row_ids.hash_ids(NAMES, KEY)[by])
    assert np.array_equal(found.prediction, rows.y_pred[by])
    if rows.score is None:
        assert found.score is None
    else:
        assert found.score is not None
        assert np.array_equal(found.score, rows.score[by])
    assert np.array_equal(found.values["ndcg"], np.arange(4.0)[by])
    assert (found.meta.task, found.meta.classes, len(found)) == (rows.task, rows.classes, 4)


def test_nothing_but_hashes_prediction_and_score_is_kept(make: Make) -> None:
    data = rows_bytes(make(binary(values={"ndcg": np.arange(4.0)}), NAMES), key=KEY, key_name=None)
    assert pq.read_schema(pa.BufferReader(data)).names == [
        "id",
        "prediction",
        "label",
        "score",
        "value:ndcg",
    ]
    for name in NAMES:
        assert name.encode() not in data


def test_the_same_rows_in_another_order_give_the_same_bytes(make: Make) -> None:
    turn = [2, 0, 3, 1]
    rows = binary()
    assert rows.score is not None
    turned = Rows("binary", rows.y_true[turn], rows.y_pred[turn], rows.score[turn], rows.classes, 1)
    one = rows_bytes(make(rows, NAMES), key=KEY, key_name=None)
    assert rows_bytes(make(turned, [NAMES[i] for i in turn]), key=KEY, key_name=None) == one


def test_scores_keep_every_bit_and_take_half_the_room_where_they_can(make: Make) -> None:
    exact = [0.1, 1 / 3, 1e-300, 1.0]
    found = read_rows(rows_bytes(make(binary(exact), NAMES), key=KEY, key_name=None)).score
    assert found is not None
    assert sorted(found) == sorted(exact)
    single = [float(np.float32(value)) for value in (0.1, 1 / 3, 0.7, 1)]
    data = rows_bytes(make(binary(single), NAMES), key=KEY, key_name=None)
    assert pq.read_schema(pa.BufferReader(data)).field("score").type == pa.float32()
    found = read_rows(data).score
    assert found is not None
    assert sorted(found) == sorted(single)


def test_a_salt_stands_in_the_file_and_a_secret_does_not(make: Make) -> None:
    salted = read_rows(rows_bytes(make(binary(), NAMES), key=KEY, key_name=None)).meta
    assert salted.key == SaltKey(salt=KEY.hex())
    assert key_of(salted, None) == KEY
    data = rows_bytes(make(binary(), NAMES), key=KEY, key_name="ID_KEY")
    assert KEY not in data
    assert KEY.hex().encode() not in data
    secret = read_rows(data).meta
    assert isinstance(secret.key, EnvKey)
    assert secret.key.name == "ID_KEY"
    assert key_of(secret, KEY) == KEY
    assert key_of(secret, b"another") is None
    assert key_of(secret, None) is None


def test_the_digest_of_labels_tells_any_change_and_nothing_else(make: Make) -> None:
    def digest(rows: Rows, names: list[str] = NAMES, key: bytes = KEY) -> str:
        return baseline_rows.labels_digest(rows, make(rows, names).hashes(key), key)

    one = multiclass()
    more = Rows("multiclass", one.y_true + 1, one.y_pred, None, ("_", "a", "b", "c", "d"))
    turn = [2, 0, 3, 1]
    turned = Rows("multiclass", one.y_true[turn], one.y_pred, None, one.classes)
    assert digest(one) == digest(more) == digest(turned, [NAMES[i] for i in turn])
    changed = Rows(
        "multiclass", np.array([0, 1, 2, 1], dtype=np.int32), one.y_pred, None, one.classes
    )
    renamed = Rows("multiclass", one.y_true, one.y_pred, None, ("a", "b", "d"))
    others = {digest(changed), digest(renamed), digest(one, key=b"k"), digest(one, NAMES[::-1])}
    assert len(others | {digest(one)}) == 5
    minus = Rows("regression", np.array([-0.0, 1, 2, 3]), np.zeros(4))
    plus = Rows("regression", np.array([0.0, 1, 2, 3]), np.zeros(4))
    assert digest(minus) == digest(plus) != digest(regression())


def rewrite(data: bytes, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> bytes:
    """Read a file, let `change` alter columns and metadata, write it again."""
    table = pq.read_table(pa.BufferReader(data))
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    types = {field.name: field.type for field in table.schema}
    meta = json.loads(table.schema.metadata[b"mlgate"])
    change(columns, meta)
    arrays = {
        name: values if isinstance(values, pa.Array) else pa.array(values, types.get(name))
        for name, values in columns.items()
    }
    new = pa.table(arrays).replace_schema_metadata({b"mlgate": json.dumps(meta).encode()})
    out = io.BytesIO()
    pq.write_table(new, out)
    return out.getvalue()


HOSTILE: dict[str, tuple[Callable[[dict[str, Any], dict[str, Any]], object], str]] = {
    "a group": (lambda c, m: c.update(group=[1, 0, 1, 0]), "has columns that are not kept"),
    "labels themselves": (
        lambda c, m: c.update(label=pa.array([1, 0, 1, 0])),
        "a column is of type BIGINT",
    ),
    "no id": (lambda c, m: c.pop("id"), "its columns are not those of kept rows"),
    "no score of three": (lambda c, m: c.update({"score:0": [0.5] * 4}), "do not fit its classes"),
    "unsorted": (lambda c, m: c["id"].reverse(), "not sorted and unique"),
    "duplicate": (lambda c, m: c["id"].__setitem__(1, c["id"][0]), "not sorted and unique"),
    "missing id": (lambda c, m: c["id"].__setitem__(0, None), "missing ids"),
    "text ids": (lambda c, m: c.update(id=pa.array(list("abcd"))), "its ids are not hashes"),
    "long ids": (lambda c, m: c.update(id=pa.array([b"a" * 17] * 4)), "its ids are not hashes"),
    "a class too many": (lambda c, m: c["prediction"].__setitem__(0, 2), "unknown class"),
    "a negative class": (lambda c, m: c["prediction"].__setitem__(0, -1), "unknown class"),
    "text": (lambda c, m: c.update(prediction=pa.array(list("abcd"))), "is of type VARCHAR"),
    "no prediction": (lambda c, m: c["prediction"].__setitem__(0, None), "missing values"),
    "NaN": (lambda c, m: c["score"].__setitem__(0, float("nan")), "not finite"),
    "a score of 2": (lambda c, m: c["score"].__setitem__(0, 2.0), r"scores outside \[0, 1\]"),
    "another n": (lambda c, m: m.update(n=5), "number of rows differs"),
    "a huge n": (lambda c, m: m.update(n=10**12), "n"),
    "a schema of the future": (lambda c, m: m.update(schema=2), "schema"),
    "an unknown key": (lambda c, m: m.update(more=1), "more"),
    "an unknown task": (lambda c, m: m.update(task="ranking"), "task"),
    "another task": (lambda c, m: m.update(task="regression"), "do not fit its task"),
    "three classes": (lambda c, m: m.update(classes=["a", "b", "c"]), "do not fit its task"),
    "one class twice": (lambda c, m: m.update(classes=["a", "a"]), "a class appears twice"),
    "no positive": (lambda c, m: m.update(positive=None), "positive class does not fit"),
    "a long class": (lambda c, m: m.update(classes=["a", "b" * 2000]), "classes"),
    "no salt": (lambda c, m: m.update(key={"source": "salt"}), "key"),
    "half a byte of salt": (lambda c, m: m["key"].update(salt="abc"), "key"),
    "odd salt": (lambda c, m: m.update(key={"source": "salt", "salt": "xyz"}), "key"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_was_tampered_with_is_refused(make: Make, name: str) -> None:
    change, told = HOSTILE[name]
    data = rows_bytes(make(binary(), NAMES), key=KEY, key_name=None)
    assert len(read_rows(rewrite(data, lambda c, m: None))) == 4
    with pytest.raises(DataError, match=f"(?s)not a file that mlgate wrote: .*{told}") as e:
        read_rows(rewrite(data, change))  # type: ignore[arg-type]
    assert e.value.hint == "save the baseline again: mlgate baseline save"


def test_every_cut_or_changed_byte_is_refused_or_harmless(make: Make) -> None:
    """Whatever the bytes, the answer is rows or `DataError`, never another exception."""
    data = rows_bytes(make(binary(), NAMES), key=KEY, key_name=None)
    for end in range(0, len(data), 37):
        with pytest.raises(DataError):
            read_rows(data[:end])
    for at in range(0, len(data), 11):
        changed = bytearray(data)
        changed[at] ^= 0x5A
        try:
            found = read_rows(bytes(changed))
        except DataError:
            continue
        assert len(found) == len(found.prediction) == 4


def test_a_foreign_parquet_file(root: Path) -> None:
    pq.write_table(pa.table({"id": [1]}), root / "rows.parquet")
    with pytest.raises(DataError, match=r"rows\.parquet is not a file that mlgate wrote"):
        read_rows(root / "rows.parquet")


def test_a_missing_file(root: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        read_rows(root / "rows.parquet")


def test_a_file_beyond_the_cap(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "rows.parquet").write_bytes(b"PAR1" * 100)
    monkeypatch.setattr(baseline_rows, "MAX_FILE", 100)
    with pytest.raises(DataError, match="it has more than 100 bytes"):
        read_rows(root / "rows.parquet")
