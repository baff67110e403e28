"""How each statistical family measures a metric, on one side or on both sides of the same rows.

`family_of` binds what `metrics` says of a metric to `stats`. A family computes what several
metrics share (sorted scores, the table of counts, resampled errors) once, by `Pair.once`.
Families with `influence` also serve rows that weigh, cluster or repeat (see `design`); the
others heed weights and clusters themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, Protocol

from mlgate.metrics.spec import (
    CalibrationError,
    ClassRate,
    MeanOfRows,
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
    from mlgate.stats.confusion import JointTable
    from mlgate.stats.confusion_delta import CountMetric
    from mlgate.stats.estimate import Estimate
    from mlgate.stats.influence import Influence
    from mlgate.stats.ranking import Ranking

Unpaired = Literal["rate", "variance"]
"""How two independent samples are compared: `rate` by their counts (Newcombe), `variance` by
the known variance of each (Welch)."""


@cache
def family_of(method: Method) -> Linear:
    """Return the family that measures by this method; one for all metrics that have it."""
    match method:
        case RightRows() | ClassRate() | SmoothCounts():
            return Counted(_count_metric(method))
        case RankStatistic():
            return Ranked(method)
        case MeanOfRows():
            return Averaged(method)
        case CalibrationError():
            return Calibrated()
        case SquaredErrors():
            return Errors(method.statistic)


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
    """Means of one number a row (losses, the user's own columns): Student's t."""

    method: MeanOfRows
    unpaired: Unpaired | None = "variance"

    def own(self, pair: Pair) -> Estimate:
        from mlgate.stats import means

        return means.mean(self._of(pair, "new"), confidence=pair.confidence)

    def baseline(self, pair: Pair) -> float | None:
        return float(self._of(pair, "old").mean())

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        from mlgate.stats import means

        new, old = self._of(pair, "new"), self._of(pair, "old")
        return means.paired(new, old, factor=factor, confidence=pair.confidence)

    def influence(self, pair: Pair, which: Which) -> Influence:
        from mlgate.stats import means

        return means.influence(self._of(pair, which), pair.new.weight)

    def _of(self, pair: Pair, which: Which) -> Values:
        return pair.once((self, which), lambda: self.method.losses(pair.side(which)))


@dataclass(frozen=True, slots=True)
class Errors:
    """RMSE and R²: a Poisson bootstrap of both at once."""

    statistic: Literal["rmse", "r2"]
    unpaired: Unpaired | None = None

    def own(self, pair: Pair) -> Estimate:
        from mlgate.stats import bootstrap

        return bootstrap.interval(self._of(pair), confidence=pair.confidence)

    def baseline(self, pair: Pair) -> float | None:
        return self._of(pair).old_value

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        from mlgate.stats import bootstrap

        return bootstrap.contrast(self._of(pair), factor=factor, confidence=pair.confidence)

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


def outcome(rows: Rows) -> tuple[NDArray[np.bool_], Values]:
    """Return what calibration compares: whether it happened, and how probable it was held."""
    from mlgate.stats.calibration import top_label

    if rows.task == "multiclass":
        return top_label(rows.y_true, scores(rows))
    return is_positive(rows), scores(rows)
