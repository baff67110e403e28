"""How each statistical family measures a metric, on one side or on both sides of the same rows.

`family_of` binds what `metrics` says of a metric to `stats`. A family computes what several
metrics share (sorted scores, the table of counts, resampled errors) once, by `Pair.once`.
Families with `influence` also serve rows that weigh, cluster or repeat (see `design`); the
others heed weights and clusters themselves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Protocol

from mlgate.metrics.spec import (
    CalibrationError,
    ClassRate,
    Fitted,
    MeanOfGroups,
    MeanOfRows,
    QuantileOfRows,
    RankStatistic,
    RightRows,
    SmoothCounts,
    SquaredErrors,
    is_positive,
    scores,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.compare.pair import Pair, Which
    from mlgate.metrics.spec import Method, Values
    from mlgate.model.rows import Rows
    from mlgate.stats.bootstrap import Replicates
    from mlgate.stats.bounded import Reach
    from mlgate.stats.confusion import JointTable
    from mlgate.stats.confusion_delta import CountMetric
    from mlgate.stats.effective_n import Units
    from mlgate.stats.estimate import Estimate
    from mlgate.stats.influence import Influence
    from mlgate.stats.ranking import Ranking

Unpaired = Literal["rate", "variance"]
"""How two independent samples are compared: `rate` by their counts (Newcombe), `variance` by
the bounds of each, where its variance is known."""


@cache
def family_of(method: Method) -> Linear:
    """Return the family that measures by this method; one for all metrics that have it."""
    family: Linear
    match method:
        case RightRows() | ClassRate() | SmoothCounts():
            family = Counted(_count_metric(method))
        case RankStatistic():
            family = Ranked(method)
        case MeanOfRows():
            family = Averaged(method)
        case MeanOfGroups():
            family = ByGroup(method)
        case QuantileOfRows():
            family = Quantile(method)
        case Fitted():
            family = Coefficient(method)
        case CalibrationError():
            family = Calibrated()
        case SquaredErrors():
            family = Errors(method.statistic)
    return family


def _count_metric(method: RightRows | ClassRate | SmoothCounts) -> CountMetric:
    from mlgate.stats import class_rates, confusion_delta

    match method:
        case RightRows():
            return class_rates.right_share()
        case ClassRate():
            return class_rates.class_rate(method.ratio, method.average)
        case SmoothCounts():
            return confusion_delta.smooth(method.gradient, method.limits)


class Family(Protocol):
    """How one metric is measured."""

    @property
    def unpaired(self) -> Unpaired | None:
        """How independent samples are compared; None where they cannot be."""

    def own(self, pair: Pair) -> Estimate:
        """The candidate's value with its bounds."""

    def baseline(self, pair: Pair) -> float | None:
        """The baseline's value on the same rows."""

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        """What candidate − factor × baseline is, with its bounds."""


class Linear(Family, Protocol):
    """A family that is a sum over rows, to first order."""

    def influence(self, pair: Pair, which: Which) -> Influence:
        """One side's value with its influence values, weights counted."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Metrics of the table label × candidate × baseline."""

    metric: CountMetric

    @property
    def unpaired(self) -> Unpaired | None:
        return "rate" if self.metric.is_right_share else "variance"

    def own(self, pair: Pair) -> Estimate:
        from mlgate.stats import confusion

        return confusion.interval(self.metric, table(pair), confidence=pair.confidence)

    def baseline(self, pair: Pair) -> float | None:
        counts = table(pair)
        return self.metric.value(counts.old, counts.positive)

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        from mlgate.stats import confusion

        return confusion.contrast(
            self.metric, table(pair), factor=factor, confidence=pair.confidence
        )

    def influence(self, pair: Pair, which: Which) -> Influence:
        from mlgate.stats import confusion_delta

        rows = pair.side(which)
        return confusion_delta.influence(
            self.metric,
            rows.y_true,
            rows.y_pred,
            classes=len(rows.classes),
            positive=rows.positive,
            weights=rows.weight,
        )


def table(pair: Pair) -> JointTable:
    """Count the rows of a pair by label and predictions, once."""
    from mlgate.stats import confusion

    return pair.once(
        "table",
        lambda: confusion.count(
            pair.new.y_true,
            pair.new.y_pred,
            None if pair.old is None else pair.old.y_pred,
            classes=len(pair.new.classes),
            positive=pair.new.positive,
        ),
    )


