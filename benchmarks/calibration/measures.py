"""Measures samples as `mlgate check compare` does: by the families of metrics of that check.

Rows are built from a sample and handed to the very objects that a run uses, so that the choice
of the method is on trial as well. What begins with "plain" is another method, usual elsewhere,
for comparison.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from benchmarks.calibration.labels import COSTS
from mlgate.checks.compare import families, records
from mlgate.checks.compare.custom import Custom
from mlgate.checks.compare.design import suited
from mlgate.checks.compare.judged import OfJudge
from mlgate.checks.compare.pair import Pair
from mlgate.checks.compare.params import RequestedMetric
from mlgate.metrics import METRICS
from mlgate.metrics.column_statistics import ColumnStatistic, column_statistic
from mlgate.metrics.cost import cost_of_rows
from mlgate.metrics.spec import HumanLabels
from mlgate.model.attributes import Attribute
from mlgate.model.evidence import CompareEvidence
from mlgate.model.rows import JudgedColumn, Rows
from mlgate.progress import Silent
from mlgate.stats import bootstrap, means, score, seeds
from mlgate.stats.estimate import Estimate, normal_quantile
from mlgate.stats.proportions import wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from benchmarks.calibration.attempts import Tried
    from benchmarks.calibration.errors import Predicted
    from benchmarks.calibration.groups import Grouped, Split, Trained
    from benchmarks.calibration.judges import Answers
    from benchmarks.calibration.labels import Labelled
    from benchmarks.calibration.queries import Ranked
    from benchmarks.calibration.scores import Scored
    from benchmarks.calibration.timings import Timed
    from mlgate.checks.compare.families import Family
    from mlgate.progress import Progress

    Values = NDArray[np.float64]


class Measured(NamedTuple):
    """A metric on one sample: `own(confidence)` and `change(confidence, factor)`."""

    own: Callable[[float], Estimate] | None
    change: Callable[[float, float], Estimate] | None


LOWER = (
    frozenset({"cost", "log_loss", "brier", "ece", "mae", "rmse", "q90", "wape"})
    | {
        *(f"seconds.p{level}" for level in (50, 95, 99)),
    }
    | {name for name, metric in METRICS.items() if metric.direction == "lower"}
)
"""Metrics of which less is better."""


def measure(metric: str, data: Any) -> Measured:
    """Look at one sample; what is costly (sorting, resampling) is done once."""
    if metric in OTHERS:
        return OTHERS[metric](data)
    sides = sides_of(data)
    family = family_of(metric, sides[0])
    seed = bootstrap.seed_of(sides[0].y_pred[:8].tobytes().hex())
    pair = Pair(*sides, lambda name: seed ^ bootstrap.seed_of(name), 0.95)
    alone = dataclasses.replace(pair, old=None, _memory={})
    return Measured(
        lambda c: family.own(dataclasses.replace(alone, confidence=c)),
        lambda c, f: family.contrast(dataclasses.replace(pair, confidence=c), f),
    )


def family_of(metric: str, rows: Rows) -> Family:
    """Give what a run measures a metric with; one class against the rest is ROC AUC's.

    "known" goes before a metric that has the name of a function here.
    """
    if metric in FUNCTIONS:
        return suited(Custom(metric, FUNCTIONS[metric], Silent()), rows)
    if metric == "mean":
        return suited(families.Averaged(families.numbers_of_rows(metric, None)), rows)
    if metric == "cost":
        return suited(families.Averaged(cost_of_rows(COSTS)), rows)
    if metric.startswith("grade"):
        return suited(OfJudge(_of_grade(metric)), rows)
    statistic = column_statistic(metric, rows.values)
    if statistic is not None:
        return suited(families.family_of(statistic.method()), rows)
    name = metric.removesuffix("_ovr").removeprefix("known ")
    return suited(families.family_of(METRICS[name].method), rows)


def _of_grade(metric: str) -> HumanLabels:
    column, _, statistic = metric.partition(".")
    if not statistic:
        return HumanLabels(column, "mean")
    method = ColumnStatistic(column, statistic).method()
    assert isinstance(method, HumanLabels)
    return method


def sides_of(data: Any) -> tuple[Rows, Rows]:
    """Give a sample as the rows of both sides."""
    return _ROWS[type(data).__name__](data)


def _labelled(data: Labelled) -> tuple[Rows, Rows]:
    def side(predicted: NDArray[np.int64]) -> Rows:
        classes = tuple(str(code) for code in range(data.classes))
        task, positive = ("binary", 1) if data.classes == 2 else ("multiclass", None)
        return Rows(
            task,  # type: ignore[arg-type]
            data.label,
            predicted,
            classes=classes,
            positive=positive,
            cluster=data.clusters,
        )

    return side(data.new), side(data.old)


def _scored(data: Scored) -> tuple[Rows, Rows]:
    label = data.label.astype(np.int64)

    def side(score: Values) -> Rows:
        if score.ndim == 1:
            predicted = (score >= 0.5).astype(np.int64)
            return Rows("binary", label, predicted, score, ("0", "1"), 1, cluster=data.clusters)
        classes = tuple(str(code) for code in range(score.shape[1]))
        return Rows("multiclass", label, score.argmax(axis=1), score, classes)

    return side(data.new), side(data.old)


def _predicted(data: Predicted) -> tuple[Rows, Rows]:
    def side(predicted: Values) -> Rows:
        how: Any = {"weight": data.weights, "cluster": data.clusters}
        return Rows("regression", data.label, predicted, **how)

    return side(data.new), side(data.old)


def _ranked(data: Ranked) -> tuple[Rows, Rows]:
    def side(score: Values) -> Rows:
        return Rows("regression", data.relevance, score, cluster=data.query)

    return side(data.new), side(data.old)


def _grouped(data: Grouped) -> tuple[Rows, Rows]:
    return _columns("mean", data.new, data.old, data.clusters, data.weights)


def _columns(
    name: str,
    new: NDArray[Any],
    old: NDArray[Any],
    clusters: NDArray[np.int64] | None,
    weights: Values | None,
) -> tuple[Rows, Rows]:
    """Lay out one number a row."""
    nothing = np.zeros(len(new))

    def side(values: NDArray[Any]) -> Rows:
        numbers = {name: values.astype(np.float64)}
        return Rows(
            "regression", nothing, nothing, values=numbers, weight=weights, cluster=clusters
        )

    return side(new), side(old)


def _timed(data: Timed) -> tuple[Rows, Rows]:
    return _columns("seconds", data.new, data.old, data.clusters, data.weights)


def _tried(data: Tried) -> tuple[Rows, Rows]:
    """Lay out one row an attempt."""
    tasks, attempts = data.new.shape
    clusters = None if data.clusters is None else np.repeat(data.clusters, attempts)
    sides = _columns("solved", data.new.ravel(), data.old.ravel(), clusters, None)
    repeat = _attribute(np.tile(np.arange(attempts), tasks), attempts)
    item = np.repeat(np.arange(tasks), attempts)
    new, old = (dataclasses.replace(side, repeat=repeat, item=item) for side in sides)
    return new, old


def _answers(data: Answers) -> tuple[Rows, Rows]:
    nothing = np.zeros(len(data.new))

    def side(judge: Values, human: Values) -> Rows:
        return Rows(
            "scores",
            nothing,
            nothing,
            values={"grade": judge},
            cluster=data.clusters,
            judged={"grade": JudgedColumn(human)},
        )

    return side(data.new, data.new_human), side(data.old, data.old_human)


def _trained(data: Trained) -> tuple[Rows, Rows]:
    """Lay out one row a seed and an item; all labels are 1."""
    seeds, n = data.new.shape
    repeat = _attribute(np.repeat(np.arange(seeds), n), seeds)
    item = np.tile(np.arange(n), seeds)
    cluster = None if data.clusters is None else np.tile(data.clusters, seeds)

    def side(right: NDArray[np.bool_]) -> Rows:
        return dataclasses.replace(_right(right.ravel()), repeat=repeat, item=item, cluster=cluster)

    return side(data.new), side(data.old)


def _split(data: Split) -> tuple[Rows, Rows]:
    """Lay out the test rows of one split after the other."""
    splits, test_rows = data.items.shape
    split = _attribute(np.repeat(np.arange(splits), test_rows), splits)

    def side(right: NDArray[np.bool_]) -> Rows:
        return dataclasses.replace(
            _right(right.ravel()),
            fold=_attribute(np.zeros(right.size, dtype=np.int64), 1),
            repeat=split,
            item=data.items.ravel(),
        )

    return side(data.new), side(data.old)


def _right(right: NDArray[np.bool_]) -> Rows:
    predicted = right.astype(np.int64)
    return Rows("binary", np.ones_like(predicted), predicted, classes=("0", "1"), positive=1)


def _attribute(codes: NDArray[np.int64], count: int) -> Attribute:
    return Attribute(tuple(f"{code:03}" for code in range(count)), codes.astype(np.int32))


_ROWS: dict[str, Callable[[Any], tuple[Rows, Rows]]] = {
    "Labelled": _labelled,
    "Scored": _scored,
    "Predicted": _predicted,
    "Ranked": _ranked,
    "Grouped": _grouped,
    "Timed": _timed,
    "Tried": _tried,
    "Answers": _answers,
    "Trained": _trained,
    "Split": _split,
}


def apart(metric: str, data: tuple[Any, Any]) -> Measured:
    """Compare two samples of which each has rows of its own, through the baseline's evidence."""
    rows = sides_of(data[0])[0]
    family = family_of(metric, rows)
    sides = [measure(metric, one).own for one in data]

    def change(confidence: float, factor: float) -> Estimate:
        wanted = RequestedMetric(name=metric, origin="predictions", direction="higher")
        new, old = (
            records.measurement(wanted, own(confidence), rows.classes)
            for own in sides
            if own is not None
        )
        evidence = CompareEvidence(
            tool="", commit="", created="", confidence=confidence, metrics={metric: old}
        )
        factors = () if factor == 1 else (factor,)
        found = records.unpaired(metric, new, family, evidence, factors, confidence)
        asked = found.contrasts[0] if factors else None
        value, bounds = (asked.value, asked.interval) if asked else (found.change, found.interval)
        return Estimate(
            value, *bounds, found.n, found.method, found.row_variance,
            insufficient=found.insufficient or found.untested,
        )  # fmt: skip

    return Measured(None, change)


