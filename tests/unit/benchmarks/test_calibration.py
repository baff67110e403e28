"""The calibration benchmark, small: every method must keep its targets, and a bad one must not.

Fixed seeds, so each test gives the same numbers every time. Bands are the benchmark's own, with
its allowance of two Monte-Carlo standard errors.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from benchmarks.calibration import families, judging, measures, pool, tables, targets
from benchmarks.calibration.errors import Regression
from benchmarks.calibration.groups import Clusters, Seeds, Splits
from benchmarks.calibration.judging import Case
from benchmarks.calibration.labels import Labels
from benchmarks.calibration.line import Band, Line, Rate
from benchmarks.calibration.rates import Ratio, Same, Single
from benchmarks.calibration.scene import spoilt
from benchmarks.calibration.scores import Binormal, Classes, Logits
from benchmarks.calibration.series import Series

from mlgate.metrics import METRICS

RARE = Labels((0.9, 0.1), (0.97, 0.6))
EVEN = Labels((0.5, 0.5), (0.85, 0.85))
MARGIN = {"decisions": (1.0,)}


def missed(case: Case, wanted: targets.Targets) -> list[str]:
    """Columns off target; power and blocking are left to the large benchmark."""
    found = tables.line(case, judging.simulate(case, seed=1), wanted)
    headers = tables.HEADERS["value" if case.kind == "value" else "change"]
    judged = (*tables.BOUNDS, "passes a loss of the margin", "blocks no change")
    return [
        f"{column} {cell.value:.3f}, asked {cell.band}"
        for column, cell in zip(headers, found.cells, strict=True)
        if isinstance(cell, Rate) and column in judged and cell.missed
    ]


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        (Case("accuracy", "", Same(0.9, 0.05), 200, 1_000, **MARGIN), targets.RATES),
        (Case("accuracy", "", Same(0.9, 0.1), 1_000, 500, "relative", **MARGIN), targets.APART),
        (Case("accuracy", "", Same(0.1, 0.05), 200, 600, "apart", **MARGIN), targets.APART),
        (Case("wilson ratio", "", Ratio(0.3, 0.8), 200, 1_500, "value"), targets.APART),
        (Case("rate", "", Single(0.05), 30, 1, "value"), targets.WILSON),
        (Case("f1", "", EVEN, 1_000, 400, **MARGIN), targets.LABELS),
        (Case("recall", "", RARE, 10_000, 200, **MARGIN), targets.LABELS),
        (Case("balanced_accuracy", "", EVEN, 200, 300, **MARGIN), targets.LABELS),
        (Case("f1", "", RARE, 1_000, 1_500, "value"), targets.VALUES),
        (Case("roc_auc", "", Binormal(0.5, 0.8), 200, 800, **MARGIN), targets.RANKS),
        (Case("roc_auc_ovr", "", Classes((0.6, 0.3, 0.1), 0.8), 1_000, 300, **MARGIN), targets.RANKS),
        (Case("roc_auc", "", Binormal(0.3, 0.8), 400, 500, "apart", **MARGIN), targets.APART),
        (Case("log_loss", "", Logits(0.0), 200, 1_000, **MARGIN), targets.MEANS),
        (Case("mae", "", Regression("lognormal"), 1_000, 1_000, **MARGIN), targets.MEANS),
        (Case("rmse", "", Regression("normal"), 200, 200, **MARGIN), targets.RESAMPLED),
        (Case("mean", "", Clusters(20, 0.3), 400, 1_000, **MARGIN), targets.GROUPS),
        (Case("accuracy", "", Seeds(5), 500, 100, **MARGIN), targets.GROUPS),
        (Case("accuracy", "", Splits(15), 200, 100, decisions=()), targets.GROUPS),
    ],
    ids=lambda value: value.name if isinstance(value, Case) else "",
)  # fmt: skip
def test_method_keeps_its_targets(case: Case, wanted: targets.Targets) -> None:
    assert missed(case, wanted) == []


@pytest.mark.parametrize(
    ("case", "wanted", "column"),
    [
        (
            Case("plain wald", "", Same(0.9, 0.01), 200, 4_000, margin=0.01, **MARGIN),
            targets.RATES,
            "passes a loss",
        ),
        (Case("plain percentile", "", Single(0.05), 30, 1, "value"), targets.WILSON, "95 %"),
        (Case("plain mean", "", Clusters(20, 0.3), 400, 400, **MARGIN), targets.GROUPS, "95 %"),
        (Case("plain seeds", "", Seeds(5), 500, 100, **MARGIN), targets.GROUPS, "95 %"),
        (Case("plain splits", "", Splits(15), 200, 100, decisions=()), targets.GROUPS, "95 %"),
    ],
    ids=lambda value: value.name if isinstance(value, Case) else "",
)
def test_a_method_that_is_off_is_caught(
    case: Case, wanted: targets.Targets, column: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is usual elsewhere misses the same bands; `plain` is exempt in the tables only."""
    monkeypatch.setattr(tables, "NONE", wanted)
    assert any(text.startswith(column) for text in missed(case, wanted))


