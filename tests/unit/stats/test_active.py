"""Labels for differing rows only: as good as labels for all, and at the level that is promised."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.stats.active import PlannedLook, compare, labels_needed, looks
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
    planned = (PlannedLook(int((new != old).sum()), 0.95),)
    known = compare(random.permutation(n), new != old, (new, old), new != old, planned)
    assert known.change is not None
    assert known.change == tango(known.fixed, known.broken, n)
    assert known.change.value == pytest.approx(new.mean() - old.mean())
    assert len(known.following) == 0


def test_labels_count_up_to_the_first_that_is_lacking() -> None:
    new = np.array([True, True, False, True, False, True])
    old = np.array([True, False, True, True, True, False])
    order = np.array([3, 1, 0, 2, 5, 4])
    labelled = np.array([False, True, False, False, True, True])
    planned = (PlannedLook(1, 0.97), PlannedLook(3, 0.99), PlannedLook(4, 0.99))
    known = compare(order, new != old, (new, old), labelled, planned)
    # Row 2 has no label: 4 and 5 do not count yet, however they came out.
    assert (known.differing, known.labelled, known.look) == (4, 1, planned[0])
    assert (known.rows, known.fixed, known.broken) == (3, 1, 0)
    assert (known.following.tolist(), known.following_look, known.missing) == ([2], planned[1], 1)


def test_between_two_looks_nothing_is_known_but_the_earlier_one() -> None:
    random = np.random.default_rng(4)
    new, old = models(random, 500, 0.2, 0.2)
    differs, order = new != old, random.permutation(500)
    planned = (PlannedLook(20, 0.975), PlannedLook(40, 0.975))
    answers = set()
    for labels in range(20, 40):
        labelled = np.zeros(500, dtype=bool)
        labelled[order[differs[order]][:labels]] = True
        known = compare(order, differs, (new, old), labelled, planned)
        answers.add((known.look, known.rows, known.fixed, known.broken, known.change))
        assert known.missing == 40 - labels
    assert len(answers) == 1


@given(
    st.integers(0, 2_000), st.integers(2_000, 50_000), st.floats(0.001, 0.2), st.floats(0.8, 0.99)
)
def test_all_looks_together_spend_the_level_and_no_more(
    differing: int, n: int, margin: float, confidence: float
) -> None:
    planned = looks(differing, n, margin, confidence=confidence, power=0.8)
    assert sum(1 - look.confidence for look in planned) == pytest.approx(1 - confidence)
    counts = [look.labels for look in planned]
    assert counts == sorted(set(counts))
    assert counts[-1] == differing


def test_without_a_margin_all_differing_rows_are_looked_at_once() -> None:
    assert looks(80, 500, None, confidence=0.95, power=0.8) == (PlannedLook(80, 0.95),)


def test_a_loss_of_the_margin_passes_at_any_look_in_one_of_twenty_at_most() -> None:
    random, passed, tries = np.random.default_rng(1), 0, 1_000
    for _ in range(tries):
        new, old = models(random, 3_000, 0.03, 0.05)
        differs, order = new != old, random.permutation(3_000)
        planned = looks(int(differs.sum()), 3_000, 0.02, confidence=0.95, power=0.8)
        assert len(planned) > 1
        lower = []
        for look in planned:
            labelled = np.zeros(3_000, dtype=bool)
            labelled[order[differs[order]][: look.labels]] = True
            change = compare(order, differs, (new, old), labelled, planned).change
            assert change is not None
            assert change.lower is not None
            lower.append(change.lower)
        passed += max(lower) > -0.02
    assert passed / tries == pytest.approx(0.04, abs=0.02)


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
        change = compare(order, differs, (new, old), labelled, (PlannedLook(needed, 0.95),)).change
        passed += change is not None and change.lower is not None and change.lower > -0.02
    assert passed / tries == pytest.approx(0.8, abs=0.06)


def test_too_few_rows_have_no_number_of_labels() -> None:
    assert labels_needed(50, 500, 0.01, confidence=0.95, power=0.8) is None
    assert labels_needed(0, 500, 0.01, confidence=0.95, power=0.8) == 0
