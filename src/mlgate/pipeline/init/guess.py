"""Recognise the roles of columns in a table of predictions: by name, and by what they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from mlgate.pipeline.init import row_kinds
from mlgate.pipeline.init.row_kinds import RowNames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mlgate.model.metrics import Task
    from mlgate.pipeline.init.row_kinds import Unique
    from mlgate.pipeline.init.templates import RowScore

MAX_CLASSES: Final = 50
"""A column with more distinct numbers is a value, not a class."""
FEW_CLASSES: Final = 10
"""Up to so many whole numbers are classes where the predictions are among them."""

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
    "pred_proba", "p", "scores", "confidence", "likelihood", "s",
)  # fmt: skip
CLUSTERS: Final = (
    "user_id", "user", "patient_id", "patient", "customer_id", "customer", "subject_id", "subject",
    "client_id", "account_id", "conversation_id", "conversation", "session_id", "session",
    "document_id", "doc_id", "scene", "scene_id", "video", "video_id", "sequence", "study", "study_id", "case_id",
)  # fmt: skip
ENDINGS: Final = ("_hat", "_pred", "_predicted", "_prediction", "_forecast")
STARTS: Final = ("pred_", "predicted_", "prediction_")
"""What is added to a label's name to call its prediction."""


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
    integral
        Whether all of its cells are written as whole numbers.
    date
        Whether all of its cells are dates.
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
    integral: bool = False
    date: bool = False

    def row_number(self, rows: int) -> bool:
        """Whether it counts the rows, from 0 or 1."""
        counts = self.whole and self.distinct == rows and not self.missing
        return counts and self.low in (0, 1) and self.high == self.low + rows - 1

    def is_key(self, rows: int) -> bool:
        """Whether each row has another value, of a kind that is written and not measured."""
        different = self.kind == "scalar" and self.distinct == rows and not self.missing
        return different and (self.whole or not self.numeric)

    @property
    def plain(self) -> str:
        """The name in lower case with underscores: `Y Pred` → `y_pred`."""
        return _plain(self.name)

    @property
    def probability(self) -> bool:
        """Whether it can hold probabilities."""
        inside = self.low is not None and self.high is not None and 0 <= self.low <= self.high <= 1
        return self.kind == "scalar" and self.numeric and not self.missing and inside


@dataclass(frozen=True, slots=True)
class ColumnRoles:
    """The roles of columns, as far as they were recognised.

    Attributes
    ----------
    id
        One column, or several that only together name a row.
    row_number
        A column that would be the id, and counts the rows.
    reasons
        Why, by role, in words that follow "guess: ".
    ranking
        Whether the label is the relevance of an item to what the cluster is.
    quantiles
        The columns that hold a quantile, with its level; the prediction is the most central of them.
    kind
        The column that says what a row is about, such as a tag.
    numbers
        Scores of each row, which has no label then.
    """

    task: Task | None = None
    id: str | tuple[str, ...] | None = None
    label: str | None = None
    prediction: str | None = None
    score: str | Mapping[str, str] | None = None
    row_number: str | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    cluster: str | None = None
    clusters: int = 0
    time: str | None = None
    ranking: bool = False
    quantiles: Mapping[str, float] = field(default_factory=dict)
    kind: str | None = None
    numbers: tuple[RowScore, ...] = ()


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower())


def named_as_key(name: str) -> bool:
    """Whether a column of data is called like a key: `customerID`, `Loan_No`, `uuid`."""
    return _plain(name) in IDS or re.search(r"(id|key|_no|_nr|_number)$", _plain(name)) is not None


def guess(
    columns: Sequence[ColumnSummary], rows: int, unique: Unique = lambda _: False
) -> ColumnRoles:
    """Recognise the columns' roles.

    Parameters
    ----------
    unique
        Whether no two rows have the same values in some columns.
    """
    rest = [column for column in columns if column.kind == "scalar"]
    named = RowNames()
    if _identity(rest, rows) is None:
        results = {*LABELS, *PREDICTIONS, *SCORES, *row_kinds.RELEVANCE}
        named = row_kinds.names([c for c in rest if c.plain not in results], rows, unique)
    roles = _of_several(rest, named, rows) or _of_one(rest, named, rows)
    return roles if named.columns == () else _named_by(roles, named)


