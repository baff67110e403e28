"""What a configuration asks of `compare`."""

from __future__ import annotations

import pytest

from mlgate import config
from mlgate.checks import sections
from mlgate.checks.compare import measure as compare
from mlgate.checks.compare.params import RequestedMetric
from mlgate.metrics import METRICS

PREDICTIONS = """
version: 1
task: binary
predictions: {path: p.csv, id: id, label: y, score: p}
"""


def asked(text):
    return compare.params(config.parse(text, "mlgate.yaml", sections()).config)


def names(params):
    return [one.name for one in params.metrics]


def test_metrics_used_and_gated_each_once():
    params = asked(
        PREDICTIONS
        + "metrics: {use: [f1_score, accuracy]}\n"
        + "gates: {accuracy: {min: 0.8}, auc: {max_regression: 0.01}}"
    )
    assert names(params) == ["f1", "accuracy", "roc_auc"]
    assert {one.origin for one in params.metrics} == {"predictions"}
    assert [one.direction for one in params.metrics] == ["higher"] * 3
    assert params.task == "binary"


def test_the_users_own_metrics():
    params = asked(
        PREDICTIONS
        + """
metrics:
  rows: {ndcg: higher, auc: lower}
  custom: {profit: "scoring:profit", cost: "scoring:cost"}
  direction: {profit: higher, cost: lower}
gates: {profit: {min: 3}, ndcg: {max_regression: 0.01}, auc: {max: 1}}
"""
    )
    assert params.metrics == (
        RequestedMetric(name="ndcg", origin="rows", source="ndcg", direction="higher"),
        RequestedMetric(name="roc_auc", origin="rows", source="auc", direction="lower"),
        RequestedMetric(
            name="profit", origin="custom", source="scoring:profit", direction="higher"
        ),
        RequestedMetric(name="cost", origin="custom", source="scoring:cost", direction="lower"),
    )
    assert params.direction == {
        "ndcg": "higher", "roc_auc": "lower", "profit": "higher", "cost": "lower",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("gate", "factors"),
    [
        ("accuracy: {max_regression: 2%}", {"main": (0.98,), "anchor": (0.97,)}),
        ("log_loss: {max_regression: 2%}", {"main": (1.02,), "anchor": (1.03,)}),
        ("log_loss: {max_regression: 2%, max_regression_anchor: 0.1}", {"main": (1.02,)}),
        ("accuracy: {max_regression: 2%, min_improvement: 1%}",
         {"main": (0.98, 1.01), "anchor": (0.97,)}),
        ("accuracy: {max_regression: 0.02}", {}),
    ],
)  # fmt: skip
def test_relative_margins_ask_for_contrasts(gate, factors):
    (one,) = asked(PREDICTIONS + f"gates: {{{gate}}}").metrics
    assert one.factors.keys() == factors.keys()
    for role, expected in factors.items():
        assert one.factors[role] == pytest.approx(expected)


def test_only_metric_files():
    params = asked(
        "version: 1\nmetrics: {files: [m.json], direction: {cost: lower}}\n"
        "gates: {cost: {max_regression: 1}, accuracy: {min: 0.8}}"
    )
    assert params.metrics == ()
    assert params.reported == ("cost", "accuracy")
    assert params.direction == {"cost": "lower"}


def test_confidence_is_the_policys():
    text = PREDICTIONS + "gates: {accuracy: {min: 0.8}}\npolicy: {confidence: 0.99}"
    assert asked(text).confidence == 0.99


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_every_metric_has_a_family(metric):
    from mlgate.checks.compare.families import family_of

    assert family_of(metric.method) is family_of(metric.method)
