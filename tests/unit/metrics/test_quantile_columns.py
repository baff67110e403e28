"""Several quantiles of one model: scikit-learn's losses, and what intervals cover."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics as sk

from mlgate.metrics import METRICS
from mlgate.metrics.quantile_columns import key, needed
from mlgate.model.rows import Rows

LEVELS = (0.1, 0.25, 0.9)


def rows(seed=0, n=300, levels=LEVELS):
    random = np.random.default_rng(seed)
    y, spread = random.normal(size=n), random.normal(scale=0.1, size=(len(levels), n))
    values = {key(a): np.quantile(y, a) + spread[i] for i, a in enumerate(levels)}
    return Rows("regression", y, np.zeros(n), values=values)


def value(name, of):
    return METRICS[name].method.losses(of).mean()


def test_the_loss_of_each_column_is_scikit_learns():
    of = rows()
    losses = [sk.mean_pinball_loss(of.y_true, of.values[key(a)], alpha=a) for a in LEVELS]
    ours = [value(f"quantile_loss@{a}", of) for a in LEVELS]
    assert ours == pytest.approx(losses, abs=1e-12)
    assert value("quantile_loss", of) == pytest.approx(np.mean(losses), abs=1e-12)


def test_coverage_counts_what_is_on_the_edge():
    of = Rows("regression", np.array([1.0, 2, 3, 4]), np.zeros(4))
    of = replace(of, values={key(0.1): np.full(4, 2.0), key(0.9): np.array([3.0, 3, 3, 1])})
    assert value("quantile_coverage@0.9", of) == 0.75
    assert value("interval_coverage@0.8", of) == 0.5
    assert value("interval_width@0.8", of) == pytest.approx((1 + 1 + 1 - 1) / 4)


def test_a_quantile_without_a_column_has_no_value():
    of = rows()
    assert METRICS["quantile_loss@0.9"].unfit(of) is None
    assert METRICS["interval_coverage@0.8"].unfit(of) is None
    lacking = METRICS["interval_coverage@0.5"].unfit(of)
    assert lacking == "metrics.quantiles names no column of the quantile 0.75"
    assert "names no column" in METRICS["quantile_loss"].unfit(replace(of, values={}))
    assert needed("interval_width@0.9", LEVELS) == ["0.05", "0.95"]
    assert needed("interval_width@0.8", LEVELS) == needed("mae", ()) == []


@pytest.mark.parametrize("name", ["quantile_loss", "quantile_loss@0.9", "interval_width@0.8"])
@pytest.mark.parametrize("factor", [1.0, 1.02])
def test_no_row_is_beyond_the_limits(name, factor):
    new, old = rows(1), rows(1)
    old = replace(old, values={a: v + 0.05 for a, v in rows(2).values.items()})
    losses, reach = METRICS[name].method.losses, METRICS[name].method.reach
    change, limits = losses(new) - factor * losses(old), reach(new, old, factor)
    assert limits.low <= change.min()
    assert change.max() <= limits.high
