"""Keep what the author's code writes into mlgate's installation out of this process.

That code runs as the same user, who can often write the folders that this Python imports from,
and mlgate imports and reads much of itself only when it is needed. So its files are recorded
before the author's code starts, and afterwards one that is not as it was is not read: cached
bytecode is passed over, anything else is an error. Files are compared by device, inode and the
time of their last change, which only the superuser can set.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

_WRITING: Final = os.O_WRONLY | os.O_RDWR
_LIBRARY: Final = (".so", ".dylib")
_BUNDLED: Final = ".libs"
"""How the folders end that hold the libraries of a package's extensions."""

_APART: Final = frozenset({"site-packages", "dist-packages", "test", "tests"})
"""Folders that are recorded by themselves, or that nothing is imported from."""

Stamp = tuple[int, int, int]


class _Recorded:
    """The files of this installation; called by the interpreter when it opens or imports one."""

    def __init__(self) -> None:
        self.roots: tuple[str, ...] = ()
        self.stamps: dict[str, Stamp] = {}
        self.libraries: dict[str, list[str]] = {}

    def record(self) -> None:
        """Record the files as they are now, once."""
        if self.stamps:
            return
        folders = _folders()
        self.stamps = {path: stamp for folder in folders for path, stamp in _files(folder)}
        for path in self.stamps:
            if any(suffix in path for suffix in _LIBRARY) and not _is_extension(path):
                folder = os.path.dirname(path)  # noqa: PTH120
                place = _BUNDLED if folder.endswith(_BUNDLED) else folder
                self.libraries.setdefault(place, []).append(path)
        self.roots = tuple(folder + os.sep for folder in folders)
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuse a file that is not as it was; see `sys.addaudithook`."""
        if event == "open":
            path, mode, flags = arguments
            if self._ours(path) and not _writes(mode, flags):
                self._refuse_changed(path)
        elif event == "import" and self._ours(arguments[1]):
            folder = os.path.dirname(arguments[1])  # noqa: PTH120
            linked = (*self.libraries.get(folder, ()), *self.libraries.get(_BUNDLED, ()))
            for library in (arguments[1], *linked):
                self._refuse_changed(library)

    def _ours(self, path: object) -> bool:
        return isinstance(path, str) and path.startswith(self.roots)

    def _refuse_changed(self, path: str) -> None:
        try:
            unchanged = self.stamps.get(path) == _stamp(os.stat(path))  # noqa: PTH116
        except OSError:
            return  # It does not exist: whoever opens it sees that.
        if unchanged:
            return
        if path.endswith(".pyc"):
            raise PermissionError(path)  # The import system reads the source instead.
        msg = f"{path} was changed while your code ran; it belongs to mlgate or its Python"
        hint = "install mlgate into an environment of its own, which the training does not change"
        raise DataError(msg, hint=hint)


_RECORDED: Final = _Recorded()


def guard() -> None:
    """Record mlgate's files; from now on this process reads none of them that has changed."""
    _RECORDED.record()


def _folders() -> list[str]:
    """Return the folders of mlgate, its packages and Python's library, as they are imported from."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    listed = {*(sysconfig.get_path(name) for name in names), *site.getsitepackages()}
    real = {os.path.realpath(folder) for folder in listed if folder}
    imported = [folder for folder in sys.path if folder and os.path.realpath(folder) in real]
    folders = dict.fromkeys((*imported, str(Path(__file__).parent)))
    return [folder for folder in folders if Path(folder).is_dir()]


def _files(folder: str) -> Iterator[tuple[str, Stamp]]:
    """Yield the files below a folder; packages within Python's library are another folder's."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.is_dir():
                    yield entry.path, _stamp(entry.stat())
                elif entry.name not in _APART:
                    yield from _files(entry.path)
    except OSError:
        return  # What cannot be listed is not recorded, and so not read.


def _is_extension(path: str) -> bool:
    """Whether a library is a module of Python's, which is looked at when it is imported."""
    return ".cpython-" in path or ".abi3." in path


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_dev, status.st_ino, status.st_ctime_ns


def _writes(mode: str | None, flags: int | None) -> bool:
    return bool((flags or 0) & _WRITING) or any(letter in (mode or "") for letter in "wax+")
