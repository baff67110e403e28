"""Statistics of a column that gates name after it, measured as `compare` does."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mlgate import checks
from mlgate.checks.compare.design import suited
from mlgate.checks.compare.families import family_of
from mlgate.checks.compare.pair import Pair
from mlgate.checks.compare.params import params
from mlgate.checks.slices import measure as slices
from mlgate.config.load import parse
from mlgate.metrics.column_statistics import ColumnStatistic, column_statistic
from mlgate.model.attributes import Attribute
from mlgate.model.rows import Rows


@pytest.mark.parametrize(
    ("name", "statistic"),
    [
        ("seconds.p95", "p95"),
        ("seconds.p99.9", "p99.9"),
        ("seconds.pass@5", "pass@5"),
        ("seconds.pass^5", "pass^5"),
        ("seconds.p0", None),
        ("seconds.p100", None),
        ("seconds.pass@0", None),
        ("seconds", None),
        ("minutes.p95", None),
        ("seconds.mean", None),
    ],
)
def test_names(name, statistic):
    found = column_statistic(name, ("seconds",))
    assert (None if found is None else found.name) == statistic


def attempted(tasks=60, each=4, seed=0, better=0.1, **more):
    """Both sides of some attempts at tasks of unequal difficulty."""
    random = np.random.default_rng(seed)
    ease = np.repeat(random.random(tasks), each)
    item = np.repeat(np.arange(tasks), each)
    repeat = Attribute(
        tuple(map(str, range(each))), np.tile(np.arange(each, dtype=np.int32), tasks)
    )
    nothing = np.zeros(len(item))
    return [
        Rows(
            "scores", nothing, nothing, repeat=repeat, item=item,
            values={"solved": (random.random(len(item)) < ease + gain).astype(float)}, **more,
        )
        for gain in (better, 0.0)
    ]  # fmt: skip


def measured(statistic, new, old):
    family = suited(family_of(ColumnStatistic("solved", statistic).method()), new)
    pair = Pair(new, old, lambda _: 0, 0.95)
    return family.own(pair), family.contrast(pair, 1.0)


@pytest.mark.parametrize("statistic", ["pass@1", "pass@3", "pass^3"])
def test_tasks_are_what_is_counted(statistic):
    new, old = attempted()
    own, change = measured(statistic, new, old)
    values = [
        ColumnStatistic("solved", statistic).method().values(side, side.item) for side in (new, old)
    ]
    difference = values[0] - values[1]
    assert own.value == pytest.approx(values[0].mean())
    assert change.value == pytest.approx(difference.mean())
    assert change.row_variance / change.n == pytest.approx(difference.var(ddof=1) / 60)
    half = stats.t.ppf(0.95, 59) * np.sqrt(difference.var(ddof=1) / 60)
    assert change.lower <= change.value - half + 1e-12
    assert change.method == "paired t and score, by task"


def test_tasks_in_clusters_count_clusters():
    cluster = np.repeat(np.arange(30), 8)
    new, old = attempted(cluster=cluster)
    own, change = measured("pass@2", new, old)
    assert own.method.endswith(", by cluster and score")
    assert change.insufficient is None
    few = attempted(cluster=np.repeat(np.arange(10), 24))
    assert "only 10 clusters" in measured("pass@2", *few)[1].insufficient


def test_what_is_not_defined():
    new, _ = attempted()
    assert ColumnStatistic("solved", "pass@4").unfit(new) is None
    why = ColumnStatistic("solved", "pass@5").unfit(new)
    assert why == "60 of 60 tasks have fewer than 5 attempts, the fewest 4"
    grades = Rows("scores", new.y_true, new.y_pred, values={"solved": np.full(len(new), 0.5)})
    assert "must be 0 or 1" in ColumnStatistic("solved", "pass@1").unfit(grades)
    single = Rows("scores", new.y_true, new.y_pred, values=new.values)
    assert "predictions.repeat" in ColumnStatistic("solved", "pass@1").unfit(single)


def test_gates_name_them_and_have_the_columns_direction():
    text = """\
version: 1
task: scores
predictions: {path: out/scores.csv, id: id, repeat: seed}
metrics: {rows: {seconds: lower, solved: higher}, use: [solved.pass^2]}
gates:
  seconds.p95: {max: 2.5, max_regression: 10%}
  solved.pass@2[suite=code]: {max_regression: 0.05}
slices: {by: [suite]}
"""
    config = parse(text, "mlgate.yaml", checks.sections()).config
    metrics = {metric.name: metric for metric in params(config).metrics}
    (sliced,) = (metric for metric in slices.params(config).metrics if "pass" in metric.name)
    assert (sliced.source, sliced.statistic) == ("solved", "pass@2")
    assert metrics["seconds.p95"].direction == "lower"
    assert metrics["seconds.p95"].factors["main"] == (1.1,)
    assert metrics["solved.pass@2"].direction == "higher"
    assert metrics["solved.pass@2"].statistic == "pass@2"
    assert metrics["solved.pass^2"].listed
