"""The data that `data` names: the `DataSource` of one run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from mlgate.inputs import attributes, column_schema
from mlgate.inputs.suites import Suite

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.data.evidence import DataRuleResult
    from mlgate.config import Config
    from mlgate.model.inputs import SuiteKind
    from mlgate.model.table import ColumnTable, Stored
    from mlgate.pipeline.tables import Tables
    from mlgate.progress import Progress


@dataclass
class RunData:
    """Opens each table once."""

    config: Config
    tables: Tables
    user_env: Mapping[str, str]
    progress: Progress

    @property
    def _path(self) -> str:
        assert self.config.data is not None
        return self.config.data.path

    @cached_property
    def table(self) -> ColumnTable:
        """The data."""
        return self.tables.open(self._path, "data.path")

    @cached_property
    def reference(self) -> ColumnTable | None:
        """The data that the model was trained on, unless only a profile of them is kept."""
        data, drift = self.config.data, self.config.drift
        assert data is not None
        if data.reference is not None:
            return self.tables.open(data.reference, "data.reference")
        return None if drift is None else self.tables.open(drift.reference, "drift.reference")

    @cached_property
    def schema(self) -> Mapping[str, Stored] | None:
        """What each column should hold, as `data.schema` says."""
        assert self.config.data is not None
        path = self.config.data.schema_
        return None if path is None else column_schema.read(self.tables.root / path, path)

    def masks(self, conditions: Mapping[str, tuple[str, str]]) -> Mapping[str, NDArray[np.bool_]]:
        """Give the rows that meet each condition."""
        paths = self.tables.staged(self._path, "data.path")
        return attributes.conditions(conditions, paths, self.tables.root)

    def suite(self, kind: SuiteKind, name: str) -> Mapping[str, DataRuleResult]:
        """Run a user's suite over the data."""
        one = Suite(kind, name, self.config.metrics.python, self.tables.root, self.user_env)
        paths = self.tables.staged(self._path, "data.path")
        with self.progress.step(f"Running {name}", 1) as step:
            found = one.run(paths)
            step.advance()
        return found
