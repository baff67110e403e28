"""Code as it is pasted into a script: indented, and broken where a line is too long."""

from __future__ import annotations

import contextlib
import io
import textwrap
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

WIDTH: Final = 79
"""The longest line, with its indentation; linters ask for it."""


@dataclass(frozen=True, slots=True)
class PastedLines:
    """Lines to paste: what to do with each part of them, and the part; the lowest in the file first."""

    parts: tuple[tuple[str, str], ...]


def pasted(comment: str, imports: Sequence[str], lines: Iterable[str], indent: int) -> str:
    """Return lines of code with a comment above: indented, and none longer than `WIDTH`."""
    above = textwrap.wrap(comment, WIDTH - indent, initial_indent="# ", subsequent_indent="# ")
    folded = [part for line in (*imports, *lines) for part in _folded(line, indent)]
    return "".join(f"{' ' * indent}{line}\n" for line in (*above, *folded))


def _folded(line: str, indent: int) -> list[str]:
    """Break a line of code inside its brackets where it is too long."""
    inner = " " * (len(line) - len(line.lstrip()))
    code, room = line.strip(), WIDTH - indent - len(inner)
    if len(code) <= room:
        return [line]
    opened, opening = list[int](), 0
    for token in _tokens(code):
        if token.string in "([{":
            opened.append(token.end[1])
        elif token.string in ")]}":
            opening = opened.pop()
    if not code.endswith((")", "]", "}")):
        return [f"{inner}{part}" for part in _broken(code, room)]
    return [
        *(f"{inner}{part}" for part in _broken(code[:opening], room)),
        *(f"{inner}    {part}" for part in _broken(code[opening:-1], room - 4)),
        f"{inner}{code[-1]}",
    ]


def _broken(code: str, room: int) -> Iterator[str]:
    """Yield a text of code in parts, each broken behind a comma or an opening bracket."""
    start = last = 0
    for token in _tokens(code):
        if token.end[1] - start > room and last > start:
            yield code[start:last].strip()
            start = last
        if token.string in "([{,":
            last = token.end[1]
    yield code[start:].strip()


def _tokens(code: str) -> Iterator[tokenize.TokenInfo]:
    """Yield the tokens of a line; brackets may be open at its end."""
    with contextlib.suppress(tokenize.TokenError):
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.string:
                yield token
