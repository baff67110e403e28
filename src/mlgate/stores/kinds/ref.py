"""Baselines as git refs of the same repository: the default store.

::

    refs/mlgate/baselines/<name>/<time>-<commit>/evidence   a commit without parents: the JSON files
    refs/mlgate/baselines/<name>/<time>-<commit>/rows       likewise: rows.parquet

Each baseline has refs of its own, so that writers of different commits never meet, one
listing finds them all, and a reader fetches what it needs. They are not below refs/heads: no
clone fetches them, no branch rule and no workflow sees them. Where the repository has a
remote the refs live there only; this clone's own refs hold what was saved without a push.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.errors import StoreError
from mlgate.git import REMOTE_TIMEOUT, GitError
from mlgate.run_dir import ROWS
from mlgate.stores import git_objects
from mlgate.stores.ledger import GitLedger
from mlgate.stores.store import (
    MAX_ROWS,
    StoreKind,
    check_names,
    refuse_large_rows,
    replacement,
)
from mlgate.stores.stored_baseline import StoredBaseline, from_key, key, newest, time_for
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from mlgate.git import Git
    from mlgate.stores.store import StorePlace

ROOT: Final = "refs/mlgate/baselines"
LEDGER: Final = "refs/mlgate/ledger"
_AT_ONCE: Final = 200
"""Refs that one push changes at most."""
_TIDYING: Final = 4
"""How often a deletion that nothing depends on is tried."""

_PARTS: Final = ("evidence", "rows")

Refs = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Change:
    """One ref's change: from `old` (None: it does not exist) to `new` (None: it goes)."""

    ref: str
    new: str | None
    old: str | None


