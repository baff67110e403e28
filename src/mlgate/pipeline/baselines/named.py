"""The baseline that the user names in the place of main's: a file of predictions, a run directory, a commit."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate import training
from mlgate.config import leads_out
from mlgate.errors import DataError
from mlgate.files import sha256
from mlgate.inputs import baseline_rows, predictions, remote
from mlgate.inputs.paths import ANY
from mlgate.model.evidence import Absent, BaselineRef, CompareEvidence
from mlgate.pipeline.baselines.baseline import Baseline
from mlgate.pipeline.judging import held_labels
from mlgate.pipeline.training.train import environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.config import Config
    from mlgate.inputs.predictions import Candidate
    from mlgate.model.evidence import Evidence, HistoryPoint, TestSet
    from mlgate.model.inputs import PairedBaseline
    from mlgate.model.rows import Role
    from mlgate.pipeline.baselines.baseline import Baselines
    from mlgate.pipeline.prepare import Prepared
    from mlgate.run_dir import RunDir

OFF = Absent(kind="off", reason="this run is compared with one named baseline only")


@dataclass(frozen=True, slots=True)
class BaselinePlace:
    """Where a baseline's file of predictions is looked for.

    Attributes
    ----------
    root, top
        The folders of the configuration and of the repository, or what stands in for them.
    written
        What `baseline.run` wrote; None where it still has to be run, if the configuration has it.
    """

    root: Path
    top: Path
    written: Path | None = None


@dataclass(eq=False)
class WrittenBaseline:
    """The predictions that the judging branch's `baseline.run` wrote before the author's code started.

    Nothing that this code leaves behind (modules, environments, changed data) can be what that
    command reads.
    """

    folder: Path
    path: Path | None = None
    problem: DataError | None = None
    _sha256: str = ""

    @classmethod
    def of(cls, prepared: Prepared, config: Config) -> WrittenBaseline:
        """Run the command; a failure is told where the predictions are asked for."""
        written = cls(Path(tempfile.mkdtemp(prefix="mlgate-baseline-")))
        weakref.finalize(written, shutil.rmtree, written.folder, ignore_errors=True)
        try:
            written.path = run_baseline_command(prepared, config, written.folder)
            written._sha256 = sha256(written.path)
        except DataError as error:
            hint = f"{error.hint}; it runs before the training, so that what it needs must be there"
            written.problem = DataError(error.message, hint=hint)
        return written

    def file(self) -> Path:
        """Return the file of predictions; raises `DataError` where there is none, or another."""
        if self.problem is not None or self.path is None:
            raise self.problem or DataError("baseline.run wrote no predictions")
        if not self.path.is_file() or sha256(self.path) != self._sha256:
            msg = "what baseline.run wrote was changed while the model was trained"
            raise DataError(msg, hint="code of this branch may not write into mlgate's folders")
        return self.path


def write_baseline(
    prepared: Prepared, config: Config, place: BaselinePlace | None = None
) -> Baselines:
    """Return the baseline that `baseline.run` writes, or that is in `baseline.predictions`.

    Parameters
    ----------
    place
        Default: this work tree.
    """
    place = place or BaselinePlace(prepared.root, prepared.git.top)
    return NamedBaseline(_of_settings(prepared, config, place))


@dataclass(frozen=True, slots=True)
class NamedBaseline:
    """One baseline that the user named, in the place of main's."""

    baseline: Baseline

    def reference(
        self, role: Role, candidate: Candidate | None, secret: bytes | None
    ) -> PairedBaseline | Absent:
        """Return it as main's; there is no anchor."""
        return self.baseline.paired_with(candidate, secret) if role == "main" else OFF

    def chosen(self, role: Role) -> BaselineRef | Absent:
        """Return it as main's."""
        return self.baseline.ref if role == "main" else OFF

    def after(self, training: Evidence | None) -> NamedBaseline:  # noqa: ARG002
        """Return the same: how the named one was trained is not known."""
        return self

    def test_set(self, candidate: Candidate | None, secret: bytes | None) -> TestSet | None:  # noqa: ARG002
        """Return nothing: announcements are about stored baselines."""
        return None

    @property
    def branch(self) -> str:
        """What the baseline is called."""
        return self.baseline.ref.source

    def history(self) -> Sequence[HistoryPoint]:
        """Return nothing: a single baseline has no history."""
        return ()

    def salt(self) -> bytes | None:
        """Return the salt of its rows, where they have one."""
        return self.baseline.salt()


