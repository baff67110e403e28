"""Configured paths: where they lead and must not, what a file is, and whether this run wrote it.

A file's form is told by its name and by its first bytes, which must agree. A file that was there
before this training is left over from an earlier one.
"""

from __future__ import annotations

import datetime as dt
import glob
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from mlgate.errors import DataError, nearest
from mlgate.inputs import unpacking

if TYPE_CHECKING:
    from collections.abc import Callable

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_WILD = re.compile(r"[*?\[]")
Format = Literal["parquet", "csv", "json", "arrow"]
"""How a table is written; `csv` with any delimiter, `json` as an array or one object a line."""

_SUFFIXES: Final[dict[str, Format]] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
_MAGIC: Final[tuple[tuple[bytes, Format], ...]] = ((b"PAR1", "parquet"), (b"ARROW1", "arrow"))
_FOREIGN: Final = (
    (b"PK\x03\x04", "an Excel workbook or another zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"\x89HDF", "an HDF5 file"),
    (b"SQLite format 3", "an SQLite database"),
)
"""Files that a name is often given by mistake, by their first bytes."""
_HIDDEN: Final = ("_", ".")
"""How names begin that tools leave beside the data: `_SUCCESS`, `.part-0.crc`."""
_LFS = b"version https://git-lfs.github.com/spec/"
_DVC = re.compile(rb"^(outs|md5):", re.MULTILINE)
_HEAD = 1024
_SLACK = 0.05
"""Seconds by which a file's time may lag: kernels stamp files with a clock of up to 10 ms."""


def shown(path: Path, root: Path) -> str:
    """Return a path as it is told to people: below `root` relative to it, else as it is."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def resolve(
    pattern: str,
    root: Path,
    *,
    key: str,
    top: Path | None = None,
    outside: bool = False,
    written: str | None = None,
) -> tuple[Path, ...]:
    """Find the files that a path or glob of the configuration names.

    Parameters
    ----------
    pattern
        The path as written; relative to `root`. `**` matches any number of folders.
    root
        The folder of the configuration.
    key
        The configuration's key, for messages (`predictions.path`).
    top
        The repository's folder; `root` where there is none.
    outside
        Whether an absolute path may leave the repository (`baseline`, `data`, `drift`).
    written
        The path as messages show it, where it names a secret; else `pattern`.

    Returns
    -------
    tuple of Path
        One file or more, sorted, so that the order of rows never depends on the disk.

    Raises
    ------
    DataError
        When nothing is there, when it is a folder, when it lies outside the repository (links
        resolved), or when it is a URL.
    """
    if _URL.match(pattern):
        msg = f"{key}: {pattern.partition('://')[0]}:// is not supported yet"
        raise DataError(msg, hint="let the training write a file below the repository")
    paths = matches(pattern, root)
    if not paths:
        raise missing(pattern, root, key, written)
    allowed = outside and Path(pattern).is_absolute()
    for path in paths:
        name = written or shown(path, root)
        if not allowed:
            _stay_inside(path, written or pattern, (top or root).resolve(), key)
        if path.is_dir():
            hint = (
                f'name the files in it, such as "{(written or pattern).rstrip("/")}/**/*.parquet"'
            )
            msg = f"{key}: {name} is a folder"
            raise DataError(msg, hint=hint, unquoted=msg)
        if not path.is_file():
            msg = f"{key}: {name} is no regular file"
            hint = "pipes and devices cannot be read twice: write a file"
            raise DataError(msg, hint=hint, unquoted=msg)
    return paths


@dataclass(frozen=True, slots=True)
class FilePlace:
    """Where a setting's files are.

    Attributes
    ----------
    pattern
        Relative to `root`, or absolute.
    root, top
        The folders of mlgate.yaml and of the repository, or what stands in for them.
    differs
        Whether this commit has other files there, which do not count.
    tracked
        Whether git has the files, or pointers that they were held to.
    """

    pattern: str
    root: Path
    top: Path
    differs: bool = False
    tracked: bool = False


def is_pattern(path: str) -> bool:
    """Whether a path may name several files."""
    return _WILD.search(path) is not None


def matches(pattern: str, root: Path) -> tuple[Path, ...]:
    """Return the file of this very name, the parts in such a folder, else what the glob matches.

    Names that begin with `_` or `.` are left out, unless the pattern has such a name.
    """
    if (root / pattern).is_dir():
        return _parts(root / pattern) or (root / pattern,)
    if (root / pattern).exists():
        return (root / pattern,)
    if not is_pattern(pattern):
        return ()
    names = glob.glob(pattern, root_dir=root, recursive=True)  # noqa: PTH207  (absolute patterns)
    written = [part for part in Path(pattern).parts if part.startswith(_HIDDEN)]
    return tuple(
        sorted(
            root / name
            for name in names
            if not (root / name).is_dir() and (written or not _hides(name))
        )
    )


def _hides(name: str) -> bool:
    return any(part.startswith(_HIDDEN) and part != ".." for part in Path(name).parts)


def _parts(folder: Path) -> tuple[Path, ...]:
    """Return the files of a folder of parts; none where it has folders, which may hold more."""
    entries = [path for path in folder.iterdir() if not path.name.startswith(_HIDDEN)]
    return () if any(path.is_dir() for path in entries) else tuple(sorted(entries))


def _stay_inside(path: Path, pattern: str, top: Path, key: str) -> None:
    target = path.resolve()
    if not target.is_relative_to(top):
        msg = f"{key}: {pattern} leads to {target}, outside the repository {top}"
        raise DataError(msg, hint="move the file into the repository's folder", unquoted=msg)


def missing(pattern: str, root: Path, key: str, written: str | None = None) -> DataError:
    """Explain that a file is missing and how to get it: from DVC, or by its nearest name."""
    if is_pattern(pattern):
        msg = f"{key}: no file matches {written or pattern} in {root}"
        return DataError(msg, unquoted=msg)
    path = root / pattern
    if written is not None or not path.is_relative_to(root):
        msg = f"{key}: there is no file {written or pattern}"
        return DataError(msg, unquoted=msg)
    tracked = _tracked(path, root)
    message = f"{key}: there is no file {pattern} in {root}"
    if path.is_symlink():
        message = f"{key}: {pattern} is a link to {path.readlink()}, which does not exist"
    if tracked is not None:
        where, target = (shown(path, root) for path in tracked)
        return DataError(
            f"{message}; DVC tracks it in {where}", hint=f"fetch it: dvc pull {target}"
        )
    return DataError(message, hint=_nearest(path))


def _tracked(path: Path, root: Path) -> tuple[Path, Path] | None:
    """Return the file in which DVC tracks a path, and what `dvc pull` must be given."""
    parts = [part for part in (path, *path.parents) if part != root and part.is_relative_to(root)]
    for part in parts:
        pointer = part.with_name(f"{part.name}.dvc")
        if pointer.is_file():
            return pointer, pointer
    lock = root / "dvc.lock"
    lines = lock.read_text("utf-8", "replace").splitlines() if lock.is_file() else []
    outputs = {line.strip().removeprefix("- path: ") for line in lines if "- path: " in line}
    return next(((lock, part) for part in parts if shown(part, root) in outputs), None)


def _nearest(path: Path) -> str | None:
    folder = path.parent
    if not folder.is_dir():
        return "did the training write it?"
    names = sorted(entry.name for entry in folder.iterdir() if not entry.is_dir())
    close = nearest(path.name, names)
    return f"did you mean {close}?" if close else "did the training write it?"


def sniff(path: Path, root: Path) -> Format:
    """Return a file's format.

    Raises
    ------
    DataError
        When the file is empty, is a Git LFS or DVC pointer, or is of no known format, and
        where its content is not what its name says.
    """
    head, place = _head(path, root), shown(path, root)
    name = path.with_suffix("").name if path.suffix in unpacking.SUFFIXES else path.name
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    refuse_pointer(path, head, root)
    named = _SUFFIXES.get(suffix)
    seen = _seen(head)
    foreign = next((what for magic, what in _FOREIGN if head.startswith(magic)), None)
    if foreign:
        msg = f"{place} is {foreign}"
        raise DataError(msg, hint="write it as CSV, Parquet, JSON or Arrow", unquoted=msg)
    if named is None:
        if seen is not None:
            return seen
        suffixes = ", ".join(_SUFFIXES)
        msg = f"{place}: the format of this file is not known"
        raise DataError(msg, hint=f"give it one of these suffixes: {suffixes}", unquoted=msg)
    if seen != named and (named in ("parquet", "arrow") or seen in ("parquet", "arrow")):
        raise _contradiction(path, root, named, seen, head)
    if named in ("parquet", "arrow") and unpacking.packing(path) != "none":
        msg = f"{place} is a {named} file that was packed once more"
        raise DataError(msg, hint="write it plain: its columns are packed already", unquoted=msg)
    return named


def refuse_pointer(path: Path, head: bytes, root: Path) -> None:
    """Raise `DataError` for a Git LFS or DVC pointer, naming the command that fetches."""
    name = shown(path, root)
    if head.startswith(_LFS):
        top = next((folder for folder in path.parents if (folder / ".git").exists()), root)
        msg = f"{name} is a Git LFS pointer, not the data"
        raise DataError(msg, hint=f'fetch it: git lfs pull --include "{shown(path, top)}"')
    if path.suffix == ".dvc" and _DVC.search(head):
        msg = f"{name} is a DVC pointer, not the data"
        data = name.removesuffix(".dvc")
        raise DataError(msg, hint=f"fetch it: dvc pull {name}, and name {data} instead")


def _head(path: Path, root: Path) -> bytes:
    """Return the first bytes, unpacked."""
    head = unpacking.start(path, shown(path, root), _HEAD)
    if not head.strip():
        msg = f"{shown(path, root)} is empty"
        hint = "did the training fail before it wrote its predictions?"
        raise DataError(msg, hint=hint, unquoted=msg)
    return head


def _seen(head: bytes) -> Format | None:
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return "json" if start in (b"{", b"[") else None


def _contradiction(
    path: Path, root: Path, named: Format, seen: Format | None, head: bytes
) -> DataError:
    msg = f"{shown(path, root)} should be {named} by its name, but is"
    what = f"a {seen} file" if seen else f"something else ({head[:16]!r}…)"
    hint = None
    if head.startswith(b"FEA1"):
        what, hint = "a Feather version 1 file", "write version 2, which is Arrow IPC"
    return DataError(f"{msg} {what}", hint=hint, unquoted=f"{msg} something else")


def _unknown(path: Path) -> bool:  # noqa: ARG001
    return False


def _silent(path: Path) -> str | None:  # noqa: ARG001
    return None


@dataclass(frozen=True, slots=True)
class Freshness:
    """When the training started, and which older files are nevertheless right.

    Attributes
    ----------
    started
        Seconds since the epoch; None where nothing was trained here, so that any file is right.
    restored
        Whether DVC put this file there (from its cache, unchanged since an earlier run).
    untouched
        Whether a file is, as far as is known, the one that was there before.
    problem
        Why DVC's word on a file does not count, where it has one.
    """

    started: float | None
    restored: Callable[[Path], bool]
    untouched: Callable[[Path], bool] = _unknown
    problem: Callable[[Path], str | None] = _silent

    def check(self, path: Path, name: str, key: str) -> None:
        """Refuse a file that is older than the training and not restored by DVC.

        Raises
        ------
        DataError
            With both times in UTC.
        """
        if self.started is None or not self.older(path):
            return
        when = f"was written at {_utc(path.stat().st_mtime)}, before"
        if self.untouched(path):
            when = "is as it was before"
        began = f"this training started at {_utc(self.started)}"
        msg = f"{key}: {name} {when} {began}: it is not this training's result"
        hint = "let the training write it, or empty the folder first, or correct the path"
        raise DataError(msg, hint=self.problem(path) or hint)

    def older(self, path: Path) -> bool:
        """Whether a file is older than the training, and DVC did not put it there."""
        if self.started is None:
            return False
        written = path.stat().st_mtime
        early = self.untouched(path) or written < self._start(written)
        return early and not self.restored(path)

    def changed(self, path: Path) -> bool:
        """Whether a file was written, moved or put in place since, whatever its own time says."""
        stat = path.stat()
        return self.started is not None and any(
            time >= self._start(time) for time in (stat.st_mtime, stat.st_ctime)
        )

    def _start(self, time: float) -> float:
        """Return from when on a file's time is this training's."""
        assert self.started is not None
        # Some file systems keep whole seconds only.
        return float(int(self.started)) if time.is_integer() else self.started - _SLACK


ANY = Freshness(None, lambda _: True)
"""Takes every file: nothing was trained here."""


def _utc(seconds: float) -> str:
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-4] + " UTC"
