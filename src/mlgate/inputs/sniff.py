"""What a data file is: by its name and by its first bytes, which must agree."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING, Final, Literal

from mlgate.errors import DataError
from mlgate.inputs.paths import shown

if TYPE_CHECKING:
    from pathlib import Path

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
_LFS = b"version https://git-lfs.github.com/spec/"
_DVC = re.compile(rb"^(outs|md5):", re.MULTILINE)
_HEAD = 1024


def sniff(path: Path, root: Path) -> Format:
    """Tell a file's format.

    Raises
    ------
    DataError
        When the file is empty, is a Git LFS or DVC pointer, or is of no known format, and
        where its content is not what its name says.
    """
    head = _head(path, root)
    name = path.name.removesuffix(".gz")
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    refuse_pointer(path, head, root)
    told = _SUFFIXES.get(suffix)
    seen = _seen(head)
    if told is None:
        if seen is not None:
            return seen
        known = ", ".join(_SUFFIXES)
        msg = f"{shown(path, root)}: the format of this file is not known"
        raise DataError(msg, hint=f"give it one of these suffixes: {known}")
    if seen != told and (told in ("parquet", "arrow") or seen in ("parquet", "arrow")):
        raise _contradiction(path, root, told, seen, head)
    return told


def refuse_pointer(path: Path, head: bytes, root: Path) -> None:
    """Raise `DataError` for a Git LFS or DVC pointer, naming the command that fetches."""
    name = shown(path, root)
    if head.startswith(_LFS):
        top = next((one for one in path.parents if (one / ".git").exists()), root)
        msg = f"{name} is a Git LFS pointer, not the data"
        raise DataError(msg, hint=f'fetch it: git lfs pull --include "{shown(path, top)}"')
    if path.suffix == ".dvc" and _DVC.search(head):
        msg = f"{name} is a DVC pointer, not the data"
        data = name.removesuffix(".dvc")
        raise DataError(msg, hint=f"fetch it: dvc pull {name}, and name {data} instead")


def _head(path: Path, root: Path) -> bytes:
    """Give the first bytes, unpacked."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if head.startswith(b"\x1f\x8b"):
            with gzip.open(path) as unpacked:
                head = unpacked.read(_HEAD)
    except (OSError, EOFError) as error:
        msg = f"{shown(path, root)} cannot be read: {error}"
        raise DataError(msg) from None
    if not head.strip():
        msg = f"{shown(path, root)} is empty"
        raise DataError(msg, hint="did the training fail before it wrote its predictions?")
    return head


def _seen(head: bytes) -> Format | None:
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return "json" if start in (b"{", b"[") else None


def _contradiction(
    path: Path, root: Path, told: Format, seen: Format | None, head: bytes
) -> DataError:
    what = f"a {seen} file" if seen else f"something else ({head[:16]!r}…)"
    hint = None
    if head.startswith(b"FEA1"):
        what, hint = "a Feather version 1 file", "write version 2, which is Arrow IPC"
    return DataError(f"{shown(path, root)} should be {told} by its name, but is {what}", hint=hint)
