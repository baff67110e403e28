"""Several seeds or splits of one training: pure functions on their numbers."""

from __future__ import annotations

import math
from statistics import fmean, variance
from typing import TYPE_CHECKING

from mlgate.stats.estimate import Estimate
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
    """Change of the mean over seeds, with the variance of the shared test rows added.

    Seeds generalise over trainings, not over test rows: Welch over seeds by itself
    false-alarms in half of the runs. Degrees of freedom by Welch–Satterthwaite over the
    three parts (seeds of either side, n − 1 for the rows).

    Parameters
    ----------
    new, old
        The metric of each seed on the same test rows; two a side at least.
    test_variance
        Variance of the paired change that comes from the test rows: `row_variance / n` of
        its `Estimate`; disagreement / n for an accuracy.
    n
        Test rows.
    """
    method = "welch over seeds + test rows"
    value = fmean(new) - fmean(old)
    if min(len(new), len(old), n) < 2:
        why = "two seeds a side and two rows are needed"
        return Estimate(value, None, None, n, method, insufficient=why)
    parts = [
        (variance(new) / len(new), len(new) - 1),
        (variance(old) / len(old), len(old) - 1),
        (test_variance, n - 1),
    ]
    total = math.fsum(part for part, _ in parts)
    if total == 0:
        return _constant(value, n, method)
    df = total**2 / math.fsum(part**2 / df for part, df in parts)
    return _student(value, total, df, n, method, confidence)


def nadeau_bengio(
    differences: Sequence[float], *, train_rows: int, test_rows: int, confidence: float = 0.95
) -> Estimate:
    """Mean difference over J repeated splits of one data set: corrected resampled t.

    Var = s² (1/J + n_test/n_train) with J − 1 degrees of freedom (Nadeau & Bengio 2003,
    Machine Learning 52:239), as overlapping training sets make plain t far too sure.
    """
    method, count = "nadeau–bengio corrected t", len(differences)
    value = fmean(differences)
    if count < 2:
        why = "two splits are needed"
        return Estimate(value, None, None, test_rows, method, insufficient=why)
    total = variance(differences) * (1 / count + test_rows / train_rows)
    if total == 0:
        return _constant(value, test_rows, method)
    return _student(value, total, count - 1, test_rows, method, confidence)


def _student(
    value: float, total: float, df: float, n: int, method: str, confidence: float
) -> Estimate:
    error = math.sqrt(total)
    half = t_quantile(confidence, df) * error
    p_value = t_p_value(value / error, df)
    return Estimate(value, value - half, value + half, n, method, n * total, p_value)


def _constant(value: float, n: int, method: str) -> Estimate:
    """No variation at all: certain if there is no change, else nothing can be said."""
    if value == 0:
        return Estimate(0.0, 0.0, 0.0, n, f"{method} (identical)", 0.0, 1.0)
    return Estimate(value, None, None, n, method, insufficient="the numbers show no variation")
