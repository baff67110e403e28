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
    if inputs.candidate(unlabelled=True) is None:
        return {}
    main = inputs.reference("main")
    if isinstance(main, Absent) or main.paired is None or not len(main.paired.candidate):
        return {}
    compared = _numbers_of_rows(main.paired)
    if main.paired.candidate.task != "scores":
        compared = {"prediction": _prediction(main.paired), **_scores(main.paired)}
    if not compared:
        return {}
    return {name: _listed(column, level / len(compared)) for name, column in compared.items()}


def _prediction(paired: PairedRows) -> ColumnDrift:
    import numpy as np

    from mlgate.stats.summary import of_codes
    from mlgate.stats.swaps import stuart_maxwell

    baseline, candidate = paired.baseline, paired.candidate
    if candidate.task == "regression":
        return _numbers(baseline.y_pred, candidate.y_pred, "prediction")
    sides = [of_codes(side.classes, side.y_pred.astype(np.int32)) for side in (baseline, candidate)]
    compared = columns.compare("categorical", *sides)
    p_value = stuart_maxwell(
        baseline.y_pred.astype(np.intp), candidate.y_pred.astype(np.intp), len(candidate.classes)
    )
    update = {"chi2_p": p_value, "unseen_p": None, "part": "prediction", "method": "Stuart–Maxwell"}
    return compared.model_copy(update=update)


def _scores(paired: PairedRows) -> dict[str, ColumnDrift]:
    baseline, candidate = paired.baseline.score, paired.candidate.score
    if baseline is None or candidate is None or baseline.shape != candidate.shape:
        return {}
    if baseline.ndim == 1:
        return {"score": _numbers(baseline, candidate, "score")}
    return {
        f"score of {name}": _numbers(baseline[:, i], candidate[:, i], "score")
        for i, name in enumerate(paired.candidate.classes)
    }


def _numbers_of_rows(paired: PairedRows) -> dict[str, ColumnDrift]:
    new, old = paired.candidate.values, paired.baseline.values
    return {
        name: _numbers(old[name], new[name], "score") for name in sorted(new.keys() & old.keys())
    }


def _numbers(
    baseline: NDArray[np.float64], candidate: NDArray[np.float64], part: str
) -> ColumnDrift:
    import numpy as np

    from mlgate.stats.summary import of_numbers
    from mlgate.stats.swaps import swap_p_value

    step = max(1, len(baseline) // MOST)
    p_value = swap_p_value(baseline[::step], candidate[::step])
    sides = [of_numbers(np.array(side, dtype=np.float64)) for side in (baseline, candidate)]
    compared = columns.compare("numeric", *sides)
    return compared.model_copy(update={"ks_p": p_value, "part": part, "method": "swapped rows"})


def _listed(column: ColumnDrift, level: float) -> ColumnDrift:
    """Mark whether it moved, by its own tests (Bonferroni): rows are the same on both sides."""
    hits = [
        name for name, p, effect, floor in column.tests(Floors()) if p <= level and effect >= floor
    ]
    return column.model_copy(update={"drifted": bool(hits), "why": ", ".join(hits) or None})
