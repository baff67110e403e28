"""From a `TrainRequest` to `TrainEvidence`: whatever the training does, the result is data."""

from __future__ import annotations

import datetime as dt
import os
import signal
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, TextIO

from mlgate.errors import ExitCode, MlgateError, UsageError
from mlgate.model.evidence import Note, TrainEvidence
from mlgate.outgoing import redactor
from mlgate.progress import PLAIN, LogFormat
from mlgate.redaction import secrets_in
from mlgate.training import digests, dvc, parameters
from mlgate.training.capture import capture
from mlgate.training.ending import Ending, duration, ending
from mlgate.training.environment import lacks_something, seeds
from mlgate.training.output import Log, Output, Screen
from mlgate.training.process import GRACE, Running
from mlgate.training.tree import none_left

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mlgate.model.evidence import Artifact
    from mlgate.model.inputs import Stamp
    from mlgate.progress import Progress
    from mlgate.training.process import ProcessResult

"""The shell's exit code where it does not find a command."""


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What to run and what to record.

    Parameters
    ----------
    command
        A shell command line, of one or several lines; None when there is nothing to run.
    cwd
        The folder of mlgate.yaml: where it runs, and what paths are relative to.
    timeout
        Seconds, or None.
    env, withheld, where_missing
        From `user_environment`.
    artifacts, inputs
        Paths and globs: files that must exist afterwards; files that are digested before.
    params
        Files that hold parameters, read before; see `parameters.read`.
    log
        The file that takes the output, in a folder of the run directory.
    log_format
        How the console's log is read.
    grace
        Seconds between SIGTERM and SIGKILL.
    python
        The Python that the training uses, as a command; its packages are listed.
    """

    command: str | None
    cwd: Path
    env: Mapping[str, str]
    log: Path
    stamp: Stamp
    timeout: float | None = None
    withheld: Sequence[str] = ()
    where_missing: str | None = None
    artifacts: Sequence[str] = ()
    inputs: Sequence[str] = ()
    params: Sequence[str] | None = None
    log_format: LogFormat = PLAIN
    grace: float = GRACE
    python: str = "python"


class Interrupted(MlgateError):  # noqa: N818  (an event, like KeyboardInterrupt)
    """Ctrl-C while the training ran: all of it has ended, and `evidence` records what it did.

    Whoever catches it writes the evidence and raises it again: its exit code is the shell's
    for the signal.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.INTERRUPTED

    def __init__(self, evidence: TrainEvidence) -> None:
        super().__init__(evidence.problem or "the training was interrupted")
        self.evidence = evidence


class Terminated(Interrupted):
    """SIGTERM (a cancelled job, a time-out of CI) or SIGHUP while the training ran."""

    exit_code: ClassVar[ExitCode] = ExitCode.TERMINATED


def train(request: TrainRequest, *, console: TextIO, progress: Progress) -> TrainEvidence:
    """Run the training and return its evidence; a failing one is evidence, not an error.

    Parameters
    ----------
    console
        Where the training's output is streamed.

    Raises
    ------
    UsageError
        When the command is empty or there is no folder to run it in.
    Interrupted
        After Ctrl-C; `Terminated` after SIGTERM or SIGHUP.
    """
    if request.command is None:
        return _skipped(request)
    _refuse(request.command, request.cwd)
    inputs, notes = _read(request)
    held, unread = parameters.read(request.params, request.cwd)
    started = _now()
    log = Log(request.log)
    since = request.log.stat().st_mtime_ns  # the file system's clock, not ours
    output = Output(
        Screen(console, request.log_format.quote), log, redactor().knowing(secrets_in(request.env))
    )
    outcome = _run(request, request.command, output)
    finished = _now()
    stopped = isinstance(outcome.stopped, signal.Signals)
    ended, artifacts = _artifacts(request, ending(outcome, request.timeout), since)
    with none_left():  # its Python may be another by now
        environment = capture(request.env, request.cwd, python=request.python, ask=not stopped)
    remarks = list(_remarks(request, log, ended, output.tail()))
    evidence = TrainEvidence(
        **request.stamp.fields(),
        command=request.command,
        status=ended.status,
        exit_code=ended.exit_code,
        signal=ended.signal,
        problem=ended.problem,
        started=started,
        finished=finished,
        resources=outcome.resources,
        environment=environment,
        seeds=seeds(request.env),
        parameters=held,
        inputs=inputs | _pipeline_inputs(request),
        artifacts=artifacts,
        log=f"{request.log.parent.name}/{request.log.name}",
        log_tail=output.tail(),
        withheld=tuple(request.withheld),
        notes=(*notes, *_warnings([*unread, *remarks])),
    )
    if stopped:
        raise (Interrupted if outcome.stopped == signal.SIGINT else Terminated)(evidence)
    progress.line(_summary(evidence))
    if request.where_missing in remarks:
        progress.line(f"→ {request.where_missing}")
    if evidence.status != "ok" and evidence.withheld:
        progress.line(_withheld(evidence.withheld))
    return evidence


