"""Two models' predictions, in files or in memory: no configuration, no repository."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, cast

from mlgate import __version__, readers
from mlgate.errors import DataError, UsageError
from mlgate.files import sha256
from mlgate.inputs import predictions
from mlgate.inputs.frames import content_digest
from mlgate.inputs.logs import flat_tables
from mlgate.inputs.pairing import pair_candidates
from mlgate.inputs.paths import ANY, resolve, shown
from mlgate.inputs.sample_errors import described
from mlgate.inputs.tables import read_columns, read_frame
from mlgate.metrics import METRICS, canonical, contrast_factors
from mlgate.metrics.column_statistics import ColumnStatistic, column_statistic
from mlgate.model.evidence import Absent, BaselineRef, Note
from mlgate.model.inputs import PairedBaseline, Stamp
from mlgate.model.policy import Policy
from mlgate.model.project import DOCS
from mlgate.model.run import JudgeRecord, RunRecord
from mlgate.pipeline.measuring.row_views import with_views
from mlgate.stats.power import beyond, smallest_effect

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from contextlib import AbstractContextManager

    from mlgate.checks.compare.params import CompareParams
    from mlgate.config.schema import ErrorsSection, NumbersSection
    from mlgate.inputs.columns import LoadedTable
    from mlgate.inputs.frames import HeldFrame
    from mlgate.inputs.predictions import Candidate
    from mlgate.model.base import Frozen
    from mlgate.model.evidence import (
        CompareEvidence,
        Comparison,
        Evidence,
        HistoryPoint,
        Measurement,
        TestSet,
    )
    from mlgate.model.inputs import CustomMetric, Inputs, Scalar
    from mlgate.model.metrics import Task
    from mlgate.model.policy import OnInconclusive
    from mlgate.model.rows import PairedRows, Role, Rows
    from mlgate.model.verdict import Verdict
    from mlgate.progress import Progress

_Section = TypeVar("_Section", bound="Frozen")
Reading = Literal["better", "worse", "changed", "same", "undecided", "untested"]
"""`changed`: of a metric that is best at a value of its own, such as a calibration slope."""
OPTIONS: Final = predictions.Naming(
    key=lambda name: f"--{name.replace('_', '-')}", outside=True, values="--rows"
)
MAX_CLASSES: Final = 20
"""A column of whole numbers with more distinct values than this is treated as a regression."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of both sides, from the options; satisfies `predictions.Section`."""

    label: str | None = None
    prediction: str | None = None
    score: str | Mapping[str, str] | None = None
    id: tuple[str, ...] = ()
    positive_label: Any = None
    threshold: float = 0.5
    path: str | None = None
    reader: str | None = None
    classes: Sequence[Any] | None = None
    unlabelled: bool = False
    weight: str | None = None
    cluster: str | None = None
    time: None = None
    fold: str | None = None
    repeat: str | None = None
    errors: ErrorsSection | None = None

    def with_defaults(self) -> Columns:
        """Return these with the columns that the reader knows."""
        if self.reader is None:
            return self
        reader, _ = readers.parse(self.reader)
        errors = self.errors or (errors_of("block") if self.label is None else None)
        if errors is not None and errors.column is None:
            errors = errors.model_copy(update={"column": reader.error})
        return replace(
            self, id=self.id or reader.id, repeat=self.repeat or reader.repeat, errors=errors
        )

    def named(self) -> set[str | None]:
        """Return all columns that may be read."""
        scores = self.score.values() if isinstance(self.score, Mapping) else [self.score]
        failed = None if self.errors is None else self.errors.column
        beside = (self.weight, self.cluster, self.fold, self.repeat, failed)
        return {self.label, self.prediction, *scores, *self.id, *beside}


@dataclass(frozen=True, slots=True)
class FileSide:
    """Predictions in a file, which `reader` reads where another tool wrote it."""

    path: Path
    reader: str | None = None

    @property
    def name(self) -> str:
        return str(self.path)

    @contextmanager
    def columns(self, columns: Mapping[str, str], cwd: Path) -> Iterator[LoadedTable]:
        paths = resolve(self.name, cwd, key=self.name, outside=True)
        flat = None if self.reader is None else flat_tables(self.reader, paths, cwd, self.name)
        with read_columns(paths if flat is None else flat.tables, columns, cwd) as table:
            yield table

    def digests(self, read: Candidate, used: Collection[str], cwd: Path) -> dict[str, str]:  # noqa: ARG002
        return {shown(path, cwd): f"sha256:{sha256(path)}" for path in read.paths}


