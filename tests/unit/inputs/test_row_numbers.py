"""The cells of the simulation in miniature; `make calibrate` has all of them."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from mlgate.inputs import row_numbers

N = 4000


@pytest.fixture
def labels() -> np.ndarray:
    return (np.random.default_rng(3).random(N) < 0.3).astype(np.int32)


def relabelled(labels: np.ndarray, share: float) -> np.ndarray:
    """Flip a share of the labels."""
    flips = np.random.default_rng(4).random(N) < share
    return np.where(flips, 1 - labels, labels)


def shifted(labels: np.ndarray) -> np.ndarray:
    """Lose a row in the middle: from there on, each number names the next row."""
    return np.concatenate([labels[: N // 2], np.roll(labels[N // 2 :], -1)])


@pytest.mark.parametrize(
    ("change", "reading"),
    [
        (lambda labels: labels, "same"),
        (partial(relabelled, share=0.05), "same"),
        (np.random.default_rng(5).permutation, "row_numbers"),
        (np.sort, "row_numbers"),
        (shifted, "row_numbers"),
    ],
    ids=["same", "relabelled", "drawn anew", "sorted", "a row lost"],
)
def test_labels_tell_names_from_numbers(labels: np.ndarray, change, reading: str) -> None:
    today, order = change(labels), np.arange(N)
    measure = partial(row_numbers.of_codes, labels, today)
    assert row_numbers.read(order, measure) == reading
    measure = partial(row_numbers.of_equal, labels == today, today)
    assert row_numbers.read(order, measure) == reading


def test_predictions_tell_them_apart_beside_what_their_agreement_was(labels: np.ndarray) -> None:
    predictions = relabelled(labels, 0.25)
    order = np.arange(N)
    scale = row_numbers.of_codes(predictions, labels, order).value
    same = partial(row_numbers.of_codes, predictions, relabelled(labels, 0.02))
    assert row_numbers.read(order, same, scale) == "same"
    anew = partial(row_numbers.of_codes, predictions, np.random.default_rng(6).permutation(labels))
    assert row_numbers.read(order, anew, scale) == "row_numbers"


def test_few_rows_and_rare_classes_cannot_tell(labels: np.ndarray) -> None:
    few = np.arange(40)
    assert row_numbers.read(few, partial(row_numbers.of_codes, labels, labels)) == "unknown"
    rare = (np.arange(500) == 7).astype(np.int32)
    measure = partial(row_numbers.of_codes, rare, rare)
    assert row_numbers.read(np.arange(500), measure) == "unknown"
    constant = np.zeros(500, dtype=np.int32)
    measure = partial(row_numbers.of_codes, constant, constant)
    assert row_numbers.read(np.arange(500), measure) == "unknown"


def test_ids_are_ordered_by_their_last_number() -> None:
    assert row_numbers.id_order(["row-10", "row-9", "row-100"]).tolist() == [1, 0, 2]
    assert row_numbers.id_order(["10", "9", "100"]).tolist() == [1, 0, 2]
    assert row_numbers.id_order(["b", "a", "c3"]).tolist() == [1, 0, 2]
    assert row_numbers.id_order(["9" * 5000, "1"]).tolist() == [1, 0]
    assert not row_numbers.consecutive(["9" * 5000, "1"])


@pytest.mark.parametrize(
    ("ids", "counted"),
    [(["0", "1", "2"], True), (["2", "3", "1"], True), (["2", "3"], False), (["0", "2"], False),
     (["a", "1"], False), (["²", "1"], False)],
)  # fmt: skip
def test_ids_that_count_rows(ids: list[str], counted: bool) -> None:
    assert row_numbers.consecutive(ids) == counted
