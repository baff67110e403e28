"""The rule against the anchor: half of its margin, and losses that chance does not explain."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mlgate.gates import anchor
from mlgate.gates.judge import judge

if TYPE_CHECKING:
    from mlgate.model.verdict import RuleResult, Verdict

DAY = dt.date(2026, 11, 28)


def judged(make: Any, main: float, anchored: float, half: float = 0.014, **rules: Any) -> Verdict:
    """Judge a change against main and against the anchor, whose margin is .015."""
    compared = {"main": make.comparison(main, half), "anchor": make.comparison(anchored, half)}
    gates = {"accuracy": {"max_regression": 0.01, **rules}}
    record = make.run(make.judge(gates))
    evidence = make.compare({"accuracy": make.measurement(against=compared)})
    return judge(record, {"evidence": {"compare": evidence}}, DAY, {})


def of_anchor(verdict: Verdict) -> RuleResult:
    return next(gate for gate in verdict.gates if gate.against == "anchor")


@pytest.mark.parametrize(
    ("main", "anchored", "blocks"),
    [
        (-0.001, -0.0076, True),
        (-0.001, -0.0074, False),
        (0.001, -0.0076, False),
        (0, -0.0076, True),
    ],
)
def test_an_undecided_rule_blocks_beyond_half(
    make: Any, main: float, anchored: float, blocks: bool
) -> None:
    result = of_anchor(judged(make, main, anchored))
    assert result.verdict == "inconclusive"
    assert result.blocks is blocks
    assert ("beyond half" in result.reason) is blocks


def test_a_gate_can_say_that_undecided_only_warns(make: Any) -> None:
    assert not of_anchor(judged(make, -0.001, -0.0076, on_inconclusive="warn")).blocks


def test_the_rule_against_main_is_as_before(make: Any) -> None:
    verdict = judged(make, -0.009, -0.001)
    assert [gate.blocks for gate in verdict.gates] == [False, False]


def test_a_loss_that_chance_does_not_explain_is_named(make: Any) -> None:
    quiet, loud = judged(make, 0.001, -0.003, 0.002), judged(make, 0.001, -0.006, 0.002)
    assert not any("has fallen since" in note.text for note in quiet.notes)
    assert any("has fallen since the last release" in note.text for note in loud.notes)
    assert of_anchor(loud).verdict == "pass"


def test_a_relative_margin_warns_as_well(make: Any) -> None:
    plain = of_anchor(judged(make, 0.001, -0.006, 0.002))
    assert anchor.e_value(plain.model_copy(update={"relative": True})) == anchor.e_value(plain) > 20


def test_the_e_value_is_at_most_one_on_average(make: Any) -> None:
    rng, half = np.random.default_rng(1), 0.01
    error = half / 1.6448536269514722
    values = [
        anchor.e_value(of_anchor(judged(make, 0.0, float(change), half)))
        for change in rng.normal(0, error, 400)
    ]
    assert np.mean(values) < 1.3
