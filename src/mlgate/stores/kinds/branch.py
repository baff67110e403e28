"""Baselines on an orphan branch: `<name>/<time>-<commit>/…`, one folder each.

For hosts that refuse refs outside refs/heads. Written by plumbing, pushed fast-forward only,
so that concurrent writers all survive. The branch keeps its history: what retention drops
leaves the newest commit, not the repository.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.errors import StoreError, UsageError
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
from mlgate.stores.stored_baseline import (
    StoredBaseline,
    from_key,
    key,
    newest,
    parse_key,
    time_for,
)
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from mlgate.git import Git
    from mlgate.stores.store import StorePlace

Lines = dict[str, str]
"""A tree's lines, by the name of the file or folder."""


@dataclass(frozen=True, slots=True)
class BranchStore:
    """The baselines on one branch; see `Store`."""

    git: Git
    slug: str
    branch: str
    max_rows: int = MAX_ROWS
    local: bool = True

    def __post_init__(self) -> None:
        """Refuse a branch that has no valid name."""
        if self.git.attempt("check-ref-format", self.ref) is None:
            msg = f"baseline.store: branch:{self.branch} is not the name of a branch"
            raise UsageError(msg, hint="for example branch:mlgate-baselines")

    @property
    def ref(self) -> str:
        """The branch's full name."""
        return f"refs/heads/{self.branch}"

    def baselines(self) -> tuple[StoredBaseline, ...]:
        """Return all baselines: the remote's and, where `local`, what was saved here without a push."""
        try:
            tips = {
                git_objects.remote_tip(self.git, self.ref),
                self._local_tip() if self.local else None,
            }
            return newest(baseline for tip in tips if tip for baseline in self._baselines(tip))
        except GitError as error:
            raise self._to_error("read", error) from error

    def read(self, baseline: StoredBaseline) -> Mapping[str, bytes]:
        """Return the evidence files."""
        try:
            return git_objects.read_tree(self.git, baseline.evidence, leave=ROWS)
        except GitError:
            other = replacement(self, baseline)
            return git_objects.read_tree(self.git, other.evidence, leave=ROWS)

    def read_rows(self, baseline: StoredBaseline) -> bytes | None:
        """Return rows.parquet."""
        if baseline.rows is None:
            return None
        try:
            return self.git.run("cat-file", "blob", baseline.rows)
        except GitError as error:
            raise self._to_error("read", error) from error

    def save(
        self, commit: str, files: Mapping[str, bytes], now: dt.datetime, *, push: bool
    ) -> StoredBaseline:
        """Keep a baseline; see `Store`."""
        check_names(files)
        refuse_large_rows(files, self.max_rows)
        saved = now

        def add(lines: Lines) -> Lines:
            nonlocal saved
            saved = time_for(commit, now, lines)
            name = key(commit, saved)
            kept = {old: line for old, line in lines.items() if not _is_of(old, commit)}
            return kept | {name: f"040000 tree {git_objects.write_tree(self.git, files)}\t{name}"}

        tip = self._change(add, f"Keep the baseline of {commit}\n", now, push=push)
        folder = f"{tip}:{self.slug}/{key(commit, saved)}"
        return StoredBaseline(commit, saved, folder, f"{folder}/{ROWS}" if ROWS in files else None)

    def drop_rows(self, baselines: Iterable[StoredBaseline], *, push: bool) -> None:
        """Drop the rows of some baselines from the branch's newest commit."""
        chosen = tuple(baselines)
        names = {baseline.key for baseline in chosen}

        def drop(lines: Lines) -> Lines:
            return {
                name: self._without_rows(name, line) if name in names else line
                for name, line in lines.items()
            }

        if chosen:
            latest = max(baseline.created for baseline in chosen)
            self._change(drop, "Drop rows of older baselines\n", latest, push=push)

    def _without_rows(self, name: str, line: str) -> str:
        inner = self._lines(line.split()[2])
        inner.pop(ROWS, None)
        return f"040000 tree {self._tree(inner)}\t{name}"

    def _change(
        self, edit: Callable[[Lines], Lines], message: str, now: dt.datetime, *, push: bool
    ) -> str:
        """Commit what `edit` makes of this model's baselines; return the branch's new tip."""
        remote = push and self.git.remote is not None
        for attempt in range(1, git_objects.ATTEMPTS + 1):
            try:
                here = None if remote else self._local_tip()
                tip = here or git_objects.remote_tip(self.git, self.ref)
                made = self._edited(tip, edit, message, now)
                if made != tip:
                    self._publish(made, here, remote=remote)
            except GitError as error:
                if attempt == git_objects.ATTEMPTS or git_objects.hopeless(error):
                    raise self._to_error("written", error) from error
                git_objects.pause(attempt)
            else:
                return made
        raise AssertionError

    def _edited(
        self, tip: str | None, edit: Callable[[Lines], Lines], message: str, now: dt.datetime
    ) -> str:
        top = self._lines(tip) if tip else {}
        self._refuse_foreign(top)
        before = self._lines(f"{tip}:{self.slug}") if self.slug in top else {}
        after = edit(before)
        if tip and after == before:
            return tip
        top[self.slug] = f"040000 tree {self._tree(after)}\t{self.slug}"
        parents = [tip] if tip else []
        return git_objects.write_commit(self.git, self._tree(top), message, now, *parents)

    def _refuse_foreign(self, top: Lines) -> None:
        """Keep a slip such as `branch:main` from filling a branch that holds something else."""
        foreign = sorted(
            name for name, line in top.items()
            if not line.startswith("040000") and not name.startswith("README")
        )  # fmt: skip
        if foreign:
            msg = f"the branch {self.branch} holds other files: {first_of(foreign, 3)}"
            raise StoreError(msg, hint="give baselines a branch of their own (baseline.store)")

    def _publish(self, tip: str, before: str | None, *, remote: bool) -> None:
        if remote:
            self.git.text(
                "push", "--quiet", "--no-verify", self.git.remote or "", f"{tip}:{self.ref}",
                timeout=REMOTE_TIMEOUT,
            )  # fmt: skip
            return
        self.git.text("update-ref", self.ref, tip, before or "0" * len(tip))

    def _local_tip(self) -> str | None:
        return self.git.commit_of(self.ref)

    def _baselines(self, tip: str) -> Iterable[StoredBaseline]:
        parts: dict[str, set[str]] = {}
        for path in git_objects.list_tree(self.git, tip, f"{self.slug}/"):
            name, _, file = path.removeprefix(f"{self.slug}/").partition("/")
            parts.setdefault(name, set()).add(file)
        for name, files in parts.items():
            folder = f"{tip}:{self.slug}/{name}"
            rows = f"{folder}/{ROWS}" if ROWS in files else None
            baseline = from_key(name, folder if files - {ROWS} else None, rows)
            if baseline is not None:
                yield baseline

    def _lines(self, tree: str) -> Lines:
        listed = self.git.run("ls-tree", "-z", "--full-tree", tree).decode()
        return {line.partition("\t")[2]: line for line in listed.split("\0") if line}

    def _tree(self, lines: Lines) -> str:
        return self.git.text(
            "mktree", "-z", stdin="".join(f"{x}\0" for x in lines.values()).encode()
        )

    def _to_error(self, verb: str, error: GitError) -> StoreError:
        where = f"the branch {self.branch}" + (f" on {self.git.remote}" if self.git.remote else "")
        hint = error.hint or "is the remote reachable, and may this token or key push to it?"
        return StoreError(
            f"the baseline store ({where}) cannot be {verb}: {error.message}", hint=hint
        )


def _is_of(name: str, commit: str) -> bool:
    parsed = parse_key(name)
    return parsed is not None and parsed[0] == commit


def _open_store(place: StorePlace) -> BranchStore:
    return BranchStore(place.git, place.slug, place.argument, local=place.local)


def _open_ledger(place: StorePlace) -> GitLedger:
    return GitLedger(place.git, f"refs/heads/{place.argument}-ledger", place.slug)


KIND: Final = StoreKind(_open_store, _open_ledger)
