"""Why a target is missed, where one is: words for the page, found by table, line and column."""

from __future__ import annotations

import re

UNEXPLAINED = "Not explained yet."
EXPLAINED: tuple[tuple[str, str, str, str], ...] = ()
"""(table, pattern of the line's name, pattern of the column, words); the first that fits."""


def explain(table: str, line: str, column: str) -> str:
    """Give the words for one miss."""
    for where, lines, columns, words in EXPLAINED:
        if where == table and re.search(lines, line) and re.search(columns, column):
            return words
    return UNEXPLAINED
