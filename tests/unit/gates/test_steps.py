"""What is shown in steps: of a change whole steps, of everything else the outcome."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from mlgate import checks
from mlgate.gates.judge import judge
from mlgate.gates.printed import printed
from mlgate.model.evidence import Contrast, Note
from mlgate.model.wear import Printed

TODAY = dt.date(2026, 11, 21)


def decide(make: Any, rules: dict[str, Any], *args: Any, **more: Any) -> Any:
    judging = make.judge({"accuracy": rules})
    metrics = {"accuracy": make.measurement(make.comparison(*args, **more))}
    folder = {"compare": make.compare(metrics)}
    run = make.run(judging, changes="steps")
    return judge(run, {"evidence": folder}, TODAY, checks.gates()), folder


@pytest.mark.parametrize(
    ("change", "half", "steps"),
    [
        (0.0, 0.001, 0),
        (0.0049, 0.001, 0),
        (0.005, 0.001, 1),
        (-0.0149, 0.001, -2),
        (0.04, 0.001, 3),
        (0.019, 0.01, 0),
        (-0.021, 0.01, -1),
    ],
)
def test_a_step_is_half_the_margin_or_the_whole_interval(
    make: Any, change: float, half: float, steps: int
) -> None:
    found, _ = decide(make, {"max_regression": 0.01}, change, half)
    assert found.gates[0].steps == steps


def test_a_relative_margin_has_steps_in_per_cent_of_the_baseline(make: Any) -> None:
    contrast = Contrast(factor=0.98, value=0.86 * 0.02 + 0.018, interval=(0.034, 0.0364))
    found, _ = decide(make, {"max_regression": "2%"}, 0.018, contrasts=(contrast,))
    assert found.gates[0].steps == 2, "0.018 of 0.86 are 2.09 %"
    assert found.gates[0].reason.endswith("better by at least 2 %")


@pytest.mark.parametrize(
    ("rules", "change", "reason"),
    [
        ({"max_regression": 0.02}, -0.001, "shown to be ≤ 0.02 worse than main"),
        ({"max_regression": 0.02}, 0.021, "shown to be ≤ 0.02 worse than main; better by at least 2 points"),
        ({"max_regression": 0.003}, -0.001, "not shown to be ≤ 0.003 worse than main"),
        ({"max_regression": 0.02}, -0.0321, "beyond its limit (≤ 0.02 worse than main); worse by at least 3 points"),
        ({"min": 0.84}, 0.0, "not shown to be ≥ 0.84"),
    ],
)  # fmt: skip
def test_reasons(make: Any, rules: dict[str, float], change: float, reason: str) -> None:
    found, _ = decide(make, rules, change)
    assert found.gates[0].reason == reason


def test_no_measured_number_is_left_in_the_verdict(make: Any) -> None:
    exact = {"max_regression": 0.02, "max_regression_anchor": 0.0012345, "min": 0.5}
    found, folder = decide(make, exact, -0.0012347, 0.0054321, baseline=0.8765432)
    text = found.to_json()
    for number in ("12347", "54321", "876", "842", "836", "848"):
        assert number not in text
    assert "accuracy is not shown to be ≤ 0.0012345 worse than the anchor" in found.headline
    compare = folder["compare"].model_copy(update={"notes": (Note(level="info", text="of .842"),)})
    assert "84" not in compare.shown("steps").to_json().replace(make.commit, "")
    assert compare.shown("exact") is compare


def test_usual_results_are_those_that_pass_without_a_difference(make: Any) -> None:
    found, folder = decide(make, {"max_regression": 0.02, "min": 0.5}, 0.0)
    assert printed(folder, found.gates, "steps") == Printed(steps=3)
    found, folder = decide(make, {"max_regression": 0.02, "min": 0.845}, 0.03)
    assert printed(folder, found.gates, "steps") == Printed(steps=3, unusual=3)
