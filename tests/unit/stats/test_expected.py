"""Performance expected without labels, against labels that a simulation keeps back."""

from __future__ import annotations

import numpy as np
import pytest

from mlgate.stats.expected import ScoreCalibration, confusion, mean


def accuracy(shares):
    return shares[0] + shares[3]


def f1(shares):
    return 2 * shares[0] / (2 * shares[0] + shares[1] + shares[2])


METRICS = {"accuracy": accuracy, "f1": f1}


def drawn(random, n, *, shift=0.0, weight=1.0, concept=0.0):
    """P(y = 1 | x) = σ(1.5x); the model's score, σ(3x), is far too sure of itself."""
    x = random.normal(shift, weight, n)
    y = random.random(n) < 1 / (1 + np.exp(-1.5 * (x - concept)))
    return 1 / (1 + np.exp(-3 * x)), y


def truth(score, y, name):
    predicted = score >= 0.5
    cells = [(predicted & y), (predicted & ~y), (~predicted & y), (~predicted & ~y)]
    return METRICS[name](np.array([cell.mean() for cell in cells]))


@pytest.mark.parametrize("name", ["accuracy", "f1"])
@pytest.mark.parametrize(("shift", "weight"), [(0.0, 1.0), (0.7, 1.0), (-0.5, 0.6)])
def test_covers_the_truth_where_only_the_data_move(name, shift, weight):
    held = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        score, y = drawn(random, 2_000)
        new, hidden = drawn(random, 1_000, shift=shift, weight=weight)
        found = ScoreCalibration.of(score, y * 1.0)
        low, high = confusion(found, new, new >= 0.5, METRICS[name], 0.95).interval
        held += low <= truth(new, hidden, name) <= high
    # Two one-sided bounds at .95 hold .90 together; of these very rows, whose predictions are
    # known, a little more.
    assert 0.85 <= held / 200 <= 0.99


def test_a_shift_that_costs_accuracy_is_seen():
    random = np.random.default_rng(0)
    score, y = drawn(random, 20_000)
    near, hidden = drawn(random, 20_000, weight=0.4)
    found = ScoreCalibration.of(score, y * 1.0)
    told = confusion(found, near, near >= 0.5, accuracy, 0.95)
    assert truth(score, y, "accuracy") - told.value > 0.09
    assert told.value == pytest.approx(truth(near, hidden, "accuracy"), abs=0.012)
    # The scores themselves promise far more than they hold.
    assert np.maximum(near, 1 - near).mean() - told.value > 0.08


def test_concept_drift_is_not_seen():
    random = np.random.default_rng(0)
    score, y = drawn(random, 10_000)
    new, hidden = drawn(random, 10_000, concept=1.0)
    found = ScoreCalibration.of(score, y * 1.0)
    told = confusion(found, new, new >= 0.5, accuracy, 0.95)
    assert told.value == pytest.approx(truth(score, y, "accuracy"), abs=0.02)
    assert told.value - truth(new, hidden, "accuracy") > 0.05


def test_mean_covers_the_mean_loss():
    held = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        x, shifted = random.random(1_500), random.random(1_000) ** 0.5
        loss, hidden = (np.abs(random.normal(0, 0.2 + side)) for side in (x, shifted))
        found = ScoreCalibration.of(0.5 * x, loss)  # a score that knows the order only
        low, high = mean(found, 0.5 * shifted, 0.95).interval
        held += low <= hidden.mean() <= high
    assert 0.85 <= held / 200 <= 0.97


def test_root_of_a_mean():
    random = np.random.default_rng(1)
    loss = random.exponential(size=1_000)
    found = ScoreCalibration.of(loss * 0, loss)
    plain, root = (mean(found, np.zeros(500), 0.95, root=how) for how in (False, True))
    assert root.value == pytest.approx(plain.value**0.5)
    assert root.interval == pytest.approx(np.sqrt(plain.interval))


def test_one_bin_is_the_rate_itself():
    y = np.repeat([1.0, 0.0], [30, 20])
    told = confusion(ScoreCalibration.of(np.full(50, 0.5), y), np.full(80, 0.5), np.ones(80, bool), accuracy, 0.95)  # fmt: skip
    assert told.value == pytest.approx(0.6)
    by_hand = 1.6448536 * np.sqrt(0.6 * 0.4 / 80 + 0.6 * 0.4 / 49 * 50 / 50)
    assert told.value - told.interval[0] == pytest.approx(by_hand, rel=0.01)


def test_a_perfect_bin_is_not_certain():
    found = ScoreCalibration.of(np.ones(100), np.ones(100))
    low, high = mean(found, np.ones(100), 0.95).interval
    assert 0.9 < low < 1
    assert high == 1


def test_undefined_is_none():
    found = ScoreCalibration.of(np.array([0.1, 0.2]), np.array([0.0, 1.0]))
    precision = lambda s: s[0] / (s[0] + s[1]) if s[0] + s[1] > 1e-9 else float("nan")  # noqa: E731
    assert confusion(found, np.array([0.1]), np.array([False]), precision, 0.95) is None


def test_scores_beyond_all_that_are_labelled_are_counted():
    found = ScoreCalibration.of(np.linspace(0.2, 0.6, 300), np.tile([0.0, 1.0, 0.0], 100))
    assert found.outside(np.array([0.1, 0.3, 0.7, 0.9])) == 0.75
