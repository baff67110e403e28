"""Recognise the roles of columns in a table of predictions: by name, and by what they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mlgate.model.metrics import Task

MAX_CLASSES: Final = 50
"""A column with more distinct numbers is a value, not a class."""

IDS: Final = ("id", "row_id", "index", "idx", "key", "uuid", "guid", "example_id", "sample_id")
LABELS: Final = (
    "label", "y_true", "true_label", "target", "truth", "ground_truth", "actual", "y", "true",
    "labels", "gold", "observed", "expected", "class", "outcome",
)  # fmt: skip
PREDICTIONS: Final = (
    "prediction", "predicted", "y_pred", "pred", "predictions", "predicted_label", "pred_label",
    "prediction_label", "predicted_class", "y_hat", "yhat", "preds", "forecast", "estimate",
)  # fmt: skip
SCORES: Final = (
    "score", "probability", "proba", "prob", "y_score", "y_prob", "y_proba", "prediction_score",
    "pred_proba", "p", "scores", "confidence", "likelihood",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """What a column holds.

    Attributes
    ----------
    levels
        Its distinct values as canonical text; None where there are more than `MAX_CLASSES`.
    numeric
        Whether all of its cells are numbers.
    low, high
        Its least and greatest number.
    """

    name: str
    kind: Literal["scalar", "list", "other"] = "scalar"
    distinct: int = 0
    missing: int = 0
    numeric: bool = False
    whole: bool = False
    low: float | None = None
    high: float | None = None
    levels: frozenset[str] | None = None

    @property
    def plain(self) -> str:
        """The name in lower case with underscores: `Y Pred` → `y_pred`."""
        return re.sub(r"[^a-z0-9]+", "_", re.sub(r"([a-z])([A-Z])", r"\1_\2", self.name).lower())

    @property
    def probability(self) -> bool:
        """Whether it can hold probabilities."""
        inside = self.low is not None and self.high is not None and 0 <= self.low <= self.high <= 1
        return self.kind == "scalar" and self.numeric and not self.missing and inside


@dataclass(frozen=True, slots=True)
class ColumnRoles:
    """The roles of columns, as far as they were recognised."""

    task: Task | None = None
    id: str | None = None
    label: str | None = None
    prediction: str | None = None
    score: str | Mapping[str, str] | None = None


def guess(columns: Sequence[ColumnSummary], rows: int) -> ColumnRoles:
    """Recognise the columns' roles."""
    rest = [column for column in columns if column.kind == "scalar"]
    prediction = _named(rest, PREDICTIONS, lambda c: not c.missing)
    rest = _without(rest, prediction)
    label = _label(rest, prediction)
    rest = _without(rest, label)
    identity = _identity(rest, rows)
    rest = _without(rest, identity)
    task = None if label is None else _task(label, rows)
    score = None if label is None else _score(rest, label, task)
    if prediction is None and score is None and task == "regression":
        task = None
    return ColumnRoles(task, _name(identity), _name(label), _name(prediction), score)


def _name(column: ColumnSummary | None) -> str | None:
    return None if column is None else column.name


def _without(columns: Sequence[ColumnSummary], taken: ColumnSummary | None) -> list[ColumnSummary]:
    return [column for column in columns if column is not taken]


def _named(
    columns: Iterable[ColumnSummary], names: Sequence[str], fits: Callable[[ColumnSummary], bool]
) -> ColumnSummary | None:
    """Return the fitting column whose name comes first in `names`."""
    fitting = [c for c in columns if c.plain in names and fits(c)]
    return min(fitting, key=lambda c: names.index(c.plain), default=None)


def _label(
    columns: Sequence[ColumnSummary], prediction: ColumnSummary | None
) -> ColumnSummary | None:
    """Return the label by its name, else the only column with the prediction's classes."""
    by_name = _named(columns, LABELS, lambda c: not c.missing and c.distinct > 1)
    if by_name is not None or prediction is None or prediction.levels is None:
        return by_name
    alike = [
        c
        for c in columns
        if c.levels is not None and len(c.levels) > 1 and prediction.levels <= c.levels
    ]
    return alike[0] if len(alike) == 1 else None


def _identity(columns: Sequence[ColumnSummary], rows: int) -> ColumnSummary | None:
    """Return a column whose values are all different, and whose name or type suggests an id."""
    unique = [c for c in columns if c.distinct == rows and not c.missing]
    named = _named(unique, IDS, lambda _: True)
    ending = [c for c in unique if c.plain.endswith(("_id", "_key", "_uuid"))]
    text = [c for c in unique if not c.numeric]
    return named or next(iter(ending or text), None)


def _task(label: ColumnSummary, rows: int) -> Task:
    if label.levels is not None and len(label.levels) == 2:
        return "binary"
    if label.levels is None or (label.numeric and (not label.whole or label.distinct > rows / 2)):
        return "regression" if label.numeric else "multiclass"
    return "multiclass"


def _score(
    columns: Sequence[ColumnSummary], label: ColumnSummary, task: Task | None
) -> str | dict[str, str] | None:
    likely = [column for column in columns if column.probability]
    if task == "multiclass":
        return _score_by_class(likely, label)
    if task != "binary":
        return None
    named = _named(likely, SCORES, lambda _: True)
    ending = [c for c in likely if re.search(r"(^|_)(prob|proba|probability|score)(_|$)", c.plain)]
    return _name(named or (ending[0] if len(ending) == 1 else None))


def _score_by_class(
    columns: Sequence[ColumnSummary], label: ColumnSummary
) -> dict[str, str] | None:
    """Find a column for every class, with names of one form: `proba_cat`, `proba_dog`."""
    levels = sorted(label.levels or ())
    prefixes = {c.name.removesuffix(levels[0]) for c in columns if c.name.endswith(levels[0])}
    names = {column.name for column in columns}
    for prefix in sorted(prefixes):
        by_level = {level: prefix + level for level in levels}
        if names.issuperset(by_level.values()):
            return by_level
    return None
