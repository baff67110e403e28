"""What a bundle says beside its numbers."""

from __future__ import annotations

import pytest

from mlgate.model.evidence import CompareEvidence, Comparison, Contrast, Measurement, RowCounts
from mlgate.pipeline.publishing.consistent import adds_up, held

FOLLOWS = Contrast(factor=0.98, value=-0.0428, interval=(-0.06, -0.02))
OTHER = FOLLOWS.model_copy(update={"value": 0.01})


def evidence(title="accuracy", **more):
    comparison = {"baseline": 0.86, "change": -0.06, "interval": (-0.08, -0.04), "n": 2_000}
    against = {"main": Comparison(**(comparison | {"method": "tango"} | more))}
    names = {"title": title, "unit": "share", "direction": "higher"}
    metric = Measurement(value=0.8, method="wilson", against=against, **names)
    return CompareEvidence(
        tool="1", commit=None, created="2026-11-29T00:00:00Z", metrics={"accuracy": metric}
    )


def test_what_a_metric_is_called_is_main_s_to_say():
    claimed = evidence("all is well: accuracy")
    assert held(claimed, evidence()).metrics["accuracy"].title == "accuracy"
    assert held(claimed, None) == claimed


@pytest.mark.parametrize(("contrast", "left"), [(FOLLOWS, (FOLLOWS,)), (OTHER, ())])
def test_a_contrast_follows_from_the_change(contrast, left):
    looked_twice = evidence(contrasts=(contrast,), earlier=Comparison(
        baseline=0.86, change=-0.06, n=2_000, method="tango", contrasts=(contrast,)
    ))  # fmt: skip
    after = held(looked_twice, None).metrics["accuracy"].against["main"]
    assert after.contrasts == after.earlier.contrasts == left


def test_bounds_at_less_confidence_than_the_policy_s_are_an_error():
    assert "at less confidence" in held(evidence(confidence=0.9), None).error
    assert held(evidence(confidence=0.975), None).error is None


@pytest.mark.parametrize(
    ("counts", "fits"),
    [
        ({"paired": 95, "added": 5, "missing": 2}, True),
        ({"paired": 95, "added": 4, "missing": 2}, False),  # of 100 rows that were measured
        ({"paired": 95, "added": 5, "missing": 1}, False),  # of 97 that main keeps
        ({"paired": 94, "added": 5, "missing": 3, "unlabelled": 1}, True),
    ],
)
def test_counts_of_rows_add_up(counts, fits):
    ours = evidence().model_copy(update={"n": 100})
    theirs = evidence().model_copy(update={"n": 100, "forgotten": 3})
    assert adds_up(RowCounts(**counts), ours, theirs) is fits
    assert adds_up(RowCounts(**counts), evidence(), evidence())
