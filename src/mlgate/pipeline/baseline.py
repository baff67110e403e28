"""What this commit is compared with: a stored baseline, or what the user names instead.

`StoredBaselines` finds main's and the anchor's in the store; `NamedBaseline` compares with one
file of predictions, one run directory or one commit's baseline.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mlgate.baselines import open_store
from mlgate.baselines import store as stores
from mlgate.baselines.find import Anchors, Found, anchor_baseline, main_baseline
from mlgate.baselines.history import kept_history, known_ancestors
from mlgate.config import expand
from mlgate.errors import DataError, StoreError, UsageError
from mlgate.inputs import git_facts, kept, pairing, predictions
from mlgate.inputs.freshness import ANY
from mlgate.model.evidence import Absent, BaselineRef, CompareEvidence
from mlgate.model.inputs import Reference
from mlgate.run_dir import RunDir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.baselines.store import Entry, Store
    from mlgate.config import Config
    from mlgate.inputs.predictions import Candidate
    from mlgate.model.evidence import HistoryPoint
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
            return NamedBaseline(_file_reference(prepared, config, path))
        return NamedBaseline(stored.of_commit(override))
    if config.baseline.run is not None or config.baseline.predictions is not None:
        return NamedBaseline(_file_reference(prepared, config, _file(prepared, config)))
    return stored


@dataclass(frozen=True, slots=True)
class Kept:
    """A baseline before its rows are paired: its evidence, and its rows in one form or other."""

    ref: BaselineRef
    evidence: CompareEvidence | None
    rows: kept.Kept | Candidate | None
    missing_rows: str = "the baseline keeps no rows"

    def paired_with(self, candidate: Candidate | None, secret: bytes | None) -> Reference:
        """Pair the rows by id, or say why that is not possible."""
        why = self._unpaired(candidate, secret)
        if why is not None or candidate is None or self.rows is None:
            ref = self.ref.model_copy(update={"paired": False})
            return Reference(ref, self.evidence, unpaired_because=why)
        ref = self.ref.model_copy(update={"paired": True})
        if isinstance(self.rows, kept.Kept):
            key = kept.key_of(self.rows.meta, secret)
            assert key is not None
            paired = pairing.pair(
                candidate, self.rows, key=key, baseline_confusion=_confusion(self.evidence)
            )
        else:
            paired = pairing.pair_candidates(candidate, self.rows)
        return Reference(ref, self.evidence, paired)

    def _unpaired(self, candidate: Candidate | None, secret: bytes | None) -> str | None:
        if candidate is None:
            return None
        if self.rows is None:
            return self.missing_rows
        if candidate.ids is None:
            return "the predictions have no id column (predictions.id)"
        if isinstance(self.rows, kept.Kept):
            if kept.key_of(self.rows.meta, secret) is None:
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


@dataclass(frozen=True, slots=True)
class NamedBaseline:
    """One baseline that the user named, in the place of main's."""

    kept: Kept

    def reference(
        self, role: Role, candidate: Candidate | None, secret: bytes | None
    ) -> Reference | Absent:
        """Give it as main's; there is no anchor."""
        return self.kept.paired_with(candidate, secret) if role == "main" else OFF

    def history(self) -> Sequence[HistoryPoint]:
        """A single baseline has no history."""
        return ()

    def salt(self) -> bytes | None:
        """Give the salt of its rows, where they have one."""
        return _salt(self.kept)


def _salt(one: Kept | None) -> bytes | None:
    if one is None or not isinstance(one.rows, kept.Kept):
        return None
    return kept.key_of(one.rows.meta, None)


