"""Rules that one row far out leaves undecided fail by what the other rows show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mlgate.checks.compare import measure as compare
from mlgate.checks.compare.params import RequestedMetric
from mlgate.metrics import METRICS
from mlgate.model.rows import Rows

FAR = 1e9
METRIC_NAMES = ("mae", "wape", "rmse", "r2")


def sides(*, worse=True, far=True, n=1_000, **more):
    random = np.random.default_rng(3)
    label = random.normal(0, 3, n)
    old = label + random.normal(0, 0.5, n)
    new = label + random.normal(0, 1.0 if worse else 0.5, n)
    if far:
        new[0] = FAR
    rows = Rows("regression", label, new, **more)
    return rows, replace(rows, y_pred=old)


def measured(kit, new, old, name, **more):
    metric = RequestedMetric(name=name, direction=METRICS[name].direction, **more)
    inputs = kit.Inputs(new, {"main": kit.paired(new, old)})
    return compare.run(inputs, compare.CompareParams(metrics=(metric,))).metrics[name]


def turned(name, bound):
    return -bound if METRICS[name].direction == "higher" else bound


@pytest.mark.parametrize("name", METRIC_NAMES)
def test_the_change_without_the_far_row_is_what_the_others_show(kit, name):
    found = measured(kit, *sides(), name).against["main"]
    plain = measured(kit, *sides(far=False), name).against["main"]
    left = found.without_worst
    assert left.count == 1
    assert left.value == pytest.approx(plain.change, rel=0.05)
    assert 0 < turned(name, left.bound) < turned(name, left.value)
    ends = plain.interval[:: -1 if name == "r2" else 1]
    assert left.bound == pytest.approx(ends[0], rel=0.25)


@pytest.mark.parametrize("name", METRIC_NAMES)
def test_an_equal_model_with_a_far_row_is_not_beyond(kit, name):
    left = measured(kit, *sides(worse=False), name).against["main"].without_worst
    assert turned(name, left.bound) < 0.02


@pytest.mark.parametrize("name", METRIC_NAMES)
def test_relative_margins_and_values_are_held_to_it(kit, name):
    factor = 0.98 if name == "r2" else 1.02
    found = measured(kit, *sides(), name, factors={"main": (factor,)})
    (contrast,) = found.against["main"].contrasts
    assert turned(name, contrast.without_worst.bound) > 0
    own = measured(kit, *sides(far=False), name)
    assert found.without_worst.value == pytest.approx(own.value, rel=0.05)
    assert found.without_worst.count == 1


@pytest.mark.parametrize("name", METRIC_NAMES)
def test_clusters_are_left_out_as_a_whole(kit, name):
    cluster = np.repeat(np.arange(100), 10)
    left = measured(kit, *sides(cluster=cluster), name).against["main"].without_worst
    assert (left.count, left.clusters) == (1, True)
    assert turned(name, left.bound) > 0


def test_weighted_rows(kit):
    weight = np.random.default_rng(1).uniform(0.5, 2, 1_000)
    left = measured(kit, *sides(weight=weight), "mae").against["main"].without_worst
    assert left.count == 1
    assert left.bound > 0.3


def test_a_model_without_a_far_row_has_none(kit):
    found = measured(kit, *sides(far=False), "mae")
    assert found.without_worst is found.against["main"].without_worst is None


def test_few_changed_rows_say_nothing(kit):
    new, old = sides()
    few = old.y_pred.copy()
    few[:19] += 5
    few[0] = FAR
    found = measured(kit, replace(new, y_pred=few), old, "mae").against["main"]
    assert found.without_worst is None


def test_metrics_within_bounds_have_none(kit):
    new, old = kit.draw("binary", n=200)
    assert measured(kit, new, old, "accuracy").against["main"].without_worst is None
