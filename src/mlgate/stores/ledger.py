"""The ledger: a line for each evaluation, appended by trusted runs and never changed.

It lies where the baselines lie, one file a model and month (`<name>/2026-11.jsonl`):

- `ref`: below `refs/mlgate/ledger`, a chain of commits that no clone fetches by default;
- `branch:NAME`: likewise on the branch `NAME-ledger`;
- a folder: in `ledger/` below it;
- `s3://…`: likewise, one object an evaluation, gathered by month.

Git's chain of commits is the audit's: a line that was taken out later leaves its commit behind, or
breaks the chain. Appending is compare-and-swap on the remote, so that all of several writers get in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mlgate.errors import StoreError
from mlgate.files import append_record
from mlgate.git import GitError
from mlgate.model.ledger import Evaluation
from mlgate.stores import git_objects
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from pathlib import Path

    from mlgate.git import Git


class Ledger(Protocol):
    """A model's evaluations."""

    def append(self, evaluation: Evaluation, now: dt.datetime) -> None:
        """Add an evaluation; raises `StoreError` where it cannot be written."""

    def read(self) -> tuple[Evaluation, ...]:
        """Return all, oldest first; lines of a later version are left out."""


def month(now: dt.datetime) -> str:
    """Name the file that a line of this time goes into."""
    return f"{now:%Y-%m}.jsonl"


@dataclass(frozen=True, slots=True)
class FolderLedger:
    """Files in a folder."""

    folder: Path

    def append(self, evaluation: Evaluation, now: dt.datetime) -> None:
        """Add a line by one write, which appends as a whole on local file systems."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            append_record(self.folder / month(now), evaluation.line())
        except OSError as error:
            msg = f"the ledger {self.folder} cannot be written: {error.strerror}"
            raise StoreError(msg) from None

    def read(self) -> tuple[Evaluation, ...]:
        """Return all lines."""
        files = sorted(self.folder.glob("*.jsonl"))
        return parse(file.read_bytes() for file in files)


@dataclass(frozen=True, slots=True)
class GitLedger:
    """A chain of commits at one ref, on the remote where there is one."""

    git: Git
    ref: str
    folder: str

    def append(self, evaluation: Evaluation, now: dt.datetime) -> None:
        """Commit the line on top of whatever is there, again when another writer was first."""
        for attempt in range(1, git_objects.ATTEMPTS + 1):
            try:
                tip = git_objects.tip_of(self.git, self.ref)
                git_objects.move(self.git, self.ref, self._added(tip, evaluation, now), tip)
            except GitError as error:
                if attempt == git_objects.ATTEMPTS or git_objects.hopeless(error):
                    raise self._to_error("written", error) from error
                git_objects.pause(attempt)
            else:
                return

    def read(self) -> tuple[Evaluation, ...]:
        """Return all lines of this model."""
        try:
            tip = git_objects.tip_of(self.git, self.ref, seen=True)
            files = {} if tip is None else git_objects.list_tree(self.git, tip, f"{self.folder}/")
            return parse(git_objects.read_blobs(self.git, [files[path] for path in sorted(files)]))
        except GitError as error:
            raise self._to_error("read", error) from error

    def _added(self, tip: str | None, evaluation: Evaluation, now: dt.datetime) -> str:
        path = f"{self.folder}/{month(now)}"
        files = {} if tip is None else git_objects.list_tree(self.git, tip)
        before = git_objects.read_blobs(self.git, [files[path]])[0] if path in files else b""
        files[path] = git_objects.write_blob(self.git, before + evaluation.line().encode())
        tree = git_objects.tree_of(self.git, files)
        parents = [tip] if tip else []
        message = f"{evaluation.name}: {evaluation.verdict or 'unsealed'} of {short_sha(evaluation.commit)}\n"
        return git_objects.write_commit(self.git, tree, message, now, *parents)

    def _to_error(self, verb: str, error: GitError) -> StoreError:
        hint = error.hint or "appending takes `contents: write`"
        return StoreError(f"the ledger ({self.ref}) cannot be {verb}: {error.message}", hint=hint)


def parse(files: Iterable[bytes]) -> tuple[Evaluation, ...]:
    """Read lines; one that is cut or of a later version is no evaluation of ours."""
    from pydantic import ValidationError

    evaluations = []
    for file in files:
        for line in file.splitlines():
            try:
                evaluations.append(Evaluation.from_json(line))
            except ValidationError:
                continue
    return tuple(evaluations)
