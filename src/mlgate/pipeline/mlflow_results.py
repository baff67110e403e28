"""The results of this commit, as a run of an MLflow server logged them: fetched, judged, and marked with the verdict.

run by id or by the tag of its commit ──► files that mlgate.yaml names ──► this work tree ──► checks
                                     └──► metrics ──► mlflow.json, parameters ──► evidence/train.json
verdict, headline, address of this CI run ──► tags of the run
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlgate import training
from mlgate.errors import DataError, StoreError, UsageError
from mlgate.files import write_atomic
from mlgate.model.lineage import ExternalRun
from mlgate.pipeline.judging.configured import written_paths
from mlgate.pipeline.training.train import stamp
from mlgate.registries.mlflow_runs import COMMIT, MlflowRuns
from mlgate.text.lists import first_of
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.model.evidence import TrainEvidence
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import Verdict
    from mlgate.pipeline.prepare import Prepared
    from mlgate.registries.mlflow_runs import MlflowRun

METRICS: Final = "mlflow.json"
"""The file, beside mlgate.yaml, that holds the metrics which the run logged, where `metrics.files` names it."""
_TRACKING: Final = "MLFLOW_TRACKING_URI"


@dataclass(frozen=True, slots=True)
class ExternalResults:
    """A run of an MLflow server, which is one of this commit."""

    server: MlflowRuns
    run: MlflowRun

    def marked(self, record: RunRecord) -> RunRecord:
        """Return a run's record that says whose results these are."""
        external = ExternalRun(kind="mlflow", id=self.run.id, url=self.server.page(self.run))
        return record.model_copy(update={"elsewhere": True, "external": external})

    def fetch(self, prepared: Prepared) -> TrainEvidence:
        """Bring the files here that mlgate.yaml says the training writes, and note its parameters.

        Raises
        ------
        DataError
            When a result is not among the files of the run, or one would be written outside of the
        repository.
        RegistryError
            When the server does not hand them out.
        """
        progress = prepared.context.progress
        with progress.group("Fetching"):
            patterns = _patterns(prepared)
            fetched = [path for path in self.server.files(self.run) if _is_named(path, patterns)]
            for path in fetched:
                self._bring(prepared, path)
            progress.line(
                f"run {self.run.id}: {first_of(fetched, 10) or 'no file that mlgate.yaml names'}"
            )
            self._hold(prepared, fetched)
            if METRICS in patterns and METRICS not in fetched:
                write_atomic(prepared.root / METRICS, _as_json(self.run))
        request = training.TrainRequest(
            command=None,
            cwd=prepared.root,
            env={},
            log=prepared.dir.log,
            stamp=stamp(prepared),
            artifacts=prepared.loaded.config.train.artifacts,
        )
        evidence = training.train(request, console=prepared.context.console, progress=progress)
        return evidence.model_copy(update={"parameters": dict(sorted(self.run.params.items()))})

    def write_back(self, prepared: Prepared, verdict: Verdict) -> None:
        """Set the verdict as tags of the run; what cannot be set is only reported."""
        tags = {
            COMMIT: str(prepared.run.commit),
            "mlgate.verdict": verdict.verdict,
            "mlgate.blocked": str(verdict.blocked).lower(),
            "mlgate.headline": verdict.headline,
            "mlgate.report": prepared.context.ci_run.url or "",
        }
        try:
            self.server.tag(self.run, {key: value for key, value in tags.items() if value})
        except StoreError as error:
            prepared.context.progress.line(
                f"mlgate: the MLflow run has no tags of the verdict: {error}"
            )

    def _hold(self, prepared: Prepared, fetched: Sequence[str]) -> None:
        """Refuse results that are only here: they are of another training."""
        config = prepared.judges[0].config
        results = [] if config.predictions is None else [config.predictions.path]
        results += [*config.metrics.files, *prepared.loaded.config.train.artifacts]
        for pattern in map(os.path.normpath, map(prepared.references.expand_path, results)):
            if pattern != METRICS and not any(_is_named(path, (pattern,)) for path in fetched):
                msg = f"the MLflow run {self.run.id} has no file {pattern}"
                raise DataError(msg, hint="log it under this path: mlflow.log_artifact(…)")

    def _bring(self, prepared: Prepared, path: str) -> None:
        target = prepared.root / path
        top = prepared.git.top.resolve()
        if ".." in Path(path).parts or not target.parent.resolve().is_relative_to(top):
            msg = f"the file {path} of run {self.run.id} would be outside of the repository"
            raise DataError(msg, hint="log it under a path below the folder of mlgate.yaml")
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(prefix=".mlgate-", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                self.server.fetch(self.run, path, file.write)
            Path(made).replace(target)
        finally:
            Path(made).unlink(missing_ok=True)


def find(prepared: Prepared, run_id: str) -> ExternalResults:
    """Find the run whose results are judged.

    Parameters
    ----------
    run_id
        Its id; empty for the newest finished one of this commit.

    Raises
    ------
    UsageError
        When no server is named, or the run is of another commit or has not ended well.
    RegistryError
        When the server does not answer, or has no such run.
    """
    environ, commit = prepared.context.environ, str(prepared.run.commit)
    url = environ.get(_TRACKING, "")
    if not url.startswith(("http://", "https://")):
        msg = f"--mlflow: {_TRACKING} names no server"
        raise UsageError(msg, hint=f"set {_TRACKING} to its address: https://…")
    server = MlflowRuns(url, environ)
    run = server.get(run_id) if run_id else server.of_commit(commit)
    if run.commit != commit:
        other = "no commit" if run.commit is None else f"commit {short_sha(run.commit)}"
        msg = f"the MLflow run {run.id} is of {other}, and this is {short_sha(commit)}"
        raise UsageError(
            msg, hint=f'check that commit out, or set the tag: mlflow.set_tag("{COMMIT}", …)'
        )
    if run.status != "FINISHED":
        msg = f"the MLflow run {run.id} has not ended well: {run.status or 'no status'}"
        raise UsageError(msg, hint="wait for it, or name another one")
    return ExternalResults(server, run)


def _patterns(prepared: Prepared) -> tuple[str, ...]:
    configs = (prepared.loaded.config, *(judge.config for judge in prepared.judges))
    written = [path for config in configs for path in written_paths(config, prepared.references)]
    artifacts = prepared.loaded.config.train.artifacts
    return tuple(dict.fromkeys(os.path.normpath(path) for path in (*written, *artifacts)))


def _is_named(path: str, patterns: Sequence[str]) -> bool:
    """Whether a file is what a pattern names, or is in a folder that it names."""
    return any(
        path == pattern or path.startswith(f"{pattern}/") or fnmatchcase(path, pattern)
        for pattern in patterns
    )


def _as_json(run: MlflowRun) -> str:
    """Return the metrics; what is no finite number becomes text, which no metric may be."""
    values = {
        name: value if math.isfinite(value) else str(value) for name, value in run.metrics.items()
    }
    return json.dumps(values, indent=1, sort_keys=True) + "\n"
