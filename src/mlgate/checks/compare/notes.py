"""Signs that something is wrong with the predictions themselves, told in plain lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.model.evidence import Note

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.model.evidence import Measurement
    from mlgate.model.inputs import PairedBaseline, Scalar
    from mlgate.model.rows import Role, Rows


def sanity(rows: Rows, metrics: Mapping[str, Measurement]) -> Iterator[Note]:
    """Note what a reviewer needs to know before reading any number."""
    if len(rows) == 0:
        return
    if rows.task == "regression":
        if len(rows) > 1 and float(rows.y_pred.min()) == float(rows.y_pred.max()):
            yield Note(level="warning", text=f"Every prediction is {float(rows.y_pred[0]):g}.")
        return
    first = int(rows.y_pred[0])
    if len(rows) > 1 and bool((rows.y_pred == first).all()):
        yield Note(level="warning", text=f"Every prediction is “{rows.classes[first]}”.")
    yield from _polarity(rows, metrics)


def design(rows: Rows) -> Iterator[Note]:
    """Note how the rows differ from independent rows, and what that changes."""
    import numpy as np

    from mlgate.stats.effective_n import units

    if rows.weight is not None:
        worth = units(len(rows), rows.weight).count
        yield _info(
            f"Rows are weighted (predictions.weight): {len(rows):,} rows are worth {worth:,.0f}"
            " equal ones. Pictures, and tables that count rows, count each row once."
        )
    if rows.cluster is not None:
        groups = len(np.unique(rows.cluster))
        yield _info(
            f"Rows are in clusters (predictions.cluster): the intervals rest on {groups:,}"
            f" clusters, not on {len(rows):,} rows."
        )
    if rows.item is not None:
        items = len(np.unique(rows.item))
        yield _info(_splits(rows, items) if rows.fold is not None else _seeds(rows, items))


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
    return (
        f"Predictions of {len(rows.repeat.levels)} seeds on {items:,} test rows"
        " (predictions.repeat). Values are means over seeds; the intervals add what differs"
        " between seeds (Welch) to what differs between test rows."
    )


def _polarity(rows: Rows, metrics: Mapping[str, Measurement]) -> Iterator[Note]:
    """Both worse than guessing: a model can be bad, but seldom in both ways by chance."""
    import numpy as np

    accuracy = float((rows.y_true == rows.y_pred).mean())
    majority = float(np.bincount(rows.y_true).max() / len(rows))
    if rows.task != "binary" or rows.score is None or accuracy >= majority:
        return
    auc = metrics["roc_auc"].value if "roc_auc" in metrics else _auc(rows, rows.score)
    if auc is not None and auc < 0.5:
        yield Note(
            level="warning",
            text=f"Accuracy ({accuracy:.3f}) is below the share of the larger class"
            f" ({majority:.3f}) and ROC AUC ({auc:.3f}) is below .5:"
            " the label's polarity may be inverted.",
        )


def _auc(rows: Rows, score: NDArray[np.float64]) -> float | None:
    from mlgate.stats.auc import roc_auc

    return roc_auc(rows.y_true == rows.positive, score).value


def pairing(role: Role, reference: PairedBaseline) -> Iterator[Note]:
    """Note that a comparison is not row by row, with the reason."""
    if reference.paired is None:
        because = reference.unpaired_because or "its rows are not kept"
        against = role if reference.ref.source == "store" else reference.ref.source
        yield Note(level="warning", text=f"Compared with {against} unpaired: {because}.")


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