SERIES = {job.id: job for family in families.families() for job in family.jobs if isinstance(job, Series)}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "repetitions"),
    [
        ("200-0.05", 1),
        ("1000-0.01", 1),
        ("point", 4_000),
        ("half", 2_000),
        ("half-worse", 2_000),
        ("plan-pass", 2_000),
        ("plan-margin", 2_000),
        ("joint-margin", 1_000),
        ("alarms-20-0.5", 400),
        ("false-100", 150),
        ("still-500-10", 25),
        ("outlier-0.25", 10),
        ("shift-0.25", 10),
        ("20-5000-500", 300),
        ("concept-still", 20),
        ("still-demographic_parity_difference-8-groups-of-20-to-5,000", 60),
        ("gate-max-pass-edge", 150),
        ("gate-change-edge", 60),
        ("rate-10", 1),
    ],
)
def test_rules_tests_and_reports_keep_their_targets(name: str, repetitions: int) -> None:
    found = dataclasses.replace(SERIES[name], repetitions=repetitions).run(seed=1)
    rates = [cell for cell in found.cells if isinstance(cell, Rate)]
    assert rates
    assert [cell for cell in rates if cell.missed] == []


@pytest.mark.parametrize(
    ("name", "repetitions", "usual", "column"),
    [
        ("alarms-20-0.5", 200, "any of many tests at .05", 1),
        ("still-500-10", 20, "any column of a report at .05", 1),
        ("still-demographic_parity_difference-40-groups-of-30", 20, "a point gap beyond .1", 1),
    ],
    ids=lambda value: value if isinstance(value, str) and "-" in value else "",
)
def test_what_is_usual_elsewhere_alarms_where_nothing_is(
    name: str, repetitions: int, usual: str, column: int
) -> None:
    found = dataclasses.replace(SERIES[name], repetitions=repetitions).run(seed=1)
    plain = found.cells[column]
    assert isinstance(plain, Rate)
    assert dataclasses.replace(plain, band=Band(high=0.06)).missed, usual


@pytest.mark.parametrize(
    ("scene", "metric"),
    [
        (EVEN, "f1"),
        (Labels((0.5, 0.3, 0.2), (0.8, 0.7, 0.6)), "precision_macro"),
        (Binormal(0.3, 0.8), "roc_auc"),
        (Binormal(0.3, 0.8, step=0.5), "roc_auc"),
        (Binormal(0.3, 0.8), "average_precision"),
        (Classes((0.6, 0.3, 0.1), 0.8), "roc_auc_ovr"),
        (Logits(-1.0, slope=2.0), "log_loss"),
        (Logits(-1.0, slope=2.0), "brier"),
        (Logits(-1.0, slope=2.0), "ece"),
        (Regression("normal"), "wape"),
        (Regression("t3"), "mae"),
        (Regression("lognormal"), "mae"),
        (Regression("lognormal"), "rmse"),
        (Regression("normal"), "r2"),
    ],
    ids=str,
)
def test_true_values_are_those_of_many_rows(scene: object, metric: str) -> None:
    """By construction, and by measuring the candidate on 400,000 rows: spoilt, so that it shows."""
    worse = spoilt(scene, metric, 0.05)  # type: ignore[type-var]
    assert worse is not None
    new, old = worse.truth(metric)
    assert abs(new - old) == pytest.approx(0.05, abs=1e-6)
    random = np.random.default_rng(3)
    data, _ = next(iter(worse.draws(random, 400_000, 1)))
    own = measures.measure(metric, data).own
    assert own is not None
    assert own(0.95).value == pytest.approx(new, rel=0.01, abs=0.003)


def test_every_method_of_the_metrics_is_on_trial() -> None:
    """By the family that measures it in a run: `measures` takes it from there."""
    tried = {
        job.metric for family in families.families() for job in family.jobs if isinstance(job, Case)
    }
    methods = [
        {type(METRICS[name].method) for name in names} for names in (METRICS, tried & set(METRICS))
    ]
    assert methods[0] == methods[1]
    assert "accuracy" in tried


def test_numbers_depend_on_the_seed_alone() -> None:
    """Not on the order of the work, nor on how many processes share it."""
    jobs = (
        Case("accuracy", "", Same(0.9, 0.1), 200, 60, **MARGIN),
        Case("log_loss", "", Logits(0.0), 200, 30, **MARGIN),
    )
    family = families.Family("x", "x", "x", targets.RATES, "change", jobs)
    other = dataclasses.replace(family, jobs=jobs[::-1])
    one, two = pool.run([family], 1, 2)["x"], pool.run([other], 1, 1)["x"]
    assert one == two[::-1]
    assert one != pool.run([family], 2, 1)["x"]


def test_a_miss_is_marked_and_explained() -> None:
    family = families.Family("rules", "Title", "Words.", targets.NONE, "series", ())
    lines = [Line("a", ("first", Rate(0.2, 0.01, Band(high=0.1)))), Line("b", ("second", Rate(0.11, 0.01, Band(high=0.1))))]  # fmt: skip
    text = tables.render(family, lines)
    assert "**.200** ✗" in text
    assert "| .110 |" in text
    assert text.rstrip().endswith("(a: “measured” .200)")