@dataclass(frozen=True, slots=True)
class FrameSide:
    """Predictions in memory."""

    frame: HeldFrame

    @property
    def name(self) -> str:
        return self.frame.source.name

    def columns(
        self,
        columns: Mapping[str, str],
        cwd: Path,  # noqa: ARG002
    ) -> AbstractContextManager[LoadedTable]:
        return read_frame(self.frame, columns)

    def digests(self, read: Candidate, used: Collection[str], cwd: Path) -> dict[str, str]:  # noqa: ARG002
        return {self.name: content_digest(self.frame, used)}


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """Which rows, columns and metrics; `task` and `metrics` are inferred where not given."""

    old: FileSide | FrameSide
    new: FileSide | FrameSide
    columns: Columns
    task: Task | None = None
    metrics: tuple[str, ...] = ()
    rows: Mapping[str, NumbersSection] = field(default_factory=dict)
    confidence: float = 0.95
    naming: predictions.Naming = OPTIONS


@dataclass(frozen=True, slots=True)
class MetricReading:
    """One metric with its reading; `smallest` is the least difference that these rows show, with power .8."""

    metric: str
    measurement: Measurement
    comparison: Comparison
    reading: Reading
    smallest: float | None


@dataclass(frozen=True, slots=True)
class FileInputs:
    """The `ModelInputs` of two sides."""

    new: Candidate
    main: PairedBaseline | Absent
    stamp: Stamp
    digests: Mapping[str, str]
    progress: Progress
    notes: Sequence[Note] = field(default_factory=tuple)

    def candidate(self, *, unlabelled: bool = False) -> Rows:  # noqa: ARG002
        return self.new.rows

    def reference(self, role: Role) -> PairedBaseline | Absent:
        return self.main if role == "main" else Absent(kind="off", reason="two sides only")

    def announced_test_set(self) -> TestSet | None:
        return None

    def test_set_digest(self) -> str | None:
        """Return nothing: two files are no baseline."""
        return None

    def scalars(self) -> Mapping[str, Scalar]:
        return {}

    def custom(self, function: str) -> CustomMetric:
        msg = f"{function}: custom functions need mlgate.yaml"
        raise UsageError(msg, hint=f"see metrics.custom in {DOCS}/configuration.md")

    @property
    def custom_unpaired(self) -> str | None:
        """Why the user's metrics cannot be compared row by row: none is measured."""
        return None

    def history(self) -> Sequence[HistoryPoint]:
        return ()


@dataclass(frozen=True, slots=True)
class LoadedSides:
    """Both models' rows, read once; measured as often as policies ask for more."""

    options: CompareOptions
    task: Task
    new: Candidate
    old: Candidate
    paired: PairedRows | None
    digests: Mapping[str, str]
    stamp: Stamp
    progress: Progress

    def measure(self, policy: Policy | None = None) -> CompareEvidence:
        """Measure the metrics asked for, and what a policy needs beside them.

        Raises
        ------
        UsageError
            For metrics that do not exist.
        DataError
            For metrics that do not fit, and for rows that cannot be compared.
        """
        from mlgate.checks.compare import measure as check

        params = _params(self, policy or Policy())
        directions = {name: numbers.direction for name, numbers in self.options.rows.items()}
        inputs = self._inputs(self.new, self._main(params))

        def run(view: Inputs) -> CompareEvidence:
            return check.run(view, params)

        # `compare` asks its inputs for nothing else than these have.
        whole = cast("Inputs", inputs)
        evidence = with_views(run, whole, run(whole), directions)
        return evidence.model_copy(update={"written_by": self._tools()})

    def _tools(self) -> dict[str, str]:
        """Return the tools that wrote the files, by the files' names."""
        flat = (side.flat for side in (self.old, self.new))
        return {name: tool for tables in flat if tables for name, tool in tables.tools.items()}

    def _inputs(self, new: Candidate, main: PairedBaseline | Absent) -> FileInputs:
        notes: tuple[Note, ...] = ()
        counts = None if self.paired is None else self.paired.counts
        if counts is not None and (counts.failed or counts.baseline_failed):
            text = described(counts, self.options.old.name, self.options.columns.errors)
            notes = (Note(level="info", text=text),)
        return FileInputs(new, main, self.stamp, self.digests, self.progress, notes)

    def _main(self, params: CompareParams) -> PairedBaseline:
        from mlgate.checks.compare import measure as check

        old = self.options.old.name
        ref = BaselineRef(commit=None, branch=old, source=old, paired=bool(self.options.columns.id))
        if self.paired is None:
            off = Absent(kind="off", reason="it is the baseline")
            alone = check.run(self._inputs(self.old, off), params)
            why = f"no {self.options.naming.key('id')} names a column to pair rows by"
            return PairedBaseline(ref, alone, unpaired_because=why)
        return PairedBaseline(
            ref.model_copy(update={"rows": self.paired.counts}), None, self.paired
        )

    def read(self, evidence: CompareEvidence, *, power: float = 0.8) -> tuple[MetricReading, ...]:
        """Interpret each metric: better or worse where the interval excludes 0.

        The bounds are one-sided at the confidence asked for, so that either reading is wrong in
        at most 1 − confidence of the comparisons of equal models. Where no row has another
        answer it is unchanged on these rows, whatever others might show.
        """
        unchanged = _unchanged(self.paired, evidence.metrics)
        return tuple(
            _line(name, measured, measured.against["main"], self.options.confidence, power)
            if name not in unchanged
            else MetricReading(name, measured, measured.against["main"], "same", None)
            for name, measured in evidence.metrics.items()
            if "main" in measured.against
        )


