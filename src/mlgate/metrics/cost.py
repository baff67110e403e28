"""What wrong predictions cost, by the user's matrix (`metrics.cost`): label, prediction, cost of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.metrics.spec import MeanOfRows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.metrics.spec import Values
    from mlgate.model.rows import Rows
    from mlgate.stats.bounded import Reach

NAME: Final = "cost"
Costs = tuple[tuple[str, str, float], ...]
"""Label, prediction and cost; what is not listed of two classes that are costs nothing."""


def priced(matrix: Mapping[str, Mapping[str, float]]) -> Costs:
    """Return the entries of a matrix as it is written: {label: {prediction: cost}}."""
    return tuple(
        (label, prediction, cost)
        for label, row in matrix.items()
        for prediction, cost in row.items()
    )


def unpriced(matrix: Mapping[str, Mapping[str, float]]) -> tuple[str, str] | None:
    """Return a pair of different classes that has no cost: a cost that was forgotten is not 0."""
    classes = dict.fromkeys((*matrix, *(name for row in matrix.values() for name in row)))
    return next(
        (
            (label, prediction)
            for label in classes
            for prediction in classes
            if label != prediction and prediction not in matrix.get(label, {})
        ),
        None,
    )


def unfit(rows: Rows, costs: Costs) -> str | None:
    """Return why rows have no cost; None where each has one."""
    listed = {name for *pair, _ in costs for name in pair}
    lacking = [name for name in rows.classes if name not in listed]
    if rows.task not in ("binary", "multiclass"):
        return f"it is not defined for {rows.task}"
    if not lacking:
        return None
    return f"metrics.cost has no costs of the class {lacking[0]!r} (it has {', '.join(sorted(listed))})"


def table(costs: Costs, classes: Sequence[str]) -> NDArray[np.float64]:
    """Return the costs, shape (K, K), label × prediction; of a class that has none the largest there is."""
    import numpy as np

    entries = {(label, prediction): cost for label, prediction, cost in costs}
    listed = {name for pair in entries for name in pair}
    largest = max(entries.values())
    return np.array([
        [
            entries.get((label, prediction), 0.0) if {label, prediction} <= listed else largest
            for prediction in classes
        ]
        for label in classes
    ])  # fmt: skip


def cost_of_rows(costs: Costs) -> MeanOfRows:
    """Return how the mean cost of a row is measured."""

    def losses(rows: Rows) -> Values:
        values: Values = table(costs, rows.classes)[rows.y_true, rows.y_pred]
        return values

    def reach(rows: Rows, baseline: Rows | None, factor: float) -> Reach:
        from mlgate.stats import bounded

        by_prediction = table(costs, rows.classes).T
        candidate = by_prediction[rows.y_pred]
        if baseline is None:
            return bounded.of_possible(candidate)
        other = by_prediction[baseline.y_pred]
        few = (rows.y_pred != baseline.y_pred).sum() < bounded.FEW
        most = float(by_prediction.max() - by_prediction.min()) if few else None
        return bounded.of_possible(candidate, other, factor=factor, most=most)

    return MeanOfRows(losses, reach)
