"""What every known metric is: its names, its direction, its unit, what it needs.

Names are scikit-learn's; its other spellings (`f1_score`, `neg_log_loss`, …) are aliases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Task = Literal["binary", "multiclass", "regression"]
Direction = Literal["higher", "lower"]
Unit = Literal["share", "number"]
"""`share`: between 0 and 1, its changes are told in points; `number`: anything else."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: `title` in prose, `tasks` it is defined for, whether it needs scores."""

    name: str
    title: str
    direction: Direction
    unit: Unit
    tasks: tuple[Task, ...]
    needs_score: bool = False
    aliases: tuple[str, ...] = ()


_B: Final = ("binary",)
_M: Final = ("multiclass",)
_C: Final = ("binary", "multiclass")
_R: Final = ("regression",)


def _averages(name: str) -> list[Metric]:
    return [
        Metric(
            f"{name}_{average}",
            f"{average} {name}",
            "higher",
            "share",
            _M,
            aliases=(f"{name}_score_{average}",),
        )
        for average in ("macro", "micro", "weighted")
    ]


_ALL: Final[tuple[Metric, ...]] = (
    Metric("accuracy", "accuracy", "higher", "share", _C, aliases=("accuracy_score",)),
    Metric(
        "balanced_accuracy",
        "balanced accuracy",
        "higher",
        "share",
        _C,
        aliases=("balanced_accuracy_score",),
    ),
    Metric("precision", "precision", "higher", "share", _B, aliases=("precision_score",)),
    Metric("recall", "recall", "higher", "share", _B, aliases=("recall_score",)),
    Metric("f1", "F1", "higher", "share", _B, aliases=("f1_score",)),
    *_averages("precision"),
    *_averages("recall"),
    *_averages("f1"),
    Metric(
        "roc_auc",
        "ROC AUC",
        "higher",
        "share",
        _C,
        needs_score=True,
        aliases=("auc", "roc_auc_score"),
    ),
    Metric(
        "average_precision",
        "average precision",
        "higher",
        "share",
        _B,
        needs_score=True,
        aliases=("average_precision_score",),
    ),
    Metric(
        "log_loss", "log loss", "lower", "number", _C, needs_score=True, aliases=("neg_log_loss",)
    ),
    Metric(
        "brier",
        "Brier score",
        "lower",
        "number",
        _C,
        needs_score=True,
        aliases=("brier_score_loss", "neg_brier_score"),
    ),
    Metric(
        "ece",
        "expected calibration error",
        "lower",
        "number",
        _C,
        needs_score=True,
        aliases=("expected_calibration_error",),
    ),
    Metric(
        "mae",
        "MAE",
        "lower",
        "number",
        _R,
        aliases=("mean_absolute_error", "neg_mean_absolute_error"),
    ),
    Metric(
        "rmse",
        "RMSE",
        "lower",
        "number",
        _R,
        aliases=("root_mean_squared_error", "neg_root_mean_squared_error"),
    ),
    Metric("r2", "R²", "higher", "number", _R, aliases=("r2_score",)),
)

RIGHT_OR_WRONG: Final = ("accuracy", "f1_micro", "precision_micro", "recall_micro")
"""Metrics that are a share of right rows; with one label a row the micro averages are, too."""
METRICS: Final[dict[str, Metric]] = {metric.name: metric for metric in _ALL}
ALIASES: Final[dict[str, str]] = {alias: metric.name for metric in _ALL for alias in metric.aliases}
AVERAGED: Final = ("precision", "recall", "f1")
"""Names that need an average (`_macro`, …) where the task is multiclass."""


def canonical(name: str) -> str:
    """Give our name of a metric for any accepted spelling; unknown names stay as they are."""
    return ALIASES.get(name, name)