def load(options: CompareOptions, progress: Progress) -> LoadedSides:
    """Read both sides; relative paths start at the current folder.

    Raises
    ------
    DataError
        For everything that is wrong with the rows; see `predictions.load`.
    UsageError
        When nothing says what to compare, and for options that do not fit.
    """
    key, confidence = options.naming.key, options.confidence
    if not 0.5 <= confidence < 1:
        raise UsageError(f"{key('confidence')} is {confidence}: it must be from 0.5 to below 1")
    cwd, now = Path.cwd(), f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
    task = options.task or infer_task(options, cwd)
    if options.columns.errors is not None and task != "scores":
        hint = f"score each row as right or wrong, and name the column in {options.naming.values}"
        raise UsageError(f"{key('errors')} applies to columns of numbers, not to labels", hint=hint)
    new, old = (_load(side, options, task, cwd) for side in (options.new, options.old))
    used = predictions.columns(options.columns, task, options.rows, options.naming)
    digests = options.old.digests(old, used, cwd) | options.new.digests(new, used, cwd)
    stamp = Stamp(tool=__version__, commit=None, created=now, confidence=options.confidence)
    names = (options.new.name, options.old.name)
    paired = pair_candidates(new, old, names) if options.columns.id else None
    return LoadedSides(options, task, new, old, paired, digests, stamp, progress)


def infer_task(options: CompareOptions, cwd: Path) -> Task:
    """Infer the task from the labels: two of them, several classes, or numbers; scores without."""
    label, key = options.columns.label, options.naming.key
    if label is None and options.rows:
        return "scores"
    if label is None:
        hint = f"name it; columns of numbers, such as a judge's grades, belong in {key('rows')}"
        raise UsageError(f"{key('label')} is not set: the column of true labels", hint=hint)
    with options.new.columns({label: key("label")}, cwd) as table:
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


def _load(side: FileSide | FrameSide, options: CompareOptions, task: Task, cwd: Path) -> Candidate:
    values = options.rows
    if isinstance(side, FrameSide):
        named = options.naming
        return predictions.of_frame(side.frame, options.columns, task, values=values, named=named)
    section = replace(options.columns, path=str(cwd / side.path))
    return predictions.load(section, task, cwd, fresh=ANY, values=values, named=options.naming)


def _params(sides: LoadedSides, policy: Policy) -> CompareParams:
    from mlgate.checks.compare.params import CompareParams, RequestedMetric

    options, task = sides.options, sides.task
    gated = [canonical(name) for name in policy.gates]
    names = [canonical(name) for name in options.metrics] or [
        name
        for name, metric in METRICS.items()
        if metric.by_default
        and task in metric.tasks
        and (options.columns.score is not None or not metric.needs_score)
    ]
    names = [name for name in dict.fromkeys([*names, *gated]) if name not in options.rows]
    statistics = [column_statistic(name, options.rows) for name in names]
    names = [name for name, own in zip(names, statistics, strict=True) if own is None]
    for name in names:
        if name not in METRICS:
            msg = f"there is no metric {name!r}"
            raise UsageError(msg, hint=f"known are: {', '.join([*METRICS, *options.rows])}")

    def requested(name: str, **how: Any) -> RequestedMetric:
        column = how.get("source")
        direction = METRICS[name].direction if column is None else options.rows[column].direction
        if direction is not None and how.get("statistic"):
            direction = ColumnStatistic(str(column), how["statistic"]).direction(direction)
        factors = contrast_factors(policy, name, "main", direction)
        return RequestedMetric(
            name=name, direction=direction, factors={"main": factors} if factors else {}, **how
        )

    own = (
        requested(
            name, origin="rows", source=name, range=numbers.range, human=numbers.human is not None
        )
        for name, numbers in options.rows.items()
    )
    of_columns = (
        requested(
            f"{own.column}.{own.name}",
            origin="rows",
            source=own.column,
            statistic=own.name,
            range=options.rows[own.column].range,
        )
        for own in statistics
        if own is not None
    )
    metrics = (*map(requested, names), *own, *of_columns)
    return CompareParams(task=task, metrics=metrics, confidence=options.confidence)


