"""What the readers of other tools' results share."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.model.imported import ImportedTest


@dataclass(slots=True)
class ForeignResult:
    """What a file says; see `evidence.Imported`."""

    version: str | None = None
    created: str | None = None
    tests: list[ImportedTest] = field(default_factory=list)
    numbers: dict[str, float | None] = field(default_factory=dict)

    def measured(self, name: str, value: Any) -> None:
        """Keep every number in a value under a name that nothing has yet."""
        for key, number in numbers(name, value):
            free, count = key, 1
            while free in self.numbers:
                count += 1
                free = f"{key}-{count}"
            self.numbers[free] = number


def numbers(name: str, value: Any) -> Iterator[tuple[str, float | None]]:
    """Return the numbers in nested keys by dotted name; lists, text and truth values are left out.

    NaN and infinity, which Python's JSON knows, are None. A NumPy scalar may come as
    `{"dtype": …, "value": …}`, and a table as its packed `values` with `meta`.
    """
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        yield name, float(value) if math.isfinite(value) else None
    elif isinstance(value, dict):
        if set(value) == {"dtype", "value"}:
            yield from numbers(name, value["value"])
        elif not {"values", "meta"} <= set(value):
            for key, inner in value.items():
                yield from numbers(f"{name}.{key}", inner)
