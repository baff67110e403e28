"""Reasons that are about classes, and bounds of a difference."""

from __future__ import annotations

import copy
import math
import pickle

import pytest

from mlgate.stats.estimate import ClassReason, difference_bounds

REASON = ClassReason("f1 is 0/0: no row has the label of ", (0, 2), "!")


def test_a_reason_has_codes_until_the_classes_have_names() -> None:
    assert REASON == "f1 is 0/0: no row has the label of class 0, 2!"
    assert REASON.named(["a class 2", "b", "c"]) == (
        "f1 is 0/0: no row has the label of class “a class 2”, “c”!"
    )


def test_it_can_be_copied() -> None:
    for twin in (copy.deepcopy(REASON), pickle.loads(pickle.dumps(REASON))):
        assert twin == REASON
        assert twin.named("xyz") == REASON.named("xyz")


def test_bounds_of_a_difference_are_at_distances_that_add_up_as_squares():
    low, high = difference_bounds((10.0, 7.0, 14.0), (4.0, 2.0, 8.0), 2.0)
    assert low == pytest.approx(2 - math.hypot(3, 8))
    assert high == pytest.approx(2 + math.hypot(4, 4))
    assert difference_bounds((10.0, None, 14.0), (4.0, 2.0, None)) == (None, 6 + math.hypot(4, 2))
