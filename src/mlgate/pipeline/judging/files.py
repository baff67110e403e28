"""Files that results are measured against, as the branch that judges has them.

References, the file of a baseline, groups and labels say what a change is measured against, so they
are not the change's to edit. What git tracks on the judging branch is read from there, links and
submodules followed as its commit has them; where it has a pointer of Git LFS or DVC, the data must
be those that the pointer names. What it does not have is read from this commit, unless its policy
names the path, and what that does not have either (what the training writes, or a step before it
fetches) as the job has it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError
from mlgate.files import sha256
from mlgate.inputs.before import FilesBefore
from mlgate.inputs.paths import FilePlace, matches
from mlgate.model.evidence import Note
from mlgate.pipeline.judging.commit_tree import (
    CommitTree,
    ancestors,
    has_digest,
    is_folder,
    lfs_digest,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mlgate.git import Git, TreeEntry

_DVC_FILES: Final = ("dvc.yaml", "dvc.lock")
_CHECK_OUT: Final = "check submodules out in this job, or keep the file in this repository"
_CHANGED_HINT: Final = (
    "the training and other code of this branch must leave it as it is: let them write elsewhere"
)
_DATA_HINT: Final = (
    "commit what was written, or name a path that git does not track: what the training writes "
    "into a tracked file, no reviewer sees"
)


@dataclass(eq=False)
class JudgingFiles:
    """The files of the commits that count; each is read once.

    Attributes
    ----------
    git, root
        The repository, and the folder of mlgate.yaml in it.
    branch, commit
        The judging branch, and its commit.
    own, dirty
        This commit, and whether the work tree has changes.
    expected
        The paths that the judging branch's own policy names.
    before
        What was there before the author's code started.
    in_ci
        Whether a CI system runs this, where changes of a work tree are nobody's edits.
    """

    git: Git
    root: Path
    branch: str
    commit: str | None = None
    own: str | None = None
    dirty: bool = False
    expected: tuple[str, ...] = ()
    before: FilesBefore = field(default_factory=FilesBefore)
    in_ci: bool = False
    _data: set[str] = field(default_factory=set)
    _lookups: dict[str, _Lookup] = field(default_factory=dict)
    _earlier: dict[str, JudgingFiles] = field(default_factory=dict)

    def at(self, commit: str) -> JudgingFiles:
        """Return the files of another commit alone, such as a baseline's."""
        if commit not in self._earlier:
            whose = f"{self.branch} at {commit[:9]}"
            self._earlier[commit] = JudgingFiles(self.git, self.root, whose, commit)
        return self._earlier[commit]

    def look_up(self, patterns: Iterable[str]) -> None:
        """Read what git has of some files, before the author's code starts and git is closed."""
        for pattern in patterns:
            path = self._inside(pattern)
            if path is not None:
                self.lookup_of(path)

    def look_up_data(self, patterns: Iterable[str]) -> None:
        """Read what git has of data, which must be the commit's when they are measured."""
        for pattern in patterns:
            path = self._inside(pattern)
            if path is not None:
                self._data.add(path)
                for commit in filter(None, (self.commit, self.own)):
                    self.at(commit).lookup_of(path)

    def hold_handed(self, pattern: str, key: str) -> None:
        """Refuse data to be handed over that the job that judges cannot compare with git's."""
        path = self._inside(pattern)
        if path is None or path not in self._data or self.own is None:
            return
        lookup = self._own(path)
        if lookup.tree is not None and lookup.needs_all:
            self.hold_data(pattern, key, self._top)

    def hold_data(self, pattern: str, key: str, top: Path) -> None:
        """Refuse data that git has, and that are not the commit's.

        Parameters
        ----------
        key
            The configuration's key, for messages.
        top
            The folder that stands for the repository's top; files that were handed over may be part
            of what is there.

        Raises
        ------
        DataError
            When the training, or a step before it, changed them; or when the judging branch has
            them in git, and this commit does not.
        """
        path = self._inside(pattern)
        if path not in self._data or self.own is None or (self.dirty and not self.in_ci):
            return
        lookup, whole = self._own(path), top.resolve() == self._top
        if not matches(path, top) or (lookup.problem is not None and not whole):
            return
        if lookup.tree is not None and not lookup.same(path, top, whole=whole):
            msg = f"{key}: {pattern} is not as this commit has it: something changed it in this job"
            raise DataError(msg, hint=_DATA_HINT)
        theirs = None if self.commit is None else self.at(self.commit).lookup_of(path).tree
        if lookup.tree is None and lookup.problem is None and theirs is not None:
            msg = f"{key}: {self.branch} has {pattern} in git, and this commit does not"
            raise DataError(msg, hint=f"commit it; {self.branch} can name another path in {key}")

    def _own(self, path: str) -> _Lookup:
        assert self.own is not None
        return self.at(self.own).lookup_of(path)

    def keep(self, patterns: Iterable[str]) -> None:
        """Note the files that the author's code must leave as they are: git's here, and others."""
        for pattern in patterns:
            path = self._inside(pattern)
            lookup = None if path is None else self.lookup_of(path)
            if lookup is None or lookup.tree is None:
                self.before.keep(*self._present(pattern))
            else:
                self.before.keep(*lookup.present())

    def _present(self, pattern: str) -> tuple[str, tuple[Path, ...]]:
        """Return the place that a pattern names in the job's folder, and the files there."""
        return os.path.normpath(self.root / pattern), matches(pattern, self.root)

    def appeared(self, pattern: str) -> bool:
        """Whether files are in a place of the job that were not there before."""
        return self.before.changed(*self._present(pattern))

    def hold(self, pattern: str, key: str) -> None:
        """Refuse files of the job that the author's code changed; where none were, it may write some."""
        place, paths = self._present(pattern)
        if self.before.there(place) and self.before.changed(place, paths):
            msg = f"{key}: what it names was changed while the model was trained"
            raise DataError(msg, hint=_CHANGED_HINT)

    def notes(self, patterns: Iterable[str]) -> Iterator[Note]:
        """Yield a note for each setting whose files of this commit do not count."""
        for pattern in dict.fromkeys(patterns):
            path = self._inside(pattern)
            if path is not None and self.lookup_of(path).differs:
                text = (
                    f"{pattern} is read as {self.branch} has it: this branch's version counts once "
                    "it is merged."
                )
                yield Note(level="info", text=text)

    def _refuse_brought(self, path: str, key: str) -> None:
        """What the judging branch's policy finds beside git's files is not a branch's to commit."""
        tree = self.lookup_of(path).tree
        brought = tree is not None and tree.commit != self.commit
        if brought and path in map(self._inside, self.expected):
            msg = f"{key}: this branch adds {path}, which {self.branch} has not"
            raise DataError(msg, hint=f"commit it under another path, and name that in {key}")

    @cached_property
    def _below(self) -> Path:
        return self.root.relative_to(self._top)

    def place(
        self, pattern: str, key: str, root: Path, top: Path, *, edited: bool = True
    ) -> FilePlace:
        """Return where the files of a setting are to be read.

        Parameters
        ----------
        key
            The configuration's key, for messages.
        root, top
            The folders in which the job has them.
        edited
            Whether a work tree with changes counts rather than its commit.

        Raises
        ------
        DataError
            When git has a pointer or a submodule, and what it names is not here; or this branch
            alone has what the judging branch's policy names.
        """
        path = self._inside(pattern)
        if path is None:
            self.hold(pattern, key)
            return FilePlace(pattern, root, top)
        lookup = self.lookup_of(path)
        if lookup.problem is not None:
            raise DataError(f"{key}: {lookup.problem}", hint=_CHECK_OUT)
        self._refuse_brought(path, key)
        own = lookup.tree is not None and lookup.tree.commit == self.own
        if lookup.tree is None:
            self.hold(pattern, key)
        if lookup.tree is None or (own and self.dirty and edited):
            if lookup.path == path:
                return FilePlace(pattern, root, top)
            return FilePlace(os.path.relpath(top / lookup.path, root), root, top)
        tree, below = lookup.tree, self._below
        place = FilePlace(
            os.path.relpath(lookup.path, below),
            tree.folder / below,
            tree.folder,
            lookup.differs,
            tracked=True,
        )
        if self.before.changed(*lookup.present()):
            msg = f"{key}: mlgate's own copy was changed while the model was trained"
            raise DataError(msg, hint=_CHANGED_HINT)
        place.root.mkdir(parents=True, exist_ok=True)
        tree.fill(lookup.path, key, "this commit" if own else self.branch, top)
        self.before.keep(*lookup.present())
        return place

    @cached_property
    def _top(self) -> Path:
        return self.git.top.resolve()

    @cached_property
    def pipelines(self) -> Mapping[Path, bytes]:
        """The dvc.yaml and dvc.lock files of the judging branch, by where they are in this job."""
        trees = self.trees[:1]
        return {self._top / name: text for tree in trees for name, text in tree.named(_DVC_FILES)}

    @cached_property
    def trees(self) -> tuple[CommitTree, ...]:
        """The trees that count, the judging branch's first."""
        distinct = dict.fromkeys(filter(None, (self.commit, self.own)))
        return tuple(CommitTree.of(self.git, commit) for commit in distinct)

    def check_out(self) -> None:
        """Write all files of the judging branch, before the author's code starts."""
        self.trees[0].check_out()
        _ = self._own_entries, self.trees[0].lfs

    @cached_property
    def _own_entries(self) -> Mapping[str, TreeEntry]:
        return {} if self.own is None else CommitTree.of(self.git, self.own).entries

    def work_tree(self) -> Path:
        """Return the folder of mlgate.yaml among the judging branch's files.

        Beside them are links to what git tracks in neither commit, such as data and environments.
        Where the branches have different pointers of DVC or submodules, what they name is left out,
        unless DVC's cache has it.
        """
        tree, here = self.trees[0], self._top
        tree.smudge_all(here)
        tracked = tree.entries.keys() | self._own_entries.keys()
        changed = {n for n in tracked if tree.entries.get(n) != self._own_entries.get(n)}
        left_out = (tracked - tree.same_submodules(self._own_entries)) | tree.restore(changed, here)
        folders = {folder for name in tracked for folder in ancestors(name)}
        _link(here, tree.folder, left_out, folders)
        return tree.folder / self._below

    def _inside(self, pattern: str) -> str | None:
        """Return a path from the top folder, as git knows it; None for one outside of it."""
        path = Path(os.path.normpath(self.root / pattern))  # links unresolved, as git has them
        return path.relative_to(self._top).as_posix() if path.is_relative_to(self._top) else None

    def lookup_of(self, path: str) -> _Lookup:
        """Return which of the trees that count has a path from the top folder."""
        if path not in self._lookups:
            self._lookups[path] = self._find(path)
        return self._lookups[path]

    def _find(self, path: str) -> _Lookup:
        followed = path
        for tree in self.trees:
            try:
                followed = tree.follow(followed)
                if tree.write(followed):
                    own = self.trees[-1]
                    differs = tree is not own and tree.part(followed) != own.part(followed)
                    return _Lookup(followed, tree, differs)
            except DataError as error:
                return _Lookup(followed, problem=error.message)
        return _Lookup(followed)


