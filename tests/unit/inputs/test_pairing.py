from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.errors import DataError
from mlgate.inputs.baseline_rows import BaselineRows, read_rows, rows_bytes
from mlgate.inputs.label_bounds import Confusion, ResidualQuantiles
from mlgate.inputs.pairing import ANOTHER, pair, pair_candidates
from mlgate.inputs.predictions import Candidate
from mlgate.model.evidence import RowCounts
from mlgate.model.rows import PairedRows, Rows

Make = Callable[[Rows, Sequence[str]], Candidate]
KEY = b"key"


def rows(
    y_true: Sequence[int], y_pred: Sequence[int], classes: Sequence[str] = ("no", "yes")
) -> Rows:
    task = "binary" if len(classes) == 2 else "multiclass"
    true, pred = np.array(y_true, dtype=np.int32), np.array(y_pred, dtype=np.int32)
    return Rows(task, true, pred, None, tuple(classes), 1 if task == "binary" else None)


def keep(candidate: Candidate) -> BaselineRows:
    return read_rows(rows_bytes(candidate, key=KEY, key_name=None))


def kept_before(candidate: Candidate) -> BaselineRows:
    """What versions kept that had no hash of each row's label."""
    return replace(keep(candidate), labels=None)


def confusion(of: Rows) -> Confusion:
    counts = np.zeros((len(of.classes), len(of.classes)), dtype=int)
    np.add.at(counts, (of.y_true, of.y_pred), 1)
    return Confusion(of.classes, counts.tolist())


def names(found: Rows, codes: np.ndarray) -> list[str]:
    return [found.classes[code] for code in codes]


def test_rows_are_paired_by_id_in_the_candidates_order(make: Make) -> None:
    old = make(
        replace(rows([0, 1, 0], [0, 0, 1]), score=np.array([0.1, 0.2, 0.3])), ["a", "b", "c"]
    )
    new = make(
        replace(rows([1, 0, 1], [1, 1, 0]), score=np.array([0.7, 0.8, 0.9])), ["d", "c", "b"]
    )
    found = pair(new, keep(old), key=KEY)
    assert found.candidate.y_true.tolist() == [0, 1]
    assert found.candidate.y_pred.tolist() == [1, 0]
    assert found.baseline.y_pred.tolist() == [1, 0]
    assert found.baseline.y_true is found.candidate.y_true
    assert found.candidate.score is not None
    assert found.candidate.score.tolist() == [0.8, 0.9]
    assert found.baseline.score is not None
    assert found.baseline.score.tolist() == [0.3, 0.2]
    assert found.counts == RowCounts(paired=2, added=1, missing=1, relabelled=0)


def test_equal_labels_are_known_to_be_equal(make: Make) -> None:
    old = make(rows([0, 1, 0], [0, 0, 1]), ["a", "b", "c"])
    new = make(rows([1, 0, 1, 0], [1, 1, 0, 0]), ["d", "c", "b", "a"])
    counts = pair(new, keep(old), key=KEY).counts
    assert counts == RowCounts(paired=3, added=1, missing=0, relabelled=0, relabelled_exact=True)


def test_changed_labels_are_bounded_by_the_confusion_matrix(make: Make) -> None:
    before = rows([0, 1, 0, 1], [0, 0, 1, 1])
    old = make(before, ["a", "b", "c", "d"])
    new = make(rows([1, 0, 0, 1], [0, 0, 1, 1]), ["a", "b", "c", "d"])
    one = make(rows([1, 1, 0, 1], [0, 0, 1, 1]), ["a", "b", "c", "d"])
    told = pair(one, kept_before(old), key=KEY, then=confusion(before)).counts
    assert (told.relabelled, told.relabelled_exact) == (1, False)
    # a and b swap their labels under the same prediction: the matrix sees nothing, the digest does
    told = pair(new, kept_before(old), key=KEY, then=confusion(before)).counts
    assert (told.relabelled, told.relabelled_exact) == (1, False)
    assert pair(new, kept_before(old), key=KEY).counts.relabelled == 1


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=30
    )
)
def test_the_bound_never_exceeds_the_number_of_changed_labels(
    cells: list[tuple[int, int, int]],
) -> None:
    before, after, predicted = (list(column) for column in zip(*cells, strict=True))
    ids = np.array([str(i) for i in range(len(cells))], dtype=object)
    then, now = rows(before, predicted, "abc"), rows(after, after, "abc")
    # the order of classes in the evidence is its own
    turned = rows([2 - y for y in before], [2 - y for y in predicted], "cba")
    old, new = Candidate(then, ids, ("id",), ()), Candidate(now, ids, ("id",), ())
    changed = sum(b != a for b, a in zip(before, after, strict=True))
    for told in (confusion(then), confusion(turned)):
        counts = pair(new, kept_before(old), key=KEY, then=told).counts
        assert counts.relabelled is not None
        assert (counts.relabelled == 0) == (changed == 0) == counts.relabelled_exact
        assert counts.relabelled <= changed
    assert pair(new, keep(old), key=KEY).counts.relabelled == changed
    assert pair_candidates(new, old).counts.relabelled == changed


