"""What this commit is compared with, on its way to a check.

`StoredBaselines` finds main's and the anchor's in the store; `NamedBaseline` is what the user names
instead: a file of predictions, a run directory, or the baseline of a commit. Either gives a
`Baseline`, whose rows are paired with this commit's.

    StoredBaseline ──► BaselineFiles, BaselineRows ──► Baseline ──► PairedBaseline ──► checks
    (a key in a store)   (read and parsed)                            (rows matched by id)
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
import weakref
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mlgate import training
from mlgate.checks import evidence_types
from mlgate.config import leads_out
from mlgate.errors import DataError, StoreError, UsageError
from mlgate.files import sha256
from mlgate.gates import row_limits
from mlgate.inputs import baseline_rows, git_facts, pairing, predictions, remote, test_set
from mlgate.inputs.baseline_rows import BaselineRows
from mlgate.inputs.label_bounds import Confusion, ResidualQuantiles, differing_at_least
from mlgate.inputs.paths import ANY
from mlgate.model.evidence import Absent, BaselineRef, CompareEvidence, RowCounts
from mlgate.model.inputs import PairedBaseline
from mlgate.model.rows import ROLES
from mlgate.pipeline import committed_store, ever_kept, held_labels
from mlgate.pipeline.new_test_set import Arrival, Changes, changed_files
from mlgate.pipeline.train import environment
from mlgate.run_dir import RunDir
from mlgate.stores import baseline_files, finding, open_store
from mlgate.stores.finding import Anchors, anchor_baseline, main_baseline, ref_to
from mlgate.stores.history import history_after, known_ancestors
from mlgate.text import number_format
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlgate.config import Config
    from mlgate.inputs.git_facts import GitFacts
    from mlgate.inputs.label_bounds import Then
    from mlgate.inputs.predictions import Candidate
    from mlgate.model.evidence import Evidence, HistoryPoint, TestSet, Unmatched
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

    def test_set(self, candidate: Candidate | None, secret: bytes | None) -> TestSet | None: ...

    def after(self, training: Evidence | None) -> Baselines: ...

    def history(self) -> Sequence[HistoryPoint]: ...

    def salt(self) -> bytes | None: ...

    @property
    def branch(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Baseline:
    """A baseline before its rows are paired: its evidence, and its rows in one form or other."""

    ref: BaselineRef
    evidence: CompareEvidence | None
    rows: BaselineRows | Candidate | None
    checks: Mapping[str, Evidence] = field(default_factory=dict)
    training: Evidence | None = None

    def paired_with(self, candidate: Candidate | None, secret: bytes | None) -> PairedBaseline:
        """Pair the rows by id, or explain why that is not possible."""
        why = self._unpaired(candidate, secret)
        if why is not None or candidate is None or self.rows is None:
            counts = None if candidate is None or why is None else self._unmatched(candidate, why)
            ref = self.ref.model_copy(update={"paired": False, "rows": counts})
            because = None if why is None else row_limits.UNMATCHED[why]
            return PairedBaseline(ref, self.evidence, unpaired_because=because, checks=self.checks)
        ref = self.ref.model_copy(update={"paired": True})
        if isinstance(self.rows, BaselineRows):
            key = baseline_rows.key_of(self.rows.meta, secret)
            assert key is not None
            paired = pairing.pair(candidate, self.rows, key=key, then=_then(self.evidence))
        else:
            paired = pairing.pair_candidates(candidate, self.rows)
        ref = ref.model_copy(update={"rows": paired.counts})
        return PairedBaseline(ref, self.evidence, paired, checks=self.checks)

    def salt(self) -> bytes | None:
        """Return the salt that hashed its ids, where a salt did."""
        if not isinstance(self.rows, BaselineRows):
            return None
        return baseline_rows.key_of(self.rows.meta, None)

    def test_set_digest(self) -> str | None:
        """Return what names its rows and labels; None where an earlier version kept it."""
        if self.evidence is not None:
            return self.evidence.test_set_digest
        # Kept rows hold no labels.
        if self.rows is None or isinstance(self.rows, BaselineRows):
            return None
        return test_set.digest(self.rows)

    def _unpaired(self, candidate: Candidate | None, secret: bytes | None) -> Unmatched | None:
        if candidate is None:
            return None
        if candidate.ids is None:
            return "no_id"
        if self.rows is None:
            return "no_rows"
        if isinstance(self.rows, BaselineRows):
            return "no_key" if baseline_rows.key_of(self.rows.meta, secret) is None else None
        return "no_id" if self.rows.ids is None else None

    def _unmatched(self, candidate: Candidate, why: Unmatched) -> RowCounts | None:
        """Return how far rows differ that cannot be matched; None where they are the same."""
        theirs = self.test_set_digest()
        if theirs is None:
            n = None if self.evidence is None else self.evidence.n
            return differing_at_least(candidate.rows, n, _then(self.evidence))
        if theirs == test_set.digest(candidate):
            return None
        return unmatched_rows(self.evidence, len(candidate.rows), why)


def unmatched_rows(evidence: CompareEvidence | None, n: int | None, why: Unmatched) -> RowCounts:
    """Count all rows of two test sets as other ones.

    Parameters
    ----------
    evidence
        The baseline's.
    n
        How many rows are compared with it.
    """
    theirs = evidence.n if evidence is not None else None
    return RowCounts(paired=0, added=n or 1, missing=theirs or n or 1, unmatched=why)


def _then(evidence: CompareEvidence | None) -> Then | None:
    """Return what a baseline's evidence says of its labels, where it covers all of its rows."""
    side = evidence.sides.get("candidate") if evidence is not None else None
    if evidence is None or side is None:
        return None
    # Its run may have shown only the rows that it shared with its own baseline.
    if side.residuals is not None:
        whole = evidence.rows is None or evidence.rows.paired == evidence.n
        return ResidualQuantiles(side.residuals) if whole else None
    if side.confusion is None or sum(map(sum, side.confusion)) != evidence.n:
        return None
    return Confusion(evidence.classes, side.confusion)


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


