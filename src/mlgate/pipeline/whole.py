"""`mlgate run`: train, check, gate, report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.errors import ExitCode, InputError
from mlgate.pipeline import finish, measure, prepare, train

if TYPE_CHECKING:
    from mlgate.model.verdict import Verdict
    from mlgate.pipeline.context import Context
    from mlgate.run_dir import RunDir


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run, and where it lies."""

    verdict: Verdict
    dir: RunDir
    code: ExitCode


def run(context: Context, *, train_first: bool = True, commit: str | None = None) -> Result:
    """Do the whole of it.

    A failed training and unusable input end in a report too, with exit codes 1 and 2.
    """
    prepared = prepare.prepare(context, commit=commit)
    prepare.begin(prepared)
    code = ExitCode.OK
    if prepared.run.not_applicable is None:
        code = _measure(prepared, train_first=train_first)
    verdict = finish.gate(prepared.dir, context.now.date())
    finish.write_report(prepared.dir)
    blocked = ExitCode.BLOCKED if verdict.blocked else ExitCode.OK
    return Result(verdict, prepared.dir, code or blocked)


def _measure(prepared: prepare.Prepared, *, train_first: bool) -> ExitCode:
    progress = prepared.context.progress
    if train_first:
        with progress.group("Training"):
            evidence = train.train(prepared)
        # Whatever the training wrote into our folder is no evidence.
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
