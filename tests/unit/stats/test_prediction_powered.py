"""Means that a human knows of few rows: by hand, by the paper's formula, and where nothing is certain."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from mlgate.stats import prediction_powered as powered
from mlgate.stats.prediction_powered import JudgedNumbers, interval, mean, point, tuning

N, FEW = 2_000, 100


def sample(seed: int = 0, noise: float = 0.5, n: int = N, few: int = FEW) -> JudgedNumbers:
    random = np.random.default_rng(seed)
    human = random.normal(size=n)
    looked = np.zeros(n, dtype=bool)
    looked[random.choice(n, few, replace=False)] = True
    score = human + 0.4 + noise * random.normal(size=n)
    return JudgedNumbers(score, np.where(looked, human, np.nan))


def answers(seed: int = 0, **how: int) -> JudgedNumbers:
    judged = sample(seed, **how)  # type: ignore[arg-type]
    human = np.where(np.isnan(judged.human), np.nan, judged.human > 0)
    return JudgedNumbers((judged.score > 0).astype(float), human)


def test_the_estimate_is_that_of_the_paper_with_its_tuned_weight() -> None:
    """Labelled and other rows apart, as in PPI++, with λ = cov(h, f) / ((1 + n/N) var(f))."""
    judged = sample()
    at, score = judged.labelled, judged.score
    human, rest = judged.human[at], score[~at]
    ours, tuned = interval(mean(judged)), tuning(mean(judged)) * (1 - FEW / N)
    best = np.cov(human, score[at])[0, 1] / ((1 + FEW / (N - FEW)) * score[at].var(ddof=1))
    assert tuned == pytest.approx(best, rel=0.03)
    paper = human.mean() - tuned * (score[at].mean() - rest.mean())
    assert ours.value == pytest.approx(paper, abs=1e-12)
    labels = np.var(human - tuned * score[at], ddof=1) / FEW
    variance = labels + tuned**2 * rest.var(ddof=1) / (N - FEW)
    assert ours.row_variance == pytest.approx(FEW * variance, rel=0.05)


def test_a_judge_that_says_nothing_leaves_the_humans_mean() -> None:
    judged = sample()
    constant = JudgedNumbers(np.ones(N), judged.human)
    assert tuning(mean(constant)) == 0
    known = judged.human[judged.labelled]
    assert interval(mean(constant)).value == pytest.approx(known.mean())
    assert interval(mean(constant)).row_variance == pytest.approx(known.var(ddof=1), rel=0.03)


def test_a_judge_that_is_always_right_leaves_the_mean_of_all_rows() -> None:
    judged = sample(noise=0.0)
    value = mean(judged)
    assert tuning(value) == pytest.approx(1, abs=0.01)
    estimate = interval(value)
    assert estimate.value == pytest.approx(judged.score.mean() - 0.4, abs=2e-3)
    assert estimate.row_variance == pytest.approx(FEW * judged.score.var() / N, rel=1e-2)


def test_no_error_among_thirty_labels_does_not_make_the_judge_certain() -> None:
    random = np.random.default_rng(1)
    score = (random.random(N) < 0.5).astype(float)
    human = np.where(np.arange(N) < 30, score, np.nan)
    value = powered.mean(JudgedNumbers(score, human), (0, 1))
    low, high = interval(value).interval
    assert low is not None
    assert high is not None
    assert score.mean() - low > 0.05
    assert high - score.mean() > 0.05
    low, high = interval(value, value).interval  # equal answers: Tango's limit of 30 rows is .083
    assert low == pytest.approx(-0.09, abs=0.01)
    assert high == pytest.approx(0.09, abs=0.01)


def test_the_change_is_tuned_for_itself() -> None:
    """What both judges share of an answer's level says nothing of the change."""
    random = np.random.default_rng(2)
    level = random.normal(size=N)
    looked = np.arange(N) < FEW
    humans = [level + 0.1 * random.normal(size=N) for _ in range(2)]
    sides = [
        mean(JudgedNumbers(level + random.normal(size=N), np.where(looked, human, np.nan)))
        for human in humans
    ]
    change = interval(*sides)
    alone = (humans[0] - humans[1])[looked]
    assert change.row_variance == pytest.approx(alone.var(ddof=1), rel=0.1)
    assert interval(sides[0]).row_variance > 10 * change.row_variance  # type: ignore[operator]


