"""What a metric says of itself, and the statistical families that can measure one.

`Metric.method` names the family as data. Each has its intervals in `stats/` and serves paired
rows, independent samples, weights, clusters, seeds and splits; `checks/compare/families.py`
binds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.model.metrics import Direction, Task, Unit
    from mlgate.model.rows import Rows
    from mlgate.stats.confusion_delta import Point
    from mlgate.stats.influence import Influence
    from mlgate.stats.ranking import Ranking

    Values = NDArray[np.float64]

Ratio = Literal["precision", "recall", "f1"]
Average = Literal["macro", "weighted", "balanced"]


@dataclass(frozen=True, slots=True)
class RightRows:
    """The share of rows that are right: score intervals of a rate."""


@dataclass(frozen=True, slots=True)
class ClassRate:
    """A rate of the positive class, or an average of the classes' rates.

    Attributes
    ----------
    ratio
        Hits among the predictions, the labels, or both.
    average
        scikit-learn's; `balanced` is over the classes that occur as labels.
    """

    ratio: Ratio
    average: Average | None = None


@dataclass(frozen=True, slots=True)
class SmoothCounts:
    """A smooth function of the confusion matrix: intervals by the delta method.

    Attributes
    ----------
    gradient
        Takes the shares of the cells, shape (K, K), label × prediction, and the code of the
        positive class (None with several classes). Returns the value, as scikit-learn gives it,
        its derivatives by the shares, and why it is undefined, if it is.
    limits
        The smallest and the largest value.
    """

    gradient: Callable[[Values, int | None], Point]
    limits: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class MeanOfRows:
    """A mean of one number a row: Student's t. `losses` returns them, shape (n,)."""

    losses: Callable[[Rows], Values]


@dataclass(frozen=True, slots=True)
class RankStatistic:
    """A statistic of the order of scores: its influence values, on the logit scale.

    `influence` takes the rows and their scores sorted; None where each class has a score.
    """

    influence: Callable[[Rows, Ranking | None], Influence]


@dataclass(frozen=True, slots=True)
class SquaredErrors:
    """A function of the sums of squared errors and labels: a Poisson bootstrap of those sums."""

    statistic: Literal["rmse", "r2"]


@dataclass(frozen=True, slots=True)
class CalibrationError:
    """Expected calibration error: the normal limit of its bins, without the bias."""


Method = (
    RightRows
    | ClassRate
    | SmoothCounts
    | MeanOfRows
    | RankStatistic
    | SquaredErrors
    | CalibrationError
)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes
    ----------
    name
        Its name in mlgate.yaml and in evidence: scikit-learn's scorer, without `neg_`.
    title
        Its name in prose.
    tasks
        What it is defined for.
    method
        How it is computed: one of the families above.
    needs_score
        Whether it is computed from scores instead of predictions.
    scikit_learn
        Its function in `sklearn.metrics`, whose values it has; None where there is none.
    aliases
        Other spellings that are accepted.
    """

    name: str
    title: str
    direction: Direction
    unit: Unit
    tasks: tuple[Task, ...]
    method: Method
    needs_score: bool = False
    scikit_learn: str | None = None
    aliases: tuple[str, ...] = ()


def is_positive(rows: Rows) -> NDArray[np.bool_]:
    """Return whether each row's label is the positive one, shape (n,)."""
    return cast("NDArray[np.bool_]", rows.y_true == rows.positive)


def scores(rows: Rows) -> Values:
    """Return the scores of rows that have some."""
    assert rows.score is not None
    return rows.score
