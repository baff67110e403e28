"""`compare`: this commit's model against main's and the last release's, metric by metric.

Rows that both sides have are compared one by one; without them, what the baseline's evidence
says is compared as an independent sample; of numbers from metric files only the change is
shown. Nothing is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.compare import active, files, judged, notes, predictions
from mlgate.checks.compare.fit import fitting
from mlgate.checks.compare.model_plots import sides
from mlgate.checks.compare.params import CompareParams, params
from mlgate.model.evidence import Absent, CompareEvidence
from mlgate.model.rows import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mlgate.checks.compare.params import RequestedMetric
    from mlgate.metrics.cost import Costs
    from mlgate.model.evidence import BaselineRef, Measurement, Note, RowCounts
    from mlgate.model.inputs import ModelInputs, PairedBaseline, Scalar
    from mlgate.model.rows import PairedRows, Role, Rows

__all__ = ["SUMMARY", "CompareParams", "params", "run"]

SUMMARY: Final = "Metrics of this commit's model, and their changes against main and the anchor."


def run(inputs: ModelInputs, params: CompareParams) -> CompareEvidence:
    """Measure every metric asked for, on the candidate and against each baseline.

    Raises
    ------
    DataError
        For listed metrics that do not fit the task, need scores or columns that the
        predictions do not have, and for what reading the inputs brings up.
    """
    rows = inputs.candidate(unlabelled=True)
    lacks = rows is not None and rows.unlabelled is not None
    baselines = {role: inputs.reference(role) for role in ROLES}
    references = {
        role: baseline for role, baseline in baselines.items() if not isinstance(baseline, Absent)
    }
    written = files.named(inputs.scalars(), params.reported)
    reported = files.usable(written)
    requested, refused = fitting(params.metrics, rows, reported)
    unmeasured: dict[str, str] = {}
    measured: dict[str, Measurement] = {}
    if rows is not None:
        if rows.unlabelled is not None:
            requested, unmeasured = active.measurable(requested, rows)
        if rows.judged:
            requested = (*requested, *judged.agreement(requested, rows))
        measured = predictions.measure(
            requested, rows, references, inputs, params.confidence, params.looks
        )
    refused |= unmeasured
    refused |= files.refused(written, params.reported, measured)
    main, anchor = references.get("main"), references.get("anchor")
    return CompareEvidence(
        **{**inputs.stamp.fields(), "confidence": params.confidence},
        inputs=dict(inputs.digests),
        metrics=measured | files.measure_all(reported, measured, params.direction, references),
        refused=refused,
        baselines={role: _ref(reference) for role, reference in references.items()},
        absent={
            role: baseline for role, baseline in baselines.items() if isinstance(baseline, Absent)
        },
        notes=(
            *inputs.notes,
            *notes.undefined(written, params.reported),
            *_notes(rows, requested, measured, references, reported),
            *notes.newer_method(references),
            *_unlabelled(rows, references, params, unmeasured),
        ),
        task=params.task if rows is None else rows.task,
        classes=() if rows is None else rows.classes,
        rows=_counts(main),
        anchor_rows=_counts(anchor),
        test_set=None if rows is None else inputs.announced_test_set(),
        test_set_digest=None if rows is None else inputs.test_set_digest(),
        n=None if rows is None else len(rows),
        sides={} if rows is None or lacks else sides(rows, main, params.confidence, _costs(params)),
        history=tuple(inputs.history()),
    )


def _costs(params: CompareParams) -> Costs:
    return next((metric.costs for metric in params.metrics if metric.costs), ())


def _ref(reference: PairedBaseline) -> BaselineRef:
    """Return the baseline's record, with whether its rows were paired."""
    return reference.ref.model_copy(update={"paired": reference.paired is not None})


def _counts(reference: PairedBaseline | None) -> RowCounts | None:
    if reference is None or reference.paired is None:
        return None
    counts = reference.paired.counts
    same = counts.added == counts.missing == 0 and _same_model(reference.paired)
    return counts.model_copy(update={"same_model": True}) if same else counts


def _same_model(paired: PairedRows) -> bool:
    """Whether both sides predict the same, with the same scores."""
    import numpy as np

    new, old = paired.candidate, paired.baseline
    if new.task == "scores" or not len(new) or not np.array_equal(new.y_pred, old.y_pred):
        return False
    if new.score is None or old.score is None:
        return new.score is old.score
    return np.array_equal(new.score, old.score)


def _notes(
    rows: Rows | None,
    requested: Iterable[RequestedMetric],
    measured: Mapping[str, Measurement],
    references: Mapping[Role, PairedBaseline],
    reported: Mapping[str, Scalar],
) -> Iterator[Note]:
    if rows is None:
        return
    if rows.unlabelled is None:
        yield from notes.design(rows)
        yield from notes.neighbours(rows, references)
        yield from notes.sanity(rows, references)
        yield from notes.limits(rows, requested, references)
        if rows.judged:
            yield from judged.notes(rows, requested, measured, references)
    for role, reference in references.items():
        yield from notes.pairing(role, reference)
    for name, measurement in measured.items():
        if name in reported:
            yield from notes.shadowed(name, reported[name], measurement)


def _unlabelled(
    rows: Rows | None,
    references: Mapping[Role, PairedBaseline],
    params: CompareParams,
    unmeasured: Iterable[str],
) -> Iterator[Note]:
    if rows is not None and rows.unlabelled is not None and params.looks is not None:
        yield from active.notes(rows, references, params.looks, unmeasured)