@dataclass(frozen=True, slots=True)
class RefStore:
    """The baselines below `refs/mlgate/baselines/<slug>`; see `Store`."""

    git: Git
    slug: str
    max_rows: int = MAX_ROWS
    local: bool = True

    @property
    def prefix(self) -> str:
        """What the names of this model's refs start with."""
        return f"{ROOT}/{self.slug}/"

    def baselines(self) -> tuple[StoredBaseline, ...]:
        """Return all baselines: the remote's and, where `local`, what was saved here without a push."""
        try:
            there = git_objects.patient(lambda: self.git.refs_seen(f"{self.prefix}*"))
            refs = there | (self._refs(remote=False) if self.local else {})
        except GitError as error:
            raise self._to_error("read", error) from error
        return newest(self._baselines(refs))

    def read(self, baseline: StoredBaseline) -> Mapping[str, bytes]:
        """Return the evidence files, fetched where this clone lacks them."""
        try:
            return self._read(baseline.evidence, f"{baseline.key}/evidence")
        except GitError as error:
            self._raise_unless_gone(error)
            other = replacement(self, baseline)
            return self._read(other.evidence, f"{other.key}/evidence")

    def read_rows(self, baseline: StoredBaseline) -> bytes | None:
        """Return rows.parquet, fetched where this clone lacks it."""
        if baseline.rows is None:
            return None
        try:
            files = self._read(baseline.rows, f"{baseline.key}/rows")
        except GitError as error:
            self._raise_unless_gone(error)
            return None  # Dropped by retention since it was listed.
        if ROWS not in files:  # somebody moved the ref to a commit of another kind
            msg = f"the baseline of {short_sha(baseline.commit)} is damaged: it holds no {ROWS}"
            raise StoreError(msg, hint="`mlgate run` and `mlgate baseline save --push` on it again")
        return files[ROWS]

    def save(
        self, commit: str, files: Mapping[str, bytes], now: dt.datetime, *, push: bool
    ) -> StoredBaseline:
        """Keep a baseline; see `Store`. Both refs and the end of earlier ones are one push."""
        check_names(files)
        refuse_large_rows(files, self.max_rows)
        try:
            return self._save(commit, files, now, remote=push and self.git.remote is not None)
        except GitError as error:
            raise self._to_error("written", error) from error

    def drop_rows(self, baselines: Iterable[StoredBaseline], *, push: bool) -> None:
        """Drop the rows of some baselines."""
        names = {f"{self.prefix}{baseline.key}/rows" for baseline in baselines}

        def plan(refs: Refs) -> list[_Change]:
            return [_Change(ref, None, oid) for ref, oid in refs.items() if ref in names]

        try:
            self._change(plan, remote=push and self.git.remote is not None)
        except GitError as error:
            raise self._to_error("written", error) from error

    def _save(
        self, commit: str, files: Mapping[str, bytes], now: dt.datetime, *, remote: bool
    ) -> StoredBaseline:
        evidence = {path: content for path, content in files.items() if path != ROWS}
        parts = {"evidence": self._commit(evidence, commit, now)}
        if ROWS in files:
            parts["rows"] = self._commit({ROWS: files[ROWS]}, commit, now)
        saved = now

        def plan(refs: Refs) -> list[_Change]:
            nonlocal saved
            mine = self._of(refs, commit)
            saved = time_for(commit, now, [baseline.key for baseline in mine])
            base = self.prefix + key(commit, saved)
            made = [_Change(f"{base}/{part}", oid, None) for part, oid in parts.items()]
            return [*made, *self._ends(refs, mine)] if remote else made

        def duplicates(refs: Refs) -> list[_Change]:
            mine = self._of(refs, commit)
            return self._ends(refs, set(mine) - set(newest(mine)))

        self._change(plan, remote=remote)
        # Another run of this commit may have saved between our listing and our push.
        if remote:
            self._change(duplicates, remote=True)
        # The newest baseline of a commit counts: what a lock that a killed git has left keeps us
        # from deleting here is clutter, no more.
        with suppress(GitError):
            here = (lambda refs: self._ends(refs, self._of(refs, commit))) if remote else duplicates
            self._change(here, remote=False, attempts=_TIDYING)
        return StoredBaseline(commit, saved, parts["evidence"], parts.get("rows"))

    def _commit(self, files: Mapping[str, bytes], commit: str, now: dt.datetime) -> str:
        tree = git_objects.write_tree(self.git, files)
        return git_objects.write_commit(self.git, tree, f"Baseline of {commit}\n", now)

    def _of(self, refs: Refs, commit: str) -> list[StoredBaseline]:
        return [baseline for baseline in self._baselines(refs) if baseline.commit == commit]

    def _baselines(self, refs: Refs) -> list[StoredBaseline]:
        parts: dict[str, dict[str, str]] = {}
        for ref, oid in refs.items():
            name, _, part = ref.removeprefix(self.prefix).partition("/")
            parts.setdefault(name, {})[part] = oid
        made = (
            from_key(name, oids.get("evidence"), oids.get("rows")) for name, oids in parts.items()
        )
        return [baseline for baseline in made if baseline is not None]

    def _ends(self, refs: Refs, baselines: Iterable[StoredBaseline]) -> list[_Change]:
        names = [f"{self.prefix}{baseline.key}/{part}" for baseline in baselines for part in _PARTS]
        return [_Change(name, None, refs[name]) for name in names if name in refs]

    def _refs(self, *, remote: bool) -> Refs:
        if not remote:
            return self.git.local_refs(self.prefix)
        return git_objects.patient(lambda: self.git.remote_refs(f"{self.prefix}*"))

    def _read(self, oid: str, name: str) -> dict[str, bytes]:
        try:
            return git_objects.read_tree(self.git, oid)
        except GitError:
            # Without parents there is no history to leave out: `--depth` is not needed, and
            # would make a full clone count as shallow.
            git_objects.patient(lambda: self.git.fetch([self.prefix + name]))
            return git_objects.read_tree(self.git, oid)

    def _change(
        self,
        plan: Callable[[Refs], list[_Change]],
        *,
        remote: bool,
        attempts: int = git_objects.ATTEMPTS,
    ) -> None:
        """Carry out what `plan` makes of the refs that are there, again when a race was lost."""
        for attempt in range(1, attempts + 1):
            changes = plan(self._refs(remote=remote))
            try:
                for start in range(0, len(changes), _AT_ONCE):
                    batch = changes[start : start + _AT_ONCE]
                    if remote:
                        self._push(batch)
                    else:
                        self._update(batch)
            except GitError as error:
                if attempt == attempts or git_objects.hopeless(error):
                    raise
                git_objects.pause(attempt)
            else:
                return

    def _push(self, changes: list[_Change], *atomic: str) -> None:
        leases = [f"--force-with-lease={change.ref}:{change.old or ''}" for change in changes]
        specs = [f"{change.new or ''}:{change.ref}" for change in changes]
        options = ("--quiet", "--no-verify", *(atomic or ("--atomic",)))
        try:
            self.git.text(
                "push", *options, *leases, self.git.remote or "", *specs, timeout=REMOTE_TIMEOUT
            )
        except GitError as error:
            if atomic or "does not support --atomic" not in error.reason:
                raise
            # Then kill or race may leave rows without evidence, which no listing shows, or
            # two baselines of a commit, of which the newest counts.
            self._push(changes, "--no-atomic")

    def _update(self, changes: list[_Change]) -> None:
        lines = [
            f"create {change.ref} {change.new}\n"
            if change.new
            else f"delete {change.ref} {change.old}\n"
            for change in changes
        ]
        self.git.text("update-ref", "--stdin", stdin="".join(lines).encode())

    def _raise_unless_gone(self, error: GitError) -> None:
        if "couldn't find remote ref" not in error.reason and self.git.remote is not None:
            raise self._to_error("read", error) from error

    def _to_error(self, verb: str, error: GitError) -> StoreError:
        where = f"{ROOT} on {self.git.remote}" if self.git.remote else ROOT
        hint = error.hint or "is the remote reachable, and may this token or key use it?"
        return StoreError(
            f"the baseline store ({where}) cannot be {verb}: {error.message}", hint=hint
        )


def _open_store(place: StorePlace) -> RefStore:
    return RefStore(place.git, place.slug, local=place.local)


def _open_ledger(place: StorePlace) -> GitLedger:
    return GitLedger(place.git, LEDGER, place.slug)


KIND: Final = StoreKind(_open_store, _open_ledger)
