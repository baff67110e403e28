"""Write files atomically, and digest them."""

from __future__ import annotations

import hashlib
import os
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_atomic(path: Path, content: str | bytes) -> None:
    r"""Write a file so that a reader sees the old or the new content, never a part.

    Parent folders are created. Text is written as UTF-8 with `\n` line ends.
    """
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=temporary(path.name))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)  # noqa: PTH101  (mkstemp makes files private)
        os.replace(name, path)  # noqa: PTH105
    except BaseException as error:
        os.unlink(name)  # noqa: PTH108
        if isinstance(error, OSError):
            error.filename = str(path)  # the error of a full disk does not name the file
        raise


def temporary(name: str) -> str:
    """Return the prefix of a file's name while it is written; a killed process leaves it behind."""
    return f".{name}."


def sha256(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
