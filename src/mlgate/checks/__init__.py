"""The checks: one folder each, named by its id, found by its name.

Its `measure` is a module of plain functions that satisfies `Check`. It gets `Inputs`, gives
`Evidence`, and never decides: gates do. CONTRIBUTING.md shows how to add one.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any, Protocol, cast

import mlgate.config  # noqa: F401  (sections and configuration still import one another)

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mlgate.config import Config
    from mlgate.model.evidence import Evidence
    from mlgate.model.inputs import Inputs


class Check(Protocol):
    """What the `measure` module of every check has."""

    SUMMARY: str
    """One sentence for `mlgate check --list` and the documentation."""

    def params(self, config: Config) -> BaseModel | None:
        """What this configuration asks of the check; None when it asks for nothing."""

    def run(self, inputs: Inputs, params: Any) -> Evidence:
        """Measure. Raises `DataError` where the input is unusable."""


def names() -> tuple[str, ...]:
    """Give the ids of all checks, sorted, without importing any."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name[0] != "_"))


def load(check: str) -> Check:
    """Import one check; `check` must be among `names()`."""
    return cast("Check", importlib.import_module(f"{__name__}.{check}.measure"))
