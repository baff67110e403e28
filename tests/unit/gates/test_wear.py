"""The meter of the verdict, from evidence made by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from mlgate import checks
from mlgate.gates.judge import judge
from mlgate.model.evidence import Discordant
from mlgate.model.wear import WearEvidence
from mlgate.stats.wear import Use, wear

TODAY = dt.date(2026, 11, 21)


def decide(make: Any, others: int, surprises: int, rules: Any, **more: Any) -> Any:
    judging = make.judge({"accuracy": rules})
    compare = make.compare({"accuracy": make.measurement(make.comparison(0.0, **more))})
    meter = WearEvidence(
        tool="0.1.0",
        commit=make.commit,
        created="2026-11-21T14:02:00Z",
        test_set="t",
        evaluation="e",
        others=others,
        surprises=surprises,
    )
    return judge(
        make.run(judging), {"evidence": {"compare": compare, "wear": meter}}, TODAY, checks.gates()
    )


def test_this_run_counts_and_the_smallest_margin_is_metered(make: Any) -> None:
    found = decide(make, 31, 1, {"max_regression": 0.01, "max_regression_anchor": 0.03})
    assert found.verdict == "pass"
    assert (found.wear.evaluations, found.wear.surprises) == (32, 1)
    assert (found.wear.gate, found.wear.margin) == ("accuracy.max_regression", 0.01)
    assert found.wear.value == pytest.approx(wear(Use(32, 1), 10_000, 0.01, 0.05).value)


def test_a_margin_in_per_cent_is_of_the_baseline(make: Any) -> None:
    found = decide(make, 0, 0, {"max_regression": "2%"}, contrasts=())
    assert found.wear.margin == pytest.approx(0.02 * 0.86)


def test_more_differing_rows_than_usual_raise_the_cap(make: Any) -> None:
    found = decide(
        make, 0, 0, {"max_regression": 0.01}, discordant=Discordant(fixed=1000, broken=1000)
    )
    assert found.wear.cap == pytest.approx(0.2)


def test_without_a_margin_for_right_rows_only_the_counts_are_known(make: Any) -> None:
    found = decide(make, 3, 0, {"min": 0.5})
    assert found.wear.evaluations == 4
    assert found.wear.value is None


@pytest.mark.parametrize(
    ("surprises", "level"), [(0, None), (1, "info"), (40, "warning"), (3000, "warning")]
)
def test_what_is_worn_is_told(make: Any, surprises: int, level: str | None) -> None:
    found = decide(make, 3000 if surprises else 1, surprises, {"max_regression": 0.02})
    told = [note.level for note in found.notes if "test set has answered" in note.text]
    assert told == ([level] if level else [])
    assert found.verdict == "pass"


def test_few_rows_for_a_small_margin_are_not_called_worn_by_one_answer(make: Any) -> None:
    found = decide(make, 0, 0, {"max_regression": 0.001})
    assert found.wear.value > 1
    assert not found.notes
