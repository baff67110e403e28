"""Rows that differ from a baseline's: limits, both labels, the baseline's rows."""

from __future__ import annotations

import pytest

from mlgate.gates import row_limits
from mlgate.gates.results import results
from mlgate.model.evidence import BaselineRef, RowCounts
from mlgate.model.policy import RowLimits
from mlgate.model.project import DOCS

LIMITS = RowLimits()
SAME = RowCounts(paired=1000, added=0, missing=0, relabelled=0)


def judged(make, measurement, rules, counts=SAME, **policy):
    """The results of one gate on accuracy."""
    ref = BaselineRef(commit="b" * 40, branch="main", rows=counts)
    evidence = make.compare({"accuracy": measurement}, baselines={"main": ref, "anchor": ref})
    judge = make.judge({"accuracy": rules}, **policy)
    return results(judge, {"compare": evidence}, "main", {})


def with_earlier(make, today, earlier):
    """A comparison that differs under the baseline's labels."""
    main = make.comparison(today).model_copy(update={"earlier": make.comparison(earlier)})
    return make.measurement(main)


@pytest.mark.parametrize(
    ("counts", "broken"),
    [
        ({}, False),
        ({"missing": 1, "paired": 999}, True),
        ({"added": 1000}, False),
        ({"added": 1001}, True),
        ({"relabelled": 20}, False),
        ({"relabelled": 21}, True),
        ({"relabelled": 21, "relabelled_exact": False}, True),
        ({"relabelled": None}, False),
        ({"relabelled": 1, "ids": "row_numbers"}, True),
        ({"relabelled": 1, "ids": "doubtful"}, False),
        ({"relabelled": 1, "ids": "unknown"}, False),
        ({"columns": {"age": 1}}, True),
        ({"new_columns": ("age",)}, True),
    ],
)
def test_limits_are_shares_of_the_baselines_rows(counts, broken):
    rows = SAME.model_copy(update=counts)
    assert (row_limits.problem(rows, LIMITS, "main") is not None) == broken


def test_the_problem_names_every_limit_and_the_way_out():
    rows = RowCounts(
        paired=990,
        added=2000,
        missing=10,
        relabelled=500,
        relabelled_exact=False,
        ids="row_numbers",
    )
    reason, hint = row_limits.problem(rows, LIMITS, "main")
    assert reason == (
        "the test set is not main's: its ids look like row numbers (rows that share an id have "
        "unrelated labels), 10 of 1,000 rows are missing (allowed: 0 %), 2,000 rows were added to "
        "1,000 (allowed: 100 %) and at least 500 of 1,000 rows have another label (allowed: 2 %)"
    )
    assert hint == (
        "compare on the same rows and labels, or announce a new test set on the branch that judges first "
        f"({DOCS}/changing.md)"
    )


@pytest.mark.parametrize(
    ("paired", "added", "missing", "redrawn"),
    [(317, 908, 908, True), (317, 20, 908, False), (1000, 225, 225, False), (0, 1225, 1225, False)],
)
def test_another_draw_of_the_split_is_named_where_the_numbers_look_like_one(
    paired, added, missing, redrawn
):
    rows = RowCounts(paired=paired, added=added, missing=missing)
    problem = row_limits.problem(rows, LIMITS, "main")
    assert problem is not None
    assert ("random_state" in problem.hint) == redrawn
    assert DOCS not in problem.reason


def test_two_files_without_a_configuration_are_advised_of_no_key_of_one():
    rows = RowCounts(paired=1000, added=0, missing=0, relabelled=500)
    assert row_limits.problem(rows, LIMITS, "old.csv", configured=False) == (
        "the test set is not old.csv's: 500 of 1,000 rows have another label (allowed: 2 %)",
        "compare files that have the same rows, with the same labels",
    )


def test_a_column_that_changed_in_every_row_is_probably_written_in_another_form():
    rows = RowCounts(paired=1000, added=0, missing=0, columns={"age": 12, "region": 1000})
    assert row_limits.problem(rows, LIMITS, "main").reason == (
        "the test set is not main's: 1,000 of 1,000 rows have another value of region and age "
        "(allowed: 0 %), as where one side has numbers and the other text (1 and 01)"
    )


def test_columns_that_changed_are_named_the_most_changed_first():
    rows = RowCounts(
        paired=900, added=0, missing=100, columns={"age": 12, "w (weight)": 40, "day": 9}
    )
    limits = LIMITS.model_copy(update={"missing": 0.1, "columns": 0.01})
    reason, hint = row_limits.problem(rows, limits, "main")
    assert reason == (
        "the test set is not main's: 40 of 1,000 rows have another value of w (weight) and age "
        "(allowed: 1 %)"
    )
    assert hint == (
        "let the training write these columns as main has them, or change them under new names "
        f"({DOCS}/changing.md)"
    )


def test_a_setting_that_the_baseline_was_measured_without_is_named():
    rows = RowCounts(paired=1000, added=0, missing=0, new_columns=("age < 30",))
    assert row_limits.problem(rows, LIMITS, "main") == (
        "main's baseline was measured without age < 30",
        f"merge main into this branch, or run it there again ({DOCS}/changing.md)",
    )


def test_beyond_a_limit_every_rule_on_these_rows_is_an_error(make):
    measurement = make.measurement(make.comparison(0.01))
    rules = {"min": 0.8, "max_regression": 0.01, "min_improvement": 0.0}
    rows = SAME.model_copy(update={"relabelled": 30})
    outcomes = {r.rule_kind: r.verdict for r in judged(make, measurement, rules, rows)}
    assert outcomes == {"min": "error", "max_regression": "error", "min_improvement": "error"}
    looser = judged(make, measurement, rules, rows, rows=RowLimits(relabelled=0.03))
    assert {r.verdict for r in looser} == {"pass"}


@pytest.mark.parametrize(
    ("today", "earlier", "verdict", "look"),
    [
        (0.0, 0.0, "pass", None),
        (0.0, -0.05, "fail", "earlier_labels"),
        (-0.05, 0.0, "fail", None),
        (0.0, -0.01, "inconclusive", "earlier_labels"),
        (-0.05, -0.01, "fail", None),
    ],
)
def test_the_worse_of_both_labels_counts(make, today, earlier, verdict, look):
    measurement = with_earlier(make, today, earlier)
    (result,) = judged(make, measurement, {"max_regression": 0.01, "max_regression_anchor": 0.5})[
        :1
    ]
    assert (result.verdict, result.look) == (verdict, look)
    assert "with the labels that main had" in result.reason
    assert "with this commit's labels" in result.reason


def test_a_limit_must_hold_on_a_baselines_rows_as_well(make):
    low = make.measurement(value=0.7, interval=(0.69, 0.71))
    measurement = make.measurement(kept={"main": low})
    (result,) = judged(make, measurement, {"min": 0.8})
    assert (result.verdict, result.look, result.value) == ("fail", "baseline_rows", 0.7)
    assert result.reason == (
        "at most 0.710 (wanted: ≥ 0.800) on main's rows; on all rows: at least 0.836 "
        "(wanted: ≥ 0.800)"
    )
    worse = make.measurement(value=0.7, interval=(0.69, 0.71), kept={"main": measurement})
    (result,) = judged(make, worse, {"min": 0.8})
    assert (result.verdict, result.look) == ("fail", None)
