"""How many labels have changed at least, from what evidence says of all rows taken together.

For baselines of versions that kept no hash of each row's label, or no digest of their test set.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlgate.inputs import labels
from mlgate.model.evidence import RowCounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.model.rows import Rows


@dataclass(frozen=True, slots=True)
class Confusion:
    """The confusion matrix of a baseline when it was made, rows true and columns predicted."""

    classes: Sequence[str]
    counts: Sequence[Sequence[int]]

    def agreement(self) -> float:
        """Return Cohen's κ of its predictions and labels."""
        import numpy as np

        table = np.asarray(self.counts, dtype=np.float64)
        table /= table.sum()
        chance = float(table.sum(axis=0) @ table.sum(axis=1))
        return float((np.trace(table) - chance) / (1 - chance)) if chance < 1 else 0.0


@dataclass(frozen=True, slots=True)
class ResidualQuantiles:
    """Quantiles of a baseline's prediction − label when it was made, at equal steps from 0 to 1."""

    quantiles: Sequence[float]


Then = Confusion | ResidualQuantiles
"""What a baseline's evidence says of its labels, all rows taken together."""


def changed_at_least(baseline: Rows, missing: int, then: Then | None) -> int | None:
    """Bound the number of changed labels from below; None where nothing can be said.

    Parameters
    ----------
    baseline
        Its predictions with today's labels, as far as the rows are still there.
    missing
        How many of its rows are not.
    then
        What its evidence says of the labels of its time.
    """
    if then is None:
        return None
    if isinstance(then, ResidualQuantiles):
        return _by_residuals(baseline, missing, then)
    return _by_confusion(baseline, missing, then)


def differing_at_least(rows: Rows, n: int | None, then: Then | None) -> RowCounts | None:
    """Bound how far rows that cannot be matched differ from a baseline's; None where nothing shows.

    For baselines of versions that kept no digest of their test set.

    Parameters
    ----------
    n
        How many rows the baseline has.
    then
        What its evidence says of the labels.
    """
    if n is None:
        return None
    missing, added = max(0, n - len(rows)), max(0, len(rows) - n)
    relabelled = 0
    if isinstance(then, Confusion) and rows.classes and rows.unlabelled is None:
        # A changed label moves one row between two classes, a missing or added one changes one.
        today = Counter(rows.classes[code] for code in rows.y_true.tolist())
        before = Counter(dict(zip(then.classes, map(sum, then.counts), strict=True)))
        difference = sum(abs(today[name] - before[name]) for name in {*today, *before})
        relabelled = max(0, -(-(difference - missing - added) // 2))
    if not (missing or added or relabelled):
        return None
    return RowCounts(
        paired=n - missing,
        added=added,
        missing=missing,
        relabelled=relabelled,
        relabelled_exact=False,
    )


def _by_residuals(baseline: Rows, missing: int, then: ResidualQuantiles) -> int | None:
    """Bound it by the distance between the distributions of prediction − label.

    Each row that changed or is missing moves the number of residuals below any value by at most 1.
    """
    import numpy as np

    if baseline.task != "regression":
        return None
    n, steps = len(baseline) + missing, len(then.quantiles) - 1
    residuals = np.sort(baseline.y_pred - baseline.y_true)
    edges = np.asarray(then.quantiles)
    # Of n residuals, between k·(n − 1)/steps and one more were at most the k-th quantile, but for
    # rounding and for ties with it.
    before = np.arange(steps + 1) * (n - 1) / steps
    slack = 1e-9 * (np.abs(edges) + 1)
    above = before - np.searchsorted(residuals, edges + slack, side="right")
    below = np.searchsorted(residuals, edges - slack, side="left") - before - 1
    moved = int(np.floor(max(above.max(), below.max())))
    return max(0, moved - missing)


def _by_confusion(baseline: Rows, missing: int, then: Confusion) -> int | None:
    """Bound it by the confusion matrix of the baseline's predictions.

    A changed label moves one row between two cells, so that the cells differ by at most 2 in sum;
    a missing row by 1.
    """
    import numpy as np

    if baseline.task == "regression":
        return None
    names = labels.ordered({*baseline.classes, *then.classes})
    now = labels.recoded(replace(baseline, score=None), names)
    k = len(names)
    today = np.bincount(now.y_true.astype(np.int64) * k + now.y_pred, minlength=k * k)
    before = np.zeros((k, k), dtype=np.int64)
    at = np.array([names.index(name) for name in then.classes])
    before[np.ix_(at, at)] = np.asarray(then.counts, dtype=np.int64)
    difference: Any = np.abs(today.reshape(k, k) - before).sum()
    return max(0, -(-(int(difference) - missing) // 2))
