"""This commit's predictions and scores against main's, on the rows that both have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.checks.drift import columns
from mlgate.model.evidence import Absent
from mlgate.model.policy import Floors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.drift.evidence import ColumnDrift
    from mlgate.model.inputs import Inputs
    from mlgate.model.rows import PairedRows

MOST: int = 200_000
"""Rows that the swaps look at."""


def outputs(inputs: Inputs, level: float) -> dict[str, ColumnDrift]:
    """Compare where main's rows are at hand; labels are the same on both sides by design."""
    if inputs.candidate() is None:
        return {}
    main = inputs.reference("main")
    if isinstance(main, Absent) or main.paired is None or not len(main.paired.candidate):
        return {}
    compared = {"prediction": _prediction(main.paired)}
    compared |= _scores(main.paired)
    return {name: _listed(column, level / len(compared)) for name, column in compared.items()}


def _prediction(paired: PairedRows) -> ColumnDrift:
    import numpy as np

    from mlgate.stats.summary import of_codes
    from mlgate.stats.swaps import stuart_maxwell

    old, new = paired.baseline, paired.candidate
    if new.task == "regression":
        return _numbers(old.y_pred, new.y_pred, "prediction")
    sides = [of_codes(side.classes, side.y_pred.astype(np.int32)) for side in (old, new)]
    compared = columns.compare("categorical", *sides)
    p_value = stuart_maxwell(
        old.y_pred.astype(np.intp), new.y_pred.astype(np.intp), len(new.classes)
    )
    update = {"chi2_p": p_value, "unseen_p": None, "part": "prediction", "method": "Stuart–Maxwell"}
    return compared.model_copy(update=update)


def _scores(paired: PairedRows) -> dict[str, ColumnDrift]:
    old, new = paired.baseline.score, paired.candidate.score
    if old is None or new is None or old.shape != new.shape:
        return {}
    if old.ndim == 1:
        return {"score": _numbers(old, new, "score")}
    return {
        f"score of {name}": _numbers(old[:, i], new[:, i], "score")
        for i, name in enumerate(paired.candidate.classes)
    }


def _numbers(old: NDArray[np.float64], new: NDArray[np.float64], part: str) -> ColumnDrift:
    import numpy as np

    from mlgate.stats.summary import of_numbers
    from mlgate.stats.swaps import swap_p_value

    step = max(1, len(old) // MOST)
    p_value = swap_p_value(old[::step], new[::step])
    sides = [of_numbers(np.array(side, dtype=np.float64)) for side in (old, new)]
    compared = columns.compare("numeric", *sides)
    return compared.model_copy(update={"ks_p": p_value, "part": part, "method": "swapped rows"})


def _listed(column: ColumnDrift, level: float) -> ColumnDrift:
    """Mark whether it moved, by its own tests (Bonferroni): rows are the same on both sides."""
    hits = [
        name for name, p, effect, floor in column.tests(Floors()) if p <= level and effect >= floor
    ]
    return column.model_copy(update={"drifted": bool(hits), "why": ", ".join(hits) or None})
