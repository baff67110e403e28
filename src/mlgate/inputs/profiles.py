"""Reads a profile in the place of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError
from mlgate.model.profile import Profile, ProfileTable

if TYPE_CHECKING:
    from pathlib import Path

_MARK: Final = b'"profile":'
_HEAD: Final = 64


def read_profile(path: Path, name: str) -> ProfileTable | None:
    """Return the profile in a JSON file; None where the file holds rows.

    Raises
    ------
    DataError
        When it is a profile of another version, or damaged.
    """
    from pydantic import ValidationError

    with path.open("rb") as file:
        if _MARK not in file.read(_HEAD):
            return None
    try:
        return ProfileTable(name, Profile.from_json(path.read_bytes()))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        msg = f"{name} is not a profile that this version reads: {where}: {first['msg']}"
        raise DataError(msg, hint="write it again: mlgate profile DATA -o FILE") from None