def _wald(data: Labelled) -> Measured:
    right, before = data.new == data.label, data.old == data.label
    n, fixed, broken = len(right), int((right & ~before).sum()), int((before & ~right).sum())
    change = (fixed - broken) / n
    variance = (fixed + broken) / n - change * change

    def bounds(confidence: float, factor: float) -> Estimate:
        assert factor == 1
        half = normal_quantile(confidence) * math.sqrt(variance / n)
        return Estimate(change, change - half, change + half, n, "wald", variance)

    return Measured(None, bounds)


def _rate(counts: tuple[int, int]) -> Measured:
    return Measured(lambda c: wilson(*counts, confidence=c), None)


def _percentile_rate(counts: tuple[int, int]) -> Measured:
    """The percentile bootstrap of a rate, without its Monte-Carlo error."""
    from scipy.stats import binom

    successes, n = counts
    rate = successes / n

    def bounds(confidence: float) -> Estimate:
        low, high = (float(binom.ppf(q, n, rate)) / n for q in (1 - confidence, confidence))
        return Estimate(rate, low, high, n, "percentile", rate * (1 - rate))

    return Measured(bounds, None)


def _wilson_ratio(counts: tuple[int, ...]) -> Measured:
    def bounds(confidence: float) -> Estimate:
        x, m, y, n = counts
        if y == 0:
            return Estimate(None, None, None, m, "mover-r", insufficient="the rate below is 0")
        sides = [
            (
                np.array(hits / rows),
                *score.wilson_bounds(np.array(hits), np.array(rows), 1 - confidence),
            )
            for hits, rows in ((x, m), (y, n))
        ]
        low, high = score.mover_ratio_bounds(*sides)
        return Estimate(x / m / (y / n), float(low), float(high), m, "mover-r")

    return Measured(bounds, None)


