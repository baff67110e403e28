"""The files of a commit, written where they are asked for, with what their pointers name in place."""

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
from mlgate.inputs.paths import is_pattern, matches
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
_DVC_HINT: Final = (
    "fetch it: dvc pull; where this branch changes it, dvc fetch --all-branches: a new version "
    "counts once it is merged"
)
_LFS_HINT: Final = (
    "fetch it: git lfs pull; where this branch changes it, git lfs fetch --all: a new "
    "version counts once it is merged"
)


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
        names = (*ancestors(literal), *self._below(literal), *self._pointers(path))
        return {name: self.entries[name] for name in names if name in self.entries}

    def follow(self, path: str) -> str:
        """Return a path with the links in it followed, as far as it is no pattern.

        Raises
        ------
        DataError
            When a link leads out of the commit.
        """
        for _ in range(_MOST_LINKS):
            names = (*ancestors(self._literal(path)), self._literal(path))
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
        in_submodule = any(self._mode(name) == _SUBMODULE for name in ancestors(literal))
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
        for name in ancestors(path):
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
        oid = lfs_digest(file)
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
            if has_digest(target, digest):
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
        return any(self._mode(name) == _SUBMODULE for name in (*ancestors(literal), literal))

    def _pointers(self, path: str) -> list[str]:
        """Return the `.dvc` files that say what is at a path or pattern."""
        literal = self._literal(path)
        named = [f"{name}.dvc" for name in (*ancestors(literal), literal)]
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
            is_folder(md5) or fnmatchcase(name, pattern)
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


def ancestors(path: str) -> list[str]:
    """Return the folders above a path, the uppermost first, without the top."""
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def lfs_digest(file: Path) -> str | None:
    """Return the digest that a Git LFS pointer names; None for any other file."""
    if not file.is_file():
        return None
    with file.open("rb") as opened:
        pointer = _LFS.match(opened.read(_POINTER_SIZE))
    return pointer.group(1).decode() if pointer else None


def is_folder(md5: str) -> bool:
    """Whether an MD5 of DVC is that of a folder."""
    return md5.endswith(".dir")


def has_digest(path: Path, digest: str) -> bool:
    """Whether a file or folder has an MD5 of DVC, or a file a SHA-256."""
    if len(digest) == _SHA256:
        return path.is_file() and sha256(path) == digest
    return dvc.restored(path, {path: digest})