def of_run_dir(run_dir: RunDir) -> Baseline:
    """Return the baseline that a run directory holds."""
    evidence = run_dir.evidence_of("compare")
    if not isinstance(evidence, CompareEvidence):
        msg = f"{run_dir.path} holds no evidence of the check compare"
        raise DataError(msg, hint="name the run directory of a `mlgate run`")
    rows = baseline_rows.read_rows(run_dir.rows) if run_dir.rows.is_file() else None
    ref = BaselineRef(commit=evidence.commit, created=evidence.created, source=str(run_dir.path))
    return Baseline(ref, evidence, rows, checks=run_dir.read_evidence())


def _of_settings(prepared: Prepared, config: Config, place: BaselinePlace) -> Baseline:
    """Return the baseline that `baseline.predictions` or `baseline.run` names."""
    baseline = config.baseline
    if baseline.run is None:
        assert baseline.predictions is not None
        setting = baseline.predictions
        path = prepared.references.address(setting, "baseline.predictions")
        if remote.scheme(path) is None:
            there = prepared.files.place(path, "baseline.predictions", place.root, place.top)
            path, place = there.pattern, BaselinePlace(there.root, there.top)
        try:
            return of_file(prepared, config, path, setting, place)
        except DataError as error:
            if leads_out(path):
                raise error.without_contents([setting]) from None
            raise
    if place.written is not None:
        return of_file(prepared, config, str(place.written), "baseline.run", place)
    with tempfile.TemporaryDirectory(prefix="mlgate-baseline-") as folder:
        written = run_baseline_command(prepared, config, Path(folder))
        return of_file(prepared, config, str(written), "baseline.run", place)


def run_baseline_command(prepared: Prepared, config: Config, folder: Path) -> Path:
    """Run `baseline.run`, which writes the baseline's predictions; return their file.

    The judging branch's command runs among that branch's files: a change must not edit what it is
    compared with.

    Raises
    ------
    DataError
        When it fails or writes nothing.
    """
    command = config.baseline.run
    assert command is not None
    name = Path(config.predictions.path).name if config.predictions else "baseline"
    out = folder / name.replace("*", "all")
    root = prepared.files.work_tree() if runs_apart(prepared, config) else prepared.root
    _write(prepared, command, root, out)
    return out


def runs_apart(prepared: Prepared, config: Config) -> bool:
    """Whether `baseline.run` is the judging branch's command, and this commit is not that branch's."""
    judging = None if prepared.facts.on_base else prepared.judging
    command = None if judging is None else judging.config.baseline.run
    return command is not None and command == config.baseline.run


def _write(prepared: Prepared, command: str, root: Path, out: Path) -> None:
    context = prepared.context
    ended = training.help_out(
        command,
        root,
        {**environment(prepared).env, "MLGATE_BASELINE_OUT": str(out)},
        prepared.dir.baseline_log,
        console=context.console,
        log_format=context.ci_run.log,
        grace=context.ci_run.grace,
    )
    if ended is None and out.exists():
        return
    because = f", since {ended.cause}" if ended else ", although it ended well"
    hint = f"`{command}` must write the baseline's predictions to $MLGATE_BASELINE_OUT"
    raise DataError(
        f"baseline.run wrote no predictions{because}", hint=(ended and ended.hint) or hint
    )


def of_file(
    prepared: Prepared, config: Config, path: str, source: str, place: BaselinePlace
) -> Baseline:
    """Return the baseline that a file of predictions is; it is measured here as well.

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
    with held_labels.opened(prepared, config, ANY) as held:
        candidate = predictions.load(
            config.predictions.model_copy(update={"path": path, **unread}),
            config.task,
            place.root,
            fresh=ANY,
            top=place.top,
            values=config.metrics.columns(),
            named=predictions.Naming(
                key=_key,
                outside=True,
                labels=None if held is None else replace(held, missing=1.0),
            ),
        )
    return Baseline(BaselineRef(commit=None, source=source), None, candidate)


def _key(setting: str) -> str:
    return "baseline.predictions" if setting == "path" else f"predictions.{setting}"
