"""What wrong predictions cost: by hand, by scikit-learn's confusion matrix, by threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from mlgate import checks, config
from mlgate.checks.compare.design import suited
from mlgate.checks.compare.families import Averaged
from mlgate.checks.compare.model_plots import side
from mlgate.checks.compare.pair import Pair
from mlgate.errors import ConfigError
from mlgate.metrics import cost
from mlgate.model.rows import Rows
from mlgate.stats.curves import cost_curve

if TYPE_CHECKING:
    from pathlib import Path

FRAUD = {"fraud": {"legit": 50.0}, "legit": {"fraud": 1.0}}
COSTS = cost.priced(FRAUD)
THREE = cost.priced(
    {"a": {"b": 1, "c": 4}, "b": {"a": 2, "c": 0.5}, "c": {"a": 9, "b": 3, "c": -1}}
)


def binary(score: np.ndarray, label: np.ndarray, threshold: float = 0.5, **how: object) -> Rows:
    predicted = np.where(score >= threshold, 0, 1)
    return Rows("binary", label, predicted, score, ("fraud", "legit"), 0, **how)  # type: ignore[arg-type]


def sample(n: int = 1_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    label = (random.random(n) < 0.9).astype(np.int64)
    score = 1 / (1 + np.exp(-random.normal(np.where(label == 0, 0.5, -1.5))))
    return score, label


def test_by_hand() -> None:
    """Two frauds let through and three good customers turned away, among ten."""
    label = np.array([0, 0, 0, 1, 1, 1, 1, 1, 1, 1])
    said = np.array([1, 1, 0, 0, 0, 0, 1, 1, 1, 1])
    rows = Rows("binary", label, said, None, ("fraud", "legit"), 0)
    assert cost.cost_of_rows(COSTS).losses(rows).mean() == pytest.approx((2 * 50 + 3) / 10)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_scikit_learn_confusion_matrix_times_the_costs(weighted: bool) -> None:
    random = np.random.default_rng(1)
    label, said = random.integers(0, 3, (2, 500))
    weight = random.random(500) if weighted else None
    rows = Rows("multiclass", label, said, None, ("a", "b", "c"), weight=weight)
    matrix = confusion_matrix(label, said, sample_weight=weight)
    expected = (matrix * cost.table(THREE, rows.classes)).sum() / matrix.sum()
    family = suited(Averaged(cost.cost_of_rows(THREE)), rows)
    estimate = family.own(Pair(rows, None, hash, 0.95))
    assert estimate.value == pytest.approx(expected, abs=1e-12)
    assert estimate.lower is not None
    assert estimate.lower < expected < estimate.upper  # type: ignore[operator]


def test_bounds_allow_for_an_error_that_no_row_shows() -> None:
    """No fraud among 1,000 rows was let through: one that is costs 50."""
    score, label = sample()
    new = binary(np.where(label == 0, 0.9, score), label)
    old = binary(np.where(label == 0, 0.95, score), label)
    change = Averaged(cost.cost_of_rows(COSTS)).contrast(Pair(new, old, hash, 0.95), 1.0)
    assert change.value == 0
    assert change.upper == pytest.approx(51 * 2.7 / 1_000, rel=0.1)


def test_the_curve_is_the_cost_at_each_threshold() -> None:
    score, label = sample()
    weight = np.random.default_rng(2).random(len(score))
    prices = cost.table(COSTS, ("fraud", "legit"))[label]
    x, y = cost_curve(score, prices[:, 1], prices[:, 0], weight, points=10_000)
    assert set(x) <= {*score, 1.0}
    for threshold, value in list(zip(x, y, strict=True))[::97]:
        said = np.where(score >= threshold, 0, 1)
        paid = prices[np.arange(len(score)), said]
        assert value == pytest.approx(np.average(paid, weights=weight), abs=1e-12)
    thin_x, thin_y = cost_curve(score, prices[:, 1], prices[:, 0], weight)
    assert len(thin_x) <= 103
    assert min(thin_y) == min(y)
    assert x[-1] == thin_x[-1] == 1


@pytest.mark.parametrize(("threshold", "shown"), [(0.5, 0.5), (0.2, 0.2)])
def test_the_threshold_of_the_predictions_is_shown(threshold: float, shown: float) -> None:
    score, label = sample()
    costs = side(binary(score, label, threshold), 0.95, COSTS).costs
    assert costs is not None
    assert costs.threshold == pytest.approx(shown, abs=0.01)
    assert costs.least <= costs.cost
    assert costs.best < 0.5, "a fraud costs 50 times as much"
    other = Rows("binary", label, 1 - label, score, ("fraud", "legit"), 0)
    assert side(other, 0.95, COSTS).costs.threshold is None  # type: ignore[union-attr]


def test_rows_without_costs() -> None:
    rows = Rows("multiclass", np.arange(3), np.arange(3), None, ("fraud", "legit", "new"))
    assert "no costs of the class 'new' (it has fraud, legit)" in str(cost.unfit(rows, COSTS))
    numbers = Rows("regression", np.arange(3.0), np.arange(3.0))
    assert cost.unfit(numbers, COSTS) == "it is not defined for regression"


CONFIG = """\
version: 1
task: multiclass
predictions: {path: p.csv, id: id, label: y, prediction: p}
metrics: {cost: {a: {b: 1, c: 4}, b: {a: 2, c: 0.5}, c: {a: 9, b: 3}}}
gates: {cost: {max: 2, max_regression: 5%}}
"""


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("b: 3", "c: 0"), r"metrics\.cost: has no cost of the label 'c' that is predicted as 'b'"),
        (("multiclass", "regression"), "is by classes, and the task is regression"),
        (("{cost: {a", "{rows: {cost: lower}, cost: {a"), r"under metrics\.rows as well"),
        (("b: 1,", "b: much,"), r"metrics\.cost\.a\.b"),
    ],
)
def test_a_cost_that_was_forgotten_is_no_cost_of_0(
    tmp_path: Path, change: tuple[str, str], problem: str
) -> None:
    path = tmp_path / "mlgate.yaml"
    path.write_text(CONFIG)
    assert config.load(path, checks.sections()).config.judging().direction["cost"] == "lower"
    path.write_text(CONFIG.replace(*change))
    with pytest.raises(ConfigError, match=problem):
        config.load(path, checks.sections())
