"""A small calibration: do the bounds miss the truth as often as they say? Seeds are fixed.

`make calibrate` is the large one. Each rate comes from a few hundred to some thousand
repetitions; a limit leaves two to three standard errors around the nominal .05.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.stats.count_metrics import COUNTED

from mlgate.stats import auc, bootstrap, confusion, means
from mlgate.stats.proportions import tango, wilson

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgate.stats.estimate import Estimate


def misses(
    draw: Callable[[np.random.Generator], Estimate], truth: float, repetitions: int
) -> tuple[float, float]:
    """Shares of runs whose lower bound is above, and whose upper bound is below the truth."""
    random = np.random.default_rng(20)
    found = [draw(random).interval for _ in range(repetitions)]
    low, high = np.array(found, dtype=float).T
    return float((low > truth).mean()), float((high < truth).mean())


@pytest.mark.parametrize(("disagreement", "margin"), [(0.02, 0.02), (0.05, 0.02), (0.2, 0.05)])
def test_tango_non_inferiority_type_one(disagreement: float, margin: float) -> None:
    """At the margin a worse model passes in at most 6 % of runs, n 200 (Wald: up to 22 %)."""
    random = np.random.default_rng(1)
    broken = (disagreement + margin) / 2
    drawn = random.multinomial(200, [broken - margin, broken, 1 - disagreement], size=20_000)
    cells, times = np.unique(drawn[:, :2], axis=0, return_counts=True)
    passed = [tango(int(f), int(b), 200).lower > -margin for f, b in cells]
    assert np.dot(passed, times) / 20_000 <= 0.06


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.97])
def test_wilson(rate: float) -> None:
    low, high = misses(lambda r: wilson(int(r.binomial(300, rate)), 300), rate, 2_000)
    assert low + high <= 0.14
    assert max(low, high) <= 0.09


def _scores(random: np.random.Generator, n: int, share: float) -> tuple[np.ndarray, ...]:
    positive = random.random(n) < share
    base = random.normal(size=n) + positive
    return positive, base + random.normal(size=n), base + random.normal(size=n)


@pytest.mark.parametrize(("n", "share"), [(300, 0.5), (1_000, 0.1)])
def test_delong(n: int, share: float) -> None:
    def change(random: np.random.Generator) -> Estimate:
        positive, a, b = _scores(random, n, share)
        return auc.contrast(auc.roc_auc(positive, a), auc.roc_auc(positive, b))

    def single(random: np.random.Generator) -> Estimate:
        positive, a, _ = _scores(random, n, share)
        return auc.interval(auc.roc_auc(positive, a))

    for draw, truth in ((change, 0.0), (single, NormalDist().cdf(0.5))):
        low, high = misses(draw, truth, 1_000)
        assert 0.03 <= low <= 0.072
        assert 0.03 <= high <= 0.072


@pytest.mark.parametrize("metric", ["f1", "precision", "recall", "balanced_accuracy", "f1_macro"])
@pytest.mark.parametrize("share", [0.5, 0.1])
def test_confusion_metrics(metric: str, share: float) -> None:
    """Change 0 between two models that are wrong independently: never far above 5 %."""

    def change(random: np.random.Generator) -> Estimate:
        y = (random.random(500) < share).astype(int)
        sides = [np.where(random.random(500) < 0.85, y, 1 - y) for _ in range(2)]
        return confusion.contrast(
            COUNTED[metric], confusion.count(y, *sides, classes=2, positive=1)
        )

    low, high = misses(change, 0.0, 600)
    assert 0.01 <= low <= 0.075
    assert 0.01 <= high <= 0.075


def test_paired_t_on_log_loss() -> None:
    def change(random: np.random.Generator) -> Estimate:
        logit = random.normal(size=300)
        positive = random.random(300) < 1 / (1 + np.exp(-logit))
        losses = [
            means.binary_log_loss(positive, 1 / (1 + np.exp(-logit - random.normal(0, 0.5, 300))))
            for _ in range(2)
        ]
        return means.paired(*losses)

    low, high = misses(change, 0.0, 2_000)
    assert 0.035 <= low <= 0.065
    assert 0.035 <= high <= 0.065


@pytest.mark.parametrize(("n", "repetitions"), [(200, 300), (21_000, 60)])
def test_rmse_with_heavy_tails(n: int, repetitions: int) -> None:
    """Student's t with 5 degrees of freedom; rows, and above 20,000 blocks, are resampled."""

    def change(random: np.random.Generator) -> Estimate:
        y = random.normal(size=n)
        sides = [y + random.standard_t(5, n) for _ in range(2)]
        found = bootstrap.regression(y, *sides, seed=int(random.integers(2**32)), replicates=400)
        return bootstrap.contrast(found["rmse"])

    low, high = misses(change, 0.0, repetitions)
    assert low <= 0.12
    assert high <= 0.12
    assert low + high >= 0.03
