"""Methods in words."""

from __future__ import annotations

import pytest

from mlgate.report.methods import explained, shown, words


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("tango", "Tango's score interval for a rate on the same rows"),
        ("paired delong", "DeLong's variance of the ROC AUC, both models on the same rows"),
        (
            "paired delta, weighted, by cluster",
            (
                "delta method on the counts of label, prediction and baseline's prediction,"
                " both models on the same rows, rows weighted, clusters counted instead of rows"
            ),
        ),
        (
            "paired poisson bootstrap of 4,096 blocks (identical)",
            (
                "percentiles of the metric over random resamples of the rows, both models on the same"
                " rows, random blocks of rows, 4,096 of them, instead of rows, the two models do not"
                " differ here"
            ),
        ),
        (
            "paired influence with wilson limits beside a step",
            (
                "variance of the rows' influence on the metric, both models on the same rows, each side within"
                " Wilson's limits for as many trials as its variance is worth, scores have few levels at the"
                " limit, and chance may decide which of them meets it: one step counts as lost"
            ),
        ),
        ("paired crystal ball", None),
        ("reported", None),
    ],
)
def test_words(method: str, told: str | None) -> None:
    assert words(method) == told


def test_each_method_once() -> None:
    methods = ["tango", "reported", "tango", "paired t"]
    assert [name for name, _ in explained(methods)] == ["tango", "paired t"]


def test_names_as_people_read_them() -> None:
    assert [shown(name) for name in ("mover of tango", "delong")] == [
        "tango, over classes",
        "delong",
    ]
