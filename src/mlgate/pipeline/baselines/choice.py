"""What this commit is compared with: main's and the anchor's in the store, or what the user names instead."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from mlgate.checks import evidence_types
from mlgate.checks.data_diff.section import DataDiffSection
from mlgate.errors import DataError, StoreError, UsageError
from mlgate.inputs import baseline_rows, git_facts, pairing
from mlgate.model.evidence import Absent, BaselineRef, RowCounts
from mlgate.model.rows import ROLES
from mlgate.pipeline.baselines import committed_store, ever_kept
from mlgate.pipeline.baselines.baseline import Baseline
from mlgate.pipeline.baselines.named import BaselinePlace, NamedBaseline, of_file, of_run_dir
from mlgate.pipeline.baselines.new_test_set import Arrival, Changes, changed_files
from mlgate.run_dir import RunDir
from mlgate.stores import baseline_files, finding, open_store
from mlgate.stores.finding import Anchors, anchor_baseline, main_baseline, ref_to
from mlgate.stores.history import history_after, known_ancestors
from mlgate.text import number_format
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.config import Config
    from mlgate.inputs.baseline_rows import BaselineRows
    from mlgate.inputs.git_facts import GitFacts
    from mlgate.inputs.predictions import Candidate
    from mlgate.model.evidence import Evidence, HistoryPoint, TestSet
    from mlgate.model.inputs import PairedBaseline
    from mlgate.model.rows import Role
    from mlgate.pipeline.baselines.baseline import Baselines
    from mlgate.pipeline.prepare import Prepared
    from mlgate.stores.baseline_files import BaselineFiles
    from mlgate.stores.store import Store
    from mlgate.stores.stored_baseline import StoredBaseline


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
            return NamedBaseline(of_run_dir(RunDir(path, evidence_types())))
        if path.is_file():
            place = BaselinePlace(prepared.root, prepared.git.top)
            return NamedBaseline(of_file(prepared, config, str(path), override, place))
        return NamedBaseline(stored.of_commit(override))
    if config.baseline.run is not None or config.baseline.predictions is not None:
        return None
    if config.predictions is not None or config.metrics.files or config.section(DataDiffSection):
        stored.fetch()
    return stored


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
        git, root, name = self.prepared.git, self.prepared.root, self.prepared.run.name
        local = git.remote is None or not self.prepared.context.ci_run.in_ci
        return open_store(
            place, git, root, name, local=local, environ=self.prepared.context.environ
        )

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
        """Return the baseline of a commit; raises as `named` does."""
        return self._baseline(ref_to(self.named(revision, "no file, no run directory and ")))

    def named(self, revision: str, neither: str = "") -> StoredBaseline:
        """Find the baseline of anything that git calls a commit, or of a commit not here.

        Parameters
        ----------
        neither
            What else it could have been, for the message.

        Raises
        ------
        UsageError
            When it has none, or the name fits several.
        """
        full = self.prepared.git.commit_of(revision) or revision
        fitting = [stored for stored in self.baselines if stored.commit.startswith(full)]
        if len(fitting) != 1:
            none = f"{revision} is {neither}no commit that has a baseline"
            msg = f"{revision} fits several baselines" if fitting else none
            raise UsageError(msg, hint="`mlgate baseline history` lists the commits that have one")
        return fitting[0]

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