def fetch_baselines(prepared: Prepared, config: Config, override: str | None) -> Baselines | None:
    """Read what this run is compared with, before the author's code starts.

    Parameters
    ----------
    override
        `--baseline`: a file, a run directory or a commit.

    Returns
    -------
    Baselines or None
        None where it is yet to be written, see `write_baseline`.
    """
    stored = StoredBaselines(prepared, config, compared=True)
    if override is not None:
        path = prepared.context.cwd / override
        if path.is_dir():
            return NamedBaseline(_of_run_dir(RunDir(path, evidence_types())))
        if path.is_file():
            place = BaselinePlace(prepared.root, prepared.git.top)
            return NamedBaseline(_of_file(prepared, config, str(path), override, place))
        return NamedBaseline(stored.of_commit(override))
    if config.baseline.run is not None or config.baseline.predictions is not None:
        return None
    if config.predictions is not None or config.metrics.files:
        stored.fetch()
    return stored


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


@dataclass
class StoredBaselines:
    """Main's baseline and the anchor's, from the store; each is read once.

    Attributes
    ----------
    compared
        A change is compared with them, so that its own copy does not count.
    until
        Only baselines that were kept by then count.
    merged
        What is judged descends from the base branch's tip, as a pull request's merge does.
    """

    prepared: Prepared
    config: Config
    compared: bool = False
    until: dt.datetime | None = None
    merged: bool = False
    _kept: tuple[StoredBaseline, ...] | None = None
    _files: dict[str, BaselineFiles] = field(default_factory=dict, init=False)
    _rows: dict[str, BaselineRows | None] = field(default_factory=dict, init=False)
    _test_set: tuple[TestSet | None] | None = field(default=None, init=False)
    _training: Evidence | None = field(default=None, init=False)

    def after(self, training: Evidence | None) -> StoredBaselines:
        """Note how this run's model was trained."""
        self._training = training
        return self

    def fetch(self) -> None:
        """Read all that a run asks for; what cannot be read now is not read later either."""
        _ = self._chosen, self._history, self._salt, self._changed

    @cached_property
    def store(self) -> Store:
        """The store of this model."""
        place = self.prepared.references.expand(self.config.baseline.store, "baseline.store")
        if self._committed is not None:
            place = self._committed.setting
        return open_store(place, self.prepared.git, self.prepared.root, self.prepared.run.name)

    @cached_property
    def _committed(self) -> committed_store.CommittedStore | None:
        setting = self.prepared.references.expand(self.config.baseline.store, "baseline.store")
        return committed_store.of_base(self.prepared, setting) if self.compared else None

    def as_of(self, until: dt.datetime, *, merged: bool) -> StoredBaselines:
        """Return the same as they were at a time, without asking the store again."""
        return StoredBaselines(self.prepared, self.config, self.compared, until, merged, self.kept)

    @cached_property
    def kept(self) -> tuple[StoredBaseline, ...]:
        """All baselines, newest first."""
        return self.store.baselines() if self._kept is None else self._kept

    @cached_property
    def baselines(self) -> tuple[StoredBaseline, ...]:
        """Those that count, newest first."""
        return tuple(each for each in self.kept if self.until is None or each.created <= self.until)

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
        baseline = self._chosen[role]
        try:
            arriving = self._new_test_set(candidate, secret)
            if arriving is not None:
                return arriving
            if isinstance(baseline, Absent):
                return baseline
            return baseline.paired_with(candidate, secret)
        except pairing.IncomparableError as error:
            none = RowCounts(paired=0, added=len(candidate.rows) if candidate else 0, missing=1)
            return Absent(kind="missing", reason=error.message, hint=error.hint, rows=none)

    def test_set(self, candidate: Candidate | None, secret: bytes | None) -> TestSet | None:
        """Return the announced test set that a candidate's rows belong to."""
        if self._test_set is None:
            self._test_set = (self._arrival(candidate, secret).test_set(self.config.announced),)
        return self._test_set[0]

    def _new_test_set(self, candidate: Candidate | None, secret: bytes | None) -> Absent | None:
        """Return why nothing is compared where a candidate brings the announced test set."""
        test_set, arrival = self.test_set(candidate, secret), self._arrival(candidate, secret)
        if test_set is None or test_set == arrival.current or arrival.main is None:
            return None
        return arrival.absent(test_set, self.branch)

    def _arrival(self, candidate: Candidate | None, secret: bytes | None) -> Arrival:
        changes = Changes(self.prepared.loaded.file, self._changed, self._training)
        return Arrival(candidate, self._present_main, secret, changes)

    @cached_property
    def _changed(self) -> tuple[str, ...]:
        """The files that this change touches; asked of git only where it is to be said."""
        return () if self.config.announced is None else changed_files(self.prepared)

    @property
    def _present_main(self) -> Baseline | None:
        main = self._chosen["main"]
        return None if isinstance(main, Absent) else main

    @cached_property
    def _chosen(self) -> dict[Role, Baseline | Absent]:
        return {role: self._read(role) for role in ROLES}

    def _read(self, role: Role) -> Baseline | Absent:
        try:
            ref = self._chosen_ref(role)
            return ref if isinstance(ref, Absent) else self._baseline(ref)
        except StoreError as error:
            return _unreadable(error)

    def chosen(self, role: Role) -> BaselineRef | Absent:
        """Return which baseline of a role this run is compared with; its rows are not read."""
        try:
            ref = self._chosen_ref(role)
            return ref if isinstance(ref, Absent) else self.described(ref)
        except StoreError as error:
            return _unreadable(error)

    def _chosen_ref(self, role: Role) -> BaselineRef | Absent:
        return self._main_ref if role == "main" else self._anchor_ref

    def described(self, ref: BaselineRef) -> BaselineRef:
        """Add what a baseline's own files say of it."""
        return ref.model_copy(update={"branch": self.branch, "verdict": self.load(ref).outcome})

    def history(self) -> Sequence[HistoryPoint]:
        """Return the trend that ends with main's baseline."""
        return self._history

    @cached_property
    def _history(self) -> Sequence[HistoryPoint]:
        try:
            ref = self._main_ref
            return () if isinstance(ref, Absent) else history_after(self.load(ref), self.tags)
        except StoreError:
            return ()

    def salt(self) -> bytes | None:
        """Return the salt that main's baseline was hashed with, else that of the newest one."""
        return self._salt

    @cached_property
    def _salt(self) -> bytes | None:
        try:
            ref = self._main_ref
            if not isinstance(ref, Absent):
                return self._baseline(ref).salt()
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
        kept = len(others) < len(self.baselines) and facts.on_base
        commits = git_facts.baseline_commits(self.prepared.git, facts)
        ref = main_baseline(others, commits, self.branch, _where(facts))
        if isinstance(ref, Absent):
            if ref.kind != "none_yet":
                return ref
            absent = finding.own_only(own, self.branch) if own and kept else ref
            return ever_kept.unless_lost(self._places, absent)
        if kept:
            ref = finding.before_own(ref)
        return ever_kept.unless_passed_over(self._places, ref) if ref.distance else ref

    @cached_property
    def _places(self) -> ever_kept.Places:
        """Where else a baseline would have left a trace."""
        there = (stored.commit for stored in self.kept)
        return ever_kept.places(self.prepared, self.config, there)

    @cached_property
    def _anchor_ref(self) -> BaselineRef | Absent:
        main = self._main_ref
        evidence = None if isinstance(main, Absent) else self.load(main).compare
        current = None if evidence is None else evidence.test_set
        how = Anchors(
            setting=self.config.baseline.anchor,
            tags=self.tags,
            verdict_of=lambda stored: self.load(stored).outcome,
            is_ancestor=self._is_ancestor,
            now=self.until or self.prepared.context.now,
            own=self.prepared.run.commit,
            window=dt.timedelta(days=self.config.baseline.retention.days),
            # A run that brings another test set is compared with nothing.
            serves=lambda stored: self.load(stored).serves(current),
        )
        ref = anchor_baseline(self.baselines, how, self.branch)
        if isinstance(ref, Absent) and ref.kind == "none_yet" and not self.baselines:
            # Main's is absent too, and the reason is the same.
            return main if isinstance(main, Absent) else ref
        anchor = None if isinstance(ref, Absent) else ref
        newer = tuple(
            finding.releases_before(anchor, self.baselines, self.tags, self.config.baseline.anchor)
        )
        lost = (
            ever_kept.unless_release_lost(self._places, newer, self._is_ancestor) if newer else None
        )
        return ref if lost is None else lost

    def _is_ancestor(self, commit: str) -> bool:
        """Ask the evidence of main's baseline first: a shallow clone need not be deepened then."""
        ref = self._main_ref
        if not isinstance(ref, Absent) and commit in known_ancestors(self.load(ref)):
            return True
        heads = [self.prepared.run.commit or "HEAD"]
        if self.merged and self.prepared.facts.base_commit is not None:
            heads.append(self.prepared.facts.base_commit)
        return any(git_facts.is_ancestor(self.prepared.git, commit, head) for head in heads)

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
            ref=self.described(ref),
            evidence=files.compare,
            rows=self._rows_of(self._stored(ref.commit or "")),
            checks=files.evidence,
            training=files.evidence.get("train"),
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


