"""What this commit is compared with, on its way to a check.

`StoredBaselines` finds main's and the anchor's in the store; `NamedBaseline` is what the user names
instead: a file of predictions, a run directory, or the baseline of a commit. Either gives a
`Baseline`, whose rows are paired with this commit's.

    StoredBaseline ──► BaselineFiles, BaselineRows ──► Baseline ──► PairedBaseline ──► checks
    (a key in a store)   (read and parsed)                            (rows matched by id)
"""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mlgate import training
from mlgate.checks import evidence_types
from mlgate.config import expand
from mlgate.errors import DataError, StoreError, UsageError
from mlgate.inputs import baseline_rows, git_facts, pairing, predictions
from mlgate.inputs.baseline_rows import BaselineRows
from mlgate.inputs.paths import ANY
from mlgate.model.evidence import Absent, BaselineRef, CompareEvidence
from mlgate.model.inputs import PairedBaseline
from mlgate.pipeline.train import environment
from mlgate.run_dir import RunDir
from mlgate.stores import baseline_files, open_store
from mlgate.stores.finding import Anchors, anchor_baseline, main_baseline, ref_to
from mlgate.stores.history import history_after, known_ancestors
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.config import Config
    from mlgate.inputs.predictions import Candidate
    from mlgate.model.evidence import HistoryPoint
    from mlgate.model.rows import Role
    from mlgate.pipeline.prepare import Prepared
    from mlgate.stores.baseline_files import BaselineFiles
    from mlgate.stores.store import Store
    from mlgate.stores.stored_baseline import StoredBaseline

OFF = Absent(kind="off", reason="this run is compared with one named baseline only")


class Baselines(Protocol):
    """Where the checks' baselines come from."""

    def reference(
        self, role: Role, candidate: Candidate | None, secret: bytes | None
    ) -> PairedBaseline | Absent: ...

    def history(self) -> Sequence[HistoryPoint]: ...

    def salt(self) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Baseline:
    """A baseline before its rows are paired: its evidence, and its rows in one form or other."""

    ref: BaselineRef
    evidence: CompareEvidence | None
    rows: BaselineRows | Candidate | None
    missing_rows: str = "the baseline keeps no rows"

    def paired_with(self, candidate: Candidate | None, secret: bytes | None) -> PairedBaseline:
        """Pair the rows by id, or explain why that is not possible."""
        why = self._unpaired(candidate, secret)
        if why is not None or candidate is None or self.rows is None:
            ref = self.ref.model_copy(update={"paired": False})
            return PairedBaseline(ref, self.evidence, unpaired_because=why)
        ref = self.ref.model_copy(update={"paired": True})
        if isinstance(self.rows, BaselineRows):
            key = baseline_rows.key_of(self.rows.meta, secret)
            assert key is not None
            paired = pairing.pair(
                candidate, self.rows, key=key, baseline_confusion=_confusion(self.evidence)
            )
        else:
            paired = pairing.pair_candidates(candidate, self.rows)
        return PairedBaseline(ref, self.evidence, paired)

    def salt(self) -> bytes | None:
        """Return the salt that hashed its ids, where a salt did."""
        if not isinstance(self.rows, BaselineRows):
            return None
        return baseline_rows.key_of(self.rows.meta, None)

    def _unpaired(self, candidate: Candidate | None, secret: bytes | None) -> str | None:
        if candidate is None:
            return None
        if self.rows is None:
            return self.missing_rows
        if candidate.ids is None:
            return "the predictions have no id column (predictions.id)"
        if isinstance(self.rows, BaselineRows):
            if baseline_rows.key_of(self.rows.meta, secret) is None:
                return (
                    "the secret that hashed the baseline's ids (baseline.id_key) is not known here"
                )
        elif self.rows.ids is None:
            return "the baseline's predictions have no id column"
        return None


def _confusion(evidence: CompareEvidence | None) -> pairing.Confusion | None:
    side = evidence.sides.get("candidate") if evidence is not None else None
    if evidence is None or side is None or side.confusion is None:
        return None
    # Its run may have shown only the rows that it shared with its own baseline.
    if sum(map(sum, side.confusion)) != evidence.n:
        return None
    return pairing.Confusion(evidence.classes, side.confusion)


