"""Labels for differing rows only: as good as labels for all, and at the level that is promised."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.stats.active import compare, labels_needed
from mlgate.stats.proportions import tango


def models(random, n, gain, loss):
    """Draw whether each of two models is right; `gain` and `loss` are the shares that differ."""
    draw = random.random(n)
    old = np.where(draw < loss, True, np.where(draw < loss + gain, False, random.random(n) < 0.8))
    return np.where(draw < loss + gain, ~old, old), old


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 300))
def test_all_labels_of_differing_rows_are_worth_all_labels(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    new, old = models(random, n, 0.1, 0.1)
    known = compare(random.permutation(n), new != old, (new, old), new != old, 0.95)
    assert known.change == tango(known.fixed, known.broken, n)
    assert known.change.value == pytest.approx(new.mean() - old.mean())
    assert len(known.following) == 0


def test_rows_count_up_to_the_first_that_lacks_a_label() -> None:
    new = np.array([True, True, False, True, False, True])
    old = np.array([True, False, True, True, True, False])
    order = np.array([3, 1, 0, 2, 5, 4])
    labelled = np.array([False, True, False, False, True, True])
    known = compare(order, new != old, (new, old), labelled, 0.95)
    # Row 2 has no label: 4 and 5 do not count yet, however they came out.
    assert (known.rows, known.labelled, known.fixed, known.broken) == (3, 1, 1, 0)
    assert known.following.tolist() == [2]
    assert known.differing == 4


def test_of_a_fixed_number_of_labels_a_loss_of_the_margin_passes_in_one_of_twenty() -> None:
    random, passed, tries = np.random.default_rng(1), 0, 1_000
    for _ in range(tries):
        new, old = models(random, 3_000, 0.03, 0.05)
        differs = new != old
        order = random.permutation(3_000)
        labelled = np.zeros(3_000, dtype=bool)
        labelled[order[differs[order]][:120]] = True
        lower = compare(order, differs, (new, old), labelled, 0.95).change.lower
        passed += lower is not None and lower > -0.02
    assert passed / tries == pytest.approx(0.05, abs=0.02)


def test_so_many_labels_decide_as_often_as_they_promise() -> None:
    random, passed, tries = np.random.default_rng(2), 0, 400
    for _ in range(tries):
        new, old = models(random, 20_000, 0.04, 0.04)
        differs = new != old
        needed = labels_needed(int(differs.sum()), 20_000, 0.02, confidence=0.95, power=0.8)
        assert needed is not None
        order = random.permutation(20_000)
        labelled = np.zeros(20_000, dtype=bool)
        labelled[order[differs[order]][:needed]] = True
        lower = compare(order, differs, (new, old), labelled, 0.95).change.lower
        passed += lower is not None and lower > -0.02
    assert passed / tries == pytest.approx(0.8, abs=0.06)


def test_too_few_rows_have_no_number_of_labels() -> None:
    assert labels_needed(50, 500, 0.01, confidence=0.95, power=0.8) is None
    assert labels_needed(0, 500, 0.01, confidence=0.95, power=0.8) == 0
