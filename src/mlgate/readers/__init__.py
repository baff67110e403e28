"""What other tools write, as flat rows: one file a tool, found by its name (`predictions.from`).

A module here ends with `READER`, a `spec.Reader`: how its files are read, and which columns name a
row, its repetition and its error unless mlgate.yaml says otherwise. Readers know no table, no task
and no gate.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Final

from mlgate.errors import UsageError, nearest
from mlgate.text.lists import one_of

if TYPE_CHECKING:
    from mlgate.readers.spec import Reader

_SHARED: Final = ("documents", "flat", "spec")
"""Modules here that read no tool's files."""


def _readers() -> dict[str, Reader]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [
        importlib.import_module(f"{__name__}.{name}") for name in names if name not in _SHARED
    ]
    return {module.__name__.rpartition(".")[2]: module.READER for module in modules}


READERS: Final[dict[str, Reader]] = _readers()


def parse(setting: str) -> tuple[Reader, str]:
    """Return the reader that `NAME` or `NAME:WHERE` names, and where a file holds its rows.

    Raises
    ------
    UsageError
        When there is no such reader, or it does not ask where.
    """
    name, colon, where = setting.partition(":")
    reader = READERS.get(name)
    if reader is None:
        close = nearest(name, READERS)
        hint = f"did you mean {close!r}?" if close else None
        raise UsageError(f"expected {one_of(list(READERS))}, got {setting!r}", hint=hint)
    if colon and (not reader.asks_where or not where):
        hint = "json:results.results[] names a list inside a JSON file; other tools' are known"
        raise UsageError(f"{setting!r} is no reader", hint=hint)
    return reader, where
