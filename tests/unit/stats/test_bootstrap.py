"""The Poisson bootstrap: weights, RMSE and R², blocks, the user's replicates."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from mlgate.stats import bootstrap
from mlgate.stats.bootstrap import Replicates


def make(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    y = 100 + random.normal(size=n)
    shared = random.standard_t(5, size=n)
    return y, y + shared + random.normal(size=n), y + shared + 1.1 * random.normal(size=n)


def test_weights_are_poisson_to_the_third_moment() -> None:
    drawn = np.concatenate(list(bootstrap.weights(1_000, 4_000, seed=1)))
    assert drawn.shape == (4_000, 1_000)
    assert drawn.mean() == pytest.approx(1, abs=2e-3)
    assert drawn.var() == pytest.approx(1, abs=4e-3)
    assert (drawn**3).mean() == pytest.approx(5, abs=0.05)
    assert abs(np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1]) < 0.06
    assert abs(np.corrcoef(drawn[0], drawn[1])[0, 1]) < 0.12


def test_weights_are_bounded_in_memory_and_repeat() -> None:
    parts = list(bootstrap.weights(3_000, 11, seed=5, chunk=10_000))
    assert [len(part) for part in parts] == [3, 3, 3, 2]
    again = list(bootstrap.weights(3_000, 11, seed=5, chunk=10_000))
    assert all(np.array_equal(a, b) for a, b in zip(parts, again, strict=True))
    assert [len(part) for part in bootstrap.weights(30_000, 2, seed=5, chunk=10_000)] == [1, 1]
    other = next(bootstrap.weights(3_000, 11, seed=6, chunk=10_000))
    assert not np.array_equal(parts[0], other)


def test_seed_depends_on_every_word() -> None:
    assert bootstrap.seed_of("a", "b") == bootstrap.seed_of("a", "b")
    assert len({bootstrap.seed_of(*w) for w in (("a", "b"), ("ab",), ("b", "a"), ("a", "c"))}) == 4


@pytest.mark.parametrize("n", [2, 50, 20_000, 20_001, 150_000])
def test_values_equal_scikit_learn(n: int) -> None:
    y, new, old = make(n)
    found = bootstrap.regression(y, new, old, seed=1, replicates=50)
    rmse, r2 = found["rmse"], found["r2"]
    expected = [metrics.root_mean_squared_error(y, side) for side in (new, old)]
    assert [rmse.value, rmse.old_value] == pytest.approx(expected, abs=1e-12)
    expected = [metrics.r2_score(y, side) for side in (new, old)]
    assert [r2.value, r2.old_value] == pytest.approx(expected, abs=1e-12)


def test_r2_keeps_its_digits_far_from_zero() -> None:
    y, new, _ = make(500)
    found = bootstrap.regression(y + 1e7, new + 1e7, seed=1)["r2"]
    assert found.value == pytest.approx(metrics.r2_score(y + 1e7, new + 1e7), abs=1e-12)


@pytest.mark.parametrize("metric", ["rmse", "r2"])
@pytest.mark.parametrize("n", [400, 25_000])
def test_bounds_equal_resampling_rows(metric: str, n: int) -> None:
    y, new, old = make(n)
    found = bootstrap.regression(y, new, old, seed=1)[metric]
    function = metrics.root_mean_squared_error if metric == "rmse" else metrics.r2_score
    random = np.random.default_rng(0)
    brute = []
    for _ in range(300):
        rows = random.integers(0, n, n)
        brute.append([function(y[rows], side[rows]) for side in (new, old)])
    a, b = np.transpose(brute)
    for estimate, draws in (
        (bootstrap.interval(found), a),
        (bootstrap.contrast(found), a - b),
        (bootstrap.contrast(found, factor=1.05), a - 1.05 * b),
    ):
        sd = draws.std()
        assert np.sqrt(estimate.row_variance / n) == pytest.approx(sd, rel=0.15)
        assert estimate.interval == pytest.approx(
            tuple(np.quantile(draws, (0.05, 0.95))), abs=0.35 * sd
        )


def test_blocks_do_not_see_a_period_in_the_rows() -> None:
    """Rows that repeat with a period of 8, as 4,096 blocks would, give the same interval."""
    y, new, _ = make(100_000)
    order = np.argsort(np.abs(new - y))
    periodic = order.reshape(8, -1).T.ravel()
    widths = []
    for rows in (slice(None), periodic):
        estimate = bootstrap.interval(bootstrap.regression(y[rows], new[rows], seed=2)["rmse"])
        widths.append(estimate.upper - estimate.lower)
    assert widths[0] == pytest.approx(widths[1], rel=0.1)


def test_same_seed_same_bytes() -> None:
    y, new, old = make(30_000)
    one, two, other = (
        bootstrap.contrast(bootstrap.regression(y, new, old, seed=s)["rmse"]) for s in (1, 1, 2)
    )
    assert one == two
    assert one != other


def test_swapping_sides_mirrors() -> None:
    y, new, old = make(300)
    one = bootstrap.contrast(bootstrap.regression(y, new, old, seed=1)["rmse"])
    other = bootstrap.contrast(bootstrap.regression(y, old, new, seed=1)["rmse"])
    assert (one.lower, one.upper) == pytest.approx((-other.upper, -other.lower), abs=1e-14)


def test_identical_sides_are_no_change() -> None:
    y, new, _ = make(300)
    estimate = bootstrap.contrast(bootstrap.regression(y, new, new, seed=1)["rmse"])
    assert (estimate.value, estimate.interval) == (0, (0, 0))
    assert "identical" in estimate.method


def test_undefined() -> None:
    y, new, _ = make(300)
    constant = bootstrap.regression(np.full(300, 0.1), new, seed=1)
    assert bootstrap.interval(constant["r2"]).value is None
    assert bootstrap.interval(constant["rmse"]).lower is not None
    single = bootstrap.regression(y[:1], new[:1], seed=1)
    assert bootstrap.interval(single["rmse"]).interval == (None, None)
    assert bootstrap.contrast(single["rmse"]).insufficient == "no baseline"


def test_the_users_replicates() -> None:
    draws = np.arange(1_000.0)
    estimate = bootstrap.interval(Replicates(50, 500.0, draws), confidence=0.9)
    assert estimate.interval == pytest.approx((99.9, 899.1))
    assert estimate.n == 50
    some = np.where(draws < 90, np.nan, draws)
    assert bootstrap.interval(Replicates(50, 500.0, some)).lower is not None
    many = np.where(draws < 300, np.nan, draws)
    assert "undefined" in bootstrap.interval(Replicates(50, 500.0, many)).insufficient
    assert bootstrap.interval(Replicates(50, float("nan"), draws)).value is None


@pytest.mark.parametrize(("n", "needed"), [(60, "10"), (600, "30"), (30_000, "30")])
def test_a_few_rows_that_carry_the_squared_errors_leave_it_undecided(n: int, needed: str) -> None:
    """On either side: a value's bounds look at the candidate alone, a change's at both."""
    y, new, old = make(n)
    heavy = old.copy()
    heavy[:2] += 100 * np.sqrt(n)
    plain = bootstrap.regression(y, new, old, seed=1, replicates=50)["rmse"]
    worse = bootstrap.regression(y, heavy, old, seed=1, replicates=50)["rmse"]
    better = bootstrap.regression(y, new, heavy, seed=1, replicates=50)["rmse"]
    assert bootstrap.contrast(plain).insufficient is None
    for found in (bootstrap.interval(worse), bootstrap.contrast(worse), bootstrap.contrast(better)):
        assert found.insufficient is not None
        assert "worth 2.0 equal ones" in found.insufficient
        assert f"; {needed} are needed" in found.insufficient
    assert bootstrap.interval(better).insufficient is None


def test_bounds_equal_scipys_percentile_bootstrap() -> None:
    """Rows drawn with replacement, 4,000 times: Poisson weights differ from that by O(1/n)."""
    y, new, old = make(800)
    squares = [(side - y) ** 2 for side in (new, old)]
    theirs = stats.bootstrap(
        squares,
        lambda a, b, axis: np.sqrt(a.mean(axis=axis)) - np.sqrt(b.mean(axis=axis)),
        paired=True,
        n_resamples=4_000,
        batch=500,
        confidence_level=0.9,
        method="percentile",
        rng=0,
    ).confidence_interval
    ours = bootstrap.contrast(bootstrap.regression(y, new, old, seed=1)["rmse"])
    assert ours.lower is not None
    assert ours.upper is not None
    width = theirs.high - theirs.low
    assert ours.lower == pytest.approx(theirs.low, abs=0.05 * width)
    assert ours.upper == pytest.approx(theirs.high, abs=0.05 * width)


def test_exact_predictions_are_not_carried_by_few() -> None:
    y, _, _ = make(50)
    assert bootstrap.interval(bootstrap.regression(y, y, seed=1)["rmse"]).insufficient is None
