"""The metrics of a confusion matrix by their names, and their multinomial bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlgate.checks.compare.families import Counted, family_of
from mlgate.metrics import METRICS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.stats.confusion import JointTable
    from mlgate.stats.confusion_delta import CountMetric


def _counted() -> dict[str, CountMetric]:
    families = {name: family_of(metric.method) for name, metric in METRICS.items()}
    return {name: family.metric for name, family in families.items() if isinstance(family, Counted)}


COUNTED = _counted()


def resampled(
    metric: CountMetric, table: JointTable, factor: float | None, *, replicates: int, seed: int
) -> NDArray[np.float64]:
    """Values (factor None) or contrasts: drawing n rows is a multinomial draw of the cells."""
    random = np.random.default_rng(seed)
    draws = random.multinomial(table.n, table.counts / table.n, size=replicates)
    return np.array([_drawn(metric, table, counts, factor) for counts in draws])


def _drawn(
    metric: CountMetric, table: JointTable, counts: NDArray[np.int64], factor: float | None
) -> float:
    sides = []
    for side in (1, 2):
        matrix = np.zeros((table.classes, table.classes))
        np.add.at(matrix, (table.cells[0], table.cells[side]), counts)
        sides.append(metric.value(matrix, table.positive))
    return sides[0] if factor is None else sides[0] - factor * sides[1]