@dataclass(frozen=True, slots=True)
class _Lookup:
    """The tree that has a path, or why that is not known; and the path with its links followed."""

    path: str
    tree: CommitTree | None = None
    differs: bool = False
    problem: str | None = None

    def present(self) -> tuple[str, tuple[Path, ...]]:
        """Return the place in the tree's folder, and the files there."""
        assert self.tree is not None
        return str(self.tree.folder / self.path), matches(self.path, self.tree.folder)

    def same(self, path: str, top: Path, *, whole: bool) -> bool:
        """Whether a job has the files of the commit at a path.

        Parameters
        ----------
        whole
            Whether it has all of a folder that DVC keeps, else such a one is not looked at.
        """
        assert self.tree is not None
        outputs = self.tree.outputs(self.path)
        kept = {top / path if name == self.path else top / name: md5 for name, md5 in outputs}
        there = [file for file in matches(self.path, self.tree.folder) if file.is_file()]
        here = [
            file
            for file in matches(path, top)
            if file.is_file() and not {file, *file.parents} & kept.keys()
        ]
        return (
            len(here) == len(there)
            and all(map(_same, here, there))
            and all(
                has_digest(place, md5) for place, md5 in kept.items() if whole or not is_folder(md5)
            )
        )

    @property
    def needs_all(self) -> bool:
        """Whether only a job that has all of a folder, or of a submodule, can compare its files."""
        assert self.tree is not None
        folders = any(is_folder(md5) for _, md5 in self.tree.outputs(self.path))
        return folders or self.tree.in_submodule(self.path)


def _link(here: Path, there: Path, left_out: set[str], folders: set[str], path: str = "") -> None:
    """Link what is in one folder and not left out into another; `folders` are made there."""
    for entry in os.scandir(here / path):
        name = f"{path}/{entry.name}" if path else entry.name
        if name in left_out:
            continue
        if name in folders and entry.is_dir(follow_symlinks=False):
            (there / name).mkdir(exist_ok=True)
            _link(here, there, left_out, folders, name)
        elif not os.path.lexists(there / name):
            (there / name).symlink_to(entry.path)


def _same(file: Path, committed: Path) -> bool:
    """Whether a file is the one of a commit, or the one that its pointer of Git LFS names.

    Git may check text out with other ends of lines than it keeps.
    """
    oid = lfs_digest(committed)
    if oid is not None:
        return oid in (lfs_digest(file), sha256(file))
    mine, theirs = (path.read_bytes() for path in (file, committed))
    return mine == theirs or mine.replace(b"\r\n", b"\n") == theirs.replace(b"\r\n", b"\n")
