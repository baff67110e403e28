"""Files that results are measured against, as the branch that judges has them.

References, the file of a baseline, groups and labels say what a change is measured against, so they
are not the change's to edit. What git tracks on the judging branch is read from there, links and
submodules followed as its commit has them; where it has a pointer of Git LFS or DVC, the data must
be those that the pointer names. What it does not have is read from this commit, unless its policy
names the path, and what that does not have either (what the training writes, or a step before it
fetches) as the job has it.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import tempfile
import weakref
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError
from mlgate.files import sha256
from mlgate.git import Git, GitError
from mlgate.inputs.before import FilesBefore
from mlgate.inputs.paths import FilePlace, is_pattern, matches
from mlgate.model.evidence import Note
from mlgate.training import dvc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mlgate.git import TreeEntry

_PLAIN: Final = ("100644", "100755")
_LINK: Final = "120000"
_SUBMODULE: Final = "160000"
_MOST_LINKS: Final = 40
_AT_ONCE: Final = 64
_LFS: Final = re.compile(
    rb"version https://git-lfs\.github\.com/spec/.*?\noid sha256:([0-9a-f]{64})\n", re.DOTALL
)
_POINTER_SIZE: Final = 1_000
_SHA256: Final = 64
_DVC_FILES: Final = ("dvc.yaml", "dvc.lock")
_CHECK_OUT: Final = "check submodules out in this job, or keep the file in this repository"
_DVC_HINT: Final = (
    "fetch it: dvc pull; where this branch changes it, dvc fetch --all-branches: a new version "
    "counts once it is merged"
)
_CHANGED_HINT: Final = (
    "the training and other code of this branch must leave it as it is: let them write elsewhere"
)
_DATA_HINT: Final = (
    "commit what was written, or name a path that git does not track: what the training writes "
    "into a tracked file, no reviewer sees"
)
_LFS_HINT: Final = (
    "fetch it: git lfs pull; where this branch changes it, git lfs fetch --all: a new "
    "version counts once it is merged"
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
        folders = {folder for name in tracked for folder in _ancestors(name)}
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
            and all(_has(place, md5) for place, md5 in kept.items() if whole or not _is_folder(md5))
        )

    @property
    def needs_all(self) -> bool:
        """Whether only a job that has all of a folder, or of a submodule, can compare its files."""
        assert self.tree is not None
        folders = any(_is_folder(md5) for _, md5 in self.tree.outputs(self.path))
        return folders or self.tree.in_submodule(self.path)


@dataclass(eq=False)
class CommitTree:
    """The files of a commit, written into a folder of mlgate's own where they are asked for."""

    git: Git
    commit: str
    folder: Path
    _read: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, git: Git, commit: str) -> CommitTree:
        """Return a tree, whose folder goes with it."""
        tree = cls(replace(git, root=git.top), commit, Path(tempfile.mkdtemp(prefix="mlgate-")))
        weakref.finalize(tree, shutil.rmtree, tree.folder, ignore_errors=True)
        return tree

    @cached_property
    def entries(self) -> Mapping[str, TreeEntry]:
        """Every file, link and submodule by its path."""
        return self.git.entries(self.commit)

    @cached_property
    def lfs(self) -> Path:
        """Where Git LFS keeps the data of pointers."""
        return self.git.root / self.git.text("rev-parse", "--git-path", "lfs/objects")

    def part(self, path: str) -> dict[str, TreeEntry]:
        """Return the entries that a path or pattern is about, pointers to its data included."""
        literal = self._literal(path)
        names = (*_ancestors(literal), *self._below(literal), *self._pointers(path))
        return {name: self.entries[name] for name in names if name in self.entries}

    def follow(self, path: str) -> str:
        """Return a path with the links in it followed, as far as it is no pattern.

        Raises
        ------
        DataError
            When a link leads out of the commit.
        """
        for _ in range(_MOST_LINKS):
            names = (*_ancestors(self._literal(path)), self._literal(path))
            link = next((name for name in names if self._mode(name) == _LINK), None)
            if link is None:
                return path
            target = self._target(link)
            if target.startswith(("/", "..")):
                break
            path = f"{target}{path[len(link) :]}"
        msg = f"{path} is a link that leads out of the repository in {self.commit[:9]}"
        raise DataError(msg)

    def write(self, path: str) -> bool:
        """Write what the commit has at a path or pattern; return whether it has anything there.

        Raises
        ------
        DataError
            When it has a submodule there whose commit is not here.
        """
        _ = self.lfs
        literal, done = self._literal(path), set[str]()
        todo = [literal]
        while todo:
            name = todo.pop()
            if name not in done:
                done.add(name)
                todo += self._write(name)
        in_submodule = any(self._mode(name) == _SUBMODULE for name in _ancestors(literal))
        return in_submodule or bool(self._pointers(path) or matches(path, self.folder))

    def check_out(self) -> None:
        """Write all files and links."""
        self._write_files([name for name, entry in self.entries.items() if entry.plain])
        for name in self.entries:
            if self._mode(name) == _LINK:
                self._make(name).symlink_to(os.fsdecode(self._content(name)))

    def same_submodules(self, other: Mapping[str, TreeEntry]) -> set[str]:
        """Return the submodules that another commit has at the same commit."""
        names = self.entries.items() & other.items()
        return {name for name, entry in names if entry.mode == _SUBMODULE}

    def smudge_all(self, here: Path) -> None:
        """Put the data of Git LFS in their places, as far as they are here."""
        for name, entry in self.entries.items():
            if entry.plain:
                self.smudge(self.folder / name, here)

    def restore(self, names: Iterable[str], here: Path) -> set[str]:
        """Put the data of some pointers of DVC in their places, as far as they are here; return all."""
        pointers = [name for name in names if name.endswith(".dvc")]
        here_too = (name for name in pointers if name in self.entries)
        outputs = dict(pair for name in here_too for pair in self._outputs(name).items())
        for name, md5 in outputs.items():
            self._copied(name, self._dvc_copies(name, md5, here), md5)
        return outputs.keys() | {name.removesuffix(".dvc") for name in pointers}

    def _write(self, path: str) -> list[str]:
        """Write what is at or below a path; return where links of it lead."""
        for name in _ancestors(path):
            if self._mode(name) == _SUBMODULE:
                self._submodule(name).write(path[len(name) + 1 :])
        names = self._below(path)
        self._write_files([name for name in names if self.entries[name].plain])
        for name in names:
            if self._mode(name) == _SUBMODULE:
                self._submodule(name).write("")
        links = [name for name in names if self._mode(name) == _LINK]
        for link in links:
            self._make(link).symlink_to(os.fsdecode(self._content(link)))
        return [self._target(link) for link in links]

    def _write_files(self, names: Sequence[str]) -> None:
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            blobs = self.git.read(*(self.entries[name].oid for name in some))
            for name, blob in zip(some, blobs, strict=True):
                if blob is None:
                    msg = f"git here does not have {name} of {self.commit[:9]}"
                    raise DataError(msg)
                file = self._make(name)
                file.write_bytes(blob.content)
                file.chmod(int(self._mode(name)[-3:], 8))

    def _make(self, name: str) -> Path:
        """Return the place of a new file; a hostile tree may have one below a link."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.parent.resolve() != self.folder.resolve() / PurePosixPath(name).parent:
            msg = f"{name} of {self.commit[:9]} is no path of a file"
            raise DataError(msg)
        file.unlink(missing_ok=True)
        return file

    def _submodule(self, name: str) -> CommitTree:
        """Return a submodule's tree, at the commit that this one names."""
        git = replace(self.git, root=self.git.root / name)
        tree = CommitTree(git, self.entries[name].oid, self.folder / name)
        try:
            _ = tree.entries
        except GitError:
            msg = f"{name} is a submodule, and its commit {tree.commit[:9]} is not here"
            raise DataError(msg) from None
        return tree

    def fill(self, path: str, key: str, whose: str, here: Path) -> None:
        """Put the data of pointers in their places, from the job's folder or from where they are kept.

        Parameters
        ----------
        whose
            What messages call the commit.

        Raises
        ------
        DataError
            When they are in neither.
        """
        for pointer in self._pointers(path):
            for name, md5 in self._outputs(pointer).items():
                if not self._copied(name, self._dvc_copies(name, md5, here), md5):
                    msg = f"{key}: {name} is not what {whose}'s {pointer} names"
                    raise DataError(msg, hint=_DVC_HINT)
        for file in matches(path, self.folder):
            if not self.smudge(file, here):
                msg = f"{key}: {file.name} is not the file that {whose}'s Git LFS pointer names"
                raise DataError(msg, hint=_LFS_HINT)

    def smudge(self, file: Path, here: Path) -> bool:
        """Put the data of a Git LFS pointer in its place; whether the file holds no pointer then."""
        oid = _pointed(file)
        if oid is None:
            return True
        name = file.resolve().relative_to(self.folder.resolve()).as_posix()
        return self._copied(name, (here / name, self.lfs / oid[:2] / oid[2:4] / oid), oid)

    def _dvc_copies(self, name: str, md5: str, here: Path) -> tuple[Path, ...]:
        kept = self.git.root / ".dvc" / "cache"
        cached = (kept / "files" / "md5", kept)
        return (here / name, *(folder / md5[:2] / md5[2:] for folder in cached))

    def _copied(self, name: str, sources: Iterable[Path], digest: str) -> bool:
        """Copy the first of some files or folders that has a digest: the MD5 of DVC, or the SHA-256."""
        target = self.folder / name
        for source in sources:
            if not source.exists():
                continue
            _remove(target)
            self._make(name)
            copy = shutil.copytree if source.is_dir() else shutil.copyfile
            copy(source, target)
            if _has(target, digest):
                return True
            _remove(target)
        return False

    def outputs(self, path: str) -> list[tuple[str, str]]:
        """Return what DVC keeps at a path or pattern, or in a folder above it: names and MD5."""
        outputs = map(self._outputs, self._pointers(path))
        return [pair for each in outputs for pair in each.items()]

    def in_submodule(self, path: str) -> bool:
        """Whether a path is in a submodule, or one itself."""
        literal = self._literal(path)
        return any(self._mode(name) == _SUBMODULE for name in (*_ancestors(literal), literal))

    def _pointers(self, path: str) -> list[str]:
        """Return the `.dvc` files that say what is at a path or pattern."""
        literal = self._literal(path)
        named = [f"{name}.dvc" for name in (*_ancestors(literal), literal)]
        if literal != path:
            named += [
                name
                for name in self._below(literal)
                if name.endswith(".dvc") and self._may_match(name, path)
            ]
        return [name for name in named if self._mode(name) in _PLAIN]

    def _may_match(self, pointer: str, pattern: str) -> bool:
        """Whether a pattern may match what a pointer is of; what is in a folder is not known."""
        return any(
            _is_folder(md5) or fnmatchcase(name, pattern)
            for name, md5 in self._outputs(pointer).items()
        )

    def _outputs(self, pointer: str) -> dict[str, str]:
        folder = PurePosixPath(pointer).parent
        outputs = dvc.outputs(self._content(pointer))
        return {os.path.normpath(folder / name): md5 for name, md5 in outputs.items()}

    def _literal(self, path: str) -> str:
        """Return a path as far as it is no pattern, from the top; the top is empty."""
        parts = [part for part in path.split("/") if part != "."]
        if path not in self.entries:
            parts = list(itertools.takewhile(lambda part: not is_pattern(part), parts))
        return "/".join(parts)

    def _below(self, path: str) -> list[str]:
        """Return the entries at or below a path."""
        if not path:
            return list(self.entries)
        return [name for name in self.entries if name == path or name.startswith(f"{path}/")]

    def _mode(self, name: str) -> str:
        return self.entries[name].mode if name in self.entries else ""

    def named(self, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the paths and contents of the plain files of some names."""
        for path, entry in self.entries.items():
            if entry.mode in _PLAIN and PurePosixPath(path).name in names:
                yield path, self._content(path)

    def _content(self, name: str) -> bytes:
        if name not in self._read:
            blob = self.git.read(self.entries[name].oid)[0]
            self._read[name] = b"" if blob is None else blob.content
        return self._read[name]

    def _target(self, link: str) -> str:
        target = self._content(link).decode("utf-8", "surrogateescape")
        return os.path.normpath(PurePosixPath(link).parent / target)


def _ancestors(path: str) -> list[str]:
    """Return the folders above a path, the uppermost first, without the top."""
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


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


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _pointed(file: Path) -> str | None:
    """Return the digest that a Git LFS pointer names; None for any other file."""
    if not file.is_file():
        return None
    with file.open("rb") as opened:
        pointer = _LFS.match(opened.read(_POINTER_SIZE))
    return pointer.group(1).decode() if pointer else None


def _is_folder(md5: str) -> bool:
    return md5.endswith(".dir")


def _same(file: Path, committed: Path) -> bool:
    """Whether a file is the one of a commit, or the one that its pointer of Git LFS names.

    Git may check text out with other ends of lines than it keeps.
    """
    oid = _pointed(committed)
    if oid is not None:
        return oid in (_pointed(file), sha256(file))
    mine, theirs = (path.read_bytes() for path in (file, committed))
    return mine == theirs or mine.replace(b"\r\n", b"\n") == theirs.replace(b"\r\n", b"\n")


def _has(path: Path, digest: str) -> bool:
    if len(digest) == _SHA256:
        return path.is_file() and sha256(path) == digest
    return dvc.restored(path, {path: digest})