def _named_by(roles: ColumnRoles, named: RowNames) -> ColumnRoles:
    """Add what several columns say that only together name a row."""
    cluster, time = named.cluster, named.time if roles.task == "regression" else None
    return replace(
        roles,
        id=tuple(column.name for column in named.columns),
        cluster=_name(cluster) or roles.cluster,
        clusters=roles.clusters if cluster is None else cluster.distinct,
        time=_name(time),
        kind=None if roles.ranking else _name(named.kind),
        row_number=None,
        reasons={**roles.reasons, "id": "no two rows have the same values in these"},
    )


def _of_several(columns: Sequence[ColumnSummary], named: RowNames, rows: int) -> ColumnRoles | None:
    """Recognise a ranking, forecasts of quantiles, and two columns of the same values; None for the rest."""
    rest = [column for column in columns if column not in named.columns]
    ranked = row_kinds.ranked(named, rest, SCORES)
    if ranked is not None and _named(rest, PREDICTIONS, lambda _: True) is None:
        label, order = ranked
        binary = label.distinct == 2 and order.probability
        reasons = {
            "task": f"{label.name} has {label.distinct:,} values, and rows are items of a {_name(named.cluster)}",
            "label": "the only whole numbers beside the score" if label.plain not in row_kinds.RELEVANCE else "by its name",
            "prediction": "the numbers that order the items", "score": "the numbers that order the items",
        }  # fmt: skip
        task: Task = "binary" if binary else "regression"
        prediction, score = (None, order.name) if binary else (order.name, None)
        return ColumnRoles(task, None, label.name, prediction, score, reasons=reasons, ranking=True)
    return _of_quantiles(rest, named, rows) or (_alike_in_long_form(rest, named))


def _of_quantiles(rest: Sequence[ColumnSummary], named: RowNames, rows: int) -> ColumnRoles | None:
    """Recognise forecasts by a column that is called after a quantile, beside one of numbers."""
    levels = row_kinds.quantiles(rest)
    identity = None if named.columns else _identity(rest, rows)
    left = [c for c in rest if c not in levels.values() and c is not identity and c.numeric]
    label = _named(left, LABELS, lambda c: c.distinct > 1) or (left[0] if len(left) == 1 else None)
    if not levels or label is None or label.missing or label.distinct < 3:
        return None
    if all(column.probability for column in levels.values()) and label.whole:
        return None
    level = min(levels, key=lambda each: abs(each - 0.5))
    reasons = {
        "task": f"{label.name} is a number, and {levels[level].name} is called after a quantile",
        "id": "no two rows have the same value",
        "label": _why(label, LABELS, "the only other column of numbers"),
        "prediction": f"called after the quantile {level:g}",
    }
    return ColumnRoles(
        "regression", _name(identity), label.name, levels[level].name, None,
        reasons=reasons, quantiles={column.name: each for each, column in levels.items()},
    )  # fmt: skip


def _alike_in_long_form(rest: Sequence[ColumnSummary], named: RowNames) -> ColumnRoles | None:
    """Recognise label and prediction of rows that each are about one of few kinds, by their values alone."""
    usual = {*LABELS, *PREDICTIONS}
    pair = row_kinds.alike(rest)
    if named.kind is None or pair is None or any(c.plain in usual for c in rest):
        return None
    label, prediction = pair
    task, why = _task(label, prediction, 2)
    reasons = {
        "task": why,
        "label": f"the first of the two columns with the same values: is it the truth, and {prediction.name} predicted?",
        "prediction": "the second of the two columns with the same values",
    }
    return ColumnRoles(task, None, label.name, prediction.name, None, reasons=reasons)