def open_baselines(prepared: Prepared, config: Config, override: str | None) -> Baselines:
    """Return what this run is compared with.

    Parameters
    ----------
    override
        `--baseline`: a file, a run directory or a commit.
    """
    stored = StoredBaselines(prepared, config)
    if override is not None:
        path = prepared.context.cwd / override
        if path.is_dir():
            return NamedBaseline(_of_run_dir(RunDir(path, evidence_types())))
        if path.is_file():
            return NamedBaseline(_of_file(prepared, config, str(path), override))
        return NamedBaseline(stored.of_commit(override))
    if config.baseline.run is not None or config.baseline.predictions is not None:
        return NamedBaseline(_of_settings(prepared, config))
    return stored


@dataclass
class StoredBaselines:
    """Main's baseline and the anchor's, from the store; each is read once."""

    prepared: Prepared
    config: Config
    _files: dict[str, BaselineFiles] = field(default_factory=dict, init=False)
    _rows: dict[str, BaselineRows | None] = field(default_factory=dict, init=False)

    @cached_property
    def store(self) -> Store:
        """The store of this model."""
        place = expand(self.config.baseline.store, self.prepared.context.environ)
        return open_store(place, self.prepared.git, self.prepared.root, self.prepared.run.name)

    @cached_property
    def baselines(self) -> tuple[StoredBaseline, ...]:
        """All baselines, newest first."""
        return self.store.baselines()

    @cached_property
    def tags(self) -> tuple[git_facts.Tag, ...]:
        """All tags, newest first."""
        return git_facts.tags(self.prepared.git)

    @property
    def branch(self) -> str:
        """The base branch."""
        return self.prepared.facts.base_branch

    def reference(
        self, role: Role, candidate: Candidate | None, secret: bytes | None
    ) -> PairedBaseline | Absent:
        """Return the baseline of a role; a store that cannot be read is never a pass."""
        try:
            baseline = self._main if role == "main" else self._anchor
            if isinstance(baseline, Absent):
                return baseline
            return baseline.paired_with(candidate, secret)
        except StoreError as error:
            return Absent(kind="unreadable", reason=error.message)
        except pairing.IncomparableError as error:
            return Absent(kind="missing", reason=f"{error.message}; {error.hint}")

    def history(self) -> Sequence[HistoryPoint]:
        """Return the trend that ends with main's baseline."""
        try:
            ref = self._main_ref
            return () if isinstance(ref, Absent) else history_after(self.load(ref), self.tags)
        except StoreError:
            return ()

    def salt(self) -> bytes | None:
        """Return the salt that main's baseline was hashed with, else that of the newest one."""
        try:
            if not isinstance(self._main, Absent):
                return self._main.salt()
            return self._baseline(ref_to(self.baselines[0])).salt() if self.baselines else None
        except StoreError:
            return None

    def of_commit(self, revision: str) -> Baseline:
        """Return the baseline of a commit.

        Raises
        ------
        UsageError
            When it has none.
        """
        commit = self.prepared.git.commit_of(revision)
        for stored in self.baselines:
            if stored.commit == commit:
                return self._baseline(ref_to(stored))
        msg = f"{revision} is no file, no run directory and no commit that has a baseline"
        raise UsageError(msg, hint="`mlgate baseline history` lists the commits that have one")

    @cached_property
    def _main_ref(self) -> BaselineRef | Absent:
        facts = self.prepared.facts
        own = None if facts.dirty else facts.commit  # a second run of a commit has its own
        others = [stored for stored in self.baselines if stored.commit != own]
        return main_baseline(
            others, git_facts.baseline_commits(self.prepared.git, facts), self.branch
        )

    @cached_property
    def _main(self) -> Baseline | Absent:
        ref = self._main_ref
        return ref if isinstance(ref, Absent) else self._baseline(ref)

    @cached_property
    def _anchor(self) -> Baseline | Absent:
        how = Anchors(
            setting=self.config.baseline.anchor,
            tags=self.tags,
            verdict_of=lambda stored: self.load(stored).outcome,
            is_ancestor=self._is_ancestor,
            now=self.prepared.context.now,
            own=self.prepared.run.commit,
            window=dt.timedelta(days=self.config.baseline.retention.days),
        )
        ref = anchor_baseline(self.baselines, how, self.branch)
        return ref if isinstance(ref, Absent) else self._baseline(ref)

    def _is_ancestor(self, commit: str) -> bool:
        """Ask the evidence of main's baseline first: a shallow clone need not be deepened then."""
        ref = self._main_ref
        if not isinstance(ref, Absent) and commit in known_ancestors(self.load(ref)):
            return True
        head = self.prepared.run.commit or "HEAD"
        return git_facts.is_ancestor(self.prepared.git, commit, head)

    def load(self, baseline: StoredBaseline | BaselineRef) -> BaselineFiles:
        """Read and parse the files of a baseline, once; raises `StoreError`."""
        commit = baseline.commit or ""
        if commit not in self._files:
            self._files[commit] = baseline_files.load(
                self.store, self._stored(commit), evidence_types()
            )
        return self._files[commit]

    def _stored(self, commit: str) -> StoredBaseline:
        return next(stored for stored in self.baselines if stored.commit == commit)

    def _baseline(self, ref: BaselineRef) -> Baseline:
        files = self.load(ref)
        return Baseline(
            ref=ref.model_copy(update={"branch": self.branch, "verdict": files.outcome}),
            evidence=files.compare,
            rows=self._rows_of(self._stored(ref.commit or "")),
        )

    def _rows_of(self, stored: StoredBaseline) -> BaselineRows | None:
        """Return the rows; main's baseline is often the anchor too."""
        if stored.commit not in self._rows:
            self._rows[stored.commit] = self._read_rows(stored)
        return self._rows[stored.commit]

    def _read_rows(self, stored: StoredBaseline) -> BaselineRows | None:
        data = self.store.read_rows(stored)
        try:
            return None if data is None else baseline_rows.read_rows(data)
        except DataError as error:
            msg = f"the baseline of {short_sha(stored.commit)} is damaged: {error.message}"
            raise StoreError(msg, hint=error.hint) from None


