"""Statistics of a column of numbers (`metrics.rows`) other than its mean, named after the column.

`seconds.p95` is a quantile; `solved.pass@5` and `solved.pass^5` are the chances that one of 5
attempts, and that each of them, solves a task. `grade.bias`, `grade.agreement`, `grade.kappa` and
`grade.correlation` compare a judge's numbers with a human's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, cast

from mlgate.metrics.spec import HumanLabels, MeanOfGroups, QuantileOfRows

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.metrics.spec import Values
    from mlgate.model.metrics import Direction
    from mlgate.model.rows import Rows

_QUANTILE: Final = re.compile(r"p(\d{1,2}(?:\.\d+)?)")
_ATTEMPTS: Final = re.compile(r"pass([@^])([1-9]\d*)")
_OF_JUDGE: Final = re.compile("bias|agreement|kappa|correlation")


@dataclass(frozen=True, slots=True)
class ColumnStatistic:
    """A statistic of a column, and how it is measured."""

    column: str
    name: str

    def method(self) -> QuantileOfRows | MeanOfGroups | HumanLabels:
        """Return how it is measured."""
        column = self.column
        if _OF_JUDGE.fullmatch(self.name) is not None:
            what = cast('Literal["bias", "agreement", "kappa", "correlation"]', self.name)
            return HumanLabels(column, what)
        quantile = _QUANTILE.fullmatch(self.name)
        if quantile is not None:
            return QuantileOfRows(lambda rows: rows.values[column], float(quantile[1]) / 100)
        every, k = self._attempts()

        def values(rows: Rows, tasks: NDArray[np.intp]) -> Values:
            from mlgate.stats import attempts

            chance = attempts.all_pass if every else attempts.any_pass
            return chance(rows.values[column], tasks, k)

        return MeanOfGroups(values, by="item")

    def unfit(self, rows: Rows) -> str | None:
        """Return why rows do not define it; None where they do."""
        if _OF_JUDGE.fullmatch(self.name) is not None:
            return without_human(rows, self.column) or self._two_values(rows)
        if _QUANTILE.fullmatch(self.name) is not None:
            return None
        values, k = rows.values[self.column], self._attempts()[1]
        if not ((values == 0) | (values == 1)).all():
            return f"a row of {self.column} must be 0 or 1: whether the attempt solved its task"
        if rows.weight is not None or rows.fold is not None:
            return "it counts tasks alike, and supports neither predictions.weight nor .fold"
        tasks = rows.item if rows.item is not None else rows.cluster
        if tasks is None:
            return "it needs several attempts at a task: name the attempt's column under predictions.repeat"
        return _too_few(tasks, k)

    def direction(self, column: Direction) -> Direction | None:
        """Return whether more of it is better, if more of the column's numbers is `column`."""
        if _OF_JUDGE.fullmatch(self.name) is None:
            return column
        return None if self.name == "bias" else "higher"

    def _two_values(self, rows: Rows) -> str | None:
        """Return why judge and human cannot agree as answers of yes and no do."""
        if self.name in ("bias", "correlation"):
            return None
        human = rows.judged[self.column].human
        for side in (rows.values[self.column], human):
            if side is not None and not ((side == 0) | (side == 1) | (side != side)).all():  # noqa: PLR0124  (NaN)
                return (
                    "it is of answers that are 0 or 1: of other numbers take .correlation and .bias"
                )
        return None

    def _attempts(self) -> tuple[bool, int]:
        attempts = _ATTEMPTS.fullmatch(self.name)
        assert attempts is not None
        return attempts[1] == "^", int(attempts[2])


def _too_few(tasks: NDArray[np.int64], k: int) -> str | None:
    import numpy as np

    counts = np.unique(tasks, return_counts=True)[1]
    few = int((counts < k).sum())
    if not few:
        return None
    return (
        f"{few:,} of {len(counts):,} tasks have fewer than {k} attempts, the fewest {counts.min()}"
    )


def without_human(rows: Rows, column: str) -> str | None:
    """Return why a column's numbers cannot be compared with a human's; None where they can."""
    if column not in rows.judged or rows.judged[column].human is None:
        return f"it needs human labels: name their column in metrics.rows.{column}.human"
    if rows.fold is not None:
        return "human labels are not supported with predictions.fold"
    return None


def column_statistic(name: str, columns: Collection[str]) -> ColumnStatistic | None:
    """Return the statistic of one of `columns` that a gate's name means; None where it means none."""
    for column in columns:
        start, _, rest = name.partition(f"{column}.")
        matched = (
            _QUANTILE.fullmatch(rest) or _ATTEMPTS.fullmatch(rest) or _OF_JUDGE.fullmatch(rest)
        )
        if start == "" and matched and not (matched.re is _QUANTILE and float(matched[1]) == 0):
            return ColumnStatistic(column, rest)
    return None
