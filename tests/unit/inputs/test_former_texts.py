"""Baselines of the time when canonical texts were others: their rows are the same rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlgate.errors import DataError
from mlgate.inputs import baseline_rows
from mlgate.inputs.baseline_rows import BaselineRows, read_rows, rows_bytes
from mlgate.inputs.pairing import IncomparableError, pair, pair_candidates
from mlgate.inputs.predictions import Candidate

if TYPE_CHECKING:
    from pathlib import Path

Load = Callable[..., Candidate]
KEY = b"key"
CODES = "id,y,pred\na,250.0,250.0\nb,250.00,250.0\nc,428.0,428.0\nd,401.9,401.9\n"
NFC, NFD = "caf\u00e9", "cafe\u0301"


def kept(candidate: Candidate) -> BaselineRows:
    return read_rows(rows_bytes(candidate, key=KEY, key_name=None))


@pytest.fixture
def kept_before(monkeypatch: pytest.MonkeyPatch) -> Callable[[Candidate], BaselineRows]:
    """What version 1 keeps of rows."""

    def keep(candidate: Candidate) -> BaselineRows:
        with monkeypatch.context() as patch:
            patch.setattr(baseline_rows, "FORM", 1)
            return kept(candidate.former or candidate)

    return keep


def test_codes_that_look_like_numbers_are_told_apart_in_every_format(
    load: Load, root: Path
) -> None:
    table = pa.table({
        "id": list("abcd"),
        "y": ["250.0", "250.00", "428.0", "401.9"],
        "pred": ["250.0", "250.0", "428.0", "401.9"],
    })  # fmt: skip
    pq.write_table(table, root / "p.parquet")
    (root / "p.jsonl").write_text(
        "".join(str(row).replace("'", '"') + "\n" for row in table.to_pylist())
    )
    csv = load("multiclass", CODES).rows
    assert csv.classes == ("250.0", "250.00", "401.9", "428.0")
    assert csv.y_pred.tolist() == [0, 0, 3, 2]
    for name in ("p.parquet", "p.jsonl"):
        other = load("multiclass", path=name).rows
        assert other.classes == csv.classes
        assert other.y_true.tolist() == csv.y_true.tolist()
        assert other.y_pred.tolist() == csv.y_pred.tolist()


def test_numbers_as_text_are_numbers_in_every_format(load: Load, root: Path) -> None:
    pq.write_table(
        pa.table({"id": ["a", "b"], "y": ["1.0", "0.0"], "pred": [1, 0]}), root / "p.parquet"
    )
    assert load("binary", path="p.parquet").rows.classes == ("0", "1")
    assert load("binary", "id,y,pred\na,1.0,1\nb,0.0,0\n").rows.classes == ("0", "1")


def test_a_code_among_words_stays_as_it_is_written(load: Load) -> None:
    text = "id,y,pred\na,V10.0,250.0\nb,250.0,250.0\nc,428.0,428.0\n"
    assert load("multiclass", text).rows.classes == ("250.0", "428.0", "V10.0")
    text = "id,y,pred\na,unknown,1.0\nb,1,1.0\nc,2,2.0\n"
    assert load("multiclass", text).rows.classes == ("1", "2", "unknown")


def test_numbers_beside_text_are_refused(load: Load, root: Path) -> None:
    pq.write_table(
        pa.table({"id": ["a", "b"], "y": ["01", "02"], "pred": [1, 2]}), root / "p.parquet"
    )
    with pytest.raises(DataError, match=r"'pred' holds '1' where the labels in 'y' are .*'01'"):
        load("multiclass", path="p.parquet")


@pytest.mark.parametrize(
    ("name", "y", "pred"),
    [
        ("p.csv", ["250.0", "250.00", "428.0"], ["250.0", "250.0", "428.0"]),
        ("p.parquet", ["1.0", "0.0", "1.0"], ["1.0", "1.0", "0.0"]),
        ("p.parquet", ["True", "False", "True"], ["True", "True", "False"]),
    ],
)
def test_labels_that_are_spelled_anew_are_not_relabelled(
    load: Load,
    root: Path,
    kept_before: Callable[[Candidate], BaselineRows],
    name: str,
    y: list[str],
    pred: list[str],
) -> None:
    if name == "p.csv":
        rows = "".join(f"{i},{a},{b}\n" for i, (a, b) in enumerate(zip(y, pred, strict=True)))
        (root / name).write_text(f"id,y,pred\n{rows}")
    else:
        pq.write_table(pa.table({"id": ["0", "1", "2"], "y": y, "pred": pred}), root / name)
    candidate = load("multiclass", path=name)
    before = kept_before(candidate)
    assert before.meta.classes != candidate.rows.classes
    paired = pair(candidate, before, key=KEY)
    assert (paired.counts.paired, paired.counts.relabelled) == (3, 0)
    assert (paired.candidate.y_pred == paired.baseline.y_pred).all()
    now = pair(candidate, kept(candidate), key=KEY)
    assert now.counts.relabelled == 0
    assert now.candidate.classes == candidate.rows.classes


def test_unicode_forms_of_one_id_are_one_id(
    load: Load, kept_before: Callable[[Candidate], BaselineRows]
) -> None:
    text = "id,y,pred\n{},1,1\nb,0,0\n"
    composed, decomposed = (load("binary", text.format(name)) for name in (NFC, NFD))
    assert composed.former is None
    assert decomposed.ids is not None
    assert decomposed.ids.tolist() == [NFC, "b"]
    assert pair_candidates(composed, decomposed).counts.paired == 2
    assert pair(composed, kept(decomposed), key=KEY).counts.paired == 2
    assert pair(decomposed, kept_before(decomposed), key=KEY).counts.paired == 2
    with pytest.raises(DataError, match="1 of 2 rows repeat an id"):
        load("binary", f"id,y,pred\n{NFC},1,1\n{NFD},0,0\n")


def test_labels_as_numbers_and_as_text_are_refused_not_relabelled(load: Load) -> None:
    numbers = load("multiclass", "id,y,pred\na,7,7\nb,8,8\n")
    text = load("multiclass", "id,y,pred\na,007,007\nb,008,008\n")
    for first, second in ((numbers, text), (text, numbers)):
        with pytest.raises(IncomparableError, match="one has numbers, the other text"):
            pair(first, kept(second), key=KEY)
        with pytest.raises(IncomparableError, match="one has numbers, the other text"):
            pair_candidates(first, second)
