"""`mlgate run`: train, check, gate, report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.errors import ExitCode, InputError
from mlgate.pipeline import gate_and_report, measure, prepare, train

if TYPE_CHECKING:
    from mlgate.model.verdict import Verdict
    from mlgate.pipeline.context import Context
    from mlgate.run_dir import RunDir


@dataclass(frozen=True, slots=True)
class FullRunResult:
    """The outcome of a run, and its run directory."""

    verdict: Verdict
    dir: RunDir
    code: ExitCode


def run(context: Context, *, train_first: bool = True, commit: str | None = None) -> FullRunResult:
    """Train, check, gate and report.

    A failed training and unusable input are reported too, with exit codes 1 and 2.
    """
    prepared = prepare.prepare(context, commit=commit)
    prepare.begin(prepared)
    code = ExitCode.OK
    if prepared.run.not_applicable is None:
        code = _measure(prepared, train_first=train_first)
    verdict = gate_and_report.gate(prepared.dir, context.now.date())
    gate_and_report.write_report(prepared.dir)
    blocked = ExitCode.BLOCKED if verdict.blocked else ExitCode.OK
    return FullRunResult(verdict, prepared.dir, code or blocked)


def _measure(prepared: prepare.Prepared, *, train_first: bool) -> ExitCode:
    progress = prepared.context.progress
    if train_first:
        with progress.group("Training"):
            evidence = train.train(prepared)
        # What the training wrote into the run directory does not count as evidence.
        prepare.begin(prepared, keep_training=True)
        if evidence.status not in ("ok", "skipped"):
            return ExitCode.BLOCKED
    try:
        with progress.group("Checking"):
            measure.measure(prepared)
    except InputError as error:
        measure.write_failure(prepared, error)
        progress.line(f"mlgate: {error}")
        return ExitCode.USAGE
    return ExitCode.OK
