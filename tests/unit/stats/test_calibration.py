"""Expected calibration error, reliability bins and the thinned ROC curve."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from mlgate.checks.compare import page
from mlgate.stats import calibration
from mlgate.stats.curves import roc_curve
from mlgate.stats.ranking import rank


def make(n: int, seed: int = 0, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    score = random.random(n)
    return random.random(n) < np.clip(score + shift, 0, 1), score


@pytest.mark.parametrize("binning", ["width", "frequency"])
def test_ece_by_its_definition(binning: calibration.Binning) -> None:
    outcome, score = make(1_000)
    if binning == "width":
        edges = np.linspace(0, 1, 16)[1:-1]
    else:
        edges = np.quantile(score, np.arange(1, 15) / 15)
    index = np.digitize(score, edges, right=binning == "frequency")
    expected = sum(
        (index == b).mean() * abs(score[index == b].mean() - outcome[index == b].mean())
        for b in range(15)
        if (index == b).any()
    )
    ours = calibration.ece(outcome, score, binning=binning, seed=1)
    assert ours.value == pytest.approx(expected, abs=1e-12)


def test_frequency_bins_keep_equal_scores_together() -> None:
    outcome, _ = make(600)
    score = np.full(600, 0.4)
    ours = calibration.ece(outcome, score, binning="frequency", seed=1)
    assert ours.value == pytest.approx(abs(0.4 - outcome.mean()))


def test_spread_is_the_bootstrap_s() -> None:
    outcome, a = make(2_000, shift=0.1)
    b = np.clip(a + 0.05 * np.sin(9 * a), 0, 1)
    random = np.random.default_rng(0)
    draws = []
    for _ in range(200):
        r = random.integers(0, 2_000, 2_000)
        draws.append([calibration.ece(outcome[r], s[r], seed=1).value for s in (a, b)])
    new, old = np.transpose(draws)
    single = calibration.ece(outcome, a, seed=1)
    paired = calibration.ece_contrast((outcome, outcome), (a, b), factor=0.9, seed=1)
    # The single one's is that of its upper bound: all bins wrong to the same side, or more.
    assert 0.85 < np.sqrt(single.row_variance / 2_000) / new.std() < 1.4
    # The paired one's holds an allowance for bias beside it.
    assert 1 < np.sqrt(paired.row_variance / 2_000) / (new - 0.9 * old).std() < 4
    assert paired.lower < paired.value < paired.upper


@pytest.mark.parametrize("shift", [0.05, 0.1])
def test_bounds_of_a_difference_allow_for_what_noise_adds_to_the_better_side(shift: float) -> None:
    """Perfect scores against the same ones off by a shift: noise hides a good part of the gap."""
    truth = shift - shift**2 / 2
    found = []
    for seed in range(120):
        outcome, good = make(500, seed)
        off = np.clip(good + shift, 0, 1)
        found.append(calibration.ece_contrast((outcome, outcome), (off, good), seed=seed))
    assert np.mean([one.value for one in found]) < 0.75 * truth
    assert np.mean([one.upper < truth for one in found]) <= 0.09


def test_models_that_are_alike_need_little_allowance() -> None:
    outcome, a = make(2_000)
    b = np.where(np.arange(2_000) % 50 == 0, np.clip(a + 0.01, 0, 1), a)
    close = calibration.ece_contrast((outcome, outcome), (b, a), seed=1)
    apart = calibration.ece_contrast((outcome, outcome), (make(2_000, 1)[1], a), seed=1)
    assert close.upper - close.value < 0.15 * (apart.upper - apart.value)


@pytest.mark.parametrize(("shift", "truth"), [(0.0, 0.0), (0.1, 0.095)])
def test_bounds_hold_for_good_and_bad_scores(shift: float, truth: float) -> None:
    """Truth of a shift s, cut at 1: s − s²/2."""
    estimates = [calibration.ece(*make(500, seed, shift), seed=seed) for seed in range(120)]
    assert np.mean([e.lower > truth for e in estimates]) <= 0.09
    assert np.mean([e.upper < truth for e in estimates]) <= 0.09


def test_ece_edges() -> None:
    outcome, score = make(500)
    same = calibration.ece_contrast((outcome, outcome), (score, score), seed=1)
    assert (same.value, same.interval) == (0, (0, 0))
    assert calibration.ece(outcome[:0], score[:0], seed=1).value is None
    assert calibration.ece(outcome[:50], score[:50], seed=1).insufficient
    perfect = calibration.ece(outcome, outcome.astype(float), seed=1)
    assert perfect.interval == (0, 0)


def test_top_label() -> None:
    scores = np.array([[0.2, 0.7, 0.1], [0.5, 0.25, 0.25]])
    right, top = calibration.top_label(np.array([1, 2]), scores)
    assert right.tolist() == [True, False]
    assert top.tolist() == [0.7, 0.5]


def test_bins_equal_scikit_learn() -> None:
    outcome, score = make(400)
    score = np.where(score < 0.35, 0.05, score)  # leaves bins empty
    rate, mean = calibration_curve(outcome, score, n_bins=10)
    ours = calibration.bins(outcome, score)
    assert [b.rate for b in ours] == pytest.approx(rate)
    assert [b.score for b in ours] == pytest.approx(mean)
    assert sum(b.n for b in ours) == 400
    assert all(b.lower <= b.rate <= b.upper for b in ours)


@pytest.mark.parametrize("digits", [None, 1])
@pytest.mark.parametrize("n", [3, 90, 50_000])
def test_roc_curve_is_scikit_learns_thinned(n: int, digits: int | None) -> None:
    outcome, score = make(n, seed=4)
    outcome[:2] = [True, False]
    if digits is not None:
        score = np.round(score, digits)
    x, y = roc_curve(outcome, rank(score), points=50)
    full = set(
        zip(
            *map(np.ndarray.tolist, metrics.roc_curve(outcome, score, drop_intermediate=False)[:2]),
            strict=True,
        )
    )
    assert len(x) <= 51
    assert set(zip(x, y, strict=True)) <= full
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    if n == 50_000 and digits is None:
        assert np.trapezoid(y, x) == pytest.approx(metrics.roc_auc_score(outcome, score), abs=1e-3)


def test_roc_curve_of_one_class_is_empty() -> None:
    assert roc_curve(np.array([True, True]), rank(np.array([0.1, 0.2]))) == ([], [])


def test_the_report_names_the_bins_that_are_drawn_and_computed():
    outcome, score = np.tile([False, True], 500), np.linspace(0, 1, 1000)
    assert len(calibration.bins(outcome, score)) == page.DRAWN
    assert calibration.BINS == page.COMPUTED
