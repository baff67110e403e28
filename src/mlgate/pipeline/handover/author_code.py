"""Run the author's code in the job that trains, and record what it returns."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING

from mlgate import checks
from mlgate.errors import InputError, MlgateError
from mlgate.model.base import digest
from mlgate.pipeline.baselines.named import BaselinePlace, run_baseline_command, write_baseline
from mlgate.pipeline.handover.record import (
    AuthorResults,
    MetricResults,
    RowsResults,
    SuiteResults,
)
from mlgate.pipeline.measuring import measure, row_views
from mlgate.pipeline.measuring.run_inputs import RunData, RunInputs
from mlgate.pipeline.training.seal import seal, unheard
from mlgate.pipeline.training.train import environment
from mlgate.training import none_left

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.config import Config
    from mlgate.model.data_rules import DataRuleResult
    from mlgate.model.evidence import TrainEvidence
    from mlgate.model.inputs import CustomMetric, SuiteKind
    from mlgate.model.rows import Rows
    from mlgate.pipeline.prepare import Judge, Prepared
    from mlgate.progress import Progress


def rows_digest(rows: Rows) -> str:
    """Return the SHA-256 of all that a custom metric is given of these rows."""
    import numpy as np

    content = hashlib.sha256("\0".join((rows.task, *rows.classes)).encode())
    for column in (rows.y_true, rows.y_pred, rows.score, rows.weight):
        content.update(b"\1" if column is None else b"\2")
        if column is not None:
            kind = "<f8" if np.issubdtype(column.dtype, np.floating) else "<i8"
            content.update(np.ascontiguousarray(column, dtype=kind).data.cast("B"))
    return content.hexdigest()


def data_digest(data: RunData) -> str:
    """Return the SHA-256 of what a suite runs over."""
    return digest(list(data.digests()))


@dataclass(eq=False)
class RecordedMetric:
    """A custom metric that records what it returns, by rows."""

    function: str
    metric: CustomMetric
    calls: dict[str, list[tuple[float | None, ...]]] = field(default_factory=dict)
    problem: str | None = None

    def __call__(
        self, rows: Rows, weights: NDArray[np.float64] | None, progress: Progress
    ) -> Sequence[float]:
        """Evaluate and record; see `CustomMetric`."""
        try:
            values = self.metric(rows, weights, progress)
        except InputError as error:
            self.problem = str(error)
            raise
        numbers = tuple(float(v) if math.isfinite(v) else None for v in values)
        self.calls.setdefault(rows_digest(rows), []).append(numbers)
        return values

    def results(self) -> MetricResults:
        """Return what was recorded."""
        recorded = (
            RowsResults(rows=rows, calls=tuple(calls)) for rows, calls in self.calls.items()
        )
        return MetricResults(function=self.function, results=tuple(recorded), problem=self.problem)


@dataclass(kw_only=True)
class RecordingInputs(RunInputs):
    """Inputs that record what the author's code returns."""

    recorded: dict[str, RecordedMetric] = field(default_factory=dict)
    suites: list[SuiteResults] = field(default_factory=list)

    def custom(self, function: str) -> CustomMetric:
        """Return the user's function, whose results are recorded."""
        if function not in self.recorded:
            metric = super().custom(function)
            self.recorded[function] = RecordedMetric(function, metric)
        return self.recorded[function]

    @cached_property
    def _data(self) -> RunData:
        python = self.config.metrics.python
        tables, env = self.config.tables(), self.user_env
        return _RecordingData(tables, self._tables, python, env, self.progress, self.suites)


@dataclass
class _RecordingData(RunData):
    """Data whose suites' results are recorded."""

    suites: list[SuiteResults]

    def suite(self, kind: SuiteKind, name: str) -> Mapping[str, DataRuleResult]:
        """Run a user's suite over the data, and record its results."""
        data = data_digest(self)
        try:
            rules = super().suite(kind, name)
        except InputError as error:
            self.suites.append(SuiteResults(kind=kind, name=name, data=data, problem=str(error)))
            raise
        self.suites.append(SuiteResults(kind=kind, name=name, data=data, rules=dict(rules)))
        return rules