def test_classes_of_both_sides_are_one_set(make: Make) -> None:
    left = replace(rows([0, 1], [1, 1], "abd"), score=np.array([[0.5, 0.25, 0.25], [0, 0, 1.0]]))
    right = replace(rows([0, 1], [2, 1], "acd"), score=np.array([[0.5, 0.5, 0], [0.25, 0, 0.75]]))
    found = pair(make(left, ["x", "y"]), keep(make(right, ["x", "y"])), key=KEY)
    assert found.candidate.classes == found.baseline.classes == ("a", "b", "c", "d")
    assert names(found.candidate, found.candidate.y_true) == ["a", "b"]
    assert names(found.candidate, found.candidate.y_pred) == ["b", "b"]
    assert names(found.baseline, found.baseline.y_pred) == ["d", "c"]
    assert names(found.baseline, found.baseline.y_true) == ["a", "b"]
    assert found.candidate.score is not None
    assert found.candidate.score.tolist() == [[0.5, 0.25, 0, 0.25], [0, 0, 0, 1]]
    assert found.baseline.score is not None
    assert found.baseline.score.tolist() == [[0.5, 0, 0.5, 0], [0.25, 0, 0, 0.75]]


def test_the_score_of_the_other_class_is_turned(make: Make) -> None:
    old = replace(rows([0, 1], [0, 1]), score=np.array([0.75, 0.5]), positive=0)
    new = replace(rows([0, 1], [0, 1]), score=np.array([0.1, 0.9]))
    found = pair(make(new, ["a", "b"]), keep(make(old, ["a", "b"])), key=KEY).baseline
    assert found.positive == 1
    assert found.score is not None
    assert found.score.tolist() == [0.25, 0.5]


def test_other_labels_or_another_task_cannot_be_compared(make: Make) -> None:
    new = make(rows([0, 1], [0, 1]), ["a", "b"])
    other = keep(make(rows([0, 1], [0, 1], ("0", "1")), ["a", "b"]))
    with pytest.raises(
        DataError, match="labels of this commit are no and yes, those of the baseline 0 and 1"
    ):
        pair(new, other, key=KEY)
    old = make(rows([0, 1], [0, 1], ("0", "1")), ["a", "b"])
    with pytest.raises(DataError, match=r"of new\.csv are no and yes, those of old\.csv 0 and 1"):
        pair_candidates(new, old, ("new.csv", "old.csv"))
    number = keep(make(Rows("regression", np.zeros(2), np.ones(2)), ["a", "b"]))
    with pytest.raises(
        DataError, match="predictions of this commit are binary, those of the baseline regr"
    ):
        pair(new, number, key=KEY)


def test_regression_is_paired_too(make: Make) -> None:
    old = make(Rows("regression", np.array([1.0, 2.0]), np.array([3.0, 4.0])), ["a", "b"])
    new = make(Rows("regression", np.array([2.0, 1.0]), np.array([5.0, 6.0])), ["b", "a"])
    found = pair(new, keep(old), key=KEY)
    assert found.baseline.y_pred.tolist() == [4.0, 3.0]
    assert (found.counts.relabelled, found.counts.relabelled_exact) == (0, True)
    moved = make(Rows("regression", np.array([2.0, 1.5]), np.array([5.0, 6.0])), ["b", "a"])
    told = pair(moved, kept_before(old), key=KEY).counts
    assert (told.relabelled, told.relabelled_exact) == (1, False)
    counts = RowCounts(paired=2, added=0, missing=0, relabelled=1, ids="unknown")
    assert pair(moved, keep(old), key=KEY).counts == counts
    assert pair_candidates(moved, old).counts == counts


def test_ids_that_do_not_overlap(make: Make) -> None:
    old = make(rows([0, 1, 1], [0, 1, 1]), ["0", "1", "2"])
    new = make(rows([0, 1, 1, 0], [0, 1, 0, 0]), ["u-1", "u-2", "u-3", "u-4"])
    for attempt in (lambda: pair(new, keep(old), key=KEY), lambda: pair_candidates(new, old)):
        with pytest.raises(DataError) as e:
            attempt()
        assert e.value.message == (
            "none of the 4 rows of this commit is among the 3 of the baseline: their ids do not "
            "overlap (this commit: 'u-1'; 'u-2'; 'u-3', …)"
        )


def ids_of(n: int) -> list[str]:
    return [f"row-{i}" for i in range(n)]