@dataclass(frozen=True, slots=True)
class Ranked:
    """Metrics of the order of scores: ROC AUC (DeLong) and average precision."""

    method: RankStatistic
    unpaired: Unpaired | None = "variance"

    def own(self, pair: Pair) -> Estimate:
        from mlgate.stats import auc

        return auc.interval(self.influence(pair, "new"), confidence=pair.confidence)

    def baseline(self, pair: Pair) -> float | None:
        return self.influence(pair, "old").value

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        from mlgate.stats import auc

        new, old = self.influence(pair, "new"), self.influence(pair, "old")
        return auc.contrast(new, old, factor=factor, confidence=pair.confidence)

    def influence(self, pair: Pair, which: Which) -> Influence:
        return pair.once(
            (self, which),
            lambda: self.method.influence(pair.side(which), _ranking(pair, which)),
        )


def _ranking(pair: Pair, which: Which) -> Ranking | None:
    """Sort the scores of one side, once for all metrics."""
    from mlgate.stats.ranking import rank

    rows = pair.side(which)
    if rows.task == "multiclass":
        return None
    return pair.once(("ranking", which), lambda: rank(scores(rows)))


@dataclass(frozen=True, slots=True)
class Averaged:
    """Means of one number a row (losses, the user's own columns).

    Numbers that are all 0 or 1 are rates: Wilson's and Tango's intervals, as accuracy has them.
    """

    method: MeanOfRows
    unpaired: Unpaired | None = "variance"

    def own(self, pair: Pair) -> Estimate:
        from mlgate.stats import means, proportions

        values, reach = self._of(pair, "new"), self.reach(pair, None)
        if _answers(values) and _within(reach, 0.0):
            right = int(values.sum())
            return proportions.wilson(right, len(values), confidence=pair.confidence)
        return means.mean(values, reach=reach, confidence=pair.confidence)

    def baseline(self, pair: Pair) -> float | None:
        return float(self._of(pair, "old").mean())

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        from mlgate.stats import means, proportions

        new, old = self._of(pair, "new"), self._of(pair, "old")
        reach = self.reach(pair, factor)
        if _answers(new) and _answers(old) and _within(reach, -factor):
            counts = _two_by_two(new, old)
            return proportions.paired_contrast(*counts, factor=factor, confidence=pair.confidence)
        return means.paired(new, old, factor=factor, reach=reach, confidence=pair.confidence)

    def influence(self, pair: Pair, which: Which) -> Influence:
        from mlgate.stats import means

        return means.influence(self._of(pair, which), pair.new.weight)

    def reach(self, pair: Pair, factor: float | None) -> Reach | None:
        """Return what a row's number could have been, or its candidate − factor × baseline."""
        if not len(pair.new):
            return None
        if factor is None:
            return self.method.reach(pair.new, None, 1.0)
        return pair.once(
            (self, "reach", factor), lambda: self.method.reach(pair.new, pair.other(), factor)
        )

    def held(self, pair: Pair, which: Which) -> Values:
        """Return one side's numbers, shape (n,), what divides them held at that of all rows."""
        if self.method.held is None:
            return self._of(pair, which)
        return self.method.held(pair.side(which))

    def _of(self, pair: Pair, which: Which) -> Values:
        return pair.once((self, which), lambda: self.method.losses(pair.side(which)))


def numbers_of_rows(source: str, limits: tuple[float, float] | None) -> MeanOfRows:
    """Return how the mean of a column of `metrics.rows` is measured; `limits` is its `range`."""

    def values(rows: Rows) -> Values:
        return rows.values[source]

    def reach(rows: Rows, baseline: Rows | None, factor: float) -> Reach:
        from mlgate.stats import bounded

        sides = [values(side) for side in (rows, baseline) if side is not None]
        possible = (0.0, 1.0) if limits is None and all(map(_answers, sides)) else limits
        if possible is not None:
            return bounded.of_range(*possible, factor=None if baseline is None else factor)
        return bounded.of_numbers(*sides, factor=factor)

    return MeanOfRows(values, reach)


def _answers(values: Values) -> bool:
    """Whether these are right or wrong answers: nothing but 0 and 1."""
    return bool(((values == 0) | (values == 1)).all())


def _within(reach: Reach | None, low: float) -> bool:
    """Whether no other row can be beyond `low` and 1, as far as that is known."""
    return reach is None or reach.source == "seen" or (low <= reach.low and reach.high <= 1)


