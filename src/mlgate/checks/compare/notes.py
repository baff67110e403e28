"""Signs that something is wrong with the predictions themselves, in plain sentences."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Final

from mlgate.model.evidence import STATISTICS, Note
from mlgate.model.project import DOCS
from mlgate.text.lists import all_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.compare.params import RequestedMetric
    from mlgate.model.evidence import Measurement
    from mlgate.model.inputs import PairedBaseline, Scalar
    from mlgate.model.rows import Role, Rows


_ALARM: Final = 0.001
"""How often independent rows are taken for alike, at most."""
_LEAST: Final = 0.05
"""Correlations below this one make an interval too narrow by less than one part in twenty."""
_COST: Final = 36.04
"""Log loss of a score that is exactly 0 for what happened: −ln 2⁻⁵²."""
_HEAVY: Final = 20
"""Fewer heavy rows than this can all be spared a loss that such rows have."""
_KIND: Final = 0.01
"""The share of all clusters from which on a kind that a sample may lack is named."""
_CLEARLY: Final = 2.33
"""Standard errors below .5 at which an AUC is no accident: one-sided 99 %."""


def sanity(rows: Rows, references: Mapping[Role, PairedBaseline]) -> Iterator[Note]:
    """Note what a reviewer needs to know before reading any number."""
    if len(rows) == 0 or rows.task == "scores":
        return
    if rows.task == "regression":
        if len(rows) > 1 and float(rows.y_pred.min()) == float(rows.y_pred.max()):
            yield Note(level="warning", text=f"Every prediction is {float(rows.y_pred[0]):g}.")
        return
    first = int(rows.y_pred[0])
    if len(rows) > 1 and bool((rows.y_pred == first).all()):
        yield Note(level="warning", text=f"Every prediction is “{rows.classes[first]}”.")
    yield from _below_guessing(rows, references.get("main"))


def newer_method(references: Mapping[Role, PairedBaseline]) -> Iterator[Note]:
    """Note where a baseline's numbers are of an older version of the statistics: verdicts may differ for that alone."""
    older = [
        role
        for role, reference in references.items()
        if reference.evidence is not None and reference.evidence.statistics < STATISTICS
    ]
    if older:
        yield _info(
            f"Judged by a newer method than the baseline of {all_of(older)} was (version {STATISTICS} of the statistics): "
            "a verdict may differ for that reason alone, see "
            f"{DOCS}/platform.md#upgrades."
        )


def design(rows: Rows) -> Iterator[Note]:
    """Note how the rows differ from independent rows, and what that changes."""
    import numpy as np

    from mlgate.stats.effective_n import heavy, units

    if rows.weight is not None:
        worth = units(len(rows), rows.weight).count
        yield _info(
            f"Rows are weighted (predictions.weight): {len(rows):,} rows are worth {worth:,.0f}"
            " equal ones. Pictures, and tables that count rows, count each row once."
        )
        few = len(heavy(rows.weight))
        if few < min(_HEAVY, worth / 2):
            yield _info(
                f"The {few} heaviest rows alone are half of the sum of squared weights, which is what chance"
                " goes by: a loss that only rows as heavy have can pass."
            )
    if rows.cluster is not None:
        groups = len(np.unique(rows.cluster))
        yield _info(
            f"Rows are in clusters (predictions.cluster): the intervals rest on {groups:,}"
            f" clusters, not on {len(rows):,} rows."
        )
        kind = 1 - 0.05 ** (1 / groups)
        if kind >= _KIND:
            yield _info(
                f"A kind that is {kind:.1%} of all clusters is missing in 1 of 20 samples of {groups:,}:"
                " a loss that only such clusters have can pass."
            )
    if rows.item is not None:
        items = len(np.unique(rows.item))
        yield _info(_splits(rows, items) if rows.fold is not None else _seeds(rows, items))


