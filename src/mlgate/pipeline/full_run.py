"""`mlgate run`: train, check, gate, report."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlgate.errors import ConfigError, ExitCode, InputError
from mlgate.pipeline import gate_and_report, mlflow_results, prepare
from mlgate.pipeline.measuring import measure
from mlgate.pipeline.training import train

if TYPE_CHECKING:
    from pathlib import Path

    from mlgate.model.evidence import TrainEvidence
    from mlgate.model.verdict import Verdict
    from mlgate.pipeline.context import Context
    from mlgate.pipeline.handover.receiving import Received
    from mlgate.pipeline.mlflow_results import ExternalResults
    from mlgate.run_dir import RunDir


@dataclass(frozen=True, slots=True)
class FullRunResult:
    """The outcome of a run, and its run directory."""

    verdict: Verdict
    dir: RunDir
    code: ExitCode


def run(
    context: Context,
    *,
    train_first: bool = True,
    commit: str | None = None,
    handover: Path | None = None,
    mlflow_run: str | None = None,
) -> FullRunResult:
    """Train, check, gate and report.

    A failed training and unusable input are reported too, with exit codes 1 and 2.

    Parameters
    ----------
    handover
        What another job trained and handed over; nothing is trained here then.
    mlflow_run
        The run of an MLflow server whose results are judged, empty for the newest of this commit;
        likewise.
    """
    prepared = _prepared(context, commit)
    external = None if mlflow_run is None else mlflow_results.find(prepared, mlflow_run)
    if external is not None:
        prepared = replace(prepared, run=external.marked(prepared.run))
    prepare.begin(prepared)
    code = ExitCode.OK
    if prepared.run.not_applicable is None and not prepared.run.gone:
        if handover is not None:
            code = _measure_received(prepared, context.cwd / handover)
        elif external is not None:
            code = _measure_fetched(prepared, external)
        else:
            code = _measure(prepared, train_first=train_first)
    verdict = gate_and_report.gate(prepared.dir, context.now.date())
    gate_and_report.write_report(prepared.dir)
    if external is not None:
        external.write_back(prepared, verdict)
    blocked = ExitCode.BLOCKED if verdict.blocked else ExitCode.OK
    only_reports = verdict.report_only_until is not None
    return FullRunResult(verdict, prepared.dir, ExitCode.OK if only_reports else code or blocked)


def _measure_fetched(prepared: prepare.Prepared, external: ExternalResults) -> ExitCode:
    """Measure what a tracking server has of this commit; what is not there is unusable input."""
    try:
        fetched = measure.fetch(prepared)
        training = external.fetch(prepared)
    except InputError as error:
        return _unmeasured(prepared, error)
    prepare.begin(prepared, training=training)
    if training.status not in ("ok", "skipped"):
        return ExitCode.BLOCKED
    return _check(prepared, fetched, training)


def _prepared(context: Context, commit: str | None) -> prepare.Prepared:
    """Read configuration and repository; an earlier run's report does not outlive a refusal."""
    try:
        return prepare.prepare(context, commit=commit)
    except ConfigError:
        stale = gate_and_report.locate(context)
        if stale.path.is_dir():
            stale.reset()
        raise


def _measure(prepared: prepare.Prepared, *, train_first: bool) -> ExitCode:
    try:
        fetched, training = measure.fetch(prepared), None
    except InputError as error:
        return _unmeasured(prepared, error)
    if train_first:
        with prepared.context.progress.group("Training"):
            training = train.train(prepared)
        # What the training wrote into the run directory does not count as evidence.
        prepare.begin(prepared, training=training)
        if training.status not in ("ok", "skipped"):
            return ExitCode.BLOCKED
    return _check(prepared, fetched, training)


def _measure_received(prepared: prepare.Prepared, given: Path) -> ExitCode:
    """Measure what another job trained; what cannot be taken is reported like unusable input."""
    from mlgate.pipeline.handover.receiving import receive

    try:
        received = receive(prepared, given)
        if received.training.status not in ("ok", "skipped"):
            return ExitCode.BLOCKED
        if received.measured:
            return ExitCode.OK
        fetched = measure.fetch(prepared, sealing=False)
        return _check(prepared, fetched, received.training, received)
    except InputError as error:
        return _unmeasured(prepared, error)
    finally:
        shutil.rmtree(prepared.dir.handover, ignore_errors=True)


def _unmeasured(prepared: prepare.Prepared, error: InputError) -> ExitCode:
    """Report what cannot be used like unusable input: nothing was measured."""
    measure.write_failure(prepared, error)
    prepared.context.progress.line(f"mlgate: {error}")
    return ExitCode.USAGE


def _check(
    prepared: prepare.Prepared,
    fetched: measure.Fetched,
    training: TrainEvidence | None,
    received: Received | None = None,
) -> ExitCode:
    progress = prepared.context.progress
    with progress.group("Checking"):
        result = measure.measure(prepared, fetched=fetched, training=training, received=received)
    if result.problem is None:
        return ExitCode.OK
    progress.line(f"mlgate: {result.problem}")
    return ExitCode.USAGE