@pytest.mark.parametrize("kept", [True, False], ids=["hashes", "labels at hand"])
def test_the_labels_of_the_baseline_are_recovered(make: Make, kept: bool) -> None:
    old = make(rows([0, 1, 2, 2], [0, 0, 1, 2], "abc"), ["w", "x", "y", "z"])
    new = make(rows([2, 1, 2, 0], [2, 2, 2, 2], "abc"), ["z", "x", "y", "w"])
    moved = make(rows([1, 1, 2, 2], [2, 2, 2, 2], "abc"), ["z", "x", "y", "w"])
    pairing = (
        (lambda new: pair(new, keep(old), key=KEY))
        if kept
        else (lambda new: pair_candidates(new, old))
    )
    assert pairing(new).earlier is None
    found = pairing(moved)
    assert found.counts.relabelled == 2
    assert found.earlier is not None
    earlier = found.earlier()
    assert names(earlier.candidate, earlier.candidate.y_true) == ["c", "b", "c", "a"]
    assert earlier.baseline.y_true is earlier.candidate.y_true
    assert earlier.baseline.y_pred.tolist() == found.baseline.y_pred.tolist()


@pytest.mark.parametrize(
    "pairing", [lambda new, old: pair(new, keep(old), key=KEY), pair_candidates]
)
def test_a_label_that_todays_classes_lack_is_wrong_for_both(
    make: Make, pairing: Callable[[Candidate, Candidate], PairedRows]
) -> None:
    scores = np.array([[0.0, 0, 1], [0, 0, 1], [1, 0, 0]])
    old = make(replace(rows([2, 2, 0], [2, 2, 0], "abc"), score=scores), ["x", "y", "z"])
    today = replace(rows([1, 1, 0], [1, 1, 0], "ab"), task="multiclass", positive=None)
    new = make(today, ["x", "y", "z"])
    found = pairing(new, old)
    assert found.earlier is not None
    earlier = found.earlier()
    assert names(earlier.candidate, earlier.candidate.y_true) == [ANOTHER, ANOTHER, "a"]
    assert (earlier.candidate.y_true == earlier.candidate.y_pred).tolist() == [False, False, True]
    assert (earlier.baseline.y_true == earlier.baseline.y_pred).tolist() == [False, False, True]
    assert earlier.baseline.score is not None
    assert earlier.baseline.score.shape == (3, 4)


def test_a_number_of_which_only_a_hash_is_kept_is_the_worst_that_there_is(make: Make) -> None:
    ids = ["a", "b", "c", "d"]
    old = make(Rows("regression", np.array([0.0, 10, 5, 5]), np.array([1.0, 9, 5, 5])), ids)
    new = make(Rows("regression", np.array([0.0, 10, 6, 6]), np.array([1.0, 9, 4, 7])), ids)
    found = pair(new, keep(old), key=KEY)
    assert found.earlier is not None
    earlier = found.earlier()
    assert earlier.candidate.y_true.tolist() == [0, 10, 10, 0]
    exact = pair_candidates(new, old)
    assert exact.earlier is not None
    assert exact.earlier().candidate.y_true.tolist() == [0, 10, 5, 5]


@given(st.integers(0, 50), st.integers(0, 20), st.integers(0, 2**32))
def test_residuals_bound_changed_numbers_from_below(changed: int, missing: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 300
    labels, predictions = rng.normal(size=n).round(1), rng.normal(size=n).round(1)
    then = ResidualQuantiles(np.quantile(predictions - labels, np.linspace(0, 1, 101)).tolist())
    old = Candidate(Rows("regression", labels, predictions), np.array(ids_of(n)), ("id",), ())
    moved = labels.copy()
    moved[:changed] = rng.normal(5, 1, size=changed)
    left = slice(0, n - missing)
    new = Candidate(
        Rows("regression", moved[left], moved[left]), np.array(ids_of(n))[left], ("id",), ()
    )
    counts = pair(new, kept_before(old), key=KEY, then=then).counts
    assert counts.relabelled is not None
    assert counts.relabelled <= max(changed, 1)


def test_a_split_drawn_anew_is_seen_in_the_residuals_of_an_older_baseline(make: Make) -> None:
    rng = np.random.default_rng(1)
    n = 1000
    ids, labels = [str(i) for i in range(n)], rng.normal(0, 3, n)
    before = Rows("regression", labels, labels + rng.normal(size=n))
    then = ResidualQuantiles(
        np.quantile(before.y_pred - before.y_true, np.linspace(0, 1, 101)).tolist()
    )
    other = rng.normal(0, 3, n)
    new = make(Rows("regression", other, other + rng.normal(size=n)), ids)
    counts = pair(new, kept_before(make(before, ids)), key=KEY, then=then).counts
    assert counts.relabelled is not None
    assert counts.relabelled > 200
