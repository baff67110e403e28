"""Numbers in sentences."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.gates.reasons import rule
from mlgate.text.number_format import Scale, rows


@pytest.mark.parametrize(
    ("kind", "spread", "value", "text"),
    [
        ("points", 0.01, 0.01912, "1.9 points"),
        ("points", 0.04, 0.0191, "1.9 points"),
        ("points", 0.08, 0.0101, "1 point"),
        ("percent", 0.001, 0.03333, "3.33 %"),
        ("number", 0.01, -0.0191, "−0.019"),
        ("number", 300.0, 12_345.6, "12346"),
        ("number", None, 0.842, "0.842"),
        ("number", None, 0.123456789, "0.1235"),
        ("number", None, 12.0, "12"),
        ("number", 0.0, 0.0, "0"),
        ("points", 0.1, -0.0001, "0 points"),
        ("number", 1e-9, 0.5, "0.500000"),
    ],
)
def test_as_many_digits_as_the_interval_supports(
    kind: Any, spread: float | None, value: float, text: str
) -> None:
    assert Scale(kind, spread).amount(value) == text


def test_a_number_beside_its_limit_is_told_apart_from_it() -> None:
    scale = Scale("points", 0.01)
    assert scale.amount(0.01003, beside=0.01) == "1.003 points"
    assert scale.amount(0.01, beside=0.01) == "1.0 points"


@given(st.floats(-1, 1), st.floats(0, 0.5) | st.none(), st.floats(0, 0.5))
def test_no_number_loses_its_meaning(value: float, spread: float | None, limit: float) -> None:
    text = Scale("points", spread).number(value, beside=limit).replace("−", "-")
    told = float(text)
    half = 0.5 if not spread else max(0.5 * 10 ** -(len(text.partition(".")[2])), 1e-6)
    assert told == pytest.approx(value * 100, abs=half + 1e-9)
    assert text != "-0"


@pytest.mark.parametrize(
    ("count", "text"), [(31_417, "31,000"), (7, "7"), (99, "99"), (1_049, "1,000"), (995, "1,000")]
)
def test_counts_of_rows_are_rounded(count: int, text: str) -> None:
    assert rows(count) == text


@pytest.mark.parametrize(
    ("kind", "limit", "relative", "text"),
    [
        ("min", 0.8, False, "≥ 0.8"),
        ("min", -0.1, False, "≥ −0.1"),
        ("max", 0.1, False, "≤ 0.1"),
        ("max_share", 0.3, False, "≤ 0.3"),
        ("max_regression", 0.01, False, "≤ 0.01 worse than main"),
        ("max_regression", 0.02, True, "≤ 2 % worse than main"),
        ("max_regression_anchor", 0.015, False, "≤ 0.015 worse than main"),
        ("min_improvement", 0.01, False, "≥ 0.01 better than main"),
    ],
)
def test_rules_read_as_they_are_meant(kind: Any, limit: float, relative: bool, text: str) -> None:
    assert rule(kind, limit, "main", relative=relative) == text


def test_a_bound_that_keeps_to_a_limit_never_reads_as_if_it_did_not() -> None:
    scale = Scale("points", 0.06)
    assert scale.number(0.0148, 0.015, "upper") == "1.48"
    assert scale.number(0.0152, 0.015, "lower") == "1.52"
    assert scale.number(0.012, None, "upper") == "1.2"
