"""Packed files and mixed line ends: a file is made such that DuckDB reads it as it was meant.

How a file is packed is told by its first bytes, whatever it is called.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import zlib
from typing import IO, TYPE_CHECKING, Any, Final, Literal, cast

from mlgate import files
from mlgate.errors import DataError
from mlgate.files import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Packing = Literal["none", "gzip", "zstd", "bz2", "xz"]
_MAGIC: Final[dict[bytes, Packing]] = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bz2",
    b"\xfd7zXZ\0": "xz",
}
SUFFIXES: Final = (".gz", ".zst", ".bz2", ".xz")
_BY_DUCKDB: Final = ("none", "gzip", "zstd")
_SAMPLE: Final = 1 << 20


def packing(path: Path) -> Packing:
    """Return how a file is packed."""
    with path.open("rb") as file:
        head = file.read(8)
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "none")


def start(path: Path, name: str, size: int) -> bytes:
    """Return the first bytes of a file, unpacked; `name` is for messages.

    Raises
    ------
    DataError
        When it cannot be read or unpacked.
    """
    try:
        with _opened(path) as file:
            return file.read(size)
    except OSError as error:
        if error.errno is not None:
            raise DataError(f"{name} cannot be read: {error.strerror}") from None
        raise _damaged(name) from None
    except _broken():
        raise _damaged(name) from None


def readable(path: Path, name: str, scratch: Path) -> Path:
    """Return a file that DuckDB can read: this one, or a copy in `scratch`.

    DuckDB unpacks gzip and Zstandard itself, and refuses lines that end in different ways.

    Raises
    ------
    DataError
        When it cannot be unpacked, or holds more than `files.most_unpacked`.
    """
    packed = packing(path)
    if packed != "none":
        _refuse_bomb(path, name)
    ends = start(path, name, _SAMPLE) if _delimited(path) else b""
    windows, unix = ends.count(b"\r\n"), ends.count(b"\n")
    mixed = 0 < windows < unix and ends.count(b"\r") == windows
    if packed in _BY_DUCKDB and not mixed:
        return path
    target = scratch / f"{len(list(scratch.iterdir()))}-{path.name}"
    try:
        with _opened(path) as source, target.open("wb") as copy:
            if mixed:
                _unify(source, copy)
            else:
                shutil.copyfileobj(source, copy, _SAMPLE)
    except _broken():
        raise _damaged(name) from None
    return target


def _refuse_bomb(path: Path, name: str) -> None:
    """Unpack a file that could hold too much, without keeping anything."""
    limit = files.most_unpacked(path.stat().st_size)
    held = 0
    try:
        with _opened(path) as file:
            while piece := file.read(_SAMPLE):
                held += len(piece)
                if held > limit:
                    msg = f"{name} unpacks to more than {limit >> 20:,} MiB, {held // max(path.stat().st_size, 1):,} times its size"
                    raise DataError(msg, hint="write it as Parquet, or unpacked", unquoted=msg)
    except _broken():
        raise _damaged(name) from None


def _delimited(path: Path) -> bool:
    return any(suffix.lower() in (".csv", ".tsv") for suffix in path.suffixes[-2:])


def _unify(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy lines, each of which then ends as on Unix."""
    for line in source:
        target.write(line[:-2] + b"\n" if line.endswith(b"\r\n") else line)


def _opened(path: Path) -> IO[bytes]:
    openers: dict[Packing, Callable[[Path], Any]] = {
        "gzip": gzip.open,
        "bz2": bz2.open,
        "xz": lzma.open,
        "zstd": lambda packed: zstandard().open(packed),
    }
    opener = openers.get(packing(path))
    return path.open("rb") if opener is None else cast("IO[bytes]", opener(path))


def _broken() -> tuple[type[Exception], ...]:
    """Return what unpacking raises for a damaged file."""
    return OSError, EOFError, zlib.error, lzma.LZMAError, zstandard().ZstdError


def _damaged(name: str) -> DataError:
    msg = f"{name} cannot be unpacked: it is damaged, or was not written to its end"
    return DataError(msg, unquoted=msg)
