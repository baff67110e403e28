from __future__ import annotations

import numpy as np
import pytest

from mlgate.inputs import row_hashes, row_ids, row_labels
from mlgate.model.rows import Rows

KEY = b"key"
IDS = row_ids.hash_ids([f"row-{i}" for i in range(2000)], KEY)


def numbers(values: np.ndarray) -> Rows:
    return Rows("regression", values, values)


def classes(codes: np.ndarray, names: tuple[str, ...] = ("a", "b", "c")) -> Rows:
    return Rows("multiclass", codes.astype(np.int32), codes.astype(np.int32), classes=names)


@pytest.mark.parametrize(
    ("labels", "step"),
    [
        ([0.0, 1, 2, 3, 4], 1e-6),
        ([0.0, 1, 2, 3, 1e12], 1e-6),
        ([5.0, 5, 5, 5, 5], 1e-6),
        ([0.0, 0, 0, 0, 0], 1e-6),
        ([1000.0, 2000, 3000, 4000, 5000], 1e-3),
        ([1e-310, 2e-310, 3e-310, 0, 0], 1e-286),
    ],
)
def test_numbers_are_rounded_to_a_millionth_of_their_spread(
    labels: list[float], step: float
) -> None:
    assert row_hashes.step_of(np.array(labels)) == pytest.approx(step)


def test_numbers_that_are_computed_anew_are_the_same() -> None:
    rng = np.random.default_rng(1)
    labels = rng.normal(100, 30, 2000)
    step = row_hashes.step_of(labels)
    kept = row_labels.hash_labels(numbers(labels), IDS, KEY, step)
    for again in (labels * (1 + 1e-15), labels + step * 0.4, labels.astype(np.float32)):
        today = numbers(again.astype(np.float64))
        assert not row_labels.changed(today, IDS, kept, KEY, step).any()
    moved = labels.copy()
    moved[[3, 1999]] += 3 * step
    assert np.flatnonzero(row_labels.changed(numbers(moved), IDS, kept, KEY, step)).tolist() == [
        3,
        1999,
    ]


def test_a_label_is_hashed_with_its_row_and_with_the_key() -> None:
    """Equal labels must not show as equal hashes, nor under another key."""
    same = classes(np.zeros(2000))
    hashes = row_labels.hash_labels(same, IDS, KEY, None)
    assert len(np.unique(hashes)) == 2000
    assert (row_labels.hash_labels(same, IDS, b"other", None) != hashes).all()
    assert hashes.dtype == np.uint32


def test_a_class_has_the_same_hash_whatever_other_classes_there_are() -> None:
    codes = np.arange(2000) % 2
    first = row_labels.hash_labels(classes(codes, ("a", "c")), IDS, KEY, None)
    second = row_labels.hash_labels(classes(codes * 2), IDS, KEY, None)
    assert np.array_equal(first, second)


def test_classes_are_recovered_and_others_are_none_of_them() -> None:
    rng = np.random.default_rng(2)
    before = rng.integers(0, 4, 2000)
    kept = row_labels.hash_labels(classes(before, ("a", "b", "c", "d")), IDS, KEY, None)
    today = np.zeros(2000, dtype=np.int32)
    recovered = row_labels.recover(today, ("a", "b", "c"), IDS, kept, KEY)
    assert np.array_equal(recovered, before)
