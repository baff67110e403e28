"""Which method of `stats` serves which metric: one table, `FAMILIES`.

A family measures a metric on one side, or on both sides of the same rows. It computes what
several metrics share (sorted scores, the table of counts, resampled errors) once, by
`Pair.once`. Families with `influence` also serve rows that weigh, cluster or repeat (see
`_compare_design`); the others heed weights and clusters themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol, cast

from mlgate.checks.compare.pair import Pair

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.compare.pair import Which
    from mlgate.model.rows import Rows
    from mlgate.stats.bootstrap import Replicates
    from mlgate.stats.confusion import Table
    from mlgate.stats.estimate import Estimate
    from mlgate.stats.influence import Influence

    Values = NDArray[np.float64]

__all__ = ["FAMILIES", "RATES", "Averaged", "Family", "Linear", "Pair", "Unpaired", "table"]

Unpaired = Literal["rate", "variance"]
"""How two independent samples are compared: `rate` by their counts (Newcombe), `variance` by
the known variance of each (Welch)."""


class Family(Protocol):
    """How one metric is measured."""

    @property
    def unpaired(self) -> Unpaired | None:
        """How independent samples are compared; None where there is no way."""

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

    name: str
    unpaired: Unpaired | None = "variance"

    def own(self, pair: Pair) -> Estimate:
        from mlgate.stats import confusion

        return confusion.interval(self.name, table(pair), confidence=pair.confidence)

    def baseline(self, pair: Pair) -> float | None:
        from mlgate.stats import confusion

        counts = table(pair)
        return confusion.value(self.name, counts.old, counts.positive)

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        from mlgate.stats import confusion

        return confusion.contrast(self.name, table(pair), factor=factor, confidence=pair.confidence)

    def influence(self, pair: Pair, which: Which) -> Influence:
        from mlgate.stats import confusion_delta

        rows = pair.side(which)
        return confusion_delta.influence(
            self.name,
            rows.y_true,
            rows.y_pred,
            classes=len(rows.classes),
            positive=rows.positive,
            weights=rows.weight,
        )


def table(pair: Pair) -> Table:
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

    name: Literal["roc_auc", "average_precision"]
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
        return pair.once((self.name, which), lambda: self._influence(pair, which))

    def _influence(self, pair: Pair, which: Which) -> Influence:
        from mlgate.stats import auc
        from mlgate.stats.ranking import rank

        rows = pair.side(which)
        score = scores(rows)
        if rows.task == "multiclass":
            return auc.roc_auc_ovr(rows.y_true, score, weights=rows.weight)
        ranking = pair.once(("ranking", which), lambda: rank(score))
        measure = auc.roc_auc if self.name == "roc_auc" else auc.average_precision
        return measure(positive(rows), score, ranking, rows.weight)


@dataclass(frozen=True, slots=True)
class Averaged:
    """Means of one number a row (losses, the user's own columns): Student's t."""

    losses: Callable[[Rows], Values]
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
        return pair.once((self, which), lambda: self.losses(pair.side(which)))


@dataclass(frozen=True, slots=True)
class Errors:
    """RMSE and R²: a Poisson bootstrap of both at once."""

    name: Literal["rmse", "r2"]
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

        rows, measure = pair.side(which), squares.rmse if self.name == "rmse" else squares.r2
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

        return pair.once("regression", resample)[self.name]


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


def positive(rows: Rows) -> NDArray[np.bool_]:
    """Whether each row's label is the positive one."""
    return cast("NDArray[np.bool_]", rows.y_true == rows.positive)


def scores(rows: Rows) -> Values:
    """Give the scores of rows that are known to have them."""
    assert rows.score is not None
    return rows.score


def outcome(rows: Rows) -> tuple[NDArray[np.bool_], Values]:
    """What calibration compares: did it happen, and how probable was it said to be."""
    from mlgate.stats.calibration import top_label

    if rows.task == "multiclass":
        return top_label(rows.y_true, scores(rows))
    return positive(rows), scores(rows)


def _log_loss(rows: Rows) -> Values:
    from mlgate.stats import means

    if rows.task == "multiclass":
        return means.multiclass_log_loss(rows.y_true, scores(rows))
    return means.binary_log_loss(positive(rows), scores(rows))


def _brier(rows: Rows) -> Values:
    from mlgate.stats import means

    if rows.task == "multiclass":
        return means.multiclass_brier(rows.y_true, scores(rows))
    return means.binary_brier(positive(rows), scores(rows))


def _absolute_error(rows: Rows) -> Values:
    from mlgate.stats import means

    return means.absolute_error(rows.y_true, rows.y_pred)


RATES: Final = ("accuracy", "precision_micro", "recall_micro", "f1_micro", "recall_weighted")
"""Each is the share of rows that are right."""

FAMILIES: Final[dict[str, Linear]] = {
    **{name: Counted(name, "rate") for name in RATES},
    **{
        name: Counted(name)
        for name in (
            "balanced_accuracy", "precision", "recall", "f1", "precision_macro",
            "precision_weighted", "recall_macro", "f1_macro", "f1_weighted",
        )
    },
    "roc_auc": Ranked("roc_auc"),
    "average_precision": Ranked("average_precision"),
    "log_loss": Averaged(_log_loss),
    "brier": Averaged(_brier),
    "mae": Averaged(_absolute_error),
    "rmse": Errors("rmse"),
    "r2": Errors("r2"),
    "ece": Calibrated(),
}  # fmt: skip