def test_weights_that_are_whole_numbers_are_copies() -> None:
    judged = sample(n=300, few=100)
    weights = np.random.default_rng(3).integers(0, 3, 300)
    copies = np.repeat(np.arange(300), weights)
    weighted = JudgedNumbers(judged.score, judged.human, weights.astype(float))
    copied = JudgedNumbers(judged.score[copies], judged.human[copies])
    by_row = interval(mean(copied), clusters=copies)
    assert interval(mean(weighted)).value == pytest.approx(point(mean(copied), copies))
    assert by_row.value == pytest.approx(interval(mean(weighted)).value)


def test_clusters_count_in_place_of_rows() -> None:
    judged = sample()
    copies = JudgedNumbers(np.tile(judged.score, 2), np.tile(judged.human, 2))
    once = interval(mean(judged))
    twice = interval(mean(copies), clusters=np.tile(np.arange(N), 2))
    assert twice.value == pytest.approx(once.value)
    assert twice.row_variance == pytest.approx(2 * once.row_variance)  # of twice as many labels
    assert twice.lower == pytest.approx(once.lower, abs=2e-3)


def test_failed_rows_are_known_and_need_no_label() -> None:
    """Half of the rows failed with a score of 0: the mean is half of what the others give."""
    judged = sample(n=1_000)
    failed = np.repeat([False, True], 1_000)
    score = np.concatenate([judged.score, np.zeros(1_000)])
    human = np.concatenate([judged.human, np.full(1_000, np.nan)])
    half = interval(mean(JudgedNumbers(score, human, exact=failed)))
    whole = interval(mean(judged))
    assert half.value == pytest.approx(whole.value / 2)  # type: ignore[operator]
    assert half.n == whole.n == FEW


def test_agreement_is_scikit_learn_s() -> None:
    judged = answers()
    at = judged.labelled
    human, score = judged.human[at], judged.score[at]
    assert point(powered.kappa(judged)) == pytest.approx(cohen_kappa_score(human, score), abs=1e-12)
    assert point(powered.agreement(judged)) == pytest.approx((human == score).mean(), abs=1e-12)
    assert point(powered.bias(judged)) == pytest.approx((score - human).mean(), abs=1e-12)
    correlation = np.corrcoef(human, score)[0, 1]
    assert point(powered.correlation(judged)) == pytest.approx(correlation, abs=1e-12)


@pytest.mark.parametrize("what", [powered.kappa, powered.correlation])
def test_influence_is_what_leaving_a_row_out_changes(what) -> None:  # type: ignore[no-untyped-def]
    judged = answers() if what is powered.kappa else sample()
    value = what(judged)
    for row in np.flatnonzero(judged.labelled)[:5]:
        human = judged.human.copy()
        human[row] = np.nan
        without = what(JudgedNumbers(judged.score, human)).value
        assert value.value - without == pytest.approx(value.rows[row], abs=2e-3)


@pytest.mark.parametrize(
    ("judged", "why"),
    [
        (sample(few=19), "19 human labels, 20 are needed"),
        (JudgedNumbers(np.arange(5.0), np.full(5, np.nan)), "no row has a human label"),
    ],
)
def test_too_few_labels(judged: JudgedNumbers, why: str) -> None:
    assert interval(mean(judged)).insufficient == why


def test_what_is_not_defined_says_so() -> None:
    same = JudgedNumbers(np.ones(50), np.ones(50))
    assert "say the same" in str(interval(powered.kappa(same)).insufficient)
    assert "all human labels are the same" in str(interval(powered.correlation(same)).insufficient)


def test_noise_is_the_variance_that_fewer_repetitions_would_add() -> None:
    """The judge's own noise of standard deviation 1, one and four readings of each of 400 answers."""
    random = np.random.default_rng(4)
    truth = random.normal(size=400)
    looked = np.arange(400) < 100
    items = np.repeat(np.arange(400), 4)
    readings = np.repeat(truth, 4) + random.normal(size=1_600)
    judged = JudgedNumbers(readings, np.where(np.repeat(looked, 4), np.repeat(truth, 4), np.nan))
    share = powered.noise(judged, items, 1.0)
    assert share == pytest.approx((1 / 4) * (1 / 100 - 1 / 400), rel=0.1)
    assert powered.noise(sample(), np.arange(N), 1.0) == 0
