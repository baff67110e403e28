"""Write files that a later `init` may replace as long as nobody edited them.

The first line has a digest of the rest: where both still fit, nobody did.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mlgate.files import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

_HEADER: Final = re.compile(
    r"# Written by `mlgate init`, which replaces this file until somebody edits it \(([0-9a-f]{12})\)\n"
)
Outcome = Literal["write", "replace", "same", "edited"]


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file to write: what becomes of it, and how it would differ from an edited one."""

    name: str
    text: str
    outcome: Outcome
    diff: str = ""


def plan(top: Path, name: str, body: str, *, force: bool) -> PlannedFile:
    """Return what is to be done about a file, by its path from the top folder."""
    text, path = signed(body), top / name
    if not path.exists():
        return PlannedFile(name, text, "write")
    there = path.read_text(encoding="utf-8", errors="replace")
    if there == text:
        return PlannedFile(name, text, "same")
    if force or untouched(there):
        return PlannedFile(name, text, "replace", _diff(there, text, name))
    return PlannedFile(name, text, "edited", _diff(there, text, name))


def apply(top: Path, file: PlannedFile) -> None:
    """Write a file that is new or may be replaced."""
    if file.outcome in ("write", "replace"):
        write_atomic(top / file.name, file.text)


def signed(body: str) -> str:
    """Return a text with the line in front that its digest is in."""
    return (
        "# Written by `mlgate init`, which replaces this file until somebody edits it "
        f"({_digest(body)})\n{body}"
    )


def written(text: str) -> bool:
    """Whether `init` wrote a text, edited or not."""
    return _HEADER.match(text) is not None


def untouched(text: str) -> bool:
    """Whether a text is still as it was written."""
    header = _HEADER.match(text)
    return header is not None and header[1] == _digest(text[header.end() :])


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def _diff(there: str, text: str, name: str) -> str:
    lines = difflib.unified_diff(
        there.splitlines(), text.splitlines(), name, f"{name} (mlgate init)", lineterm="", n=1
    )
    return "\n".join(lines)