def neighbours(rows: Rows, references: Mapping[Role, PairedBaseline]) -> Iterator[Note]:
    """Warn where rows that follow one another in time err alike and nothing says which are alike.

    Looked at are the errors, and their differences from each baseline's on the same rows.
    """
    if rows.time is None or rows.cluster is not None or rows.item is not None:
        return
    from mlgate.stats.serial import lag_one

    measured = {"Errors": lag_one(_losses(rows), rows.time)}
    for role, reference in references.items():
        paired = reference.paired
        if paired is not None and paired.candidate.time is not None:
            changes = _losses(paired.candidate) - _losses(paired.baseline)
            measured[f"Changes against {role} of errors"] = lag_one(changes, paired.candidate.time)
    alike = {
        name: correlation
        for name, correlation in measured.items()
        if correlation is not None and correlation.p < _ALARM / len(measured)
    }
    worst = max(alike, key=lambda name: alike[name].value, default=None)
    if worst is not None and alike[worst].value >= _LEAST:
        correlation = alike[worst]
        yield Note(
            level="warning",
            text=f"{worst} of rows that follow one another in time (predictions.time) are alike:"
            f" their correlation is {correlation.value:.2f}. The intervals suppose independent rows"
            f" and may be too narrow by a factor of about {correlation.widening:.1f}. Name under"
            " predictions.cluster what such rows share, such as a day, a device or a person.",
        )


def _losses(rows: Rows) -> NDArray[np.float64]:
    """Return each row's error: 0 or 1, or its size."""
    import numpy as np

    wrong = rows.y_pred - rows.y_true if rows.task == "regression" else rows.y_pred != rows.y_true
    losses: NDArray[np.float64] = np.abs(wrong).astype(np.float64)
    return losses


def limits(
    rows: Rows, requested: Iterable[RequestedMetric], references: Mapping[Role, PairedBaseline]
) -> Iterator[Note]:
    """Note what bounds of means suppose of rows that the sample does not hold."""
    requested = tuple(requested)
    if any(metric.name == "log_loss" for metric in requested):
        yield from _exact_scores(rows, references.get("main"))
    columns = [
        metric.name
        for metric in requested
        if metric.origin == "rows"
        and metric.statistic is None
        and metric.range is None
        and not metric.human
        and not _rates(rows, metric)
    ]
    if columns:
        yield _info(
            f"Bounds of {all_of(columns)} suppose that no row changes by more than twice the"
            " largest change seen. Where there is a limit, declare it: metrics.rows.NAME.range."
        )


def _exact_scores(rows: Rows, main: PairedBaseline | None) -> Iterator[Note]:
    """Note scores of 0 and 1, of either model: one that is wrong costs more than all others."""
    before = 0 if main is None or main.paired is None else _exact(main.paired.baseline)
    exact = _exact(rows)
    if exact or before:
        of_main = f" (of main's model {before:,})" if before else ""
        yield Note(
            level="info",
            metric="log_loss",
            text=f"{exact:,} of {len(rows):,} rows {'has' if exact == 1 else 'have'} a score of exactly 0 or 1"
            f"{of_main}. A single one"
            f" that is wrong adds {_COST / len(rows):.2g} to the log loss; the bounds allow for one that"
            " these rows do not hold. Scores kept away from 0 and 1 make them narrow.",
        )


def _exact(rows: Rows) -> int:
    """Count the rows with a score of exactly 0 or 1."""
    if rows.score is None:
        return 0
    return int(((rows.score == 0) | (rows.score == 1)).reshape(len(rows), -1).any(axis=1).sum())


def _rates(rows: Rows, metric: RequestedMetric) -> bool:
    values = rows.values[metric.source or metric.name]
    return bool(((values == 0) | (values == 1)).all())


def _info(text: str) -> Note:
    return Note(level="info", text=text)


def _splits(rows: Rows, items: int) -> str:
    assert rows.fold is not None
    rounds = "" if rows.repeat is None else f" in {len(rows.repeat.levels)} repetitions"
    return (
        f"Predictions are out of fold: {len(rows.fold.levels)} folds{rounds} of {items:,} ids"
        " (predictions.fold). Values are means over folds; the intervals are Nadeau–Bengio's,"
        " which suppose that each fold's model was trained on all other ids."
    )


