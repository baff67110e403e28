"""A bundle's word that its numbers decide nothing."""

from __future__ import annotations

import pytest

from mlgate.config import Config
from mlgate.model.evidence import CompareEvidence, Comparison, Measurement
from mlgate.pipeline.publishing.undecided import held

CLAIMS = (
    {"insufficient": "20 clusters are needed"},
    {"interval": (None, None)},
    {"interval": (None, None), "change": None, "untested": "one number a side"},
)


def config(**more):
    gates = {"accuracy": {"max_regression": 0.02}}
    return Config.model_validate(
        {
            "version": 1,
            "task": "binary",
            "predictions": {"path": "p.csv", "id": "id", "label": "y", "prediction": "p"},
            "gates": gates,
        }
        | more
    )


def evidence(comparison=None, **more):
    against = {} if comparison is None else {"main": comparison}
    fields = {"title": "accuracy", "value": 0.8, "interval": (0.78, 0.82), "method": "wilson"}
    metric = Measurement(**(fields | {"against": against} | more))
    return CompareEvidence(
        tool="1", commit=None, created="2026-11-29T00:00:00Z", metrics={"accuracy": metric}
    )


def claiming(**fields):
    comparison = {"baseline": 0.86, "change": -0.06, "interval": (-0.08, -0.04), "n": 2_000}
    return evidence(Comparison(**(comparison | {"method": "tango"} | fields)))


def compared(measured):
    return measured.metrics["accuracy"].against["main"]


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_that_main_does_not_make_is_judged_as_it_stands(claim):
    after = compared(held(claiming(**claim), evidence(), config()))
    assert after.change == pytest.approx(-0.06)
    assert after.insufficient is None
    assert "main's run could" in after.untested


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_that_main_makes_as_well_stands(claim):
    bundle = claiming(**claim)
    assert held(bundle, evidence(insufficient="20 clusters are needed"), config()) == bundle
    assert held(bundle, None, config()) == bundle


def test_what_decides_is_as_it_was():
    assert held(claiming(), evidence(), config()) == claiming()


def test_where_what_is_undecided_blocks_it_stays_undecided():
    bundle = claiming(insufficient="20 clusters are needed")
    assert held(bundle, evidence(), config(policy={"on_inconclusive": "fail"})) == bundle
    own = config(gates={"accuracy": {"max_regression": 0.02, "on_inconclusive": "fail"}})
    assert held(bundle, evidence(), own) == bundle


def test_a_value_without_bounds_is_judged_as_it_stands():
    after = held(evidence(interval=(None, None)), evidence(), config()).metrics["accuracy"]
    assert (after.value, after.insufficient) == (0.8, None)
    assert after.untested is not None
