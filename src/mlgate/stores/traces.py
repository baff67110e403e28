"""What is left of a model's baselines where its store is empty: a store that lost them is no new one.

Looked for are the ledger beside the store, everything of the model below `refs/mlgate/`, the ledgers
of branches that are or were a store, and the files that the base branch keeps in a folder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlgate.config import store_setting
from mlgate.errors import StoreError
from mlgate.git import GitError
from mlgate.stores import git_objects, open_ledger
from mlgate.stores.ledger import GitLedger
from mlgate.stores.stored_baseline import slug
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mlgate.git import Git
    from mlgate.model.ledger import Evaluation

_OURS: Final = "refs/mlgate/"
_HEADS: Final = "refs/heads/"
_SUFFIX: Final = "-ledger"
_MODEL: Final = 3
"""Which part of `refs/mlgate/<what>/<model>/…` names the model."""


def kept_commits(evaluations: Iterable[Evaluation]) -> dict[str, Evaluation]:
    """Return the evaluations that were kept as a baseline, by commit.

    A run that keeps a baseline has no pull request; the use of a sealed test set has no verdict.
    """
    return {
        line.commit: line
        for line in evaluations
        if line.pull_request is None and line.verdict is not None
    }


@dataclass(frozen=True, slots=True)
class Traces:
    """Where to look.

    Attributes
    ----------
    setting, git, root, name
        See `open_store`.
    base
        The base branch's commit.
    there
        Commits that have a baseline now: this run's own, with which it is not compared.
    """

    setting: str
    git: Git
    root: Path
    name: str
    base: str | None
    there: frozenset[str] = frozenset()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def find(self) -> str | None:
        """Return the first trace of a baseline, in words; None where there is none.

        Raises
        ------
        StoreError
            When something cannot be read.
        """
        return next(self._all(), None)

    def ledger(self) -> dict[str, Evaluation]:
        """Return what the store's own ledger knows of, by commit; raises `StoreError`."""
        book = open_ledger(self.setting, self.git, self.root, self.name, self.environ)
        return kept_commits(book.read())

    def _all(self) -> Iterator[str]:
        yield from self._described(self.ledger(), "the ledger")
        refs = [ref for ref in self._refs() if not any(f"-{own}/" in ref for own in self.there)]
        model = slug(self.name)
        for ref in refs:
            if ref.startswith(_OURS) and ref.split("/")[_MODEL : _MODEL + 1] == [model]:
                yield f"{ref} is left of an earlier one"
        for ref in refs:
            if ref == f"{_OURS}ledger" or (ref.startswith(_HEADS) and ref.endswith(_SUFFIX)):
                lines = kept_commits(GitLedger(self.git, ref, model).read())
                yield from self._described(lines, f"the ledger {ref}")
        if not self.there:
            yield from self._files()

    def _described(self, kept: Mapping[str, Evaluation], book: str) -> Iterator[str]:
        lost = [line for commit, line in kept.items() if commit not in self.there]
        newest = max(lost, key=lambda line: line.time, default=None)
        if newest is not None:
            yield f"{book} knows of one of {short_sha(newest.commit)}, kept on {newest.time[:10]}"

    def _refs(self) -> list[str]:
        try:
            if self.git.remote is None:
                return list(self.git.local_refs(_OURS, _HEADS))
            patterns = (f"{_OURS}*", f"{_HEADS}*{_SUFFIX}")
            return list(git_objects.patient(lambda: self.git.refs_seen(*patterns)))
        except GitError as error:
            msg = f"whether a baseline was ever kept cannot be read: {error.message}"
            raise StoreError(msg, hint=error.hint) from error

    def _files(self) -> Iterator[str]:
        """Look for a folder of baselines among the files of the base branch."""
        setting = store_setting.parse(self.setting)
        if setting.kind != store_setting.FOLDER or self.base is None:
            return
        folder = (self.root / Path(setting.argument).expanduser()).resolve()
        top = self.git.top.resolve()
        if not folder.is_relative_to(top):
            return
        path = (folder / slug(self.name)).relative_to(top).as_posix()
        if self.git.attempt("ls-tree", "--full-tree", self.base, path):
            yield f"the base branch has files of one in {path}"
