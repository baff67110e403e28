"""What is left without the worst rows."""

from __future__ import annotations

import numpy as np
import pytest

from mlgate.stats import worst_rows
from mlgate.stats.bounded import Reach


def of(values, **more):
    def seen(kept):
        largest = 2 * float(np.abs(values[kept]).max())
        return Reach(-largest, largest, "seen")

    return left(values, seen, **more)


def left(values, reach, **more):
    lefts = [
        worst_rows.bounded(values, kept, possible)
        for kept in worst_rows.kept(values, **more)
        if (possible := reach(kept.places)) is not None
    ]
    return max(lefts, key=lambda left: left.bound, default=None)


@pytest.fixture
def losses():
    return np.random.default_rng(1).normal(0.1, 0.2, 500)


def test_one_number_far_out_is_left_out(losses):
    losses[7] = 1e9
    found = of(losses)
    assert found.left_out == 1
    assert found.value == pytest.approx(np.delete(losses, 7).mean())
    assert 0.07 < found.bound < found.value


def test_numbers_of_many_sizes_are_left_out(losses):
    losses[:20] = 10.0 ** np.arange(3, 23)
    assert 20 <= of(losses).left_out <= 25


def test_a_larger_number_of_rows_decides_alone(losses):
    losses[:50] = 1e9
    assert of(losses) is None or of(losses).left_out >= 50


def test_there_is_a_bound_without_a_crowd_that_raises_students(losses):
    losses[:20] = 40 + 8 * np.arange(20)
    assert 0 < of(losses).bound < losses.mean()


def test_nothing_is_left_out_of_light_tails(losses):
    assert of(losses) is None


def test_a_gain_far_out_is_not_left_out(losses):
    losses[7] = -1e9
    assert of(losses) is None


def test_what_could_have_been_widens_the_bound(losses):
    losses[7] = 1e9
    far = left(losses, lambda _: Reach(-1e3, 1e3, "range"))
    assert far.bound < of(losses).bound


def test_without_knowing_what_could_have_been_there_is_no_bound(losses):
    losses[7] = 1e9
    assert left(losses, lambda _: None) is None


def test_few_rows_say_nothing():
    assert of(np.array([*np.full(39, 0.1), 1e9])) is None
    assert of(np.array([*np.full(40, 0.1), 1e9])) is not None


def test_the_largest_numbers_there_are(losses):
    losses[:2] = 1e308
    assert of(losses).left_out == 2