def _unreadable(error: StoreError) -> Absent:
    return Absent(kind="unreadable", reason=error.message, hint=error.hint)


def _where(facts: GitFacts) -> str:
    """Return the base branch as git names it, and how this clone's own differs from it."""
    remote = f"{facts.remote}/{facts.base_branch}"
    ahead = number_format.plural(facts.base_ahead, "commit")
    if not facts.base_ahead:
        return facts.base_name
    if not facts.base_behind:
        return f"{facts.base_branch} of this clone ({ahead} ahead of {remote})"
    behind = f"{facts.base_behind:,} behind"
    return f"{remote} (your {facts.base_branch} is {ahead} ahead and {behind}: pull, and push it)"


@dataclass(frozen=True, slots=True)
class NamedBaseline:
    """One baseline that the user named, in the place of main's."""

    baseline: Baseline

    def reference(
        self, role: Role, candidate: Candidate | None, secret: bytes | None
    ) -> PairedBaseline | Absent:
        """Return it as main's; there is no anchor."""
        return self.baseline.paired_with(candidate, secret) if role == "main" else OFF

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


def _of_run_dir(run_dir: RunDir) -> Baseline:
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
            return _of_file(prepared, config, path, setting, place)
        except DataError as error:
            if leads_out(path):
                raise error.without_contents([setting]) from None
            raise
    if place.written is not None:
        return _of_file(prepared, config, str(place.written), "baseline.run", place)
    with tempfile.TemporaryDirectory(prefix="mlgate-baseline-") as folder:
        written = run_baseline_command(prepared, config, Path(folder))
        return _of_file(prepared, config, str(written), "baseline.run", place)


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


def _of_file(
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
            values=config.metrics.numbers(),
            named=predictions.Naming(
                key=_key,
                outside=True,
                labels=None if held is None else replace(held, missing=1.0),
            ),
        )
    return Baseline(BaselineRef(commit=None, source=source), None, candidate)


def _key(setting: str) -> str:
    return "baseline.predictions" if setting == "path" else f"predictions.{setting}"