def _of_one(columns: Sequence[ColumnSummary], named: RowNames, rows: int) -> ColumnRoles:
    """Recognise one label and one prediction of each row, or scores without either."""
    rest = [column for column in columns if column not in named.columns]
    prediction = _named(rest, PREDICTIONS, lambda c: not c.missing)
    rest = _without(rest, prediction)
    label = _label(rest, prediction, rows)
    if prediction is None and label is None:
        label, prediction = _pair(rest)
        rest = _without(rest, prediction)
    rest = _without(rest, label)
    probability = prediction if label is not None and _is_score(prediction, label) else None
    prediction = None if probability is not None else prediction
    counting = [column for column in rest if column.row_number(rows)]
    identity = _identity([column for column in rest if column not in counting], rows)
    numbering = _identity(counting, rows) if identity is None else None
    rest = _without(_without(rest, identity), numbering)
    # Of one row each nothing belongs together; below two it says nothing.
    cluster = _named(rest, CLUSTERS, lambda c: not c.missing and 2 <= c.distinct <= rows / 2)
    task, why = _without_label(prediction) if label is None else _task(label, prediction, rows)
    score = _name(probability) or (None if label is None else _score(rest, label, task))
    if prediction is None and score is None and task == "regression":
        task = None
    numbers = tuple(row_kinds.scores(_without(rest, cluster)))
    identified = identity or numbering or named.columns
    if numbers and identified and prediction is None and score is None and None in (label, task):
        return ColumnRoles(
            "scores",
            _name(identity),
            row_number=_name(numbering),
            cluster=_name(cluster),
            clusters=0 if cluster is None else cluster.distinct,
            numbers=numbers,
            reasons={
                "task": f"no column is a label or a prediction, and {numbers[0].column} is called like a score",
                "id": "no two rows have the same value",
            },
        )
    reasons = {
        "task": why,
        "id": "no two rows have the same value",
        "label": _why(label, LABELS, _alike(label, prediction)),
        "prediction": _why(prediction, PREDICTIONS, "it is called after the label"),
        "score": "its values are between 0 and 1",
    }
    return ColumnRoles(
        task,
        _name(identity),
        _name(label),
        _name(prediction),
        score,
        row_number=_name(numbering),
        reasons=reasons,
        cluster=_name(cluster),
        clusters=0 if cluster is None else cluster.distinct,
    )


def _why(column: ColumnSummary | None, names: Sequence[str], otherwise: str) -> str:
    return "by its name" if column is not None and column.plain in names else otherwise


def _alike(label: ColumnSummary | None, prediction: ColumnSummary | None) -> str:
    """Return why a column that is not called a label is one."""
    if label is not None and prediction is not None and _same_classes(label, prediction):
        return "the only other column with the classes of the prediction"
    return "the only column left, with values of the prediction's kind"


def _same_classes(label: ColumnSummary, prediction: ColumnSummary) -> bool:
    """Whether each prediction is one of the classes of a column."""
    if label.levels is None or prediction.levels is None:
        return False
    return len(label.levels) > 1 and prediction.levels <= label.levels


def _is_score(prediction: ColumnSummary | None, label: ColumnSummary) -> bool:
    """Whether what is called a prediction is the probability of one of two classes."""
    two = label.levels is not None and len(label.levels) == 2
    return two and prediction is not None and prediction.probability and not prediction.whole


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
    columns: Sequence[ColumnSummary], prediction: ColumnSummary | None, rows: int
) -> ColumnSummary | None:
    """Return the label by its name, else the only column with the prediction's classes or kind."""
    by_name = _named(columns, LABELS, lambda c: not c.missing and c.distinct > 1)
    if by_name is not None or prediction is None:
        return by_name
    alike = [c for c in columns if _same_classes(c, prediction)]
    return alike[0] if len(alike) == 1 else _left(columns, prediction, rows)


