r"""Patterns of `when.paths`: those of GitHub's path filters, without the ones that are easily misread.

`*` stays within a folder, `**` crosses folders, `[a-c]` is one letter or digit, `\` takes the next
character literally, and `!` in front takes out what earlier patterns took in: the last pattern that
matches a path decides. `?` and `+` mean something else in GitHub's filters than in shells, `{a,b}`
and `@(a|b)` are no patterns there: they are refused, with the pattern to write in their place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

EVERYTHING: Final = "**"
_EXCEPT: Final = "!"
_PIECE: Final = re.compile(r"\\.|\*\*/|\*\*|\*|\[[^\]]*\]|.", re.DOTALL)
_WILD: Final = {"*": "[^/]*", "**": ".*", "**/": "(?:.*/)?"}
_SET: Final = re.compile(r"\[(?:[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9]|[A-Za-z0-9])+\]")
_EXTENDED: Final = re.compile(r"(?<!\\)[@!?+*]\(([^()]*)\)")
_BRACES: Final = re.compile(r"(?<!\\)\{([^{}]*)\}")


@dataclass(frozen=True)
class Pattern:
    """One pattern, from the repository's top folder.

    Attributes
    ----------
    written
        As in mlgate.yaml.
    excludes
        Whether it takes paths out.
    pieces
        Its wildcards, sets and characters, in order.
    """

    written: str
    excludes: bool
    pieces: tuple[str, ...]

    def matches(self, path: str) -> bool:
        """Whether it matches a file, or a folder that the file is in where it names that folder."""
        return self._regex.fullmatch(path) is not None

    def reaches_below(self, folder: str) -> bool:
        """Whether any path below a folder could match."""
        if self.matches(f"{folder}/"):
            return True
        return any(start.fullmatch(f"{folder}/") for start in self._starts)

    def covers(self, folder: str) -> bool:
        """Whether every path below a folder matches."""
        deep = self.pieces[-1] == "**" or "*" not in _last(self.pieces)
        return deep and self.matches(f"{folder}/")

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        below = "" if "*" in _last(self.pieces) else "(?:/.*)?"
        return re.compile("".join(map(_regex, self.pieces)) + below, re.DOTALL)

    @cached_property
    def _starts(self) -> tuple[re.Pattern[str], ...]:
        """What matches the beginning of a path that the whole pattern could match."""
        parts = [_regex(piece) for piece in self.pieces]
        starts = []
        for count, piece in enumerate(self.pieces):
            end = ".*" if piece == "**/" else parts[count]
            starts.append(re.compile("".join(parts[:count]) + end, re.DOTALL))
        return tuple(starts)


@dataclass(frozen=True, slots=True)
class PathFilter:
    """All patterns of `when.paths`, in order."""

    patterns: tuple[Pattern, ...]

    @classmethod
    def of(cls, patterns: Iterable[str], folder: str = ".") -> PathFilter:
        """Return a filter whose patterns are relative to a folder; `**` alone is everything."""
        return cls(tuple(_parse(pattern, folder) for pattern in patterns))

    @property
    def takes_everything(self) -> bool:
        """Whether no path is left out."""
        includes = [pattern.written == EVERYTHING for pattern in self.patterns]
        last = len(includes) - includes[::-1].index(True) if True in includes else 0
        return last > 0 and not any(pattern.excludes for pattern in self.patterns[last:])

    def takes(self, path: str) -> bool:
        """Whether a file is taken in: the last pattern that matches it decides."""
        matching = (not p.excludes for p in reversed(self.patterns) if p.matches(path))
        return next(matching, False)

    def takes_below(self, folder: str) -> bool:
        """Whether anything below a folder may be taken in; what is there is not known."""
        taken = False
        for pattern in self.patterns:
            if pattern.excludes:
                taken = taken and not pattern.covers(folder)
            else:
                taken = taken or pattern.reaches_below(folder)
        return taken or self.takes(folder)

    def unmatched(self, files: Sequence[str], folders: Sequence[str]) -> Iterator[str]:
        """Yield the patterns, as they are written, that match no file and nothing in a folder."""
        for pattern in self.patterns:
            inside = any(pattern.matches(f) or pattern.reaches_below(f) for f in folders)
            if not inside and not any(map(pattern.matches, files)):
                yield pattern.written


def problem(pattern: str) -> tuple[str, str] | None:
    """Return what is wrong with a pattern and what to write, or None."""
    bare = pattern.removeprefix(_EXCEPT)
    if not bare.strip("/"):
        return "names no path", "name a file or a folder, or write '**' for everything"
    if match := _EXTENDED.search(pattern):
        message = f"{match.group()} is no pattern of GitHub's path filters"
        return message, _write(_alternatives(pattern, match, "|"))
    if match := _BRACES.search(pattern):
        message = f"{match.group()} is no pattern of GitHub's path filters"
        return message, _write(_alternatives(pattern, match, ","))
    return next(filter(None, map(_piece_problem, _PIECE.findall(bare))), None)


def only_excludes(patterns: Sequence[str]) -> bool:
    """Whether nothing is ever taken in."""
    return all(pattern.startswith(_EXCEPT) for pattern in patterns)


def _alternatives(pattern: str, match: re.Match[str], separator: str) -> list[str]:
    """Return the alternatives as patterns of their own."""
    start, end = pattern[: match.start()], pattern[match.end() :]
    listed = [f"{start}{name}{end}" for name in match.group(1).split(separator)]
    if not match.group().startswith(_EXCEPT):
        return listed
    return [f"{start}*{end}", *(f"{_EXCEPT}{name}" for name in listed)]


def _piece_problem(piece: str) -> tuple[str, str] | None:
    if piece in ("?", "+"):
        before = "the character before it may be missing" if piece == "?" else "it may repeat"
        message = (
            f"`{piece}` means in GitHub's path filters that {before}, elsewhere something else"
        )
        return message, rf"write `*`, a set such as [0-9], or `\{piece}` for the character itself"
    if piece in ("{", "}"):
        return f"`{piece}` has no counterpart", rf"write `\{piece}` for the character itself"
    if piece == "[" or (piece.startswith("[") and _SET.fullmatch(piece) is None):
        what = "a set holds letters, digits, and ranges such as a-z, A-Z and 0-9"
        return f"{piece} is no set of characters", rf"{what}; `\[` is the character itself"
    if piece == "\\":
        return "ends with `\\`, which takes the next character literally", "remove it"
    return None


def _write(patterns: Sequence[str]) -> str:
    return f"write {', '.join(repr(pattern) for pattern in patterns)}"


def _parse(written: str, folder: str) -> Pattern:
    excludes = written.startswith(_EXCEPT)
    pattern = written.removeprefix(_EXCEPT)
    if pattern != EVERYTHING:
        pattern = _join(folder, pattern)
    if pattern.endswith("/") or not pattern:
        pattern += EVERYTHING
    return Pattern(written, excludes, tuple(_pieces(pattern)))


def _pieces(pattern: str) -> Iterator[str]:
    """Split a pattern; `**/` leaves out whole folders only where a folder's name begins."""
    at_start = True
    for piece in _PIECE.findall(pattern):
        if piece == "**/" and not at_start:
            yield from ("**", "/")
        else:
            yield piece
        at_start = piece.endswith("/")


def _join(folder: str, pattern: str) -> str:
    parts = [] if folder == "." else [re.sub(r"([\\*\[\]])", r"\\\1", p) for p in folder.split("/")]
    for part in pattern.removeprefix("/").split("/"):
        if part == "..":
            del parts[-1:]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _regex(piece: str) -> str:
    if piece in _WILD:
        return _WILD[piece]
    if piece.startswith("[") and len(piece) > 1:
        return piece
    return re.escape(piece[1:] if piece.startswith("\\") and len(piece) > 1 else piece)


def _last(pieces: Sequence[str]) -> str:
    """Return the wildcards of the last part of a path."""
    text = "".join("/" if piece.endswith("/") else piece[0] for piece in pieces)
    return text.rpartition("/")[2]
