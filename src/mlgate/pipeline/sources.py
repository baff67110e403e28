"""Hands a check what it asks for: the `Inputs` of one run under one configuration."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from mlgate.checks.data.section import DataSection
from mlgate.checks.drift.section import DriftSection
from mlgate.checks.estimate.section import EstimateSection
from mlgate.config import expand
from mlgate.files import sha256
from mlgate.inputs import attributes, imports, kept, metric_files, predictions
from mlgate.inputs.changed import write_changed
from mlgate.inputs.custom import UserMetric
from mlgate.inputs.pairing import missing_problem
from mlgate.model.evidence import Absent
from mlgate.pipeline.data_source import RunData
from mlgate.pipeline.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.imported.evidence import Imported
    from mlgate.config import Config
    from mlgate.inputs.freshness import Freshness
    from mlgate.inputs.predictions import Candidate
    from mlgate.model.attributes import Attribute, AttributeSpec
    from mlgate.model.evidence import HistoryPoint, Note
    from mlgate.model.inputs import (
        CustomMetric,
        DataSource,
        Reference,
        Scalar,
        Stamp,
        TableSide,
    )
    from mlgate.model.rows import Role, Rows
    from mlgate.model.table import ColumnTable
    from mlgate.pipeline.baseline import Baselines
    from mlgate.progress import Progress

SALT_BYTES = 16


@dataclass
class RunInputs:
    """Loads each thing once, when it is first asked for."""

    root: Path
    top: Path
    config: Config
    stamp: Stamp
    progress: Progress
    fresh: Freshness
    environ: Mapping[str, str]
    user_env: Mapping[str, str]
    baselines: Baselines
    digests: dict[str, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    @cached_property
    def full(self) -> Candidate | None:
        """This commit's predictions with their ids."""
        section = self.config.predictions
        if section is None:
            return None
        assert self.config.task is not None
        path = expand(section.path, self.environ)
        found = predictions.load(
            section.model_copy(update={"path": path}),
            self.config.task,
            self.root,
            fresh=self.fresh,
            top=self.top,
            values=tuple(self.config.metrics.rows),
        )
        self._digest(found.paths)
        return found

    def candidate(self) -> Rows | None:
        """Give this commit's predictions."""
        return None if self.full is None else self.full.rows

    def attributes(self, specs: Mapping[str, AttributeSpec]) -> Mapping[str, Attribute]:
        """Give attributes of the candidate's rows; checks ask only where there are predictions."""
        assert self.full is not None
        found, paths = attributes.attributes(specs, self.full, self.root, top=self.top)
        self._digest(paths)
        return found

    def masks(self, conditions: Mapping[str, tuple[str, str]]) -> Mapping[str, NDArray[np.bool_]]:
        """Give the candidate's rows that meet each condition."""
        assert self.full is not None
        return attributes.masks(conditions, self.full, self.root)

    def reference(self, role: Role) -> Reference | Absent:
        """Give the baseline of a role; too many missing rows make it unusable."""
        return self._references[role]

    @cached_property
    def _references(self) -> dict[Role, Reference | Absent]:
        return {role: self._reference(role) for role in ("main", "anchor")}

    def _reference(self, role: Literal["main", "anchor"]) -> Reference | Absent:
        found = self.baselines.reference(role, self.full, self.secret)
        if isinstance(found, Absent) or found.paired is None or self.config.predictions is None:
            return found
        rules = self.config.predictions.rows
        problem = missing_problem(found.paired.counts, rules.missing)
        if problem is not None:
            return Absent(kind="missing", reason=problem)
        if rules.relabelled == "ignore":
            counts = found.paired.counts.model_copy(update={"relabelled": None})
            return replace(found, paired=replace(found.paired, counts=counts))
        return found

    def predicted(self) -> Sequence[str]:
        """Give the digests of the files of predictions."""
        return [self.digests[self._name(path)] for path in self.full.paths] if self.full else []

    def scalars(self) -> Mapping[str, Scalar]:
        """Give the numbers of the metric files."""
        return self._scalars

    @cached_property
    def _scalars(self) -> Mapping[str, Scalar]:
        return metric_files.read(self.config.metrics.files, self.root, self.fresh, top=self.top)

    def custom(self, function: str) -> CustomMetric:
        """Give the user's function, run in the user's Python."""
        return UserMetric(function, self.config.metrics.python, self.root, self.user_env)

    def table(self, side: TableSide) -> ColumnTable:
        """Give the data that `drift` compares, and that `estimate` goes from and to."""
        drift = self.config.section(DriftSection)
        data = self.config.section(DataSection)
        if side == "labelled":
            assert self.config.predictions is not None
            return self._tables.open(self.config.predictions.path, "predictions.path")
        if side == "unlabelled":
            estimate = self.config.section(EstimateSection)
            assert estimate is not None
            return self._tables.open(estimate.path, "estimate.path")
        assert drift is not None
        if side == "reference":
            return self._tables.open(drift.reference, "drift.reference")
        if drift.current is not None:
            return self._tables.open(drift.current, "drift.current")
        assert data is not None
        return self._tables.open(data.path, "data.path")

    def data(self) -> DataSource:
        """Give the data that `data` names."""
        return self._data

    @cached_property
    def _data(self) -> RunData:
        return RunData(self.config, self._tables, self.user_env, self.progress)

    @cached_property
    def _tables(self) -> Tables:
        return Tables(self.root, self.top, self.environ, self.digests)

    def imported(self, path: str) -> Imported:
        """Give what a file of another tool says."""
        file, found = imports.read(path, "evidence.import", self.root, self.fresh, top=self.top)
        self._digest([file])
        return found

    def history(self) -> Sequence[HistoryPoint]:
        """Give earlier runs on the main branch."""
        return self.baselines.history()

    @property
    def secret(self) -> bytes | None:
        """The secret that hashes ids, where `baseline.id_key` names one."""
        text = self.config.baseline.id_key
        return expand(text, self.environ).encode() if text else None

    def key(self) -> tuple[bytes, str | None]:
        """Give what hashes the ids of the rows that are kept, and the secret's name.

        The salt is the baseline's, so that a test set keeps its pseudonyms; a new store gets
        a random one.
        """
        if self.secret is not None:
            return self.secret, (self.config.baseline.id_key or "")[len("${env:") : -1]
        return self.baselines.salt() or self._new_salt, None

    @cached_property
    def _new_salt(self) -> bytes:
        return secrets.token_bytes(SALT_BYTES)

    def test_set(self) -> str | None:
        """Name the test set by a digest of its labels; None where there are no predictions.

        Hashed like the ids of the rows that are kept; where none are kept there is no key that
        the next run would know.
        """
        if self.full is None:
            return None
        keyed = self.full.ids is not None and self.config.baseline.keep == "rows"
        return kept.test_set(self.full, self.key()[0] if keyed else b"")

    def write_rows(self, path: Path) -> None:
        """Write the rows that a baseline keeps, where there are ids to pair them by."""
        if self.full is None or self.full.ids is None or self.config.baseline.keep != "rows":
            return
        key, name = self.key()
        kept.write_rows(path, self.full, key=key, key_name=name)

    def write_changed(self, path: Path) -> None:
        """Write the rows whose predictions differ from main's: id and both predictions.

        With plain ids and labels' names, so it stays on this machine.
        """
        main = self.reference("main")
        if self.full is None or isinstance(main, Absent) or main.paired is None:
            return
        write_changed(path, self.full, main.paired)

    def _digest(self, paths: Sequence[Path]) -> None:
        for path in paths:
            self.digests[self._name(path)] = f"sha256:{sha256(path)}"

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self.root) if path.is_relative_to(self.root) else path)
