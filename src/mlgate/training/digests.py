"""Digest the files and folders that a training read and wrote."""

from __future__ import annotations

import datetime as dt
import glob
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlgate.files import sha256
from mlgate.model.evidence import Artifact
from mlgate.training.dvc import LockedOutputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TIME: Final = "%Y-%m-%d %H:%M:%S UTC"


@dataclass(frozen=True, slots=True)
class CollectedArtifacts:
    """Artifacts, by path, and what is wrong with those that do not count."""

    artifacts: tuple[Artifact, ...] = ()
    problems: tuple[str, ...] = ()


def expand(patterns: Sequence[str], root: Path) -> dict[str, tuple[str, ...]]:
    """Return each pattern's paths, relative to `root` and sorted; none where nothing matches.

    An existing path stands for itself, even if it contains the characters of a pattern.
    """
    return {pattern: _matches(pattern, root) for pattern in patterns}


def _matches(pattern: str, root: Path) -> tuple[str, ...]:
    if os.path.lexists(root / pattern):
        return (pattern,)
    if not glob.has_magic(pattern):
        return ()
    # Path.glob refuses `..` and absolute patterns with a stack trace in some versions.
    return tuple(sorted(glob.glob(pattern, root_dir=root, recursive=True)))  # noqa: PTH207


def describe(path: str, root: Path) -> Artifact:
    """Digest a file or a folder of any size, without loading it.

    A folder's digest is the SHA-256 of one line per file, `<sha256>  <path>`, sorted by path:
    what `sha256sum` prints for its files.
    """
    full, name = root / path, printable(path)
    if not full.is_dir():
        return Artifact(path=name, sha256=sha256(full), size=full.stat().st_size)
    manifest, size = hashlib.sha256(), 0
    for file in sorted(files_in(full), key=os.fsencode):
        manifest.update(f"{sha256(file)}  ".encode() + os.fsencode(file.relative_to(full)) + b"\n")
        size += file.stat().st_size
    return Artifact(path=name, sha256=manifest.hexdigest(), size=size)


def printable(path: str) -> str:
    """Return a path as printable text: the training chooses the names that globs match."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "�" for char in text)


def files_in(path: Path) -> Iterator[Path]:
    """Yield the files of a folder, or the file itself; links to folders are not followed.

    Raises
    ------
    OSError
        When a folder cannot be read: the digest would be of a part of it only.
    """
    if not path.is_dir():
        yield path
        return
    for folder, _, files in os.walk(path, onerror=_refuse):
        yield from (Path(folder, file) for file in files)


def _refuse(error: OSError) -> None:
    raise error


def repository(folder: Path) -> Path:
    """Return the repository that a folder is in; the folder itself where there is none."""
    root = folder.resolve()
    return next((above for above in (root, *root.parents) if (above / ".git").exists()), root)


@dataclass(slots=True)
class Collector:
    """Collects the artifacts of one training.

    Parameters
    ----------
    root
        The folder that paths are relative to.
    since
        Nanoseconds, by the file system's own clock: files last changed before it are stale,
        unless DVC kept them of an earlier run; None to accept everything.
    command
        What was run.
    """

    root: Path
    since: int | None = None
    command: str | None = None
    locked: LockedOutputs = field(init=False)

    def __post_init__(self) -> None:
        self.locked = LockedOutputs(self.root.resolve(), self.command)

    def collect(self, patterns: Sequence[str]) -> CollectedArtifacts:
        """Digest everything that the patterns match, and list what is missing, stale or outside."""
        artifacts: dict[str, Artifact] = {}
        problems: list[str] = []
        for pattern, paths in expand(patterns, self.root).items():
            if not paths:
                problems.append(_missing(pattern))
            for path in paths:
                try:
                    problem = self._problem(path)
                    if problem is None:
                        artifacts[path] = describe(path, self.root)
                except OSError as error:
                    problem = f"artifact {printable(path)} cannot be read: {error.strerror}"
                problems += [problem] if problem else []
        return CollectedArtifacts(
            tuple(artifacts[path] for path in sorted(artifacts)), tuple(problems)
        )

    def _problem(self, path: str) -> str | None:
        name = printable(path)
        full = Path(os.path.normpath(self.root.resolve() / path))
        top = repository(self.root)
        if not full.is_relative_to(top):
            return f"artifact {name} is outside the repository"
        if not full.exists():
            return f"artifact {name} is a link to a file that does not exist"
        files = list(files_in(full))
        if not files:
            return f"artifact {name} is an empty folder"
        if not all(map(Path.is_file, files)):
            return f"artifact {name} is not a file"
        for file in (full, *files):
            if not file.resolve().is_relative_to(top) and not self.locked.recorded(full):
                return f"artifact {name} leads out of the repository ({printable(str(file.resolve()))})"
        return self._stale(name, full, files)

    def _stale(self, name: str, full: Path, files: Sequence[Path]) -> str | None:
        if self.since is None:
            return None
        # A file that was moved or unpacked keeps its old mtime, but not its ctime.
        newest = max(max(s.st_mtime_ns, s.st_ctime_ns) for s in map(os.stat, files))
        if newest >= self.since or self.locked.restored(full):
            return None
        why = self.locked.problem(full)
        return (
            f"artifact {name} was not written by this training: it was last changed at "
            f"{_time(newest)}, the training started at {_time(self.since)}{f'; {why}' if why else ''}"
        )


def _missing(pattern: str) -> str:
    if glob.has_magic(pattern):
        return f"no artifact matches {pattern} after the training"
    return f"artifact {pattern} does not exist after the training"


def _time(nanoseconds: int) -> str:
    return dt.datetime.fromtimestamp(nanoseconds / 1e9, dt.UTC).strftime(_TIME)
