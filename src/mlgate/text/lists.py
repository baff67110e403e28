"""How names are listed: `a, b or c`, `a, b and c`, `a, b and 3 more`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def one_of(words: Iterable[str]) -> str:
    """Return `a, b or c`."""
    return _joined(words, "or")


def all_of(words: Iterable[str]) -> str:
    """Return `a, b and c`."""
    return _joined(words, "and")


def none_of(words: Iterable[str]) -> str:
    """Return `a, b nor c`, after `neither`."""
    return _joined(words, "nor")


def _joined(words: Iterable[str], last_word: str) -> str:
    *rest, last = words
    return f"{', '.join(rest)} {last_word} {last}" if rest else last


def first_of(words: Iterable[str], most: int, separator: str = ", ") -> str:
    """Return `a, b and 3 more`: at most so many words, then how many are left out.

    >>> first_of(["a", "b", "c", "d", "e"], 2)
    'a, b and 3 more'
    """
    listed = list(words)
    more = f" and {len(listed) - most:,} more" if len(listed) > most else ""
    return separator.join(listed[:most]) + more


def and_more(count: int) -> str:
    """Return `, and 3 more` behind a single example; nothing where it is the only one."""
    return f", and {count:,} more" if count > 0 else ""
