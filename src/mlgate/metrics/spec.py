"""What a metric says of itself, and the statistical families that can measure one.

`Metric.method` names the family as data. Each has its intervals in `stats/` and serves paired
rows, independent samples, weights, clusters, seeds and splits; `checks/compare/families.py`
binds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.model.metrics import Direction, Task, Unit
    from mlgate.model.rows import Rows
    from mlgate.stats.bounded import Reach
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
    """A mean of one number a row: Student's t, no narrower than the score interval.

    Attributes
    ----------
    losses
        Returns the numbers, shape (n,).
    reach
        Returns what a row's number could have been, whatever its label: of one side, or of
        candidate − factor × baseline on the same rows.
    held
        Of a ratio, numbers whose mean it is, with its denominator held; None where `losses` are such.
    """

    losses: Callable[[Rows], Values]
    reach: Callable[[Rows, Rows | None, float], Reach]
    held: Callable[[Rows], Values] | None = None


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


@dataclass(frozen=True, slots=True)
class Fitted:
    """A coefficient of a model fitted to the rows: its influence values, on its own scale."""

    influence: Callable[[Rows], Influence]


@dataclass(frozen=True, slots=True)
class QuantileOfRows:
    """A quantile of one number a row, shape (n,): order statistics."""

    values: Callable[[Rows], Values]
    level: float


@dataclass(frozen=True, slots=True)
class MeanOfGroups:
    """A mean of one number between 0 and 1 for each group of rows: Student's t over the groups.

    Attributes
    ----------
    values
        Takes the rows and the codes 0 … G−1 of their groups, shape (n,), each of which occurs.
        Returns the groups' numbers, shape (G,).
    by
        What makes a group: the rows of a `cluster` (a query), or of an `item` (a task with its
        repetitions; of a cluster where nothing repeats).
    """

    values: Callable[[Rows, NDArray[np.intp]], Values]
    by: Literal["cluster", "item"] = "cluster"


Method = (
    RightRows
    | ClassRate
    | SmoothCounts
    | MeanOfRows
    | RankStatistic
    | SquaredErrors
    | CalibrationError
    | Fitted
    | QuantileOfRows
    | MeanOfGroups
)


@dataclass(frozen=True, slots=True)
class HumanLabels:
    """What a human's numbers of some rows say of a judge's column of numbers.

    Attributes
    ----------
    what
        The mean that humans would give, corrected by the judge's numbers of all rows; or how judge and
        human agree: mean of judge − human, share of equal answers, Cohen's κ, Pearson's correlation.
    limits
        The least and the largest number; None where they are not declared.
    """

    column: str
    what: Literal["mean", "bias", "agreement", "kappa", "correlation"]
    limits: tuple[float, float] | None = None


def defined(_rows: Rows) -> str | None:
    """Return None: the metric is defined for any rows of its tasks."""
    return None


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
    arguments
        What that function is called with.
    aliases
        Other spellings that are accepted.
    by_default
        Whether `mlgate compare` shows it without being asked to.
    unfit
        Returns why rows of its tasks do not define it, None where they do.
    """

    name: str
    title: str
    direction: Direction | None
    unit: Unit
    tasks: tuple[Task, ...]
    method: Method
    needs_score: bool = False
    scikit_learn: str | None = None
    arguments: Mapping[str, object] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    by_default: bool = True
    unfit: Callable[[Rows], str | None] = defined


@dataclass(frozen=True, slots=True)
class Parametrised:
    """Metrics that differ by a number, which stands after their name: `ndcg@10`.

    Attributes
    ----------
    make
        Returns the metric of a number.
    example
        The number whose metric stands for all in lists.
    above, below
        The number is greater than `above` and less than `below`.
    whole
        Whether it is a whole number.
    """

    name: str
    make: Callable[[float], Metric]
    example: float
    above: float = 0.0
    below: float = 1.0
    whole: bool = False

    def metric(self, text: str) -> Metric | None:
        """Return the metric of a number as written; None where it is none that this takes."""
        try:
            number = float(text)
        except ValueError:
            return None
        fits = self.above < number < self.below and (not self.whole or number.is_integer())
        return self.make(number) if fits else None

    def usage(self) -> str:
        """Return how its name is written."""
        kind = (
            "a whole number"
            if self.whole
            else f"a number between {self.above:g} and {self.below:g}"
        )
        return f"write {self.name}@ and {kind}, such as {self.name}@{self.example:g}"


def is_positive(rows: Rows) -> NDArray[np.bool_]:
    """Return whether each row's label is the positive one, shape (n,)."""
    return cast("NDArray[np.bool_]", rows.y_true == rows.positive)


def scores(rows: Rows) -> Values:
    """Return the scores of rows that have some."""
    assert rows.score is not None
    return rows.score