def judge(sides: LoadedSides, policy: Policy) -> tuple[CompareEvidence, Verdict]:
    """Measure under a policy, and judge; the policy's confidence is that of the options."""
    from mlgate import checks
    from mlgate.gates.judge import judge as judge_run

    evidence = sides.measure(policy)
    record = JudgeRecord(source="policy", file="", digest=policy.digest(), policy=policy)
    run = RunRecord(
        tool=__version__,
        name=sides.options.new.name,
        commit=None,
        started=sides.stamp.created,
        judges=(record,),
    )
    folder: dict[str, dict[str, Evidence]] = {record.evidence: {evidence.check: evidence}}
    today = dt.datetime.now(dt.UTC).date()
    return evidence, judge_run(run, folder, today, checks.gates())


def numbers_of(name: str, given: object) -> NumbersSection:
    """Return a column of numbers as given: its direction, or keys as under `metrics.rows`.

    Raises
    ------
    UsageError
        When it is neither.
    """
    from mlgate.config.schema import NumbersSection

    keys = given if isinstance(given, Mapping) else {"direction": given}
    hint = "higher or lower is better; a range is the least and the largest number"
    return _section(NumbersSection, name, keys, hint)


def errors_of(given: object) -> ErrorsSection | None:
    """Return how failed samples are handled: `wrong`, or keys as under `predictions.errors`."""
    if given is None:
        return None
    from mlgate.config.schema import ErrorsSection

    keys = given if isinstance(given, Mapping) else {"as": given}
    return _section(ErrorsSection, "errors", keys, "such as errors='wrong'")


def _section(model: type[_Section], name: str, keys: Mapping[str, object], hint: str) -> _Section:
    from pydantic import ValidationError

    try:
        return model.model_validate(keys)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join([name, *map(str, problem["loc"])])
        message = (
            f"{where}: {problem['msg'].removeprefix('Value error, ')}, got {problem['input']!r}"
        )
        raise UsageError(message, hint=hint) from None


def policy_of(
    gates: Mapping[str, object], confidence: float, on_inconclusive: OnInconclusive
) -> Policy:
    """Return the policy of gates as mlgate.yaml has them; a mere margin is a `max_regression`.

    What cannot be tested blocks: there always is something to compare with.

    Raises
    ------
    UsageError
        For rules that do not exist, and margins that are none.
    """
    from pydantic import ValidationError

    from mlgate.model.policy import Gate

    parsed: dict[str, Gate] = {}
    for name, rules in gates.items():
        written = rules if isinstance(rules, Gate | Mapping) else {"max_regression": rules}
        try:
            parsed[canonical(name)] = Gate.model_validate(written)
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join([name, *map(str, problem["loc"])])
            message = problem["msg"].removeprefix("Value error, ")
            hint = f"such as {name}=0.01, {name}='2%' or {name}={{'min': 0.8}}"
            raise UsageError(f"{where}: {message}", hint=hint) from None
    return Policy(
        gates=parsed,
        confidence=confidence,
        on_inconclusive=on_inconclusive,
        on_untested="fail",
    )


def _unchanged(paired: PairedRows | None, metrics: Collection[str]) -> set[str]:
    """Return the metrics that every row answers alike on both sides."""
    import numpy as np

    from mlgate.checks.compare.judged import same_labels

    if paired is None or not len(paired.candidate):
        return set()
    new, old = paired.candidate, paired.baseline
    own = set(new.values.keys() & old.values.keys())
    alike = {
        name
        for name in own
        if np.array_equal(new.values[name], old.values[name]) and same_labels(new, old, name)
    }
    own |= {name for name in metrics if column_statistic(name, own) is not None}
    alike |= {name for name in metrics if column_statistic(name, alike) is not None}
    scores = [side.score for side in (new, old) if side.score is not None]
    same = not scores or (len(scores) == 2 and np.array_equal(scores[0], scores[1]))
    if same and np.array_equal(new.y_pred, old.y_pred):
        alike |= set(metrics) - own
    return alike


def _line(
    name: str, measured: Measurement, against: Comparison, confidence: float, power: float
) -> MetricReading:
    reading = _reading(measured, against)
    smallest = None
    change, variance, (lower, upper) = against.change, against.row_variance, against.interval
    if reading == "undecided" and not (
        change is None or lower is None or upper is None or variance is None
    ):
        half = max(change - lower, upper - change)
        wide = beyond(half, variance, against.n, confidence=confidence)
        smallest = smallest_effect(
            variance, against.n, confidence=confidence, power=power, beyond=wide
        )
    return MetricReading(name, measured, against, reading, smallest)


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
    if measured.direction is None:
        return "changed"
    return "better" if (lower > 0) == (measured.direction == "higher") else "worse"
