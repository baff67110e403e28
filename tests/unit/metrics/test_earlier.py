"""A check's numbers against those of a baseline: never a pass where the two are not comparable."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest

from mlgate.metrics.earlier import compared
from mlgate.model.evidence import Absent, BaselineRef, Evidence, Measurement
from mlgate.model.inputs import EarlierEvidence

REF = BaselineRef(commit="b" * 40)
OFF = Absent(kind="off", reason="no anchor")


def evidence(confidence: float = 0.95, name: str = "p99", **fields: Any) -> Evidence:
    measurement = {"title": "p99 in ms", "value": 10.0, "interval": (9.0, 12.0), "n": 500}
    measurement |= {"method": "order statistics", "direction": "lower"}
    return Evidence(
        check="latency", tool="0", commit=None, created="now", confidence=confidence,
        metrics={name: Measurement.model_validate(measurement | fields)},
    )  # fmt: skip


def against_main(new: Evidence, old: Evidence, *factors: float) -> Any:
    earlier = EarlierEvidence(REF, old, {"p99": factors})
    inputs = SimpleNamespace(earlier=lambda role, check: earlier if role == "main" else OFF)
    result = compared(new, inputs)
    assert (result.baselines, result.absent) == ({"main": REF}, {"anchor": OFF})
    return result.metrics["p99"].against["main"]


def test_bounds_of_both_sides_add_up() -> None:
    comparison = against_main(evidence(value=13.0, interval=(11.0, 16.0)), evidence(), 1.2)
    assert (comparison.baseline, comparison.change, comparison.n) == (10.0, 3.0, 500)
    assert comparison.interval == pytest.approx((3 - math.hypot(2, 2), 3 + math.hypot(3, 1)))
    (contrast,) = comparison.contrasts
    assert contrast.value == pytest.approx(1.0)
    assert contrast.interval[0] == pytest.approx(1 - math.hypot(2, 2.4))


@pytest.mark.parametrize(
    ("old", "reason"),
    [
        (evidence(name="p95"), "the baseline's run did not measure it"),
        (evidence(method="mean"), "the baseline's run measured it in another way"),
        (evidence(title="p99 in s"), "the baseline's run measured it in another way"),
        (evidence(confidence=0.9), "the baseline's bounds were measured at a confidence of 0.9"),
        (evidence(untested="one number"), "one number"),
    ],
)
def test_what_cannot_be_compared_is_untested(old: Evidence, reason: str) -> None:
    assert against_main(evidence(), old).untested == reason


def test_bounds_that_must_not_be_trusted_stay_so() -> None:
    assert against_main(evidence(), evidence(insufficient="3 rows")).insufficient == "3 rows"


def test_a_wider_bound_of_the_baseline_will_do() -> None:
    assert against_main(evidence(), evidence(confidence=0.99)).untested is None


def test_an_unknown_bound_leaves_the_side_open_that_needs_it() -> None:
    comparison = against_main(evidence(interval=(9.0, None)), evidence())
    assert comparison.interval[0] is not None
    assert comparison.interval[1] is None
    assert against_main(evidence(value=None), evidence()).change is None
