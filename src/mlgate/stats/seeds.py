"""Several seeds or splits of one training: pure functions on their numbers."""

from __future__ import annotations

import math
from statistics import fmean, variance
from typing import TYPE_CHECKING

from mlgate.stats.estimate import Estimate, undefined
from mlgate.stats.student import t_p_value, t_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence


def welch_over_seeds(
    new: Sequence[float],
    old: Sequence[float],
    *,
    test_variance: float,
    n: int,
    confidence: float = 0.95,
) -> Estimate:
    """Change of the mean over seeds, with the variance of the shared test set added.

    Seeds alone generalise over trainings, not over test rows: Welch over seeds by itself
    false-alarms in half of the runs. `test_variance` is Var of the paired change of the
    seeds' mean predictions on the test rows (for an accuracy disagreement / n).
    """
    raise NotImplementedError


def nadeau_bengio(
    differences: Sequence[float], *, train_rows: int, test_rows: int, confidence: float = 0.95
) -> Estimate:
    """Mean difference over J repeated splits of one data set: corrected resampled t.

    Var = s² (1/J + n_test/n_train) with J − 1 degrees of freedom (Nadeau & Bengio 2003,
    Machine Learning 52:239), as overlapping training sets make plain t far too sure.
    """
    raise NotImplementedError
