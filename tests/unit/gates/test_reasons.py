"""Rules and reasons in words."""

from __future__ import annotations

from typing import Any

import pytest

from mlgate.gates.reasons import Figures, rule


@pytest.mark.parametrize(
    ("kind", "limit", "relative", "text"),
    [
        ("min", 0.8, False, "≥ 0.8"),
        ("min", -0.1, False, "≥ −0.1"),
        ("max", 0.1, False, "≤ 0.1"),
        ("max", 1_200_000.0, False, "≤ 1,200,000"),
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
    figures = Figures("points", 0.012, (-0.0148, 0.0452), 0.015, (-0.015, 0.0))
    assert figures.amount(0.0148, "upper") == "1.48 points"
    assert figures.between() == ": between 1.48 points worse and 4.52 points better"


def test_a_bound_just_beyond_a_limit_reads_so() -> None:
    figures = Figures("number", 0.0452, (0.0152, 0.0752), 0.015, (0.015,))
    assert figures.ends() == ("0.0152", "0.0752")