def _left(
    columns: Sequence[ColumnSummary], prediction: ColumnSummary, rows: int
) -> ColumnSummary | None:
    """Return the one column beside id and prediction, where both hold numbers of a measured value.

    Without an id, a column of different whole numbers may be one.
    """
    identity = _identity(columns, rows)
    left = _without(columns, identity)
    if len(left) != 1 or left[0].plain in (*SCORES, *CLUSTERS) or left[0].missing:
        return None
    [column] = left
    two = column.levels is not None and len(column.levels) == 2
    if two and prediction.probability and not prediction.whole:
        return column
    measured = prediction.numeric and (not prediction.whole or prediction.levels is None)
    is_id = identity is None and column.whole and column.distinct == rows
    alike = measured and column.numeric and column.distinct > 1 and not is_id
    return column if alike and _overlap(column, prediction) else None


def _overlap(left: ColumnSummary, right: ColumnSummary) -> bool:
    """Whether the ranges of two columns of numbers meet."""
    if left.low is None or left.high is None or right.low is None or right.high is None:
        return False
    return left.low <= right.high and right.low <= left.high


def _pair(
    columns: Sequence[ColumnSummary],
) -> tuple[ColumnSummary | None, ColumnSummary | None]:
    """Return the only two columns that are called like `price` and `price_hat`."""
    by_name = {column.plain: column for column in columns if not column.missing}
    pairs = [
        (label, by_name[name])
        for plain, label in by_name.items()
        for name in (*(plain + end for end in ENDINGS), *(start + plain for start in STARTS))
        if name in by_name and label.distinct > 1 and by_name[name].numeric == label.numeric
    ]
    return pairs[0] if len(pairs) == 1 else (None, None)


def _identity(columns: Sequence[ColumnSummary], rows: int) -> ColumnSummary | None:
    """Return a column whose values are all different, and whose name or type suggests an id."""
    unique = [c for c in columns if c.distinct == rows and not c.missing]
    named = _named(unique, IDS, lambda _: True)
    ending = [c for c in unique if c.plain.endswith(("_id", "_key", "_uuid"))]
    text = [c for c in unique if not c.numeric]
    return named or next(iter(ending or text), None)


def _task(label: ColumnSummary, prediction: ColumnSummary | None, rows: int) -> tuple[Task, str]:
    """Return the task and the reason: classes, or a value that is measured."""
    values = f"{label.name} has {label.distinct:,} values"
    if label.levels is not None and len(label.levels) == 2:
        return "binary", values
    if not label.numeric:
        return "multiclass", values
    if label.levels is None or not label.whole or label.distinct > rows / 2:
        return "regression", f"{label.name} is a number of {label.distinct:,} values"
    if prediction is not None and prediction.numeric and not prediction.whole:
        return "regression", f"{prediction.name} has fractions"
    among = prediction is None or (
        prediction.levels is not None and prediction.levels <= label.levels
    )
    if label.distinct > FEW_CLASSES and not among:
        return (
            "regression",
            f"{prediction.name if prediction else ''} has values that {label.name} lacks",
        )
    return "multiclass", values


def _without_label(prediction: ColumnSummary | None) -> tuple[Task | None, str]:
    """Return the task that predictions alone suggest: fractions outside of 0 to 1 are no classes."""
    if prediction is None or not prediction.numeric or prediction.whole or prediction.probability:
        return None, ""
    return "regression", f"{prediction.name} has fractions"


def _score(
    columns: Sequence[ColumnSummary], label: ColumnSummary, task: Task | None
) -> str | dict[str, str] | None:
    likely = [column for column in columns if column.probability]
    graded = [column for column in likely if not column.whole]
    likely = graded or likely  # a column of nothing but 0 and 1 is a decision where others are not
    if task == "multiclass":
        return _score_by_class(likely, label)
    if task != "binary":
        return None
    named = _named(likely, SCORES, lambda _: True)
    ending = [c for c in likely if re.search(r"(^|_)(prob|proba|probability|score)(_|$)", c.plain)]
    levels = {f"p_{level}".lower() for level in label.levels or ()}
    classes = [c for c in likely if c.plain in levels]
    return _name(named or next((c[0] for c in (ending, classes) if len(c) == 1), None))


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
