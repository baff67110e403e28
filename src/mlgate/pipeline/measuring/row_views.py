"""The same run looked at with a baseline's labels, or on a baseline's rows only.

Where rows differ from a baseline's, a check that measures rows is run again over such a view of
its inputs, and what it measures is added to its evidence: no check knows of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from mlgate.model.evidence import Absent, Comparison, Evidence, Measurement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.model.attributes import Attribute, AttributeSpec
    from mlgate.model.evidence import HistoryPoint, Note, TestSet, TrainEvidence
    from mlgate.model.inputs import (
        CustomMetric,
        DataSource,
        EarlierEvidence,
        InputFile,
        Inputs,
        PairedBaseline,
        Scalar,
        Stamp,
    )
    from mlgate.model.metrics import Direction
    from mlgate.model.rows import PairedRows, Role, Rows
    from mlgate.model.table import ColumnTable
    from mlgate.model.table_diff import TableDiff
    from mlgate.pipeline.measuring.run_inputs import RunInputs
    from mlgate.progress import Progress

E = TypeVar("E", bound=Evidence)
ROLES: Final[tuple[Role, ...]] = ("main", "anchor")
_NO_OTHERS: Final[dict[str, object]] = {
    "against": {}, "kept": {}, "earlier": {}, "same_kept": (), "same_earlier": (),
}  # fmt: skip
_ALONE: Final = Absent(kind="off", reason="a baseline's rows are measured alone")


@dataclass
class RowView:
    """Inputs as they are."""

    inputs: Inputs

    @property
    def stamp(self) -> Stamp:
        return self.inputs.stamp

    @property
    def digests(self) -> Mapping[str, str]:
        return self.inputs.digests

    @property
    def notes(self) -> Sequence[Note]:
        return self.inputs.notes

    @property
    def progress(self) -> Progress:
        return self.inputs.progress

    def candidate(self, *, unlabelled: bool = False) -> Rows | None:
        return self.inputs.candidate(unlabelled=unlabelled)

    def attributes(self, specs: Mapping[str, AttributeSpec]) -> Mapping[str, Attribute]:
        return self.inputs.attributes(specs)

    def masks(self, conditions: Mapping[str, tuple[str, str]]) -> Mapping[str, NDArray[np.bool_]]:
        return self.inputs.masks(conditions)

    def reference(self, role: Role) -> PairedBaseline | Absent:
        return self.inputs.reference(role)

    def earlier(self, role: Role, check: str) -> EarlierEvidence | Absent:
        return self.inputs.earlier(role, check)

    def scalars(self) -> Mapping[str, Scalar]:
        return self.inputs.scalars()

    def custom(self, function: str) -> CustomMetric:
        return self.inputs.custom(function)

    @property
    def custom_unpaired(self) -> str | None:
        return self.inputs.custom_unpaired

    def numbers(self, columns: Sequence[str], key: str) -> Mapping[str, NDArray[np.float64]]:
        return self.inputs.numbers(columns, key)

    def table(self, path: str, key: str, *, reference: bool = False) -> ColumnTable:
        return self.inputs.table(path, key, reference=reference)

    def table_diff(
        self, path: str, key: str, ids: Sequence[str], before: str | None
    ) -> TableDiff | Absent:
        return self.inputs.table_diff(path, key, ids, before)

    @property
    def training(self) -> TrainEvidence | None:
        return self.inputs.training

    @property
    def secret(self) -> bytes | None:
        return self.inputs.secret

    def file(self, path: str, key: str) -> InputFile:
        return self.inputs.file(path, key)

    def data(self) -> DataSource:
        return self.inputs.data()

    def announced_test_set(self) -> TestSet | None:
        return self.inputs.announced_test_set()

    def test_set_digest(self) -> str | None:
        return self.inputs.test_set_digest()

    def history(self) -> Sequence[HistoryPoint]:
        return self.inputs.history()


@dataclass
class EarlierLabels(RowView):
    """Every baseline is compared with under the labels that it was measured with.

    `directions` are those of the user's own numbers, which belong to labels as well.
    """

    directions: Mapping[str, Direction]

    def reference(self, role: Role) -> PairedBaseline | Absent:
        baseline = self.inputs.reference(role)
        if isinstance(baseline, Absent) or baseline.paired is None:
            return baseline
        paired = baseline.paired
        if paired.earlier is None:
            return baseline
        earlier = paired.earlier()
        return replace(baseline, paired=_with_worst_values(earlier, paired, self.directions))


@dataclass
class BaselineRowsOnly(RowView):
    """The candidate's rows that a baseline has, and nothing to compare with.

    `index` gives their positions in the candidate's file; `rows` stand in for them where their
    labels are the baseline's.
    """

    index: NDArray[np.intp]
    rows: Rows | None = None

    def candidate(self, *, unlabelled: bool = False) -> Rows | None:
        rows = self.inputs.candidate(unlabelled=unlabelled)
        return self.rows or (None if rows is None else rows.take(self.index).without_single_fits())

    def attributes(self, specs: Mapping[str, AttributeSpec]) -> Mapping[str, Attribute]:
        attributes = self.inputs.attributes(specs)
        return {
            name: replace(attribute, codes=attribute.codes[self.index])
            for name, attribute in attributes.items()
        }

    def masks(self, conditions: Mapping[str, tuple[str, str]]) -> Mapping[str, NDArray[np.bool_]]:
        return {name: mask[self.index] for name, mask in self.inputs.masks(conditions).items()}

    def numbers(self, columns: Sequence[str], key: str) -> Mapping[str, NDArray[np.float64]]:
        numbers = self.inputs.numbers(columns, key)
        return {name: column[self.index] for name, column in numbers.items()}

    def reference(self, role: Role) -> PairedBaseline | Absent:  # noqa: ARG002
        return _ALONE

    def earlier(self, role: Role, check: str) -> EarlierEvidence | Absent:  # noqa: ARG002
        return _ALONE


def _with_worst_values(
    earlier: PairedRows, today: PairedRows, directions: Mapping[str, Direction]
) -> PairedRows:
    """Set relabelled rows to the worst of the user's numbers: under the old label none is known.

    The baseline's own numbers were computed with the old labels.
    """
    import numpy as np

    changed = earlier.candidate.y_true != today.candidate.y_true
    values = dict(earlier.candidate.values)
    for name, column in values.items():
        both = np.concatenate([column, earlier.baseline.values.get(name, column)])
        worst = both.min() if directions.get(name) == "higher" else both.max()
        values[name] = np.where(changed, worst, column)
    return replace(earlier, candidate=replace(earlier.candidate, values=values))


def measure(
    run: Callable[[Inputs], E], inputs: RunInputs, directions: Mapping[str, Direction]
) -> E:
    """Run a check, and again over each view that differs from what it measured.

    Parameters
    ----------
    run
        The check, with its parameters.
    directions
        `metrics.rows`.
    """
    inputs.rows_taken = False
    evidence = run(inputs)
    return with_views(run, inputs, evidence, directions) if inputs.rows_taken else evidence


def with_views(
    run: Callable[[Inputs], E], inputs: Inputs, evidence: E, directions: Mapping[str, Direction]
) -> E:
    """Add to what a check measured what it measures over each view that differs; see `measure`."""
    paired = {role: _paired(inputs.reference(role)) for role in ROLES}
    if any(rows is not None and rows.earlier is not None for rows in paired.values()):
        evidence = _with_earlier(evidence, run(EarlierLabels(inputs, directions)))
    if _commit(inputs, "main") == _commit(inputs, "anchor"):
        del paired["anchor"]  # its rows are main's
    for role, rows in paired.items():
        if rows is None or rows.index is None:
            continue
        if rows.counts.added:
            kept = run(BaselineRowsOnly(inputs, rows.index))
            evidence = _with_values(evidence, "kept", role, kept)
        if rows.earlier is not None:
            before = _with_worst_values(rows.earlier(), rows, directions).candidate
            earlier = run(BaselineRowsOnly(inputs, rows.index, before))
            evidence = _with_values(evidence, "earlier", role, earlier)
    return evidence


def _commit(inputs: Inputs, role: Role) -> str | None:
    baseline = inputs.reference(role)
    return role if isinstance(baseline, Absent) else baseline.ref.commit


def _paired(baseline: PairedBaseline | Absent) -> PairedRows | None:
    return None if isinstance(baseline, Absent) else baseline.paired


def _with_earlier(evidence: E, earlier: Evidence) -> E:
    """Add comparisons under earlier labels, or that they are the same."""
    return evidence.model_copy(
        update={
            "metrics": {
                name: measured.model_copy(
                    update={"against": _both(measured, earlier.metrics.get(name))}
                )
                for name, measured in evidence.metrics.items()
            }
        }
    )


def _both(today: Measurement, earlier: Measurement | None) -> dict[Role, Comparison]:
    return {
        role: _with(comparison, earlier.against.get(role) if earlier else None)
        for role, comparison in today.against.items()
    }


def _with(today: Comparison, earlier: Comparison | None) -> Comparison:
    same = earlier is None or earlier == today
    return today.model_copy(update={"same_earlier": True} if same else {"earlier": earlier})


def _with_values(evidence: E, field: Literal["kept", "earlier"], role: Role, alone: Evidence) -> E:
    """Add values on a baseline's rows, or that they are the same; a part without any has none."""
    metrics = dict(evidence.metrics)
    for name, measured in evidence.metrics.items():
        value = alone.metrics.get(name)
        if value is None or value.n == 0 or value == measured.model_copy(update=_NO_OTHERS):
            same = {f"same_{field}": (*getattr(measured, f"same_{field}"), role)}
            metrics[name] = measured.model_copy(update=same)
            continue
        values = {**getattr(measured, field), role: value.model_copy(update={"against": {}})}
        metrics[name] = measured.model_copy(update={field: values})
    return evidence.model_copy(update={"metrics": metrics})