def _seeds(rows: Rows, items: int) -> str:
    assert rows.repeat is not None
    if rows.task == "scores":
        return (
            f"Each of {items:,} ids has {len(rows.repeat.levels)} repetitions (predictions.repeat). A"
            " column's mean is over them, and its interval adds what differs between repetitions"
            " (Welch) to what differs between ids."
        )
    return (
        f"Predictions of {len(rows.repeat.levels)} seeds on {items:,} test rows"
        " (predictions.repeat). Values are means over seeds; the intervals add what differs"
        " between seeds (Welch) to what differs between test rows."
    )


def _below_guessing(rows: Rows, main: PairedBaseline | None) -> Iterator[Note]:
    """Warn of a model that is worse than naming the larger class each time, with what explains it.

    Scores that order the rows backwards explain it, else a class that is predicted far more or less
    often than main's model does, where that one is better than such a guess.
    """
    accuracy, majority = _guessing(rows)
    if rows.task != "binary" or accuracy >= majority:
        return
    text = f"Accuracy ({accuracy:.3f}) is below the share of the larger class ({majority:.3f})"
    auc = _backwards(rows)
    paired = None if main is None else main.paired
    if auc is not None:
        text += f" and ROC AUC ({auc:.3f}) is below .5: the label's polarity may be inverted."
        yield Note(level="warning", text=text)
    elif paired is not None and len(paired.baseline) and operator.ge(*_guessing(paired.baseline)):
        named = rows.classes[rows.positive or 0]
        ours, theirs = (_predicted(side) for side in (paired.candidate, paired.baseline))
        text += (
            f": the model predicts “{named}” for {ours:,} of {len(paired.candidate):,} rows, that of"
            f" main for {theirs:,}."
        )
        yield Note(level="warning", text=text)


def _guessing(rows: Rows) -> tuple[float, float]:
    """Return the accuracy, and that of naming the larger class each time."""
    import numpy as np

    return float((rows.y_true == rows.y_pred).mean()), float(
        np.bincount(rows.y_true).max() / len(rows)
    )


def _predicted(rows: Rows) -> int:
    """Count the rows for which the positive class is predicted."""
    return int((rows.y_pred == (rows.positive or 0)).sum())


def _backwards(rows: Rows) -> float | None:
    """Return ROC AUC where it is below .5 by more than chance explains."""
    from mlgate.stats.auc import roc_auc

    if rows.score is None:
        return None
    auc = roc_auc(rows.y_true == rows.positive, rows.score)
    if auc.value is None:
        return None
    error = float((auc.rows**2).sum()) ** 0.5
    return auc.value if auc.value + _CLEARLY * error < 0.5 else None


def pairing(role: Role, reference: PairedBaseline) -> Iterator[Note]:
    """Note that a comparison is not row by row, with the reason."""
    if reference.paired is None:
        because = reference.unpaired_because or "its rows are not kept"
        against = role if reference.ref.source == "store" else reference.ref.source
        yield Note(
            level="warning",
            text=f"Compared with {against} unpaired, which needs far more rows: {because}.",
        )


def undefined(written: Mapping[str, Scalar], gated: Container[str]) -> Iterator[Note]:
    """Note numbers of metric files that are NaN or infinite, where no gate names them."""
    for name, scalar in written.items():
        if scalar.problem is not None and scalar.values and name not in gated:
            yield _info(f"Left out: {scalar.problem}.")


def shadowed(name: str, reported: Scalar, measured: Measurement) -> Iterator[Note]:
    """Note that a metric file has another value than the predictions."""
    value = reported.values[0]
    if len(reported.values) == 1 and measured.value is not None:
        decimals = len(repr(value).partition(".")[2])
        if abs(value - measured.value) <= 0.51 * 10**-decimals:
            return
    computed = "undefined" if measured.value is None else f"{measured.value:.6g}"
    yield Note(
        level="warning",
        text=f"{reported.source} gives {name} as {value:.6g}; what counts here is computed"
        f" from the predictions: {computed}.",
    )
