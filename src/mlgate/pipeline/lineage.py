"""Where a model came from: its record, of a run directory or of a baseline.

RUN ──► run directory, or a commit's baseline ──► RunFiles ──► lineage.record ──► Origin ──► exports
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mlgate import checks
from mlgate.errors import DataError, UsageError
from mlgate.files import write_atomic
from mlgate.git import Git
from mlgate.inputs import git_facts
from mlgate.lineage import exports, record
from mlgate.lineage.exports import Origin
from mlgate.model.lineage import Whence
from mlgate.pipeline import gate_and_report
from mlgate.pipeline.baselines.choice import StoredBaselines
from mlgate.pipeline.judging.place import find_config
from mlgate.pipeline.ledger import wear
from mlgate.pipeline.prepare import open_run_dir, prepare
from mlgate.run_dir import RUN, VERDICT, RunFileError, RunFiles
from mlgate.training import digests

if TYPE_CHECKING:
    from pathlib import Path

    from mlgate.model.evidence import Artifact
    from mlgate.pipeline.context import Context

_SHA256: Final = re.compile(r"[0-9a-fA-F]{64}")


def origin(context: Context, source: str | None) -> Origin:
    """Return what is known of a model.

    Parameters
    ----------
    source
        A run directory, or a commit that has a baseline; None for the run directory of this folder.

    Raises
    ------
    UsageError
        When there is neither.
    DataError
        When its files are damaged, or from another version.
    """
    return origin_of(_files(context, source), source or "this run", _repository(context))


def origin_of(files: RunFiles, name: str, repository: str | None = None) -> Origin:
    """Return what a run's files say of its model; raises `DataError` where they are damaged."""
    try:
        run, evidence = files.run(), files.evidence()
        verdict = files.verdict() if VERDICT in files.files else None
    except RunFileError as error:
        raise DataError(f"{name}: {error}") from None
    return Origin(record.lineage(run, evidence, verdict), verdict, evidence, repository)


def export(context: Context, kind: str, source: str | None, path: Path | None) -> Path:
    """Write an export and return its path, by default in the current folder.

    A file that is there may hold a team's own text, which stays as it is.

    Raises as `origin` does, and `DataError` where the record says too little for the export or the
    file that is there cannot be kept.
    """
    form = exports.find(kind)
    target = context.cwd / (path or form.file)
    write_atomic(target, form.render(origin(context, source), _earlier(target)))
    return target


def disagreement(context: Context, kind: str, source: str | None, path: Path | None) -> str | None:
    """Return how a file differs from the export that would be written; None where it does not.

    The first line of the file that would change, and what it would be.
    """
    form = exports.find(kind)
    target = context.cwd / (path or form.file)
    there = _earlier(target)
    if there is None:
        msg = f"there is no {target.name} in {target.parent}"
        raise UsageError(msg, hint=f"write it with `mlgate lineage export {kind}`")
    expected = form.render(origin(context, source), there).splitlines()
    lines = there.splitlines()
    for number in range(max(len(lines), len(expected))):
        old, new = (rest[number] if number < len(rest) else "" for rest in (lines, expected))
        if old != new:
            return f"line {number + 1} is `{old.strip()}`, and this run says `{new.strip()}`"
    return None


def whence(context: Context, what: str) -> Whence | None:
    """Find the newest kept run that made a file; None where none did.

    Parameters
    ----------
    what
        A file or folder, or its SHA-256 in hex (that of a folder is the one that train.json records).

    Raises
    ------
    UsageError
        When there is no such file, and it is no SHA-256.
    StoreError
        When the store cannot be read.
    """
    path = context.cwd / what
    if path.exists():
        sha256 = digests.describe(what, context.cwd).sha256
    elif _SHA256.fullmatch(what):
        sha256 = what.lower()
    else:
        msg = f"there is no {what}, and it is no SHA-256"
        raise UsageError(msg, hint="name the model's file, or its SHA-256 in hex")
    prepared = prepare(context)
    stored = StoredBaselines(prepared, prepared.judges[0].config)
    for baseline in stored.baselines:
        files = RunFiles(stored.store.read(baseline), checks.evidence_types())
        made = _artifact(files, sha256)
        if made is not None:
            lines = wear.open_book(prepared, prepared.judges[0], prepared.git).read()
            return Whence(
                sha256=sha256,
                path=made.path,
                kept=baseline.created.isoformat(),
                record=origin_of(files, baseline.commit).record,
                evaluations=tuple(line for line in lines if line.commit == baseline.commit),
            )
    return None


def _artifact(files: RunFiles, sha256: str) -> Artifact | None:
    """Return what a training made with this digest; a baseline that cannot be read made nothing."""
    try:
        train = files.training()
    except RunFileError:
        return None
    made = () if train is None else train.artifacts
    return next((artifact for artifact in made if artifact.sha256 == sha256), None)


def _files(context: Context, source: str | None) -> RunFiles:
    if source is None:
        return _of_folder(gate_and_report.locate(context).path)
    folder = context.cwd / source
    if folder.is_dir():
        return _of_folder(folder)
    prepared = prepare(context)
    stored = StoredBaselines(prepared, prepared.judges[0].config)
    baseline = stored.named(source, "no run directory and ")
    return RunFiles(stored.store.read(baseline), checks.evidence_types())


def _of_folder(folder: Path) -> RunFiles:
    files = open_run_dir(folder).files()
    if RUN not in files.files:
        msg = f"{folder} is not a run directory: it has no {RUN}"
        raise UsageError(msg, hint="run `mlgate run` first, or name a run directory or a commit")
    return files


def _repository(context: Context) -> str | None:
    """Return the repository's URL; a run directory may lie outside of any."""
    try:
        return git_facts.remote_url(
            Git(find_config(context).parent.resolve(), context.ci_run.login)
        )
    except UsageError:
        return None


def _earlier(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from None
