"""Baselines on an orphan branch: `<name>/<time>-<commit>/…`, one folder each.

For hosts that refuse refs outside refs/heads. Written by plumbing, pushed fast-forward only,
so that concurrent writers all survive. The branch keeps its history: what retention drops
leaves the newest commit, not the repository.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.baselines import objects
from mlgate.baselines.store import (
    MAX_ROWS,
    ROWS,
    Entry,
    check_names,
    entry_of,
    key,
    newest,
    parse_key,
    refuse_large_rows,
    replacement,
    time_for,
)
from mlgate.errors import StoreError, UsageError
from mlgate.git import REMOTE_TIMEOUT, GitError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from mlgate.git import Git

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

    def entries(self) -> tuple[Entry, ...]:
        """Give all baselines: the remote's and, where `local`, what was saved here without a push."""
        try:
            tips = {
                objects.remote_tip(self.git, self.ref),
                self._local_tip() if self.local else None,
            }
            return newest(entry for tip in tips if tip for entry in self._entries(tip))
        except GitError as error:
            raise self._told("read", error) from error

    def read(self, entry: Entry) -> Mapping[str, bytes]:
        """Give the evidence files."""
        try:
            return objects.read_tree(self.git, entry.evidence, leave=ROWS)
        except GitError:
            other = replacement(self, entry)
            return objects.read_tree(self.git, other.evidence, leave=ROWS)

    def read_rows(self, entry: Entry) -> bytes | None:
        """Give rows.parquet."""
        if entry.rows is None:
            return None
        try:
            return self.git.run("cat-file", "blob", entry.rows)
        except GitError as error:
            raise self._told("read", error) from error

    def save(
        self, commit: str, files: Mapping[str, bytes], now: dt.datetime, *, push: bool
    ) -> Entry:
        """Keep a baseline; see `Store`."""
        check_names(files)
        refuse_large_rows(files, self.max_rows)
        saved = now

        def add(baselines: Lines) -> Lines:
            nonlocal saved
            saved = time_for(commit, now, baselines)
            name = key(commit, saved)
            kept = {old: line for old, line in baselines.items() if not _is_of(old, commit)}
            return kept | {name: f"040000 tree {objects.write_tree(self.git, files)}\t{name}"}

        tip = self._change(add, f"Keep the baseline of {commit}\n", now, push=push)
        folder = f"{tip}:{self.slug}/{key(commit, saved)}"
        return Entry(commit, saved, folder, f"{folder}/{ROWS}" if ROWS in files else None)

    def drop_rows(self, entries: Iterable[Entry], *, push: bool) -> None:
        """Drop the rows of some baselines from the branch's newest commit."""
        chosen = tuple(entries)
        names = {entry.key for entry in chosen}

        def drop(baselines: Lines) -> Lines:
            return {
                name: self._without_rows(name, line) if name in names else line
                for name, line in baselines.items()
            }

        if chosen:
            latest = max(entry.created for entry in chosen)
            self._change(drop, "Drop rows of older baselines\n", latest, push=push)

    def _without_rows(self, name: str, line: str) -> str:
        inner = self._lines(line.split()[2])
        inner.pop(ROWS, None)
        return f"040000 tree {self._tree(inner)}\t{name}"

    def _change(
        self, edit: Callable[[Lines], Lines], message: str, now: dt.datetime, *, push: bool
    ) -> str:
        """Commit what `edit` makes of this model's baselines; give the branch's new tip."""
        remote = push and self.git.remote is not None
        for attempt in range(1, objects.ATTEMPTS + 1):
            try:
                here = None if remote else self._local_tip()
                tip = here or objects.remote_tip(self.git, self.ref)
                made = self._edited(tip, edit, message, now)
                if made != tip:
                    self._publish(made, here, remote=remote)
            except GitError as error:
                if attempt == objects.ATTEMPTS or objects.hopeless(error):
                    raise self._told("written", error) from error
                objects.pause(attempt)
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
        return objects.write_commit(self.git, self._tree(top), message, now, *parents)

    def _refuse_foreign(self, top: Lines) -> None:
        """Keep a slip such as `branch:main` from filling a branch that holds something else."""
        foreign = sorted(
            name for name, line in top.items()
            if not line.startswith("040000") and not name.startswith("README")
        )  # fmt: skip
        if foreign:
            msg = f"the branch {self.branch} holds other files: {', '.join(foreign[:3])}"
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

    def _entries(self, tip: str) -> Iterable[Entry]:
        parts: dict[str, set[str]] = {}
        for path in objects.list_tree(self.git, tip, f"{self.slug}/"):
            name, _, file = path.removeprefix(f"{self.slug}/").partition("/")
            parts.setdefault(name, set()).add(file)
        for name, files in parts.items():
            folder = f"{tip}:{self.slug}/{name}"
            rows = f"{folder}/{ROWS}" if ROWS in files else None
            entry = entry_of(name, folder if files - {ROWS} else None, rows)
            if entry is not None:
                yield entry

    def _lines(self, tree: str) -> Lines:
        listed = self.git.run("ls-tree", "-z", "--full-tree", tree).decode()
        return {line.partition("\t")[2]: line for line in listed.split("\0") if line}

    def _tree(self, lines: Lines) -> str:
        return self.git.text(
            "mktree", "-z", stdin="".join(f"{x}\0" for x in lines.values()).encode()
        )

    def _told(self, verb: str, error: GitError) -> StoreError:
        where = f"the branch {self.branch}" + (f" on {self.git.remote}" if self.git.remote else "")
        hint = error.hint or "is the remote reachable, and may this token or key push to it?"
        return StoreError(
            f"the baseline store ({where}) cannot be {verb}: {error.message}", hint=hint
        )


def _is_of(name: str, commit: str) -> bool:
    parsed = parse_key(name)
    return parsed is not None and parsed[0] == commit
