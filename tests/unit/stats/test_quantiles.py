"""Quantiles of a column: order statistics that hold the truth, and their paired change."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from mlgate.stats import quantiles


@pytest.mark.parametrize("level", [0.05, 0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("n", [1, 10, 500])
def test_value_and_bounds_are_order_statistics(level, n):
    values = np.random.default_rng(0).permutation(n).astype(float)
    estimate = quantiles.quantile(values, level)
    assert estimate.value == np.quantile(values, level, method="inverted_cdf")
    low, high = (int(binom.ppf(p, n, level)) for p in (0.05, 0.95))
    assert estimate.lower == (low - 1 if low else None)
    assert estimate.upper == (high if high < n else None)
    assert (estimate.insufficient is None) == (low > 0 and high < n)


def test_the_bound_above_a_p95_needs_59_rows():
    assert quantiles.quantile(np.arange(59.0), 0.95).insufficient is None
    few = quantiles.quantile(np.arange(58.0), 0.95)
    assert few.upper is None
    assert few.insufficient == "58 rows; bounds of a p95 need 59 independent ones"


def test_whole_weights_are_repeated_rows():
    random = np.random.default_rng(1)
    values, times = random.random(200), random.integers(1, 4, 200)
    weighted = quantiles.quantile(values, 0.9, weights=times.astype(float))
    assert weighted.value == quantiles.quantile(np.repeat(values, times), 0.9).value


def test_copies_of_rows_in_one_cluster_are_one_row():
    values = np.random.default_rng(2).random(400)
    index = np.repeat(np.arange(400), 3)
    alone = quantiles.quantile(values, 0.9, clusters=np.arange(400))
    copied = quantiles.quantile(values[index], 0.9, clusters=index)
    assert copied.interval == pytest.approx(alone.interval, abs=0.01)
    plain = quantiles.quantile(values, 0.9)
    assert alone.interval == pytest.approx(plain.interval, abs=0.01)


@pytest.mark.parametrize("factor", [1.0, 1.1])
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_bounds_of_a_change_hold_the_truth(factor, level):
    random, n, held = np.random.default_rng(3), 400, [0, 0]
    truth = np.exp(0.8 * _normal(level))
    for _ in range(400):
        shared = random.normal(size=n)
        new, old = (
            np.exp(0.8 * (np.sqrt(0.7) * shared + np.sqrt(0.3) * random.normal(size=n)))
            for _ in range(2)
        )
        low, high = quantiles.contrast(new, old, level, factor=factor).interval
        held[0] += low <= (1 - factor) * truth
        held[1] += high >= (1 - factor) * truth
    assert min(held) / 400 >= 0.93


def _normal(level):
    from statistics import NormalDist

    return NormalDist().inv_cdf(level)


def test_the_same_rows_are_not_certain():
    values = np.random.default_rng(4).random(300)
    nudged = values.copy()
    nudged[0] += 1e-9
    change = quantiles.contrast(nudged, values, 0.9)
    assert change.lower < 0 < change.upper


def test_swapping_the_sides_mirrors():
    random = np.random.default_rng(5)
    new, old = random.random(300), random.random(300)
    there, back = quantiles.contrast(new, old, 0.8), quantiles.contrast(old, new, 0.8)
    assert there.interval == pytest.approx((-back.upper, -back.lower))


def test_influence_has_the_spread_of_the_bounds():
    random, variances = np.random.default_rng(6), []
    for _ in range(40):
        values = random.random(1_000)
        estimate = quantiles.influence(values, 0.9)
        assert estimate.value == quantiles.quantile(values, 0.9).value
        variances.append((estimate.rows**2).sum())
    assert np.mean(variances) == pytest.approx(0.9 * 0.1 / 1_000, rel=0.2)


def test_a_change_beside_a_gap_is_not_certain():
    random, held = np.random.default_rng(7), [0, 0]
    for _ in range(200):
        late = random.random(400)
        other = np.where(random.random(400) < 0.7, late, random.random(400))
        new, old = (np.where(side < 0.05, 30.0, 1.0) + random.random(400) for side in (late, other))
        low, high = quantiles.contrast(new, old, 0.95).interval
        held[0] += low <= 0
        held[1] += high >= 0
    assert min(held) / 200 >= 0.97


def test_a_loss_up_to_a_gap_is_found_no_more_often_than_promised():
    random, passed = np.random.default_rng(8), 0
    for _ in range(400):
        late = random.random(400)
        other = np.where(random.random(400) < 0.7, late, random.random(400))
        new = np.where(late < 0.051, 30.0, 1.0) + random.random(400)
        old = np.where(other < 0.049, 30.0, 1.0) + random.random(400)
        passed += quantiles.contrast(new, old, 0.95).upper < 28
    assert passed / 400 <= 0.07


@pytest.mark.parametrize("weighted", [False, True])
def test_bounds_of_clusters_and_of_weights_hold_the_truth(weighted):
    random, held = np.random.default_rng(9), [0, 0]
    codes = np.repeat(np.arange(25), 16)
    for _ in range(300):
        if weighted:
            how = {"weights": np.exp(random.normal(size=400))}
            values = random.normal(size=400)
        else:
            how = {"clusters": codes}
            values = np.sqrt(0.4) * random.normal(size=25)[codes] + np.sqrt(0.6) * random.normal(
                size=400
            )
        estimate = quantiles.quantile(values, 0.9, **how)
        held[0] += estimate.lower <= _normal(0.9)
        held[1] += estimate.upper is None or estimate.upper >= _normal(0.9)
    assert min(held) / 300 >= 0.93
