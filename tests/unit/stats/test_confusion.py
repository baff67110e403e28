"""Confusion metrics against scikit-learn, numeric derivatives and the bootstrap."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics
from tests.unit.stats.count_metrics import COUNTED, resampled

from mlgate.stats import class_rates, confusion, proportions

BINARY = ("precision", "recall", "f1")
AGREEMENT = ("matthews_corrcoef", "cohen_kappa")
"""Undefined where only one class occurs."""
AVERAGED = tuple(name for name in COUNTED if name not in (*BINARY, *AGREEMENT))


def reference(metric: str, y: np.ndarray, predicted: np.ndarray, positive: int = 1) -> float:
    name, _, average = metric.partition("_")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if metric == "accuracy":
            return float(metrics.accuracy_score(y, predicted))
        if name == "balanced":
            return float(metrics.balanced_accuracy_score(y, predicted))
        function = getattr(metrics, f"{name}_score")
        how = {"average": average} if average else {"pos_label": positive}
        return float(function(y, predicted, zero_division=0, **how))


def make(n: int, classes: int, seed: int, right: float = 0.8) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    y = random.choice(classes, n, p=random.dirichlet(np.full(classes, 3.0)))
    first = np.where(random.random(n) < right, y, random.integers(0, classes, n))
    second = np.where(random.random(n) < 0.9, first, random.integers(0, classes, n))
    return [y, first, second]


codes = st.lists(st.tuples(*(st.integers(0, 3) for _ in range(3))), min_size=1, max_size=25)


@settings(max_examples=30)
@given(rows=codes)
def test_multiclass_values_equal_scikit_learn(rows: list[tuple[int, int, int]]) -> None:
    y, new, old = (np.array(column) for column in zip(*rows, strict=True))
    table = confusion.count(y, new, old, classes=4)
    for metric in AVERAGED:
        expected = [reference(metric, y, side) for side in (new, old)]
        assert COUNTED[metric].value(table.new, None) == pytest.approx(expected[0], abs=1e-12)
        assert COUNTED[metric].value(table.old, None) == pytest.approx(expected[1], abs=1e-12)
        assert confusion.interval(COUNTED[metric], table).value == pytest.approx(
            expected[0], abs=1e-12
        )
        change = confusion.contrast(COUNTED[metric], table, factor=0.98).value
        assert change == pytest.approx(expected[0] - 0.98 * expected[1], abs=1e-12)


@pytest.mark.parametrize("metric", AGREEMENT)
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_agreement_equals_scikit_learn(metric: str, classes: int) -> None:
    y, new, old = make(400, classes, seed=classes)
    table = confusion.count(y, new, old, classes=classes)
    theirs = {
        "matthews_corrcoef": metrics.matthews_corrcoef,
        "cohen_kappa": metrics.cohen_kappa_score,
    }[metric]
    assert COUNTED[metric].value(table.new, None) == pytest.approx(theirs(y, new), abs=1e-12)
    change = confusion.contrast(COUNTED[metric], table).value
    assert change == pytest.approx(theirs(y, new) - theirs(y, old), abs=1e-12)


@given(rows=codes, positive=st.integers(0, 1))
def test_binary_values_equal_scikit_learn(rows: list[tuple[int, int, int]], positive: int) -> None:
    y, new, old = (np.array(column) % 2 for column in zip(*rows, strict=True))
    table = confusion.count(y, new, old, classes=2, positive=positive)
    for metric in BINARY:
        expected = reference(metric, y, new, positive)
        assert COUNTED[metric].value(table.new, positive) == pytest.approx(expected, abs=1e-12)
        estimate = confusion.interval(COUNTED[metric], table)
        assert estimate.value == pytest.approx(expected, abs=1e-12)
        if estimate.lower is None:
            assert "0/0" in estimate.insufficient
        else:
            assert 0 <= estimate.lower <= estimate.value + 1e-12
            assert estimate.value - 1e-12 <= estimate.upper <= 1


@given(rows=codes)
def test_swapping_sides_mirrors_and_row_order_is_nothing(rows: list[tuple[int, int, int]]) -> None:
    y, new, old = (np.array(column) for column in zip(*rows, strict=True))
    table = confusion.count(y, new, old, classes=4)
    swapped = confusion.count(y, old, new, classes=4)
    backwards = confusion.count(y[::-1], new[::-1], old[::-1], classes=4)
    for metric in AVERAGED:
        one, other = (
            confusion.contrast(COUNTED[metric], table),
            confusion.contrast(COUNTED[metric], swapped),
        )
        assert one == confusion.contrast(COUNTED[metric], backwards)
        assert one.value == pytest.approx(-other.value, abs=1e-12)
        if one.lower is not None:
            assert one.lower == pytest.approx(-other.upper, abs=1e-12)
            assert one.lower <= one.value <= one.upper


@pytest.mark.parametrize("metric", COUNTED)
def test_gradients_are_derivatives(metric: str) -> None:
    matrix = np.random.default_rng(1).integers(20, 90, (3, 3)).astype(float)
    point = COUNTED[metric].point(matrix, 1)
    share = matrix / matrix.sum()
    for cell in np.ndindex(3, 3):
        moved = [share.copy(), share.copy()]
        moved[0][cell] += 1e-6
        moved[1][cell] -= 1e-6
        slope = np.diff([COUNTED[metric].value(m, 1) for m in reversed(moved)])[0] / 2e-6
        # Along the simplex only differences between cells count.
        offset = point.rows[0, 0] - _slope(metric, share)
        assert point.rows[cell] - offset == pytest.approx(slope, abs=1e-9), cell
    assert point.value == pytest.approx(COUNTED[metric].value(matrix, 1), abs=1e-12)


def _slope(metric: str, share: np.ndarray) -> float:
    moved = [share.copy(), share.copy()]
    moved[0][0, 0] += 1e-6
    moved[1][0, 0] -= 1e-6
    return (COUNTED[metric].value(moved[0], 1) - COUNTED[metric].value(moved[1], 1)) / 2e-6


@pytest.mark.parametrize("metric", COUNTED)
@pytest.mark.parametrize("factor", [None, 1.0, 0.95])
def test_variance_equals_the_multinomial_bootstrap(metric: str, factor: float | None) -> None:
    classes = 2 if metric in BINARY else 3
    table = confusion.count(*make(3_000, classes, 4), classes=classes, positive=1)
    draws = resampled(COUNTED[metric], table, factor, replicates=4_000, seed=1)
    estimate = (
        confusion.interval(COUNTED[metric], table)
        if factor is None
        else confusion.contrast(COUNTED[metric], table, factor=factor)
    )
    assert estimate.row_variance == pytest.approx(table.n * draws.var(), rel=0.1)
    assert estimate.value == pytest.approx(draws.mean(), abs=4 * draws.std() / 60 + 1e-3)
    assert estimate.interval == pytest.approx(
        tuple(np.quantile(draws, (0.05, 0.95))), abs=0.35 * draws.std()
    )


def test_multinomial_bootstrap_is_row_resampling() -> None:
    y, new, old = make(300, 2, 9)
    table = confusion.count(y, new, old, classes=2, positive=1)
    random = np.random.default_rng(0)
    rows = random.integers(0, 300, (4_000, 300))

    def f1(predicted: np.ndarray) -> np.ndarray:
        label, guess = y[rows] == 1, predicted[rows] == 1
        return 2 * (label & guess).sum(axis=1) / (label.sum(axis=1) + guess.sum(axis=1))

    brute = f1(new) - f1(old)
    ours = resampled(COUNTED["f1"], table, 1.0, replicates=2_000, seed=3)
    assert np.std(brute) == pytest.approx(ours.std(), rel=0.08)
    assert np.mean(brute) == pytest.approx(ours.mean(), abs=0.003)


def test_accuracy_is_tango() -> None:
    y, new, old = make(500, 2, 2)
    table = confusion.count(y, new, old, classes=2)
    both, fixed, broken, neither = table.right()
    assert both + fixed + broken + neither == 500
    assert confusion.contrast(COUNTED["accuracy"], table) == proportions.tango(fixed, broken, 500)
    assert confusion.interval(COUNTED["accuracy"], table) == proportions.wilson(both + fixed, 500)


def test_recall_is_tango_among_the_positives() -> None:
    y, new, old = make(500, 2, 2)
    table = confusion.count(y, new, old, classes=2, positive=1)
    positives = int((y == 1).sum())
    _, fixed, broken, _ = table.right(1)
    ours, among = (
        confusion.contrast(COUNTED["recall"], table),
        proportions.tango(fixed, broken, positives),
    )
    assert ours.interval == pytest.approx(among.interval, abs=1e-15)
    assert ours.row_variance == pytest.approx(among.row_variance * 500 / positives)


@pytest.mark.parametrize(
    "metric", ["f1", "precision", "f1_macro", "precision_macro", "f1_weighted"]
)
def test_identical_predictions_are_not_certain(metric: str) -> None:
    """No disagreement among 200 rows does not bound that of the next ones by 0."""
    y, new, _ = make(200, 2, 5)
    table = confusion.count(y, new, new, classes=2, positive=1)
    estimate = confusion.contrast(COUNTED[metric], table)
    assert estimate.value == 0
    assert estimate.p_value == 1
    assert estimate.lower == -estimate.upper
    assert 0.003 < estimate.upper < 0.06


@pytest.mark.parametrize("metric", AVERAGED)
def test_all_right_is_not_certain(metric: str) -> None:
    y = np.arange(300) % 3
    estimate = confusion.interval(COUNTED[metric], confusion.count(y, y, classes=3))
    assert estimate.value == pytest.approx(1)
    assert estimate.upper == pytest.approx(1)
    assert 0.95 < estimate.lower < 0.995


def test_one_row() -> None:
    table = confusion.count(*(np.array([1]) for _ in range(3)), classes=2, positive=1)
    for metric in COUNTED:
        estimate = confusion.contrast(COUNTED[metric], table)
        if metric in AGREEMENT:
            assert estimate.lower is None, (metric, estimate)
            continue
        assert estimate.value == 0
        assert estimate.lower < -0.3


def test_no_rows_is_undefined() -> None:
    empty = np.zeros(0, dtype=np.int32)
    table = confusion.count(empty, empty, empty, classes=2, positive=1)
    assert confusion.interval(COUNTED["f1"], table).value is None
    assert confusion.contrast(COUNTED["f1"], table).insufficient == "no rows"


def test_plain_names_need_a_positive_class() -> None:
    table = confusion.count(*make(50, 3, 0), classes=3)
    with pytest.raises(ValueError, match="f1_macro"):
        confusion.interval(COUNTED["f1"], table)


def test_huge_counts_do_not_overflow() -> None:
    cells = np.array([[0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 1, 1]])
    table = confusion.JointTable(cells, np.array([10**12, 10**9, 10**9, 10**12]), 2, positive=1)
    for metric in COUNTED:
        estimate = confusion.contrast(COUNTED[metric], table)
        assert -0.002 < estimate.lower <= estimate.value <= estimate.upper < 0.002
        assert confusion.interval(COUNTED[metric], table).lower > 0.9


def test_many_classes_are_counted_by_sorting() -> None:
    y, new, old = make(4_000, 400, 1)
    table = confusion.count(y, new, old, classes=400)
    assert np.array_equal(table.new, metrics.confusion_matrix(y, new, labels=range(400)))
    assert np.array_equal(table.old, metrics.confusion_matrix(y, old, labels=range(400)))
    assert confusion.contrast(COUNTED["f1_macro"], table).value == pytest.approx(
        reference("f1_macro", y, new) - reference("f1_macro", y, old), abs=1e-12
    )


@pytest.mark.parametrize(("metric", "told"), [("f1", "the label"), ("precision", "a prediction")])
def test_few_positive_rows_are_too_few_for_a_change(metric: str, told: str) -> None:
    """Ten decide, nine do not; a value's own bounds are Wilson's, which hold for any number."""

    def table(hits: int) -> confusion.JointTable:
        y = np.repeat([1, 0], [hits, 300])
        new, old = y.copy(), y.copy()
        new[0], old[-1] = (0, 0) if metric == "f1" else (1, 0)
        return confusion.count(y, new, old, classes=2, positive=1)

    few, enough = (confusion.contrast(COUNTED[metric], table(hits)) for hits in (9, 10))
    assert few.insufficient == f"10 rows with {told} of class 1 are needed, there are 9"
    assert enough.insufficient is None
    alone = confusion.interval(COUNTED[metric], table(9))
    assert alone.insufficient is None
    assert alone.row_variance is None
    assert confusion.interval(COUNTED[metric], table(10)).row_variance is not None


def test_an_average_over_classes_allows_for_rows_of_a_rare_one_that_are_not_there() -> None:
    metric = class_rates.class_rate("f1", "macro")
    right = np.repeat([0, 1, 2], [300, 195, 5])
    same = confusion.contrast(metric, confusion.count(right, right, right, classes=3))
    # As if one more row of the rare class were lost, of which there are five.
    assert same.lower is not None
    assert same.lower < -0.08
    assert same.upper == pytest.approx(-same.lower)
