"""Main's baseline and the anchor's, found in the store."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from mlgate.baselines import open_store
from mlgate.baselines import store as stores
from mlgate.baselines.find import Anchors, Found, anchor_baseline, main_baseline
from mlgate.baselines.history import kept_history, known_ancestors
from mlgate.config import expand
from mlgate.errors import DataError, StoreError, UsageError
from mlgate.inputs import git_facts, kept, pairing
from mlgate.model.evidence import Absent, CompareEvidence
from mlgate.pipeline.reference import Known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.baselines.store import Entry, Store
    from mlgate.config import Config
    from mlgate.inputs.predictions import Candidate
    from mlgate.model.evidence import HistoryPoint
    from mlgate.model.inputs import Reference
    from mlgate.model.rows import Role
    from mlgate.pipeline.prepare import Prepared


@dataclass
class StoredBaselines:
    """Main's baseline and the anchor's, from the store; each is read once."""

    prepared: Prepared
    config: Config
    _loaded: dict[str, stores.Kept] = field(default_factory=dict, init=False)
    _read: dict[str, kept.Kept | None] = field(default_factory=dict, init=False)

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
        """Give the salt that main's baseline was hashed with, else that of the newest one."""
        try:
            if not isinstance(self._main, Absent):
                return self._main.salt()
            return self._kept(Found(self.entries[0])).salt() if self.entries else None
        except StoreError:
            return None

    def of_commit(self, revision: str) -> Known:
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
        facts = self.prepared.facts
        own = None if facts.dirty else facts.commit  # a second run of a commit has its own
        entries = [entry for entry in self.entries if entry.commit != own]
        return main_baseline(
            entries, git_facts.baseline_commits(self.prepared.git, facts), self.branch
        )

    @cached_property
    def _main(self) -> Known | Absent:
        found = self._found_main
        return found if isinstance(found, Absent) else self._kept(found)

    @cached_property
    def _anchor(self) -> Known | Absent:
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
        if entry.commit not in self._loaded:
            self._loaded[entry.commit] = stores.load(self.store, entry)
        return self._loaded[entry.commit]

    def _kept(self, found: Found) -> Known:
        loaded = self._load(found.entry)
        verdict = loaded.verdict.verdict if loaded.verdict else None
        evidence = loaded.evidence.get("compare")
        return Known(
            ref=found.ref(branch=self.branch, verdict=verdict),
            evidence=evidence if isinstance(evidence, CompareEvidence) else None,
            rows=self._rows(found.entry),
        )

    def _rows(self, entry: Entry) -> kept.Kept | None:
        """Give the rows; main's baseline is often the anchor too."""
        if entry.commit not in self._read:
            self._read[entry.commit] = self._read_rows(entry)
        return self._read[entry.commit]

    def _read_rows(self, entry: Entry) -> kept.Kept | None:
        data = self.store.read_rows(entry)
        try:
            return None if data is None else kept.read_rows(data)
        except DataError as error:
            msg = f"the baseline of {entry.commit[:7]} is damaged: {error.message}"
            raise StoreError(msg, hint=error.hint) from None
