"""Whether scores contradict the label that is taken as positive because none is named.

Where `positive_label` is not set, the greater of two labels is taken, which may be the wrong one
(`legit` of `fraud` and `legit`). Then everything is turned around, and a worse model looks better.
Row by row the scores show it: they are low where the model predicts that label or, without a column
of predictions, where the row has it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlgate.inputs.predictions import Key
    from mlgate.model.rows import Rows

CERTAIN: Final = 3.0
"""Standard deviations below no relation at all from which scores count as reversed."""


def refuse_reversed(rows: Rows, key: Key, *, predicted: bool) -> None:
    """Raise `DataError` where the scores are those of the other label.

    Parameters
    ----------
    predicted
        Whether the predictions are a column, and not made of the scores.
    """
    if rows.score is None or rows.positive is None:
        return
    codes = rows.y_pred if predicted else rows.y_true
    if _standardised(rows.score, codes == rows.positive) > -CERTAIN:
        return
    taken, other = (rows.classes[code] for code in (rows.positive, 1 - rows.positive))
    where = "predicted" if predicted else "labelled"
    msg = (
        f"{key('score')} is low where rows are {where} {taken!r} and high where they are {where} "
        f"{other!r}, but {key('positive_label')} is not set, so that it counts as the probability "
        f"of {taken!r}, the greater of both labels"
    )
    hint = f"write {key('positive_label')}: {other}; or {taken}, where the model is as bad as that"
    raise DataError(msg, hint=hint)


def _standardised(score: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Return how far scores of positive rows lie above the others, by the Mann-Whitney statistic."""
    import numpy as np

    n, ones = len(score), int(positive.sum())
    if not 0 < ones < n:
        return 0.0
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    expected = ones * (n + 1) / 2
    ties = float((counts.astype(float) ** 3 - counts).sum()) / (n * max(n - 1, 1))
    variance = ones * (n - ones) / 12 * (n + 1 - ties)
    return 0.0 if variance <= 0 else (float(ranks[positive].sum()) - expected) / math.sqrt(variance)