def _plain_ratio(counts: tuple[int, ...]) -> Measured:
    """The usual interval of a ratio: normal on the log scale (Katz et al. 1978)."""
    x, m, y, n = counts

    def bounds(confidence: float) -> Estimate:
        if x == 0 or y == 0:
            return Estimate(None, None, None, m, "log", insufficient="a count is 0")
        ratio = x / m / (y / n)
        spread = normal_quantile(confidence) * math.sqrt(1 / x - 1 / m + 1 / y - 1 / n)
        return Estimate(ratio, ratio * math.exp(-spread), ratio * math.exp(spread), m, "log")

    return Measured(bounds, None)


def _plain_auc(data: Scored) -> Measured:
    return measure("roc_auc", data._replace(clusters=None))


def _plain_mean(data: Grouped) -> Measured:
    return _averaged(data.new, data.old)


def _averaged(new: Values, old: Values) -> Measured:
    return Measured(
        lambda c: means.mean(new, confidence=c),
        lambda c, f: means.paired(new, old, factor=f, confidence=c),
    )


def _plain_humans(data: Answers) -> Measured:
    """Compare the rows alone that humans looked at."""
    looked = ~np.isnan(data.new_human)
    return _averaged(data.new_human[looked], data.old_human[looked])


def _plain_seeds(data: Trained) -> Measured:
    """Welch's t over the seeds' accuracies, as if each had test rows of its own."""
    numbers = [side.mean(axis=1).tolist() for side in data[:2]]
    n = data.new.shape[1]

    def change(confidence: float, factor: float) -> Estimate:
        assert factor == 1
        return seeds.welch_over_seeds(*numbers, test_variance=0.0, n=n, confidence=confidence)

    return Measured(None, change)


