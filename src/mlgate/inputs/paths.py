"""Configured paths and globs: where they lead, and where they must not."""

from __future__ import annotations

import glob
import re
from pathlib import Path

from mlgate.errors import DataError, nearest

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_WILD = re.compile(r"[*?\[]")


def shown(path: Path, root: Path) -> str:
    """Give a path as it is told to people: below `root` relative to it, else as it is."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def resolve(
    pattern: str, root: Path, *, key: str, top: Path | None = None, outside: bool = False
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
    found = _find(pattern, root)
    if not found:
        raise missing(pattern, root, key)
    allowed = outside and Path(pattern).is_absolute()
    for path in found:
        if path.is_dir():
            msg = f"{key}: {shown(path, root)} is a folder"
            raise DataError(msg, hint=f'name the files in it, such as "{pattern.rstrip("/")}/*"')
        if not path.is_file():
            msg = f"{key}: {shown(path, root)} is no regular file"
            raise DataError(msg, hint="pipes and devices cannot be read twice: write a file")
        if not allowed:
            _stay_inside(path, pattern, (top or root).resolve(), key)
    return found


def _find(pattern: str, root: Path) -> tuple[Path, ...]:
    """Give the file of this very name, else what the glob matches."""
    if (root / pattern).exists():
        return (root / pattern,)
    if not _WILD.search(pattern):
        return ()
    names = glob.glob(pattern, root_dir=root, recursive=True)  # noqa: PTH207  (absolute patterns)
    return tuple(sorted(root / name for name in names if not (root / name).is_dir()))


def _stay_inside(path: Path, pattern: str, top: Path, key: str) -> None:
    target = path.resolve()
    if not target.is_relative_to(top):
        msg = f"{key}: {pattern} leads to {target}, outside the repository {top}"
        raise DataError(msg, hint="move the file into the repository's folder")


def missing(pattern: str, root: Path, key: str) -> DataError:
    """Say that a file is missing and how to get it: from DVC, or by its nearest name."""
    if _WILD.search(pattern):
        return DataError(f"{key}: no file matches {pattern} in {root}")
    path = root / pattern
    tracked = _tracked(path, root)
    message = f"{key}: there is no file {pattern} in {root}"
    if path.is_symlink():
        message = f"{key}: {pattern} is a link to {path.readlink()}, which does not exist"
    if tracked is not None:
        where, target = (shown(one, root) for one in tracked)
        return DataError(
            f"{message}; DVC tracks it in {where}", hint=f"fetch it: dvc pull {target}"
        )
    return DataError(message, hint=_nearest(path))


def _tracked(path: Path, root: Path) -> tuple[Path, Path] | None:
    """Give the file in which DVC tracks a path, and what `dvc pull` must be given."""
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
