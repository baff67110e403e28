"""What a reader is, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

Cell = str | int | float | bool | None
Row = dict[str, Cell]


class UnreadableLogError(ValueError):
    """A file is not what the tool writes, or is not complete: what it is, and what to do.

    `hint` is what to do about it.
    """

    def __init__(self, problem: str, hint: str | None = None) -> None:
        super().__init__(problem)
        self.hint = hint


class MalformedRecordError(ValueError):
    """A record holds something that the tool does not write: where, and what."""


@dataclass(frozen=True, slots=True)
class ToolLog:
    """One file's rows.

    Attributes
    ----------
    rows
        Flat: one value a column. A column that a row lacks is missing there.
    tool
        The tool and its version, as far as the file says: `inspect_ai 0.3.285`.
    written
        When, as the tool writes it; None where it does not.
    """

    rows: Sequence[Row]
    tool: str
    written: str | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """How one tool's files are read.

    Attributes
    ----------
    title
        What messages call the tool.
    read
        Reads a file; the second argument is where it holds its rows, where the reader asks for it.
        Raises `UnreadableLogError`, or `ValueError` and `KeyError` where the file is damaged.
    recognises
        Whether a file is the tool's, by its name and its first 4,096 bytes.
    id, repeat, error
        Columns that name a row, its repetition, and what failed; empty or None: mlgate.yaml says.
    numbers
        Whether it numbers repetitions by their order in the file, since the tool does not.
    columns
        The columns that are not a score's, nor of what the data say.
    asks_where
        Whether the setting may say where a file holds its rows.
    path, command
        Where the tool usually writes, and what runs it into an empty folder, for examples.
    """

    title: str
    read: Callable[[Path, str], ToolLog]
    recognises: Callable[[str, bytes], bool]
    path: str
    id: tuple[str, ...] = ()
    repeat: str | None = None
    error: str | None = None
    numbers: bool = False
    columns: tuple[str, ...] = ()
    asks_where: bool = False
    command: str = "python evaluate.py"

    def defaults(self) -> Mapping[str, object]:
        """Return the keys of `predictions` that the reader knows, by their dotted paths."""
        keys: dict[str, object] = {}
        if self.id:
            keys["id"] = list(self.id) if len(self.id) > 1 else self.id[0]
        if self.repeat is not None:
            keys["repeat"] = self.repeat
        if self.error is not None:
            keys["errors.column"] = self.error
        return keys
