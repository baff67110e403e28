from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.inputs import labels


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "1"), (1.0, "1"), ("1", "1"), (True, "true"), (False, "false"), (0.5, "0.5"),
     (">50K", ">50K"), (-3.0, "-3"), (-0.0, "0"), (1e20, "100000000000000000000")],
)  # fmt: skip
def test_canonical_text(value: object, text: str) -> None:
    assert labels.canonical(value) == text


@given(st.integers(-(2**53), 2**53))
def test_an_integer_and_its_float_are_one_label(value: int) -> None:
    assert labels.canonical(value) == labels.canonical(float(value)) == str(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_canonical_text_of_a_number_has_its_value(value: float) -> None:
    assert float(labels.canonical(value)) == value
    assert labels.number_text(labels.canonical(value)) == labels.canonical(value)


def test_classes_are_in_the_order_of_their_values() -> None:
    assert labels.ordered(["10", "9", "-1", "9.5"]) == ("-1", "9", "9.5", "10")
    assert labels.ordered(["10", "9", "x"]) == ("10", "9", "x")


def test_a_number_in_two_notations_is_noticed() -> None:
    assert labels.spelled_apart(["7", "8"], ["007", "8"]) == ("7", "007")
    assert labels.spelled_apart(["250.0", "250.00"], ["250.0"]) is None
    assert labels.spelled_apart(["a", "1"], ["b", "1"]) is None