@dataclass
class StoredBaselines:
    """Main's baseline and the anchor's, from the store; each is read once."""

    prepared: Prepared
    config: Config

    @cached_property
    def store(self) -> Store:
        """The store of this model."""
        place = expand(self.config.baseline.store, self.prepared.context.environ)
        return open_store(place, self.prepared.git, self.prepared.root, self.prepared.run.name)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """All baselines, newest first."""
        return self.store.entries()

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
    ) -> Reference | Absent:
        """Give the baseline of a role; a store that cannot be read is never a pass."""
        try:
            found = self._main if role == "main" else self._anchor
            return found if isinstance(found, Absent) else found.paired_with(candidate, secret)
        except StoreError as error:
            return Absent(kind="unreadable", reason=error.message)
        except pairing.IncomparableError as error:
            return Absent(kind="missing", reason=f"{error.message}; {error.hint}")

    def history(self) -> Sequence[HistoryPoint]:
        """Give the trend that ends with main's baseline."""
        try:
            found = self._found_main
            return (
                ()
                if isinstance(found, Absent)
                else kept_history(self._load(found.entry), self.tags)
            )
        except StoreError:
            return ()

    def salt(self) -> bytes | None:
        """Give the salt that main's baseline was hashed with."""
        try:
            return None if isinstance(self._main, Absent) else _salt(self._main)
        except StoreError:
            return None

    def of_commit(self, revision: str) -> Kept:
        """Give the baseline of a commit.

        Raises
        ------
        UsageError
            When it has none.
        """
        commit = self.prepared.git.commit_of(revision)
        for entry in self.entries:
            if entry.commit == commit:
                return self._kept(Found(entry))
        msg = f"{revision} is no file, no run directory and no commit that has a baseline"
        raise UsageError(msg, hint="`mlgate baseline history` lists the commits that have one")

    @cached_property
    def _found_main(self) -> Found | Absent:
        wanted = git_facts.wanted(self.prepared.git, self.prepared.facts)
        return main_baseline(self.entries, wanted, self.branch)

    @cached_property
    def _main(self) -> Kept | Absent:
        found = self._found_main
        return found if isinstance(found, Absent) else self._kept(found)

    @cached_property
    def _anchor(self) -> Kept | Absent:
        commit = self.prepared.run.commit
        how = Anchors(
            setting=self.config.baseline.anchor,
            tags=self.tags,
            verdict_of=self._verdict_of,
            is_ancestor=self._is_ancestor,
            now=self.prepared.context.now,
            own=commit,
            window=dt.timedelta(days=self.config.baseline.retention.days),
        )
        found = anchor_baseline(self.entries, how, self.branch)
        return found if isinstance(found, Absent) else self._kept(found)

    def _is_ancestor(self, commit: str) -> bool:
        """Ask the evidence of main's baseline first: a shallow clone need not be deepened then."""
        found = self._found_main
        if isinstance(found, Found) and commit in known_ancestors(self._load(found.entry)):
            return True
        head = self.prepared.run.commit or "HEAD"
        return git_facts.is_ancestor(self.prepared.git, commit, head)

    def _verdict_of(self, entry: Entry) -> str | None:
        verdict = self._load(entry).verdict
        return verdict.verdict if verdict else None

    def _load(self, entry: Entry) -> stores.Kept:
        loaded = self.__dict__.setdefault("_loaded", {})
        if entry.commit not in loaded:
            loaded[entry.commit] = stores.load(self.store, entry)
        one: stores.Kept = loaded[entry.commit]
        return one

    def _kept(self, found: Found) -> Kept:
        loaded = self._load(found.entry)
        verdict = loaded.verdict.verdict if loaded.verdict else None
        evidence = loaded.evidence.get("compare")
        return Kept(
            ref=found.ref(branch=self.branch, verdict=verdict),
            evidence=evidence if isinstance(evidence, CompareEvidence) else None,
            rows=self._rows(found.entry),
        )

    def _rows(self, entry: Entry) -> kept.Kept | None:
        data = self.store.read_rows(entry)
        try:
            return None if data is None else kept.read_rows(data)
        except DataError as error:
            msg = f"the baseline of {entry.commit[:7]} is damaged: {error.message}"
            raise StoreError(msg, hint=error.hint) from None


def _run_dir_reference(run_dir: RunDir) -> Kept:
    """Give the baseline that a run directory holds."""
    evidence = run_dir.evidence_of("compare")
    if not isinstance(evidence, CompareEvidence):
        msg = f"{run_dir.path} holds no evidence of the check compare"
        raise DataError(msg, hint="name the run directory of a `mlgate run`")
    rows = kept.read_rows(run_dir.rows) if run_dir.rows.is_file() else None
    ref = BaselineRef(commit=evidence.commit, created=evidence.created, source=str(run_dir.path))
    return Kept(ref, evidence, rows)


def _file(prepared: Prepared, config: Config) -> Path:
    """Give the file of predictions to compare with; `baseline.run` writes it first."""
    if config.baseline.run is None:
        assert config.baseline.predictions is not None
        path = expand(config.baseline.predictions, prepared.context.environ)
        return prepared.root / path
    folder = Path(tempfile.mkdtemp(prefix="mlgate-baseline-"))
    assert config.predictions is not None
    out = folder / Path(config.predictions.path).name.replace("*", "all")
    from mlgate.pipeline.train import environment

    env = {**environment(prepared).env, "MLGATE_BASELINE_OUT": str(out)}
    done = subprocess.run(  # noqa: S602  (the user's own command, as in train.run)
        config.baseline.run, shell=True, cwd=prepared.root, env=env, check=False
    )
    if done.returncode or not out.exists():
        told = f"ended with {done.returncode}" if done.returncode else "wrote no file"
        msg = f"baseline.run {told}: {config.baseline.run}"
        raise DataError(
            msg, hint="it must write the baseline's predictions to $MLGATE_BASELINE_OUT"
        )
    return out


def _file_reference(prepared: Prepared, config: Config, path: Path) -> Kept:
    """Give the baseline that a file of predictions is; it is measured here as well."""
    if config.predictions is None or config.task is None:
        msg = "a file of predictions can only be compared with predictions"
        raise DataError(msg, hint="add `task` and `predictions` to mlgate.yaml")
    section = config.predictions.model_copy(update={"path": str(path)})
    found = predictions.load(
        section,
        config.task,
        prepared.root,
        fresh=ANY,
        top=prepared.git.top,
        values=tuple(config.metrics.rows),
        named=predictions.Naming(key="baseline.{}".format, outside=True),
    )
    source = "baseline.run" if config.baseline.run else str(path)
    return Kept(BaselineRef(commit=None, source=source), None, found)
