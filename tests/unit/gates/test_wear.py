"""The meter of the verdict, from evidence made by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from mlgate import checks
from mlgate.gates.judge import judge
from mlgate.gates.printed import exact
from mlgate.model.evidence import BaselineRef, CalibrationBin, Curve, Discordant, Side
from mlgate.model.wear import Printed, WearEvidence
from mlgate.stats.wear import CAP, Use, wear

TODAY = dt.date(2026, 11, 21)
KNOWN = {"unrecorded": 0, "first": "f" * 40, "first_error": 0.1}


def decide(
    make: Any, others: int, rules: Any, ledger: dict[str, Any], n: int = 10_000, **more: Any
) -> Any:
    judging = make.judge({"accuracy": rules})
    comparison = make.comparison(0.0, **({"n": n} | more))
    metrics = {"accuracy": make.measurement(comparison)}
    baselines = {"main": BaselineRef(commit="m" * 40)}
    compare = make.compare(metrics, n=n, baselines=baselines)
    meter = WearEvidence(
        tool="0.1.0", commit=make.commit, created="2026-11-21T14:02:00Z",
        test_set="t", evaluation="e", others=others, surprises=0, **ledger,
    )  # fmt: skip
    folder = {"compare": compare, "wear": meter}
    run = make.run(judging)
    return judge(run, {"evidence": folder}, TODAY, checks.gates()), exact(folder)


def recorded(numbers: int) -> dict[str, Any]:
    return {**KNOWN, "printed": Printed(exact=numbers)}


def test_this_runs_numbers_count_and_the_smallest_margin_is_metered(make: Any) -> None:
    rules = {"max_regression": 0.01, "max_regression_anchor": 0.03}
    found, own = decide(make, 31, rules, recorded(310))
    assert (found.wear.evaluations, found.wear.surprises) == (32, 0)
    assert (found.wear.gate, found.wear.margin) == ("accuracy.max_regression", 0.01)
    assert found.wear.printed == Printed(exact=310 + own)
    assert found.wear.cap == pytest.approx(0.1 + 1 - 0.842)
    expected = wear(Use(32, 310 + own), 10_000, 0.01, found.wear.cap)
    assert found.wear.value == pytest.approx(expected.value)
    assert found.verdict == "pass"


def test_each_number_from_labels_counts_once(make: Any) -> None:
    comparison = make.comparison(0.001, discordant=Discordant(fixed=3, broken=2))
    measured = make.measurement(comparison)
    # value and spread; of two baselines change and spread, fixed, broken
    assert exact({"compare": make.compare({"accuracy": measured})}) == 10
    bins = (CalibrationBin(score=0.5, rate=0.4, n=9, interval=(0.3, 0.5)),) * 4
    candidate = Side(
        confusion=((1, 2), (3, 4)), roc=Curve(x=(0, 0.5, 1), y=(0, 0.7, 1)), calibration=bins
    )
    sides = {"candidate": candidate, "main": candidate}
    compare = make.compare({}, sides=sides, classes=("a", "b"))
    assert exact({"compare": compare}) == 4 + 6 + 4, "the baseline's were told by its own report"


def test_a_first_evaluation_differs_from_no_earlier_model(make: Any) -> None:
    found, _ = decide(make, 0, {"max_regression": 0.01}, {"printed": Printed(), "unrecorded": 0})
    assert found.wear.cap == CAP
    changed = Discordant(fixed=1000, broken=1000)
    found, _ = decide(
        make,
        0,
        {"max_regression": 0.01},
        {"printed": Printed(), "unrecorded": 0},
        discordant=changed,
    )
    assert found.wear.cap == pytest.approx(0.2)


def test_where_the_first_model_is_the_baseline_its_measured_distance_counts(make: Any) -> None:
    ledger = {**recorded(1), "first": "m" * 40}
    changed = Discordant(fixed=350, broken=350)
    found, _ = decide(make, 1, {"max_regression": 0.01}, ledger, discordant=changed)
    assert found.wear.cap == pytest.approx(0.07)


def test_old_ledgers_are_taken_to_have_told_as_much_about_models_that_may_differ_everywhere(
    make: Any,
) -> None:
    found, own = decide(make, 5, {"max_regression": 0.01}, {})
    assert found.wear.printed == Printed(exact=6 * own)
    assert (found.wear.assumed, found.wear.cap) == (5, 1.0)
    some, _ = decide(
        make, 5, {"max_regression": 0.01}, {"printed": Printed(exact=7), "unrecorded": 2}
    )
    assert (some.wear.printed, some.wear.assumed) == (Printed(exact=7 + 3 * own), 2)


def test_a_margin_in_per_cent_is_of_the_baseline(make: Any) -> None:
    found, _ = decide(make, 0, {"max_regression": "2%"}, {}, contrasts=())
    assert found.wear.margin == pytest.approx(0.02 * 0.86)


def test_without_a_margin_for_right_rows_only_the_counts_are_known(make: Any) -> None:
    found, _ = decide(make, 3, {"min": 0.5}, recorded(9))
    assert found.wear.evaluations == 4
    assert found.wear.value is None


@pytest.mark.parametrize(("numbers", "level"), [(0, None), (600, "info"), (4000, "warning")])
def test_what_is_worn_is_told(make: Any, numbers: int, level: str | None) -> None:
    found, _ = decide(make, 30, {"max_regression": 0.02}, recorded(numbers), n=1_000_000)
    told = [
        note.level for note in found.notes if "answers of this test set have been seen" in note.text
    ]
    assert told == ([level] if level else [])
    assert found.verdict == "pass"


def test_few_rows_for_a_small_margin_are_not_called_worn_by_one_answer(make: Any) -> None:
    found, _ = decide(make, 0, {"max_regression": 0.001}, {"printed": Printed(), "unrecorded": 0})
    assert found.wear.value > 1
    assert not found.notes
