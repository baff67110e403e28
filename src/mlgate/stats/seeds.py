"""Several seeds or splits of one training: pure functions on their numbers."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import fmean, variance
from typing import TYPE_CHECKING

from mlgate.stats.estimate import Estimate, t_p_value, t_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

SEEDS = "welch over seeds + test rows"
SPLITS = "nadeau–bengio corrected t"


def welch_over_seeds(
    new: Sequence[float],
    old: Sequence[float],
    *,
    test_variance: float,
    n: int,
    test_df: float | None = None,
    factor: float = 1.0,
    confidence: float = 0.95,
) -> Estimate:
    """Change of the mean over seeds, with the variance of the shared test rows added.

    Seeds generalise over trainings, not over test rows: Welch over seeds by itself
    false-alarms in half of the runs. Degrees of freedom by Welch–Satterthwaite over the
    three parts (seeds of either side, and the rows).

    Parameters
    ----------
    new, old
        The metric of each seed on the same test rows; two a side at least.
    test_variance
        Variance of the paired change that comes from the test rows: `row_variance / n` of
        its `Estimate`; disagreement / n for an accuracy.
    n
        Test rows.
    test_df
        Degrees of freedom of `test_variance`; None: n − 1. Fewer where rows are in clusters.
    factor
        Of new − factor × old; `test_variance` is of that.
    """
    value = fmean(new) - factor * fmean(old)
    if min(len(new), len(old), n) < 2:
        why = "two seeds a side and two rows are needed"
        return Estimate(value, None, None, n, SEEDS, insufficient=why)
    parts = [
        (variance(new) / len(new), len(new) - 1),
        (factor * factor * variance(old) / len(old), len(old) - 1),
        (test_variance, n - 1 if test_df is None else test_df),
    ]
    return _satterthwaite(value, parts, n, confidence, tested=factor == 1)


def over_seeds(
    values: Sequence[float],
    *,
    test_variance: float,
    n: int,
    test_df: float | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Mean over seeds of one side, with the variance of the test rows added.

    Parameters
    ----------
    values
        The metric of each seed on the same test rows; two at least.
    test_variance, n, test_df
        As `welch_over_seeds`, of the mean itself.
    """
    value = fmean(values)
    if min(len(values), n) < 2:
        why = "two seeds and two rows are needed"
        return Estimate(value, None, None, n, SEEDS, insufficient=why)
    parts = [
        (variance(values) / len(values), len(values) - 1),
        (test_variance, n - 1 if test_df is None else test_df),
    ]
    return _satterthwaite(value, parts, n, confidence, tested=False)


def nadeau_bengio(
    differences: Sequence[float], *, train_rows: int, test_rows: int, confidence: float = 0.95
) -> Estimate:
    """Mean difference over J repeated splits of one data set: corrected resampled t.

    Var = s² (1/J + n_test/n_train) with J − 1 degrees of freedom (Nadeau & Bengio 2003,
    Machine Learning 52:239), as overlapping training sets make plain t far too sure. With one
    side's values in place of differences it is that side's interval.
    """
    count, value = len(differences), fmean(differences)
    if count < 2:
        why = "two splits are needed"
        return Estimate(value, None, None, test_rows, SPLITS, insufficient=why)
    total = variance(differences) * (1 / count + test_rows / train_rows)
    if total == 0:
        return _constant(value, test_rows, SPLITS)
    return _student(value, total, count - 1, test_rows, SPLITS, confidence)


def _satterthwaite(
    value: float, parts: Sequence[tuple[float, float]], n: int, confidence: float, *, tested: bool
) -> Estimate:
    """Add variances, each with its degrees of freedom."""
    total = math.fsum(part for part, _ in parts)
    if not math.isfinite(total):
        return Estimate(value, None, None, n, SEEDS, insufficient="two clusters are needed")
    if total == 0:
        return _constant(value, n, SEEDS)
    # In shares of the total: the square of a tiny variance would be 0.
    df = 1 / math.fsum((part / total) ** 2 / df for part, df in parts)
    estimate = _student(value, total, df, n, SEEDS, confidence)
    return estimate if tested else replace(estimate, p_value=None)


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