def _refuse(command: str, cwd: Path) -> None:
    if not command.strip():
        msg = "train.run in mlgate.yaml is empty"
        raise UsageError(msg, hint="write a command, or remove `run`")
    if not cwd.is_dir():
        msg = f"the training cannot run in {cwd}: there is no such folder"
        raise UsageError(msg, hint="name the mlgate.yaml to use with --config")


def _skipped(request: TrainRequest) -> TrainEvidence:
    """Accept existing results as they are: there is no time since which they must be written."""
    now = _now()
    ended, artifacts = _artifacts(request, Ending("skipped", None, None, None), None)
    return TrainEvidence(
        **request.stamp.fields(),
        command=None,
        status=ended.status,
        problem=ended.problem,
        started=now,
        finished=now,
        artifacts=artifacts,
        withheld=tuple(request.withheld),
    )


def _read(request: TrainRequest) -> tuple[dict[str, str], tuple[Note, ...]]:
    """Digest the inputs before the training can change them."""
    inputs: dict[str, str] = {}
    missed = []
    for pattern, paths in digests.expand(request.inputs, request.cwd).items():
        if not paths:
            missed.append(f"{pattern} (train.inputs) did not exist when the training started.")
        for path in paths:
            try:
                artifact = digests.describe(path, request.cwd)
            except OSError as error:
                missed.append(f"{path} (train.inputs) cannot be read: {error.strerror}.")
            else:
                inputs[artifact.path] = f"sha256:{artifact.sha256}"
    return inputs, _warnings(missed)


def _pipeline_inputs(request: TrainRequest) -> dict[str, str]:
    """Return what the pipeline read according to DVC, if DVC ran it."""
    if not dvc.runs(request.command):
        return {}
    root = request.cwd.resolve()
    return {
        digests.printable(os.path.relpath(path, root)): f"md5:{md5}"
        for path, md5 in sorted(dvc.tracked_inputs(root).items())
    }


def _run(request: TrainRequest, command: str, output: Output) -> ProcessResult:
    try:
        output.say(f"$ {command.rstrip()}")
        return Running(
            command,
            request.cwd,
            request.env,
            output,
            timeout=request.timeout,
            grace=request.grace,
        ).run()
    finally:
        output.finish()


def _artifacts(
    request: TrainRequest, ended: Ending, since: int | None
) -> tuple[Ending, tuple[Artifact, ...]]:
    """Collect the artifacts of a training that did not fail; a missing one makes it fail."""
    if ended.status not in ("ok", "skipped"):
        return ended, ()
    collected = digests.Collector(request.cwd, since, request.command).collect(request.artifacts)
    if collected.problems:
        ended = replace(ended, status="failed", hint=None, cause="; ".join(collected.problems))
    return ended, collected.artifacts


def _summary(evidence: TrainEvidence) -> str:
    verb = {"ok": "finished", "timeout": "timed out"}.get(evidence.status, evidence.status)
    took = f" after {duration(evidence.resources.wall)}" if evidence.resources else ""
    return f"training {verb}{took}{f': {evidence.problem}' if evidence.problem else ''}"


def _remarks(request: TrainRequest, log: Log, ended: Ending, tail: Sequence[str]) -> Iterator[str]:
    """Return problems of the log, and what may be why a program or module is missing."""
    if log.problem:
        yield log.problem
    if (
        request.where_missing
        and ended.status == "failed"
        and lacks_something(ended.exit_code, tail)
    ):
        yield request.where_missing


def _withheld(names: Sequence[str]) -> str:
    return (
        f"withheld from the training: {', '.join(names)}; if it needs one, name it under "
        "train.pass_env (in a pull request, that of the judging branch's mlgate.yaml counts)"
    )


def _warnings(texts: Iterable[str]) -> tuple[Note, ...]:
    return tuple(Note(level="warning", text=text) for text in texts)


def _now() -> str:
    """Return the time to the microsecond: file times are compared with it."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
