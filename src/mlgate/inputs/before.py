"""Files as they were before the author's code started: what it must write, and must not."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mlgate.files import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_DIGESTED: Final = 1 << 30
"""Bytes of the files of a setting up to which they are digested: about a second."""
_SECOND: Final = 1_000_000_000
_State = tuple[int, ...] | str


@dataclass(eq=False)
class FilesBefore:
    """What was there, by path.

    Times can be set back, so files that must not change are known by their digests; those of large
    ones by what the file system says of them, of which the ctime cannot be set back by any user.
    """

    _left: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _kept: dict[str, Mapping[str, _State]] = field(default_factory=dict)

    def leave(self, paths: Iterable[Path]) -> None:
        """Note the files that are there in the places of results, from an earlier run or the commit."""
        self._left = {os.path.realpath(path): _stat(path) for path in paths if path.is_file()}

    def untouched(self, path: Path) -> bool:
        """Whether a result is the file that was there before."""
        now = _stat(path)
        # Where the file system keeps whole seconds only, a quick training may write within one.
        exact = now[-1] % _SECOND != 0
        return exact and self._left.get(os.path.realpath(path)) == now

    def keep(self, place: str, paths: Sequence[Path]) -> None:
        """Note the files that are in a place, which must stay as they are."""
        self._kept[place] = _states(paths)

    def there(self, place: str) -> bool:
        """Whether files were in a place before."""
        return bool(self._kept.get(place))

    def changed(self, place: str, paths: Sequence[Path]) -> bool:
        """Whether a place that was noted has other files now."""
        return place in self._kept and _states(paths) != self._kept[place]


def _states(paths: Sequence[Path]) -> dict[str, _State]:
    states: dict[str, _State] = {}
    size = 0
    for path in paths:
        if path.is_file():
            size += path.stat().st_size
            states[str(path)] = sha256(path) if size <= _DIGESTED else _stat(path)
    return states


def _stat(path: Path) -> tuple[int, ...]:
    stat = path.stat()
    return (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