@dataclass(frozen=True, slots=True)
class AuthorCode:
    """What runs of the author's code, once it is trained, and for which policies.

    Attributes
    ----------
    fetched
        What measuring needs of the repository and its stores; None where no such code runs.
    """

    prepared: Prepared
    fetched: measure.Fetched | None

    def run(
        self, training: TrainEvidence, folder: Path
    ) -> Iterator[tuple[AuthorResults, Path | None]]:
        """Yield the results of the author's code under each policy that measures for itself.

        Parameters
        ----------
        folder
            Where `baseline.run` writes.

        Yields
        ------
        tuple
            The results, and the file of a baseline's predictions, which they do not describe yet.
        """
        if self.fetched is None:
            return
        with unheard(self.prepared, environment(self.prepared).env), none_left():
            for number, judge in measure.by_folder(self.prepared):
                if runs_code(judge.config):
                    yield self._run(number, judge, training, folder / str(number))

    def _run(
        self, number: int, judge: Judge, training: TrainEvidence, folder: Path
    ) -> tuple[AuthorResults, Path | None]:
        policy = judge.config.measurement_digest()
        written = None
        if judge.config.baseline.run is not None:
            try:
                assert self.fetched is not None
                written = self.fetched.place(self.prepared, number).written
                if written is None:
                    folder.mkdir()
                    written = run_baseline_command(self.prepared, judge.config, folder)
            except InputError as error:
                return AuthorResults(policy=policy, problem=error.message, hint=error.hint), None
        metrics: tuple[MetricResults, ...] = ()
        suites: tuple[SuiteResults, ...] = ()
        try:
            inputs = self._inputs(number, judge, training, written)
        except MlgateError as error:
            self._report(error)
        else:
            for name in _checks_with_code(judge.config):
                self._check(name, judge, inputs)
            metrics = tuple(metric.results() for metric in inputs.recorded.values())
            suites = tuple(inputs.suites)
        return AuthorResults(policy=policy, metrics=metrics, suites=suites), written

    def _check(self, name: str, judge: Judge, inputs: RecordingInputs) -> None:
        """Run a check for its calls; the job that judges meets, and reports, the same problem."""
        module = checks.load(name)
        numbers = judge.config.metrics.numbers()
        directions = {column: number.direction for column, number in numbers.items()}
        try:
            params = module.params(judge.config)
            if params is not None:
                run = partial(measure.run_check, module, params)
                row_views.measure(run, inputs, directions)
        except MlgateError as error:
            self._report(error)

    def _inputs(
        self, number: int, judge: Judge, training: TrainEvidence, written: Path | None
    ) -> RecordingInputs:
        # Rows that a secret pairs stay unpaired here: this job does not have it.
        section = judge.config.baseline.model_copy(update={"id_key": None})
        config = judge.config.model_copy(update={"baseline": section})
        place = BaselinePlace(self.prepared.root, self.prepared.git.top, written)
        assert self.fetched is not None
        baselines = self.fetched.baselines[number] or write_baseline(self.prepared, config, place)
        settings = measure.common(self.prepared, number, config, training)
        return RecordingInputs(**settings, baselines=baselines)

    def _report(self, error: MlgateError) -> None:
        self.prepared.context.progress.line(f"mlgate: {error}")


def prepared_code(prepared: Prepared) -> AuthorCode:
    """Read what the author's code needs beside its files, and close the repository to it."""
    if any(runs_code(judge.config) for _, judge in measure.by_folder(prepared)):
        return AuthorCode(prepared, measure.fetch(prepared))
    seal(prepared)
    return AuthorCode(prepared, None)


def runs_code(config: Config) -> bool:
    """Whether measuring under a configuration runs the author's code."""
    return config.baseline.run is not None or bool(_checks_with_code(config))


def _checks_with_code(config: Config) -> list[str]:
    """Return the checks to run for the sake of the code that they run."""
    with_suites = [name for name, section in config.checks.items() if section.runs_code(config)]
    return [*(["compare"] if config.metrics.custom else []), *with_suites]
