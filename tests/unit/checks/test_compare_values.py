"""Values equal scikit-learn's, and changes are candidate − baseline in the metric's own unit."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk
from tests.unit.checks import scikit_learn

from mlgate.checks.compare import measure as compare
from mlgate.checks.compare import records
from mlgate.checks.compare.families import family_of
from mlgate.checks.compare.params import RequestedMetric
from mlgate.metrics import METRICS
from mlgate.model.evidence import CompareEvidence
from mlgate.stats import confusion

TASKS = ("binary", "multiclass", "regression")


QUANTILES = ("quantile_", "interval_")
"""Metrics of columns that metrics.quantiles names; tests/unit/metrics holds their values."""
NEED_CLUSTERS = {"ndcg", "ndcg@10", "map", "map@10", "mrr", "mrr@10"}
ELSEWHERE = {
    "ece", "calibration_slope", "calibration_intercept", "recall_at_precision@0.8",
    "tpr_at_fpr@0.1", "smape", "wape", "coverage",
}  # fmt: skip
"""Metrics that scikit-learn has no function for; tests/unit/metrics holds their values."""


def names(task):
    return [
        name
        for name, metric in METRICS.items()
        if task in metric.tasks and name not in NEED_CLUSTERS and not name.startswith(QUANTILES)
    ]


def wanted(*metrics, **more):
    return compare.CompareParams(
        metrics=tuple(
            RequestedMetric(name=name, direction=METRICS[name].direction, **more)
            for name in metrics
        )
    )


CASES = [(task, name) for task in TASKS for name in names(task)]


@pytest.fixture(scope="module")
def evidence(kit):
    """Everything measured once, for each task."""
    found = {}
    for task in TASKS:
        new, old = kit.draw(task, n=700, seed=3)
        inputs = kit.Inputs(new, {"main": kit.paired(new, old)})
        found[task] = new, old, compare.run(inputs, wanted(*names(task)))
    return found


def test_nearly_every_metric_is_scikit_learns():
    assert {name for _, name in set(CASES) - set(scikit_learn.CASES)} == ELSEWHERE


@pytest.mark.parametrize(("task", "name"), scikit_learn.CASES)
def test_values_equal_scikit_learns(evidence, task, name):
    new, old, found = evidence[task]
    measured = found.metrics[name]
    against = measured.against["main"]
    expected = [scikit_learn.value(name, side) for side in (new, old)]
    assert measured.value == pytest.approx(expected[0], abs=1e-12)
    assert against.baseline == pytest.approx(expected[1], abs=1e-12)
    assert against.change == pytest.approx(expected[0] - expected[1], abs=1e-12)


@pytest.mark.parametrize(("task", "name"), CASES)
def test_every_metric_has_bounds_around_its_value_and_its_change(evidence, task, name):
    measured = evidence[task][2].metrics[name]
    against = measured.against["main"]
    assert measured.interval[0] < measured.value < measured.interval[1]
    assert against.interval[0] < against.change < against.interval[1]
    assert measured.n == against.n == 700
    assert measured.row_variance > 0
    assert against.row_variance > 0
    assert measured.title == METRICS[name].title
    assert measured.direction == METRICS[name].direction
    assert (against.paired, against.untested, against.insufficient) == (True, None, None)


def test_expected_calibration_error_is_the_weighted_gap_of_15_bins(evidence):
    new, _, found = evidence["binary"]
    bins = np.minimum((new.score * 15).astype(int), 14)
    gaps = [abs((new.score - new.y_true)[bins == b].sum()) for b in range(15)]
    assert found.metrics["ece"].value == pytest.approx(sum(gaps) / 700, abs=1e-12)


def test_ties_in_scores_do_not_matter(kit):
    new, old = kit.draw("binary", n=500, seed=1)
    new, old = (kit.binary(r.y_true, np.round(r.score, 1)) for r in (new, old))
    found = compare.run(
        kit.Inputs(new, {"main": kit.paired(new, old)}), wanted("roc_auc", "average_precision")
    )
    for name, measured in found.metrics.items():
        assert measured.value == pytest.approx(scikit_learn.value(name, new), abs=1e-12)
        assert measured.against["main"].baseline == pytest.approx(
            scikit_learn.value(name, old), abs=1e-12
        )


def test_the_positive_label_may_be_the_first_class(kit):
    from dataclasses import replace

    new, _ = kit.draw("binary")
    turned = replace(new, positive=0, score=1 - new.score)
    found = compare.run(kit.Inputs(turned), wanted(*names("binary")))
    for name in ("precision", "recall", "f1"):
        expected = getattr(sk, f"{name}_score")(new.y_true, new.y_pred, pos_label=0)
        assert found.metrics[name].value == pytest.approx(expected, abs=1e-12)
    assert found.metrics["roc_auc"].value == pytest.approx(
        scikit_learn.value("roc_auc", new), abs=1e-12
    )


@pytest.mark.parametrize(
    ("task", "name"),
    [("binary", "log_loss"), ("binary", "brier"), ("regression", "mae"), ("regression", "rmse")],
)
def test_a_better_model_lowers_a_loss(evidence, task, name):
    against = evidence[task][2].metrics[name].against["main"]
    assert against.change < 0
    assert against.interval[1] < 0


def test_discordant_rows_are_counted_for_accuracy(evidence):
    new, old, found = evidence["binary"]
    right, was = new.y_pred == new.y_true, old.y_pred == old.y_true
    against = found.metrics["accuracy"].against["main"]
    assert against.method == "tango"
    assert against.discordant.fixed == (right & ~was).sum()
    assert against.discordant.broken == (was & ~right).sum()
    assert found.metrics["f1"].against["main"].discordant is None


def test_p_value_of_accuracy_is_mcnemars_mid_p(evidence):
    from scipy.stats import binom
    from statsmodels.stats.contingency_tables import mcnemar

    against = evidence["binary"][2].metrics["accuracy"].against["main"]
    b, c = against.discordant.fixed, against.discordant.broken
    exact = mcnemar([[0, b], [c, 0]], exact=True).pvalue
    assert against.p_value == pytest.approx(exact - binom.pmf(min(b, c), b + c, 0.5), abs=1e-12)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_contrasts_are_candidate_minus_factor_times_baseline(kit, task):
    new, old = kit.draw(task, n=400)
    factors = {"main": (0.98, 1.02), "anchor": (1.03,)}
    references = {"main": kit.paired(new, old), "anchor": kit.paired(new, old)}
    found = compare.run(kit.Inputs(new, references), wanted(*names(task), factors=factors))
    for measured in found.metrics.values():
        for role, asked in factors.items():
            against = measured.against[role]
            assert tuple(one.factor for one in against.contrasts) == asked
            for one in against.contrasts:
                expected = measured.value - one.factor * against.baseline
                assert one.value == pytest.approx(expected, abs=1e-12)
                assert one.interval[0] < one.value < one.interval[1]


F1 = family_of(METRICS["f1"].method)


@pytest.mark.parametrize(("positives", "tested"), [(9, False), (10, True)])
def test_f1_of_too_few_positive_rows_is_untested_without_common_rows(positives, tested):
    """With 4 positive rows a side no interval of their difference holds what it says."""
    y = np.repeat([1, 0], [positives, 300])
    guessed = y.copy()
    guessed[:3] = 0
    own = confusion.interval(F1.metric, confusion.count(y, guessed, classes=2, positive=1))
    one = records.measurement(RequestedMetric(name="f1", direction="higher"), own, ("0", "1"))
    evidence = CompareEvidence(tool="", commit="", created="", metrics={"f1": one})
    found = records.unpaired("f1", one, F1, evidence, (), 0.95)
    assert (found.untested is None) == tested
    assert tested or "of too few rows" in found.untested
