"""Means of numbers a row: rates where they are 0 or 1, limits where they are known, and no change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mlgate.checks.compare import measure as compare
from mlgate.checks.compare.params import RequestedMetric
from mlgate.errors import DataError
from mlgate.metrics import METRICS
from mlgate.stats import proportions


def against(kit, new, old, *metrics):
    inputs = kit.Inputs(new, {"main": kit.paired(new, old)})
    found = compare.run(inputs, compare.CompareParams(metrics=metrics)).metrics
    return {name: measured.against["main"] for name, measured in found.items()}


def of_predictions(name, **more):
    return RequestedMetric(name=name, direction=METRICS[name].direction, **more)


def column(name, **more):
    return RequestedMetric(name=name, origin="rows", direction="higher", source=name, **more)


@pytest.fixture
def sides(kit):
    new, old = kit.draw("binary", n=200)
    rng = np.random.default_rng(1)
    right = (rng.random(200) < 0.9).astype(float)
    turned = np.where(rng.random(200) < 0.05, 1 - right, right)
    new = replace(new, values={"right": right, "grade": rng.normal(5, 1, 200)})
    return new, replace(old, values={"right": turned, "grade": rng.normal(5, 1, 200)})


def test_a_column_of_answers_is_measured_as_accuracy_is(kit, sides):
    new, old = sides
    found = against(kit, new, old, column("right"))["right"]
    a, b = new.values["right"], old.values["right"]
    tango = proportions.tango(int((a > b).sum()), int((a < b).sum()), 200)
    assert found.interval == pytest.approx(tango.interval)
    assert found.p_value == pytest.approx(tango.p_value)
    assert found.method == "tango"


def test_few_identical_answers_are_not_certain(kit, sides):
    new, old = (replace(side.take(np.arange(12)), values={"right": np.ones(12)}) for side in sides)
    low, high = against(kit, new, old, column("right"))["right"].interval
    assert low == -high < -0.1


def test_a_declared_range_widens_to_what_a_row_could_be(kit, sides):
    found = against(kit, *sides, column("grade"))["grade"]
    wide = against(kit, *sides, column("grade", range=(-1000.0, 1000.0)))["grade"]
    assert found.method == wide.method == "paired t and score"
    assert wide.interval[1] > 2 * found.interval[1]


def test_equal_scores_are_one_model(kit, sides):
    new, _ = sides
    metrics = [
        of_predictions(name, factors={"main": (0.98,)})
        for name in ("accuracy", "log_loss", "roc_auc")
    ]
    found = against(kit, new, replace(new, values={}), *metrics)
    for name, comparison in found.items():
        assert comparison.method == "unchanged", name
        assert comparison.interval == (0, 0)
        (contrast,) = comparison.contrasts
        assert contrast.value == pytest.approx(0.02 * comparison.baseline)
        assert contrast.interval == (contrast.value, contrast.value)


def test_equal_answers_are_not_one_model(kit, sides):
    new, _ = sides
    moved = replace(new, score=np.clip(new.score + 1e-6, 0, 1), values={})
    bare = replace(new, score=None, values={})
    for one, other in ((new, moved), (bare, bare)):
        assert against(kit, one, other, of_predictions("accuracy"))["accuracy"].method == "tango"


def test_other_numbers_of_the_same_model_have_changed(kit, sides):
    new, _ = sides
    slower = replace(new, values={"grade": new.values["grade"] + 1})
    found = against(kit, new, slower, column("grade"))["grade"]
    assert found.change == pytest.approx(-1)


def test_numbers_outside_the_declared_range_are_refused(kit, sides):
    with pytest.raises(DataError, match="grade: its range is declared as 0 to 5"):
        against(kit, *sides, column("grade", range=(0.0, 5.0)))


def test_exact_scores_of_the_baseline_are_noted_as_well(kit, sides):
    new, old = sides
    exact = replace(old, score=np.where(np.arange(200) < 20, 1.0, old.score))
    params = compare.CompareParams(metrics=(of_predictions("log_loss"),))
    found = compare.run(kit.Inputs(new, {"main": kit.paired(new, exact)}), params)
    (note,) = (note for note in found.notes if note.metric == "log_loss")
    assert note.text.startswith(
        "0 of 200 rows have a score of exactly 0 or 1 (of main's model 20). "
    )


def test_notes_say_what_bounds_suppose(kit, sides):
    new, old = sides
    exact = replace(new, score=np.where(np.arange(200) < 20, 1.0, new.score))
    inputs = kit.Inputs(exact, {"main": kit.paired(exact, old)})
    metrics = (of_predictions("log_loss"), column("grade"), column("right"))
    found = compare.run(inputs, compare.CompareParams(metrics=metrics))
    texts = [note.text for note in found.notes]
    assert any(text.startswith("20 of 200 rows have a score of exactly 0 or 1.") for text in texts)
    (bounds,) = (text for text in texts if text.startswith("Bounds of "))
    assert bounds.startswith("Bounds of grade suppose")
