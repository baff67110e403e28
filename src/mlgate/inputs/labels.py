"""Labels as canonical text: 1, 1.0 and "1" are one class, True and "true" another."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
BOOLS = frozenset({"true", "false"})


def canonical(value: object) -> str:
    """Return the canonical text of a label as YAML or Python holds it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(repr(value)) if isinstance(value, int | float) else str(value)


def number_text(text: str) -> str:
    """Return the canonical text of a number: integers without a point, else the shortest form."""
    if re.fullmatch(r"-?[1-9]\d*|0", text):
        return text
    value = float(text)
    if math.isfinite(value) and value == int(value):
        return str(int(value))
    return repr(value)


def is_number(text: str) -> bool:
    """Whether a text is a number that is the same in every notation (no leading zeros)."""
    if _NUMBER.fullmatch(text) is None or not math.isfinite(float(text)):
        return False
    return re.match(r"[+-]?0\d", text) is None


def ordered(classes: Iterable[str]) -> tuple[str, ...]:
    """Sort classes: by value when all are numbers, else as text."""
    unique = set(classes)
    if all(is_number(text) for text in unique):
        return tuple(sorted(unique, key=lambda text: (float(text), text)))
    return tuple(sorted(unique))


def cells(levels: Iterable[str]) -> dict[str, str]:
    """Return the canonical text of each distinct cell of a column of delimited text.

    All must be numbers, or all `true` and `false`, to be read as such.
    """
    texts = tuple(levels)
    if all(text.lower() in BOOLS for text in texts):
        return {text: text.lower() for text in texts}
    if all(is_number(text) for text in texts):
        return {text: number_text(text) for text in texts}
    return {text: text for text in texts}
