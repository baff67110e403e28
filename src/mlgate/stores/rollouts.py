"""The record of an environment's rollouts: a chain of commits at `refs/mlgate/rollouts/<environment>`.

Each entry is a file `<number>.json` and adds a commit; none is ever changed. Appending is
compare-and-swap, as the ledger's is, but is not tried again: of two ticks at once the second ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.errors import StoreError, UsageError
from mlgate.git import GitError
from mlgate.stores import git_objects

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from mlgate.git import Git

ROOT: Final = "refs/mlgate/rollouts"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


class SupersededError(StoreError):
    """Another tick has written since this one read: what it found does not count."""


@dataclass(frozen=True, slots=True)
class RolloutStore:
    """The entries of one environment, as bytes in their order."""

    git: Git
    ref: str

    @classmethod
    def of(cls, git: Git, environment: str) -> RolloutStore:
        """Open an environment's record; raises UsageError for a name that is none."""
        if not _NAME.fullmatch(environment):
            msg = f"{environment!r} is no name of an environment"
            raise UsageError(msg, hint="use letters, digits, - and _")
        return cls(git, f"{ROOT}/{environment}")

    def read(self) -> tuple[str | None, list[bytes]]:
        """Return the tip, and the entries up to it; raises `StoreError`."""
        try:
            tip = git_objects.tip_of(self.git, self.ref)
            files = {} if tip is None else git_objects.list_tree(self.git, tip)
            return tip, git_objects.read_blobs(self.git, [files[name] for name in sorted(files)])
        except GitError as error:
            raise self._to_error("read", error) from error

    def append(
        self, tip: str | None, entries: Sequence[tuple[int, bytes]], now: dt.datetime
    ) -> str:
        """Add entries, with their numbers, on top of what was read; return the new tip.

        Raises
        ------
        SupersededError
            When another writer was first.
        StoreError
            When it cannot be written.
        """
        try:
            files = {} if tip is None else git_objects.list_tree(self.git, tip)
            for number, content in entries:
                files[f"{number:08d}.json"] = git_objects.write_blob(self.git, content)
            tree = git_objects.tree_of(self.git, files)
            message = f"Entry {entries[-1][0]}\n"
            parents = [tip] if tip else []
            commit = git_objects.write_commit(self.git, tree, message, now, *parents)
        except GitError as error:
            raise self._to_error("written", error) from error
        try:
            git_objects.move(self.git, self.ref, commit, tip)
        except GitError as error:
            self._raise_unless_moved(commit, tip, error)
        return commit

    def _raise_unless_moved(self, commit: str, tip: str | None, error: GitError) -> None:
        """A push whose answer was lost has moved the ref nonetheless."""
        try:
            now = git_objects.tip_of(self.git, self.ref)
        except GitError:
            raise self._to_error("written", error) from error
        if now == commit:
            return
        if now != tip:
            msg = f"superseded: another tick has written to {self.ref} meanwhile"
            raise SupersededError(msg, hint="nothing was done; the next tick goes on from there")
        raise self._to_error("written", error) from error

    def _to_error(self, verb: str, error: GitError) -> StoreError:
        hint = error.hint or "appending takes `contents: write`"
        return StoreError(f"the rollouts ({self.ref}) cannot be {verb}: {error.message}", hint=hint)
