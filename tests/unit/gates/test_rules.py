"""Every rule in every region, and the laws that hold between them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.gates.decide import decide
from mlgate.gates.rule import Rule
from mlgate.model.evidence import Absent, Comparison, Contrast, Measurement
from mlgate.model.policy import Target
from mlgate.stats.power import beyond, rows_needed

if TYPE_CHECKING:
    from mlgate.model.verdict import RuleResult

ORDER = {"fail": 0, "inconclusive": 1, "pass": 2}


def ask(
    measured: Measurement, kind: str, limit: float, absent: Absent | None = None, **more: Any
) -> RuleResult:
    fields: dict[str, Any] = {
        "target": Target(name="accuracy"),
        "kind": kind,
        "limit": limit,
        "relative": False,
        "check": "compare",
        "metric": "accuracy",
        "direction": measured.direction,
        "confidence": 0.95,
        "power": 0.8,
    }
    return decide(Rule(**(fields | more)), measured, absent)


def measured(main: Comparison | None = None, **more: Any) -> Measurement:
    fields: dict[str, Any] = {
        "title": "accuracy",
        "value": 0.842,
        "interval": (0.836, 0.848),
        "n": 10_000,
        "method": "wilson",
        "unit": "share",
        "direction": "higher",
        "row_variance": 0.13,
        "against": {} if main is None else {"main": main},
    }
    return Measurement(**(fields | more))


def changed(
    change: float | None, lower: float | None, upper: float | None, **more: Any
) -> Comparison:
    fields: dict[str, Any] = {
        "baseline": 0.86,
        "n": 10_000,
        "method": "tango",
        "row_variance": 0.05,
    }
    return Comparison(change=change, interval=(lower, upper), **(fields | more))


@pytest.mark.parametrize(
    ("kind", "limit", "verdict", "reason"),
    [
        ("min", 0.83, "pass", "at least 0.836 (wanted: ≥ 0.830)"),
        ("min", 0.836, "pass", "at least 0.836 (wanted: ≥ 0.836)"),
        ("min", 0.84, "inconclusive", "not shown to be ≥ 0.840: between 0.836 and 0.848"),
        ("min", 0.85, "fail", "at most 0.848 (wanted: ≥ 0.850)"),
        ("max", 0.85, "pass", "at most 0.848 (wanted: ≤ 0.850)"),
        ("max", 0.84, "inconclusive", "not shown to be ≤ 0.840: between 0.836 and 0.848"),
        ("max", 0.83, "fail", "at least 0.836 (wanted: ≤ 0.830)"),
        ("max_share", 0.84, "inconclusive", "not shown to be ≤ 0.840: between 0.836 and 0.848"),
    ],
)
def test_limits(kind: str, limit: float, verdict: str, reason: str) -> None:
    result = ask(measured(), kind, limit)
    assert (result.verdict, result.reason) == (verdict, reason)
    assert result.interval == (0.836, 0.848)
    assert result.rows_needed is None


def test_rows_needed_of_a_limit_is_that_of_the_value_measured_unless_it_is_next_to_it() -> None:
    value = measured(interval=(0.8092, 0.88), row_variance=0.16, n=400)
    assert ask(value, "min", 0.81).rows_needed == rows_needed(0.16, 0.842 - 0.81)
    assert ask(value, "min", 0.83).verdict == "inconclusive"
    assert ask(value, "min", 0.83).rows_needed is None  # within one standard error, .018


@pytest.mark.parametrize("direction", ["higher", "lower", None])
def test_a_limit_does_not_ask_for_the_direction(direction: Any) -> None:
    assert ask(measured(direction=direction), "min", 0.85).verdict == "fail"


@pytest.mark.parametrize(
    ("change", "verdict", "reason"),
    [
        ((0.004, 0.001, 0.007), "pass", "better than main by at least 0.10 points"),
        (
            (-0.006, -0.009, -0.003),
            "pass",
            "worse than main by 0.60 points, at most 0.90 (allowed: 1.00)",
        ),
        ((-0.002, -0.007, 0.003), "pass", "at most 0.7 points worse than main (allowed: 1.0)"),
        (
            (-0.006, -0.011, -0.001),
            "inconclusive",
            "worse than main by 0.6 points, at most 1.1: not shown to stay within 1.0 points",
        ),
        (
            (-0.006, -0.012, 0.001),
            "inconclusive",
            (
                "not shown to stay within 1.0 points of main: "
                "between 1.2 points worse and 0.1 points better"
            ),
        ),
        ((-0.012, -0.025, 0.001), "inconclusive", None),
        ((-0.019, -0.024, -0.014), "fail", "worse than main by 1.9 points (allowed: 1.0)"),
        ((-0.01, -0.015, -0.005), "inconclusive", None),
        ((-0.011, -0.016, -0.006), "fail", "worse than main by 1.1 points (allowed: 1.0)"),
        ((0.0, None, None), "inconclusive", None),
    ],
)
def test_regression(change: Any, verdict: str, reason: str | None) -> None:
    result = ask(measured(changed(*change)), "max_regression", 0.01)
    assert result.verdict == verdict
    assert reason in (None, result.reason)
    assert (result.change, result.baseline) == (change[0], 0.86)


def test_a_loss_of_just_the_margin_is_not_beyond_it_in_binary_either() -> None:
    change = 0.85 - 0.86
    assert change < -0.01
    assert ask(measured(changed(change, -0.015, -0.005)), "max_regression", 0.01).verdict == (
        "inconclusive"
    )


def test_a_loss_is_turned_by_its_direction() -> None:
    found = measured(changed(0.03, 0.02, 0.04), direction="lower", unit="number", title="log loss")
    result = ask(found, "max_regression", 0.01)
    assert result.verdict == "fail"
    assert result.reason == "worse than main by 0.030 (allowed: 0.010)"
    assert result.interval == (0.02, 0.04)  # the metric's own sign


@pytest.mark.parametrize(
    ("change", "verdict", "reason"),
    [
        (
            (0.016, 0.011, 0.021),
            "pass",
            "better than main by at least 1.1 points (wanted: 1.0 better)",
        ),
        (
            (0.012, 0.007, 0.017),
            "inconclusive",
            (
                "not shown to be 1.0 points better than main: "
                "between 0.7 points better and 1.7 points better"
            ),
        ),
        (
            (0.002, -0.003, 0.007),
            "fail",
            "at most 0.7 points better than main (wanted: 1.0 better)",
        ),
        ((-0.02, -0.025, -0.015), "fail", "worse than main by 2.0 points (wanted: 1.0 better)"),
    ],
)
def test_improvement(change: Any, verdict: str, reason: str) -> None:
    result = ask(measured(changed(*change)), "min_improvement", 0.01)
    assert (result.verdict, result.reason) == (verdict, reason)


def test_a_relative_margin_is_decided_by_its_contrast() -> None:
    # log loss .30 → .31: 3.3 % worse, allowed 2 %; candidate − 1.02 × baseline = +.004 ± .002
    contrast = Contrast(factor=1.02, value=0.004, interval=(0.002, 0.006))
    found = measured(
        changed(0.01, 0.008, 0.012, baseline=0.30, contrasts=(contrast,)),
        direction="lower",
        unit="number",
    )
    result = ask(found, "max_regression", 0.02, relative=True)
    assert result.verdict == "fail"
    assert result.reason == "worse than main by 3.3 % (allowed: 2.0 %)"
    assert (result.contrast, result.factor, result.interval) == (0.004, 1.02, (0.002, 0.006))
    better = found.model_copy(update={"direction": "higher"})
    contrast = Contrast(factor=0.98, value=0.016, interval=(0.014, 0.018))
    better = measured(changed(0.01, 0.008, 0.012, baseline=0.30, contrasts=(contrast,)))
    result = ask(better, "max_regression", 0.02, relative=True)
    assert result.verdict == "pass"
    assert result.reason == "better than main by at least 2.6 %"


def test_a_relative_margin_needs_its_own_contrast_and_a_positive_baseline() -> None:
    wrong = Contrast(factor=0.95, value=0.0, interval=(0.0, 0.0))
    result = ask(
        measured(changed(0.0, 0.0, 0.0, contrasts=(wrong,))), "max_regression", 0.02, relative=True
    )
    assert result.verdict == "error"
    assert "0.98 × baseline" in result.reason
    assert result.hint == "run `mlgate check` again"
    result = ask(measured(changed(0.0, 0, 0, baseline=-0.2)), "max_regression", 0.02, relative=True)
    assert result.verdict == "error"
    assert "−0.2" in result.reason


ONE = "one number a side"


@pytest.mark.parametrize(
    ("change", "kind", "limit", "relative", "verdict"),
    [
        (-0.02, "max_regression", 0.01, False, "fail"),
        (-0.005, "max_regression", 0.01, False, "untested"),
        (0.85 - 0.86, "max_regression", 0.01, False, "untested"),
        (-0.02, "max_regression", 0.02, True, "fail"),
        (-0.01, "max_regression", 0.02, True, "untested"),
        (0.5, "max_regression", 0.02, True, "untested"),
        (0.86 - 0.85, "min_improvement", 0.01, False, "untested"),
        (0.005, "min_improvement", 0.01, False, "fail"),
        (0.01, "min_improvement", 0.01, True, "untested"),
    ],
)
def test_a_number_without_interval_can_fail_but_never_pass(
    change: float, kind: str, limit: float, relative: bool, verdict: str
) -> None:
    found = measured(changed(change, None, None, untested=ONE))
    result = ask(found, kind, limit, relative=relative)
    assert result.verdict == verdict
    how = "the rule is broken as it stands" if verdict == "fail" else "not tested"
    assert result.reason.endswith(f"; {how}: {ONE}")
    assert result.interval == (None, None)


def test_a_value_without_interval_can_fail_but_never_pass() -> None:
    found = measured(untested=ONE, interval=(None, None))
    assert ask(found, "min", 0.9).verdict == "fail"
    result = ask(found, "min", 0.8)
    assert (result.verdict, result.reason) == (
        "untested",
        f"0.842 (wanted: ≥ 0.800); not tested: {ONE}",
    )


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [("none_yet", "untested"), ("off", "untested"), ("missing", "error"), ("unreadable", "error")],
)
def test_an_absent_baseline(kind: Any, verdict: str) -> None:
    absent = Absent(kind=kind, reason="why")
    result = ask(measured(), "max_regression", 0.01, absent=absent)
    assert (result.verdict, result.reason, result.value) == (verdict, "why", 0.842)
    # What is compared with a baseline that is none counts for nothing.
    compared = measured(changed(0.1, 0.09, 0.11))
    assert ask(compared, "max_regression", 0.01, absent=absent).verdict == verdict


def test_what_cannot_be_judged_is_an_error() -> None:
    assert "compares accuracy with nothing" in ask(measured(), "max_regression", 0.01).reason
    unknown = ask(measured(changed(0.1, 0, 0.2), direction=None), "max_regression", 0.01)
    assert (unknown.verdict, "`direction:" in unknown.hint) == ("error", True)
    assert ask(measured(value=None, interval=(None, None)), "min", 0.1).verdict == "error"
    assert ask(measured(changed(None, None, None)), "max_regression", 0.1).verdict == "error"
    lost = measured(changed(None, None, None, untested="this commit has no value"), value=None)
    assert ask(lost, "max_regression", 0.1).verdict == "error"


def test_a_metric_that_main_did_not_have_is_untested() -> None:
    result = ask(
        measured(changed(None, None, None, untested="main has no such metric")),
        "max_regression",
        0.1,
    )
    assert (result.verdict, result.reason) == ("untested", "main has no such metric")


@pytest.mark.parametrize("value", [0.9, None])
def test_an_interval_not_to_be_trusted_is_inconclusive(value: float | None) -> None:
    few = "only 12 positives: 50 are needed"
    assert ask(measured(value=value, insufficient=few), "min", 0.99).verdict == "inconclusive"
    result = ask(measured(changed(-0.5, -0.6, -0.4, insufficient=few)), "max_regression", 0.01)
    assert (result.verdict, result.reason) == ("inconclusive", f"undecided: {few}")


def test_rows_needed_is_that_of_a_true_change_of_zero() -> None:
    # disc .05, m = .01: .05 × (1.6449 + .8416)² / .0001 = 3,091
    result = ask(measured(changed(-0.003, -0.0105, 0.0045, n=2_400)), "max_regression", 0.01)
    assert result.rows_needed == rows_needed(0.05, 0.01) == 3_092


@pytest.mark.parametrize("variance", [0.0, 1e-7])
def test_where_bounds_reckon_with_rows_not_seen_they_shrink_in_proportion(variance: float) -> None:
    found = measured(changed(0.0, -0.08, 0.001, n=1_000, row_variance=variance))
    result = ask(found, "max_regression", 0.02)
    assert result.rows_needed == pytest.approx(4_000, rel=0.01)
    assert result.smallest == pytest.approx(0.08, rel=0.01)


@pytest.mark.parametrize(
    ("change", "bounds"), [(-0.006, (-0.011, -0.001)), (-0.006, (-0.011, 0.001))]
)
def test_no_rows_are_named_where_a_loss_is_likely(
    change: float, bounds: tuple[float, float]
) -> None:
    """No change is ruled out, or the loss measured is beyond half of the margin."""
    result = ask(measured(changed(change, *bounds, n=900)), "max_regression", 0.01)
    assert result.verdict == "inconclusive"
    assert result.rows_needed is None
    assert (
        result.rows_unknown == "a loss is likely, and how many it takes depends on how large it is"
    )


def test_rows_needed_is_not_told_where_it_is_hopeless() -> None:
    edge = changed(-0.01, -0.02, -0.001)
    assert ask(measured(edge), "max_regression", 0.01).rows_needed is None
    near = changed(-0.010001, -0.02, -0.001, row_variance=0.05)
    assert ask(measured(near), "max_regression", 0.01).verdict == "fail"
    assert (
        ask(measured(changed(0, -0.1, 0.1, row_variance=None)), "max_regression", 0.01).rows_needed
        is None
    )


small = st.floats(-0.5, 0.5).map(lambda x: round(x, 6))
width = st.floats(0, 0.3).map(lambda x: round(x, 6))
margin = st.floats(0, 0.5).map(lambda x: round(x, 6))
kinds = st.sampled_from(["max_regression", "min_improvement"])


@given(small, width, width, margin, kinds)
def test_regions_are_exhaustive_and_turning_the_metric_changes_nothing(
    change: float, below: float, above: float, limit: float, kind: str
) -> None:
    up = measured(changed(change, change - below, change + above))
    down = measured(
        changed(-change, -change - above, -change + below, baseline=-0.86),
        value=-0.842,
        interval=(-0.848, -0.836),
        direction="lower",
    )
    first, second = ask(up, kind, limit), ask(down, kind, limit)
    assert first.verdict in ORDER
    assert (first.verdict, first.reason) == (second.verdict, second.reason)
    assert first.rows_needed == second.rows_needed


@given(small, width, width, margin, kinds)
def test_an_undecided_rule_says_how_many_rows_decide_or_why_it_does_not(
    change: float, below: float, above: float, limit: float, kind: str
) -> None:
    result = ask(measured(changed(change, change - below, change + above)), kind, limit)
    undecided = result.verdict == "inconclusive"
    assert (result.rows_needed is not None) + (result.rows_unknown is not None) == undecided


@given(small, width, width, margin, st.floats(0, 0.3), kinds)
def test_a_worse_change_never_gives_a_better_verdict(
    change: float, below: float, above: float, limit: float, loss: float, kind: str
) -> None:
    def verdict(by: float) -> int:
        moved = changed(change - by, change - below - by, change + above - by)
        return ORDER[ask(measured(moved), kind, limit).verdict]

    assert verdict(loss) <= verdict(0)


@given(small, width, width, margin, st.floats(0, 0.3), kinds)
def test_a_wider_margin_never_gives_a_worse_verdict(
    change: float, below: float, above: float, limit: float, more: float, kind: str
) -> None:
    found = measured(changed(change, change - below, change + above))
    stricter, looser = (limit, limit + more) if kind == "max_regression" else (limit + more, limit)
    assert ORDER[ask(found, kind, stricter).verdict] <= ORDER[ask(found, kind, looser).verdict]


@given(small, width, width, margin)
def test_pass_means_within_and_fail_means_worse_and_beyond(
    change: float, below: float, above: float, limit: float
) -> None:
    lower, upper = change - below, change + above
    verdict = ask(measured(changed(change, lower, upper)), "max_regression", limit).verdict
    assert (verdict == "pass") == (lower > -limit)
    if verdict == "fail":
        assert upper < 0
        assert change < -limit


@given(small, width, width, margin)
def test_undecided_always_needs_more_rows_than_there_are(
    change: float, below: float, above: float, limit: float
) -> None:
    found = measured(changed(change, change - below, change + above, row_variance=0.3))
    needed = ask(found, "max_regression", limit).rows_needed
    assert needed is None or needed > 10_000
    assert needed is None or math.isfinite(needed)


@pytest.mark.parametrize(
    ("kind", "variance", "half"), [("max_regression", 0.05, 0.005), ("min", 0.13, 0.006)]
)
def test_every_result_says_the_smallest_effect_that_its_rows_show(
    make: Any, kind: str, variance: float, half: float
) -> None:
    """The way from the point to the bound that decides, and the power's share of the spread."""
    found = ask(make.measurement(make.comparison(0.0)), kind, 0.01).smallest
    assert found == pytest.approx(half + 0.8416 * math.sqrt(variance / 10_000), rel=1e-4)
    assert found is not None
    wide = beyond(half, variance, 10_000)
    assert rows_needed(variance, found, beyond=wide) == pytest.approx(10_000, abs=1)


def test_where_the_variance_is_not_known_no_effect_is_promised(make: Any) -> None:
    change = make.comparison(0.0, row_variance=None)
    assert ask(make.measurement(change), "max_regression", 0.01).smallest is None
