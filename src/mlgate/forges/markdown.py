"""Somebody's own Markdown: where it shows pictures, and where it can be cut.

Everything else of it passes byte for byte: parsers of Markdown return no positions within a line, and
writing the text anew from what they return would change it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# A destination stands in group 1, 2 or 3: in angle brackets, in quotes, or bare.
_DESTINATION: Final = r"(?:<([^<>\n]+)>|([^\s<>()\"']+(?:\([^\s()]*\)[^\s<>()\"']*)*))"
_PLACES: Final = (
    re.compile(rf"\]\([ \t]*{_DESTINATION}(?=[ \t\n)])"),
    re.compile(rf"^ {{0,3}}\[[^\]\n]+\]:[ \t]*{_DESTINATION}(?=\s|$)", re.MULTILINE),
    re.compile(r"(?i)\b(?:src|srcset|href)[ \t]*=[ \t]*(?:\"([^\"\n]+)\"|'([^'\n]+)')"),
)
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_RUN: Final = re.compile(r"`+")
_DETAILS: Final = re.compile(r"<(/?)details\b", re.IGNORECASE)


def replace_destinations(text: str, replacement: Callable[[str], str | None]) -> str:
    """Replace the addresses of pictures and links; those in code stay as they are.

    Parameters
    ----------
    replacement
        Gets an address as it is written and gives another one, or None to leave it.
    """
    code = _code(text)
    changes = []
    for pattern in _PLACES:
        for match in pattern.finditer(text):
            group = next(g for g in range(1, match.re.groups + 1) if match.group(g) is not None)
            start, end = match.span(group)
            new = None if any(a <= start < b for a, b in code) else replacement(match.group(group))
            if new is not None:
                changes.append((start, end, new))
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def cut(text: str, limit: int, note: str) -> str:
    """Shorten to `limit` characters: whole blocks from the end, and a note that says so.

    A text that fits is given back as it is. Cuts fall between blocks outside of code and, where
    there is one, outside of `<details>`.
    """
    if len(text) <= limit:
        return text
    room = limit - len(note) - 2
    gaps = [gap for gap in _gaps(text) if gap[0] <= room]
    outside = [at for at, depth in gaps if depth == 0]
    at = max(outside or [at for at, _ in gaps], default=0)
    return f"{text[:at].rstrip()}\n\n{note}" if at else note[:limit]


def _gaps(text: str) -> Iterator[tuple[int, int]]:
    """Return the blank lines outside of code: where they begin, and in how many `<details>`."""
    depth = 0
    fences = _fences(text)
    for start, line in _lines(text):
        if any(a <= start < b for a, b in fences):
            continue
        for match in _DETAILS.finditer(line):
            depth = max(depth + (-1 if match.group(1) else 1), 0)
        if not line.strip():
            yield start, depth


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.splitlines(keepends=True):
        yield start, line
        start += len(line)


def _fences(text: str) -> list[tuple[int, int]]:
    """Return where fenced blocks begin and end; an open one ends with the text."""
    spans: list[tuple[int, int]] = []
    begun, fence = 0, ""
    for start, line in _lines(text):
        match = _FENCE.match(line)
        if not fence:
            if match and not (match.group(1)[0] == "`" and "`" in match.group(2)):
                begun, fence = start, match.group(1)
        elif match and match.group(1).startswith(fence) and not match.group(2).strip():
            spans.append((begun, start + len(line)))
            fence = ""
    return [*spans, (begun, len(text))] if fence else spans


def _code(text: str) -> list[tuple[int, int]]:
    """Return fenced blocks and code spans; a span ends at as many backticks as it began with."""
    spans = _fences(text)
    opened: re.Match[str] | None = None
    runs = [r for r in _RUN.finditer(text) if not any(a <= r.start() < b for a, b in spans)]
    at = 0
    while at < len(runs):
        opened = runs[at]
        ends = (i for i in range(at + 1, len(runs)) if len(runs[i][0]) == len(opened[0]))
        end = next(ends, None)
        if end is not None and "\n\n" not in text[opened.end() : runs[end].start()]:
            spans.append((opened.start(), runs[end].end()))
            at = end
        at += 1
    return spans
