"""Exports of the record, for the tools that ask where a model came from: one file each.

They are found by their names; nothing is registered. A module here ends with `EXPORT`. An export
is a plain dictionary: no library is needed to write one, and the tests check each against the
official schema of its format.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlgate.model.evidence import Evidence
    from mlgate.model.lineage import Lineage
    from mlgate.model.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Origin:
    """What exports are made of.

    Attributes
    ----------
    record
        Where the model came from.
    verdict
        Gate by gate; None where the run was not judged.
    evidence
        By check.
    repository
        The URL of the repository, where it is known.
    """

    record: Lineage
    verdict: Verdict | None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    repository: str | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """A format: the name of its file, and its text; `earlier` is what the file holds so far."""

    file: str
    render: Callable[[Origin, str | None], str]


@cache
def names() -> tuple[str, ...]:
    """Return the names of all exports, sorted, without importing any."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def find(name: str) -> Export:
    """Import an export; `name` must be among `names()`."""
    return cast("Export", importlib.import_module(f"{__name__}.{name}").EXPORT)
