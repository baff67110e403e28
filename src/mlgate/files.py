"""Write files atomically, redacted; digest them; how much a packed one may hold."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
import sys
import tempfile
from typing import TYPE_CHECKING, Any, Final

from mlgate import outgoing

if TYPE_CHECKING:
    from pathlib import Path

KEYED: Final = "hmac-sha256:"
"""How digests under a secret begin."""
_SHOWN: Final = b"mlgate: what is shown of labels that are held out\n"
"""Keeps these hashes apart from those of ids, which have the same key."""
_ALWAYS: Final = 256 << 20
"""Bytes that any packed file may hold."""
_TIMES: Final = 200
"""How many times its packed size a file may hold beyond that: tables of text are 5 to 50."""
_LARGEST: Final = 32 << 30
"""Bytes that no packed file may hold."""


def write_atomic(path: Path, content: str | bytes) -> None:
    r"""Write a file so that a reader sees the old or the new content, never a part.

    Parent folders are created. Text is written as UTF-8 with `\n` line ends. A file that is there keeps its
    permissions, but its owner can always read and write it.

    Raises
    ------
    SecretInResultError
        See `outgoing.file_content`.
    """
    data = outgoing.file_content(path.name, content)
    path.parent.mkdir(parents=True, exist_ok=True)
    there = path.is_file() and not path.is_symlink()
    mode = stat.S_IMODE(path.lstat().st_mode) & 0o777 | 0o600 if there else 0o644
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=temporary(path.name))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, mode)  # noqa: PTH101  (mkstemp makes files private)
        os.replace(name, path)  # noqa: PTH105
    except BaseException as error:
        os.unlink(name)  # noqa: PTH108
        if isinstance(error, OSError):
            error.filename = str(path)  # the error of a full disk does not name the file
        raise


def append(path: Path, text: str) -> None:
    """Add text for people to a file by one write, which appends as a whole on local file systems."""
    _append(path, outgoing.redactor().prose(text, path.name).encode())


def append_record(path: Path, line: str) -> None:
    """Add a line for programs to a file, in the same way.

    Raises
    ------
    SecretInResultError
        When it holds a secret.
    """
    outgoing.redactor().refuse(line, path.name)
    _append(path, line.encode())


def _append(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, data)
    finally:
        os.close(handle)


def temporary(name: str) -> str:
    """Return the prefix of a file's name while it is written; a killed process leaves it behind."""
    return f".{name}."


def sha256(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keyed(key: bytes, digest: str) -> str:
    """Hash a digest by a secret, so that it confirms nobody's guess of what it is of."""
    return f"{KEYED}{hmac.new(key, _SHOWN + digest.encode(), 'sha256').hexdigest()}"


def zstandard() -> Any:
    """Return Python's module `zstd`; before Python 3.14 its backport."""
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd
    import backports.zstd

    return backports.zstd


def most_unpacked(packed: int) -> int:
    """Return how many bytes a packed file of a size may hold."""
    return min(max(_ALWAYS, _TIMES * packed), _LARGEST)