@dataclass(frozen=True, slots=True)
class NamedBaseline:
    """One baseline that the user named, in the place of main's."""

    baseline: Baseline

    def reference(
        self, role: Role, candidate: Candidate | None, secret: bytes | None
    ) -> PairedBaseline | Absent:
        """Return it as main's; there is no anchor."""
        return self.baseline.paired_with(candidate, secret) if role == "main" else OFF

    def history(self) -> Sequence[HistoryPoint]:
        """Return nothing: a single baseline has no history."""
        return ()

    def salt(self) -> bytes | None:
        """Return the salt of its rows, where they have one."""
        return self.baseline.salt()


def _of_run_dir(run_dir: RunDir) -> Baseline:
    """Return the baseline that a run directory holds."""
    evidence = run_dir.evidence_of("compare")
    if not isinstance(evidence, CompareEvidence):
        msg = f"{run_dir.path} holds no evidence of the check compare"
        raise DataError(msg, hint="name the run directory of a `mlgate run`")
    rows = baseline_rows.read_rows(run_dir.rows) if run_dir.rows.is_file() else None
    ref = BaselineRef(commit=evidence.commit, created=evidence.created, source=str(run_dir.path))
    return Baseline(ref, evidence, rows)


def _of_settings(prepared: Prepared, config: Config) -> Baseline:
    """Return the baseline that `baseline.predictions` or `baseline.run` names."""
    baseline = config.baseline
    if baseline.run is None:
        assert baseline.predictions is not None
        path = expand(baseline.predictions, prepared.context.environ)
        return _of_file(prepared, config, path, path)
    with tempfile.TemporaryDirectory(prefix="mlgate-baseline-") as folder:
        name = Path(config.predictions.path).name if config.predictions else "baseline"
        out = Path(folder) / name.replace("*", "all")
        _write(prepared, baseline.run, out)
        return _of_file(prepared, config, str(out), "baseline.run")


def _write(prepared: Prepared, command: str, out: Path) -> None:
    """Run `baseline.run`, which writes the baseline's predictions."""
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


def _of_file(prepared: Prepared, config: Config, path: str, source: str) -> Baseline:
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
    candidate = predictions.load(
        config.predictions.model_copy(update={"path": path, **unread}),
        config.task,
        prepared.root,
        fresh=ANY,
        top=prepared.git.top,
        values=tuple(config.metrics.rows),
        named=predictions.Naming(key=_key, outside=True),
    )
    return Baseline(BaselineRef(commit=None, source=source), None, candidate)


def _key(setting: str) -> str:
    return "baseline.predictions" if setting == "path" else f"predictions.{setting}"
