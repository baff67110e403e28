"""What this commit is compared with: a stored baseline, or what the user names instead.

`stored` finds main's and the anchor's in the store; `NamedBaseline` compares with one file of
predictions, one run directory or one commit's baseline.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mlgate import training
from mlgate.config import expand
from mlgate.errors import DataError
from mlgate.inputs import kept, predictions
from mlgate.inputs.freshness import ANY
from mlgate.model.evidence import Absent, BaselineRef, CompareEvidence
from mlgate.pipeline.reference import Known
from mlgate.pipeline.stored import StoredBaselines
from mlgate.pipeline.train import environment
from mlgate.run_dir import RunDir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.config import Config
    from mlgate.inputs.predictions import Candidate
    from mlgate.model.evidence import HistoryPoint
    from mlgate.model.inputs import Reference
    from mlgate.model.rows import Role
    from mlgate.pipeline.prepare import Prepared

OFF = Absent(kind="off", reason="this run is compared with one named baseline only")


class Baselines(Protocol):
    """Where the checks' references come from."""

    def reference(
        self, role: Role, candidate: Candidate | None, secret: bytes | None
    ) -> Reference | Absent: ...

    def history(self) -> Sequence[HistoryPoint]: ...

    def salt(self) -> bytes | None: ...


def open_baselines(prepared: Prepared, config: Config, override: str | None) -> Baselines:
    """Give what this run is compared with.

    Parameters
    ----------
    override
        `--baseline`: a file, a run directory or a commit.
    """
    stored = StoredBaselines(prepared, config)
    if override is not None:
        path = prepared.context.cwd / override
        if path.is_dir():
            return NamedBaseline(_run_dir_reference(RunDir(path)))
        if path.is_file():
            return NamedBaseline(_file_reference(prepared, config, str(path), override))
        return NamedBaseline(stored.of_commit(override))
    if config.baseline.run is not None or config.baseline.predictions is not None:
        return NamedBaseline(_configured(prepared, config))
    return stored


@dataclass(frozen=True, slots=True)
class NamedBaseline:
    """One baseline that the user named, in the place of main's."""

    known: Known

    def reference(
        self, role: Role, candidate: Candidate | None, secret: bytes | None
    ) -> Reference | Absent:
        """Give it as main's; there is no anchor."""
        return self.known.paired_with(candidate, secret) if role == "main" else OFF

    def history(self) -> Sequence[HistoryPoint]:
        """A single baseline has no history."""
        return ()

    def salt(self) -> bytes | None:
        """Give the salt of its rows, where they have one."""
        return self.known.salt()


def _run_dir_reference(run_dir: RunDir) -> Known:
    """Give the baseline that a run directory holds."""
    evidence = run_dir.evidence_of("compare")
    if not isinstance(evidence, CompareEvidence):
        msg = f"{run_dir.path} holds no evidence of the check compare"
        raise DataError(msg, hint="name the run directory of a `mlgate run`")
    rows = kept.read_rows(run_dir.rows) if run_dir.rows.is_file() else None
    ref = BaselineRef(commit=evidence.commit, created=evidence.created, source=str(run_dir.path))
    return Known(ref, evidence, rows)


def _configured(prepared: Prepared, config: Config) -> Known:
    """Give the baseline that `baseline.predictions` or `baseline.run` names."""
    baseline = config.baseline
    if baseline.run is None:
        assert baseline.predictions is not None
        path = expand(baseline.predictions, prepared.context.environ)
        return _file_reference(prepared, config, path, path)
    with tempfile.TemporaryDirectory(prefix="mlgate-baseline-") as folder:
        name = Path(config.predictions.path).name if config.predictions else "baseline"
        out = Path(folder) / name.replace("*", "all")
        _write(prepared, baseline.run, out)
        return _file_reference(prepared, config, str(out), "baseline.run")


def _write(prepared: Prepared, command: str, out: Path) -> None:
    """Let `baseline.run` write the baseline's predictions."""
    context = prepared.context
    problem = training.help_out(
        command,
        prepared.root,
        {**environment(prepared).env, "MLGATE_BASELINE_OUT": str(out)},
        prepared.dir.log.with_name("baseline.log"),
        console=context.console,
        log_format=context.ci_run.log,
        grace=context.ci_run.grace,
    )
    if problem is None and not out.exists():
        problem = "it wrote no file"
    if problem is not None:
        msg = f"baseline.run failed: {problem}: {command}"
        hint = "it must write the baseline's predictions to $MLGATE_BASELINE_OUT"
        raise DataError(msg, hint=hint)


def _file_reference(prepared: Prepared, config: Config, path: str, source: str) -> Known:
    """Give the baseline that a file of predictions is; it is measured here as well.

    Parameters
    ----------
    path
        As it was written; relative to the configuration. Only an absolute one may leave the
        repository.
    """
    if config.predictions is None or config.task is None:
        msg = "a file of predictions can only be compared with predictions"
        raise DataError(msg, hint="add `task` and `predictions` to mlgate.yaml")
    # What this commit says of the rows holds for both sides.
    unread = dict.fromkeys(("weight", "cluster", "time"))
    found = predictions.load(
        config.predictions.model_copy(update={"path": path, **unread}),
        config.task,
        prepared.root,
        fresh=ANY,
        top=prepared.git.top,
        values=tuple(config.metrics.rows),
        named=predictions.Naming(key=_key, outside=True),
    )
    return Known(BaselineRef(commit=None, source=source), None, found)


def _key(setting: str) -> str:
    return "baseline.predictions" if setting == "path" else f"predictions.{setting}"
