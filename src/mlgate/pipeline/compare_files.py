"""`mlgate compare OLD NEW`: two prediction files, no configuration, no repository."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from mlgate import __version__
from mlgate.errors import DataError, UsageError
from mlgate.files import sha256
from mlgate.inputs import attributes, predictions
from mlgate.inputs.pairing import pair_candidates
from mlgate.inputs.paths import ANY, resolve
from mlgate.inputs.tables import read_columns
from mlgate.metrics import METRICS, canonical
from mlgate.model.evidence import Absent, BaselineRef
from mlgate.model.inputs import PairedBaseline, Stamp
from mlgate.stats.power import rows_needed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.inputs.predictions import Candidate
    from mlgate.model.attributes import Attribute, AttributeSpec
    from mlgate.model.evidence import CompareEvidence, Comparison, HistoryPoint, Measurement, Note
    from mlgate.model.inputs import CustomMetric, DataSource, InputFile, Scalar
    from mlgate.model.metrics import Task
    from mlgate.model.rows import Role, Rows
    from mlgate.model.table import ColumnTable
    from mlgate.progress import Progress

Reading = Literal["better", "worse", "same", "undecided", "untested"]
OPTIONS: Final = predictions.Naming(key=lambda name: f"--{name.replace('_', '-')}", outside=True)
MAX_CLASSES: Final = 20
"""A column of whole numbers with more distinct values than this is treated as a regression."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of both files, from the options; satisfies `predictions.Section`."""

    label: str
    prediction: str | None
    score: str | Mapping[str, str] | None
    id: tuple[str, ...] = ()
    positive_label: str | None = None
    threshold: float = 0.5
    path: str | None = None
    classes: Sequence[Any] | None = None
    weight: None = None
    cluster: None = None
    time: None = None
    fold: None = None
    repeat: None = None


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """Which files, columns and metrics; `task` and `metrics` are inferred where not given."""

    old: Path
    new: Path
    columns: Columns
    task: Task | None = None
    metrics: tuple[str, ...] = ()
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class MetricReading:
    """One metric with its reading; `rows` is how many would show a difference as large as measured."""

    metric: str
    measurement: Measurement
    comparison: Comparison
    reading: Reading
    rows: int | None


@dataclass(frozen=True, slots=True)
class FileInputs:
    """The `Inputs` of two files."""

    new: Candidate
    main: PairedBaseline | Absent
    cwd: Path
    stamp: Stamp
    digests: Mapping[str, str]
    progress: Progress
    notes: Sequence[Note] = field(default_factory=tuple)

    def candidate(self) -> Rows:
        return self.new.rows

    def attributes(self, specs: Mapping[str, AttributeSpec]) -> Mapping[str, Attribute]:
        return attributes.attributes(specs, self.new, self.cwd)[0]

    def masks(self, conditions: Mapping[str, tuple[str, str]]) -> Mapping[str, NDArray[np.bool_]]:
        return attributes.masks(conditions, self.new, self.cwd)

    def reference(self, role: Role) -> PairedBaseline | Absent:
        return self.main if role == "main" else Absent(kind="off", reason="two files only")

    def scalars(self) -> Mapping[str, Scalar]:
        return {}

    def custom(self, function: str) -> CustomMetric:
        msg = f"{function}: custom functions need mlgate.yaml"
        raise UsageError(msg, hint="see metrics.custom in docs/configuration.md")

    def numbers(self, columns: Sequence[str], key: str) -> Mapping[str, NDArray[np.float64]]:
        return attributes.numbers(columns, self.new, self.cwd, key)

    def table(self, path: str, key: str) -> ColumnTable:
        msg = f"{path}: two prediction files have no table beside them"
        raise UsageError(msg, hint=f"see {key} in docs/configuration.md")

    def data(self) -> DataSource:
        msg = "two prediction files have no data behind them"
        raise UsageError(msg, hint="see data in docs/configuration.md")

    def file(self, path: str, key: str) -> InputFile:
        msg = f"{path}: another tool's result needs mlgate.yaml"
        raise UsageError(msg, hint=f"see {key} in docs/configuration.md")

    def history(self) -> Sequence[HistoryPoint]:
        return ()


