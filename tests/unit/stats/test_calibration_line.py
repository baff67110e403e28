"""Calibration slope and intercept: the coefficients of statsmodels' logistic regression."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from mlgate.stats.calibration_line import intercept, slope


def draw(n=1_000, seed=0, steep=0.6, shift=-0.5):
    """Scores whose true calibration slope is `steep`."""
    random = np.random.default_rng(seed)
    line = random.normal(0, 1.5, n)
    positive = random.random(n) < 1 / (1 + np.exp(-(shift + steep * line)))
    return positive, 1 / (1 + np.exp(-line)), line


@pytest.mark.parametrize("seed", range(5))
def test_they_are_those_of_logistic_regression(seed):
    positive, score, line = draw(seed=seed)
    free = sm.GLM(positive.astype(float), sm.add_constant(line), family=sm.families.Binomial())
    fixed = sm.GLM(
        positive.astype(float), np.ones(len(line)), offset=line, family=sm.families.Binomial()
    )
    for ours, model, place in ((slope, free, 1), (intercept, fixed, 0)):
        fit = model.fit(cov_type="HC0", tol=1e-14)
        estimate = ours(positive, score)
        assert estimate.value == pytest.approx(fit.params[place], abs=1e-10)
        assert (estimate.rows**2).sum() == pytest.approx(fit.bse[place] ** 2, rel=1e-6)


def test_whole_weights_are_repeated_rows():
    positive, score, _ = draw(300)
    times = np.random.default_rng(1).integers(0, 4, 300)
    index = np.repeat(np.arange(300), times)
    for ours in (slope, intercept):
        plain, weighted = ours(positive[index], score[index]), ours(positive, score, times * 1.0)
        assert weighted.value == pytest.approx(plain.value, abs=1e-10)


@pytest.mark.parametrize("steep", [1e-3, 1.0, 30.0])
def test_extreme_scores_are_fitted(steep):
    positive, score, line = draw(steep=1.0)
    stretched = 1 / (1 + np.exp(-line * steep))
    stretched = np.clip(stretched, 1e-300, 1 - 1e-16)
    kept = (stretched > 1e-300) & (stretched < 1 - 1e-15)
    fitted = slope(positive[kept], stretched[kept])
    assert fitted.value * steep == pytest.approx(slope(positive[kept], score[kept]).value, rel=1e-4)


def test_what_has_no_slope():
    positive = np.arange(200) >= 100
    apart = slope(positive, np.linspace(0.01, 0.99, 200))
    assert (apart.value, apart.insufficient) == (None, "a score separates the classes perfectly")
    assert slope(positive, np.full(200, 0.3)).insufficient == "all scores are equal"
    assert (
        "no row of the negative" in intercept(np.ones(9, dtype=bool), np.full(9, 0.3)).insufficient
    )
    assert intercept(positive, np.full(200, 0.3)).value == pytest.approx(np.log(7 / 3))
