"""Tracked files that the training rewrites: what it wrote is no change of the user's.

Metrics, plots and notebooks are often tracked, and a training writes them again each time. What it wrote
is known by its digest, before and after, so that an edit by hand still counts. Files that results
are measured against and the author's Python code never count as written by the training.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from mlgate.errors import MlgateError
from mlgate.files import sha256
from mlgate.inputs.model_files import NAME as CONFIG
from mlgate.model.evidence import Note
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from mlgate.git import Git
    from mlgate.inputs.git_facts import GitFacts
    from mlgate.model.run import RunRecord
    from mlgate.run_dir import RunDir

DELETED: Final = "deleted"
_CODE: Final = (".py", ".pyi", ".pyx")
_CHUNK: Final = 1 << 20


class _Version(NamedTuple):
    """A tracked file before the training: how the file system knows it, and git."""

    stat: tuple[int, ...]
    oid: str


@dataclass(eq=False)
class TrackedOutputs:
    """What a training does to the files that git tracks.

    Attributes
    ----------
    judging
        Paths and patterns, from the top folder, of what results are measured against.
    edited
        Tracked files that differed from the commit before, by the user's hand.
    earlier
        What an earlier training wrote and is still there, by path.
    """

    git: Git
    commit: str | None
    judging: tuple[str, ...] = ()
    edited: frozenset[str] = frozenset()
    earlier: Mapping[str, str] | None = None

    @cached_property
    def before(self) -> Mapping[str, _Version]:
        """The tracked files; read before the author's code starts and git is closed."""
        if self.commit is None or self.git.bare:
            return {}
        return {
            name: _Version(_stat(self.git.top / name), entry.oid)
            for name, entry in self.git.entries(self.commit).items()
            if entry.plain and name not in self.edited
        }

    def changed(self) -> dict[str, str]:
        """Return what the training did to tracked files: `sha256:…` or `deleted`, by path."""
        top = self.git.top
        touched = [name for name, was in self.before.items() if _stat(top / name) != was.stat]
        differing = (name for name in touched if _differs(top / name, self.before[name].oid))
        still = {name for name, what in (self.earlier or {}).items() if content(top / name) == what}
        return {name: content(top / name) for name in sorted({*differing, *still})}

    def written(self) -> dict[str, str]:
        """Return those of the changed files that are results, and judge nothing."""
        return {name: what for name, what in self.changed().items() if not self._judges(name)}

    def notes(self) -> Iterator[Note]:
        """Warn of those that results are measured against."""
        judging = [name for name in self.changed() if self._judges(name)]
        if judging:
            text = (
                f"The training changed {first_of(judging, 5)}: code, or a file that results are "
                "measured against. No baseline can be kept of this run. Write results to other files."
            )
            yield Note(level="warning", text=text)

    def _judges(self, name: str) -> bool:
        return judges(name, self.judging)


def judges(name: str, patterns: Iterable[str]) -> bool:
    """Whether a file is code or configuration, or results are measured against it."""
    file = name.rpartition("/")[2].lower()
    if (
        file == CONFIG
        or file.startswith(".git")
        or file.endswith(_CODE)
        or name.startswith(".github/")
    ):
        return True
    return any(
        name == pattern or name.startswith(f"{pattern}/") or fnmatchcase(name, pattern)
        for pattern in patterns
    )


def without_outputs(facts: GitFacts, written: Mapping[str, str], top: Path) -> GitFacts:
    """Return the facts without the changes that an earlier training made and nobody touched since."""
    changed = tuple(
        name
        for name in facts.changed
        if name not in written or content(top / name) != written[name]
    )
    return replace(facts, changed=changed, dirty=bool(changed))


def recorded(run: RunRecord, tracked: TrackedOutputs) -> RunRecord:
    """Return a run's record with what its training wrote so far."""
    return run.model_copy(update={"rewritten": tracked.written()})


def earlier(run_dir: RunDir, judging: tuple[str, ...]) -> dict[str, str]:
    """Return what the run in a run directory says that its training wrote; nothing without a run."""
    try:
        written = run_dir.read_run().rewritten
    except MlgateError:
        return {}
    return {name: what for name, what in written.items() if not judges(name, judging)}


def content(path: Path) -> str:
    """Return what is at a path now, as run.json names it."""
    if path.is_symlink() or not path.is_file():
        return DELETED if not os.path.lexists(path) else "other"
    try:
        return f"sha256:{sha256(path)}"
    except OSError:
        return "other"


def _stat(path: Path) -> tuple[int, ...]:
    """Return how the file system knows a file; its ctime cannot be set back."""
    try:
        stat = path.lstat()
    except OSError:
        return ()
    return (stat.st_mode, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)


def _differs(path: Path, oid: str) -> bool:
    """Whether a file is another blob than git's, and no Git LFS pointer's data."""
    if path.is_symlink() or not path.is_file():
        return True
    size = path.stat().st_size
    digest = hashlib.sha1(usedforsecurity=False) if len(oid) == 40 else hashlib.sha256()
    digest.update(b"blob %d\0" % size)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    if digest.hexdigest() == oid:
        return False
    pointer = (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256(path)}\nsize {size}\n"
    ).encode()
    kind = "sha1" if len(oid) == 40 else "sha256"
    pointed = hashlib.new(kind, b"blob %d\0%b" % (len(pointer), pointer), usedforsecurity=False)
    return pointed.hexdigest() != oid