def compare(
    options: CompareOptions, cwd: Path, created: str, progress: Progress
) -> CompareEvidence:
    """Compare NEW with OLD: paired by id where there is one, else as independent samples.

    Raises
    ------
    DataError
        For everything that is wrong with the files; see `predictions.load`.
    UsageError
        For metrics that do not exist or do not fit.
    """
    from mlgate.checks.compare import measure as check

    task = options.task or infer_task(options.new, options.columns.label, cwd)
    new, old = (_load(path, options.columns, task, cwd) for path in (options.new, options.old))
    params = _params(options, task)
    stamp = Stamp(tool=__version__, commit=None, created=created, confidence=options.confidence)
    files = {str(path): f"sha256:{sha256(cwd / path)}" for path in (options.old, options.new)}
    ref = BaselineRef(commit=None, source=str(options.old), paired=bool(options.columns.id))
    off = Absent(kind="off", reason="it is the baseline")
    if options.columns.id:
        main = PairedBaseline(
            ref, None, pair_candidates(new, old, (str(options.new), str(options.old)))
        )
    else:
        alone = check.run(FileInputs(old, off, cwd, stamp, files, progress), params)
        main = PairedBaseline(ref, alone, unpaired_because="no --id names a column to pair rows by")
    return check.run(FileInputs(new, main, cwd, stamp, files, progress), params)


def infer_task(path: Path, label: str, cwd: Path) -> Task:
    """Infer the task from the labels: two of them, several classes, or numbers."""
    paths = resolve(str(path), cwd, key="NEW", outside=True)
    with read_columns(paths, {label: "--label"}, cwd) as table:
        if table.kinds[label] not in ("number", "cell"):
            return "binary" if len(table.coded(label).levels) <= 2 else "multiclass"
        try:
            values = set(table.numbers(label).tolist())
        except DataError:  # text in a file of text cells
            return "binary" if len(table.coded(label).levels) <= 2 else "multiclass"
    if len(values) <= 2:
        return "binary"
    whole = all(value.is_integer() for value in values)
    return "multiclass" if whole and len(values) <= MAX_CLASSES else "regression"


def _load(path: Path, columns: Columns, task: Task, cwd: Path) -> Candidate:
    section = replace(columns, path=str(cwd / path))
    return predictions.load(section, task, cwd, fresh=ANY, named=OPTIONS)


def _params(options: CompareOptions, task: Task) -> Any:
    from mlgate.checks.compare.params import CompareParams, RequestedMetric

    names = [canonical(name) for name in options.metrics] or [
        name
        for name, metric in METRICS.items()
        if task in metric.tasks
        and (options.columns.score is not None or not metric.needs_score)
        and not name.endswith(("_micro", "_weighted"))
    ]
    for name in names:
        if name not in METRICS:
            msg = f"there is no metric {name!r}"
            raise UsageError(msg, hint=f"known are: {', '.join(METRICS)}")
    metrics = tuple(RequestedMetric(name=name, direction=METRICS[name].direction) for name in names)
    return CompareParams(task=task, metrics=metrics, confidence=options.confidence)


def read(
    evidence: CompareEvidence, *, confidence: float, power: float = 0.8
) -> tuple[MetricReading, ...]:
    """Interpret each metric: better or worse where the interval excludes 0.

    The bounds are one-sided at `confidence`, so that either reading is wrong in at most
    1 − `confidence` of the comparisons of equal models.
    """
    return tuple(
        _line(name, measured, measured.against["main"], confidence, power)
        for name, measured in evidence.metrics.items()
        if "main" in measured.against
    )


def _line(
    name: str, measured: Measurement, against: Comparison, confidence: float, power: float
) -> MetricReading:
    reading = _reading(measured, against)
    rows = None
    if reading == "undecided" and against.row_variance and against.change:
        rows = rows_needed(
            against.row_variance, abs(against.change), confidence=confidence, power=power
        )
    return MetricReading(name, measured, against, reading, rows)


def _reading(measured: Measurement, against: Comparison) -> Reading:
    if against.untested is not None:
        return "untested"
    lower, upper = against.interval
    if lower is None or upper is None or against.insufficient is not None:
        return "undecided"
    if lower == upper == 0:
        return "same"
    if lower <= 0 <= upper:
        return "undecided"
    return "better" if (lower > 0) == (measured.direction != "lower") else "worse"