def _two_by_two(new: Values, old: Values) -> tuple[int, int, int, int]:
    """Count the rows with 1 on both sides, on the candidate's only, the baseline's only, on none."""
    both, fixed, broken = int((new * old).sum()), int((new > old).sum()), int((new < old).sum())
    return both, fixed, broken, len(new) - both - fixed - broken


@dataclass(frozen=True, slots=True)
class Errors:
    """RMSE and R²: a Poisson bootstrap of both at once."""

    statistic: Literal["rmse", "r2"]
    unpaired: Unpaired | None = None

    def own(self, pair: Pair) -> Estimate:
        from mlgate.stats import bootstrap, squares

        estimate, rows = bootstrap.interval(self._of(pair), confidence=pair.confidence), pair.new
        how: Any = {"clusters": rows.cluster, "confidence": pair.confidence}
        if self.statistic == "r2":
            metric, errors = self.influence(pair, "new"), rows.y_pred - rows.y_true
            return squares.widened_r2(estimate, metric, errors, **how)
        return squares.widened_rmse(estimate, rows.y_true, rows.y_pred, weights=rows.weight, **how)

    def baseline(self, pair: Pair) -> float | None:
        return self._of(pair).old_value

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        from mlgate.stats import bootstrap, squares

        estimate = bootstrap.contrast(self._of(pair), factor=factor, confidence=pair.confidence)
        return squares.widened_change(
            estimate,
            self.influence(pair, "new"),
            self.influence(pair, "old"),
            factor=factor,
            weights=pair.new.weight,
            clusters=pair.new.cluster,
            confidence=pair.confidence,
        )

    def influence(self, pair: Pair, which: Which) -> Influence:
        from mlgate.stats import squares

        rows, measure = pair.side(which), squares.rmse if self.statistic == "rmse" else squares.r2
        return measure(rows.y_true, rows.y_pred, rows.weight)

    def _of(self, pair: Pair) -> Replicates:
        from mlgate.stats import bootstrap

        def resample() -> Mapping[str, Replicates]:
            rows = pair.in_order()
            return bootstrap.regression(
                rows.new.y_true,
                rows.new.y_pred,
                None if rows.old is None else rows.old.y_pred,
                seed=pair.seed("regression"),
                weights=rows.new.weight,
                clusters=rows.new.cluster,
            )

        return pair.once("regression", resample)[self.statistic]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Expected calibration error; of several classes that of the most probable one."""

    unpaired: Unpaired | None = None

    def own(self, pair: Pair) -> Estimate:
        return self._of(pair.new, pair)

    def baseline(self, pair: Pair) -> float | None:
        return self.influence(pair, "old").value

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        from mlgate.stats import calibration

        (hit, score), (old_hit, old_score) = outcome(pair.new), outcome(pair.other())
        return calibration.ece_contrast(
            (hit, old_hit),
            (score, old_score),
            factor=factor,
            seed=pair.seed("ece"),
            confidence=pair.confidence,
            weights=pair.new.weight,
            clusters=pair.new.cluster,
        )

    def influence(self, pair: Pair, which: Which) -> Influence:
        from mlgate.stats import calibration

        rows = pair.side(which)
        return calibration.ece_influence(*outcome(rows), weights=rows.weight)

    def _of(self, rows: Rows, pair: Pair) -> Estimate:
        from mlgate.stats import calibration

        return calibration.ece(
            *outcome(rows),
            seed=pair.seed("ece"),
            confidence=pair.confidence,
            weights=rows.weight,
            clusters=rows.cluster,
        )


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient of a model fitted to the rows: the normal limit of its influence values."""

    method: Fitted
    unpaired: Unpaired | None = "variance"

    def own(self, pair: Pair) -> Estimate:
        from mlgate.stats import influence

        return influence.interval(self.influence(pair, "new"), confidence=pair.confidence)

    def baseline(self, pair: Pair) -> float | None:
        return self.influence(pair, "old").value

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        from mlgate.stats import influence

        new, old = self.influence(pair, "new"), self.influence(pair, "old")
        return influence.contrast(new, old, factor=factor, confidence=pair.confidence)

    def influence(self, pair: Pair, which: Which) -> Influence:
        return pair.once((self, which), lambda: self.method.influence(pair.side(which)))


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of one number a row."""

    method: QuantileOfRows
    unpaired: Unpaired | None = "variance"

    def own(self, pair: Pair) -> Estimate:
        from mlgate.stats import quantiles

        return quantiles.quantile(
            self.method.values(pair.new),
            self.method.level,
            confidence=pair.confidence,
            weights=pair.new.weight,
            clusters=pair.new.cluster,
        )

    def baseline(self, pair: Pair) -> float | None:
        return self.influence(pair, "old").value

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        from mlgate.stats import quantiles

        return quantiles.contrast(
            self.method.values(pair.new),
            self.method.values(pair.other()),
            self.method.level,
            factor=factor,
            confidence=pair.confidence,
            weights=pair.new.weight,
            clusters=pair.new.cluster,
        )

    def influence(self, pair: Pair, which: Which) -> Influence:
        from mlgate.stats import quantiles

        rows = pair.side(which)
        return quantiles.influence(
            self.method.values(rows),
            self.method.level,
            confidence=pair.confidence,
            weights=rows.weight,
        )


@dataclass(frozen=True, slots=True)
class ByGroup:
    """A mean over groups of rows of one number between 0 and 1: queries, or tasks with repetitions."""

    method: MeanOfGroups
    unpaired: Unpaired | None = "variance"

    def own(self, pair: Pair) -> Estimate:
        return self._mean(pair, None)

    def baseline(self, pair: Pair) -> float | None:
        return float(self._of(pair, "old").mean())

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        return self._mean(pair, factor)

    def influence(self, pair: Pair, which: Which) -> Influence:
        import numpy as np

        from mlgate.stats import means

        codes = self._codes(pair)
        of_groups = means.influence(self._of(pair, which))
        share = of_groups.rows / np.bincount(codes)
        return replace(of_groups, rows=share[codes])

    def _mean(self, pair: Pair, factor: float | None) -> Estimate:
        """Return the interval over groups; its rows are those of `pair`, as everywhere."""
        from mlgate.stats import bounded, means

        reach = bounded.of_range(0.0, 1.0, factor=factor)
        new, rows = self._of(pair, "new"), pair.new
        if self.method.by == "item" and rows.item is not None and rows.cluster is not None:
            return self._nested(pair, factor, reach)
        if factor is None:
            estimate = means.mean(new, reach=reach, confidence=pair.confidence)
        else:
            estimate = means.paired(
                new, self._of(pair, "old"), factor=factor, reach=reach, confidence=pair.confidence
            )
        worth, variance = self._worth(pair), estimate.row_variance
        return replace(
            estimate,
            n=len(rows),
            row_variance=None if variance is None else variance * len(rows) / len(new),
            method=estimate.method + worth.suffix,
            insufficient=estimate.insufficient or worth.insufficient,
        )

    def _nested(self, pair: Pair, factor: float | None, reach: Reach) -> Estimate:
        """Return the interval over clusters of items."""
        from mlgate.stats import bounded, influence

        how: Any = {"confidence": pair.confidence, "clusters": pair.new.cluster}
        new = self.influence(pair, "new")
        psi = new.rows
        if factor is None:
            estimate = influence.interval(new, **how)
        else:
            old = self.influence(pair, "old")
            estimate = influence.contrast(new, old, factor=factor, **how)
            psi = psi - factor * old.rows
        return bounded.widened(estimate, psi, reach, weights=None, **how)

    def _worth(self, pair: Pair) -> Units:
        """Return what the groups are worth; items are no clusters, and need not be twenty."""
        from mlgate.stats.effective_n import Units, units

        if self.method.by == "item" and pair.new.item is not None:
            return Units(float(len(self._of(pair, "new"))), math.inf, ", by task")
        return units(len(pair.new), None, self._codes(pair))

    def _of(self, pair: Pair, which: Which) -> Values:
        return pair.once(
            (self, which), lambda: self.method.values(pair.side(which), self._codes(pair))
        )

    def _codes(self, pair: Pair) -> NDArray[np.intp]:
        """Return the group of each row, by codes that all occur."""
        import numpy as np

        rows = pair.new
        group = rows.cluster if self.method.by == "cluster" or rows.item is None else rows.item
        assert group is not None
        codes: NDArray[np.intp] = pair.once(
            ("groups", self.method.by), lambda: np.unique(group, return_inverse=True)[1]
        )
        return codes


def outcome(rows: Rows) -> tuple[NDArray[np.bool_], Values]:
    """Return what calibration compares: whether it happened, and how probable it was held."""
    from mlgate.stats.calibration import top_label

    if rows.task == "multiclass":
        return top_label(rows.y_true, scores(rows))
    return is_positive(rows), scores(rows)