def _plain_splits(data: Split) -> Measured:
    return _averaged(data.new.mean(axis=1), data.old.mean(axis=1))


def _q90(rows: Rows, weights: Values | None, progress: Progress) -> Sequence[float]:
    """A function of a user's: the 90 % quantile of the absolute error, under row weights."""
    del progress
    error = np.abs(rows.y_pred - rows.y_true)
    order = np.argsort(error)
    every = np.ones((1, len(error))) if weights is None else weights
    reached = np.cumsum(every[:, order], axis=1)
    place = (reached < 0.9 * reached[:, -1:]).sum(axis=1)
    found: list[float] = error[order][place].tolist()
    return found


def _wape(rows: Rows, weights: Values | None, progress: Progress) -> Sequence[float]:
    """Another: the sum of the absolute errors as a share of the sum of the absolute labels."""
    del progress
    columns = np.abs(np.stack([rows.y_pred - rows.y_true, rows.y_true]), dtype=float)
    every = np.ones((1, len(rows))) if weights is None else weights
    above, below = every @ columns[0], every @ columns[1]
    found: list[float] = (above / below).tolist()
    return found


FUNCTIONS = {"q90": _q90, "wape": _wape}
OTHERS: dict[str, Callable[[Any], Measured]] = {
    "plain wald": _wald,
    "rate": _rate,
    "plain percentile": _percentile_rate,
    "wilson ratio": _wilson_ratio,
    "plain log ratio": _plain_ratio,
    "plain mean": _plain_mean,
    "plain judge": lambda data: _averaged(data.new, data.old),
    "plain humans": _plain_humans,
    "plain roc_auc": _plain_auc,
    "plain seeds": _plain_seeds,
    "plain splits": _plain_splits,
}
