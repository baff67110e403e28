"""Labels as canonical text: 1, 1.0 and "1" are one class, True and "true" another."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlgate.model.rows import Rows

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
BOOLS = frozenset({"true", "false"})
BITS = frozenset({"0", "1"})


def canonical(value: object) -> str:
    """Return the canonical text of a label as YAML or Python holds it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(repr(value)) if isinstance(value, int | float) else str(value)


def number_text(text: str) -> str:
    """Return the canonical text of a number: integers without a point, else the shortest form."""
    if re.fullmatch(r"-?[1-9]\d*|0", text):
        return text
    if whole := re.fullmatch(r"(-?[1-9]\d*)\.0+", text):
        return whole[1]
    value = float(text)
    if math.isfinite(value) and value == int(value):
        return str(int(value))
    return repr(value)


def is_number(text: str) -> bool:
    """Whether a text is a number that is the same in every notation (no leading zeros)."""
    if _value(text) is None or not math.isfinite(float(text)):
        return False
    return re.match(r"[+-]?0\d", text) is None


def ordered(classes: Iterable[str]) -> tuple[str, ...]:
    """Sort classes: by value when all are numbers, else as text."""
    unique = set(classes)
    if all(is_number(text) for text in unique):
        return tuple(sorted(unique, key=lambda text: (float(text), text)))
    return tuple(sorted(unique))


def spelled_apart(left: Iterable[str], right: Iterable[str]) -> tuple[str, str] | None:
    """Return a number that two sets of classes write in different ways, such as 7 and 007."""
    ours, theirs = set(left), set(right)
    values = {_value(text): text for text in sorted(theirs - ours)}
    for text in sorted(ours - theirs):
        value = _value(text)
        if value is not None and value in values:
            return text, values[value]
    return None


def _value(text: str) -> Decimal | None:
    """Return the number that a text writes; None for another text, or an exponent beyond all sense."""
    try:
        return Decimal(text) if _NUMBER.fullmatch(text) else None
    except ArithmeticError:
        return None


def recoded(rows: Rows, classes: tuple[str, ...]) -> Rows:
    """Code rows with more classes, or in another order."""
    import numpy as np

    position = np.array([classes.index(name) for name in rows.classes], dtype=np.int32)
    score = rows.score
    if score is not None:
        score = np.zeros((len(rows), len(classes)))
        score[:, position] = rows.score
    y_true, y_pred = position[rows.y_true], position[rows.y_pred]
    return replace(rows, y_true=y_true, y_pred=y_pred, score=score, classes=classes)
