"""A small file of the user's that a check reads whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.errors import DataError
from mlgate.inputs.paths import refuse_pointer, resolve, shown
from mlgate.model.inputs import InputFile

if TYPE_CHECKING:
    from pathlib import Path

    from mlgate.inputs.paths import Freshness


def read_file(
    setting: str, key: str, root: Path, fresh: Freshness, *, top: Path
) -> tuple[Path, InputFile]:
    """Read the one file that a setting names.

    Raises
    ------
    DataError
        For a file that is missing or a pointer, and where several match.
    """
    paths = resolve(setting, root, key=key, top=top)
    if len(paths) > 1:
        msg = f"{key}: {setting} matches {len(paths)} files"
        raise DataError(msg, hint="name each of them")
    content = paths[0].read_bytes()
    refuse_pointer(paths[0], content[:512], root)
    return paths[0], InputFile(shown(paths[0], root), content, older=fresh.older(paths[0]))
