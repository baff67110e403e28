"""Hands a check what it asks for: the `Inputs` of one run under one configuration.

`RunInputs` loads each thing once, `Tables` opens the tables that settings name, and `RunData` is
the data that `data` names.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import weakref
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mlgate.checks.data.section import DataSection
from mlgate.checks.drift.section import DriftSection
from mlgate.config import expand, masked
from mlgate.files import sha256
from mlgate.inputs import (
    attributes,
    baseline_rows,
    column_schema,
    metric_files,
    predictions,
    remote,
)
from mlgate.inputs.changed import write_changed
from mlgate.inputs.column_table import open_parquet
from mlgate.inputs.custom import UserMetric
from mlgate.inputs.pairing import missing_problem
from mlgate.inputs.paths import resolve, shown
from mlgate.inputs.profiles import read_profile
from mlgate.inputs.staging import as_parquet
from mlgate.inputs.suites import Suite
from mlgate.inputs.user_file import read_file
from mlgate.model.evidence import Absent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.config import Config
    from mlgate.inputs.paths import Freshness
    from mlgate.inputs.predictions import Candidate
    from mlgate.model.attributes import Attribute, AttributeSpec
    from mlgate.model.data_rules import DataRuleResult
    from mlgate.model.evidence import HistoryPoint, Note
    from mlgate.model.inputs import (
        CustomMetric,
        DataSource,
        InputFile,
        PairedBaseline,
        Scalar,
        Stamp,
        SuiteKind,
    )
    from mlgate.model.profile import ProfileTable
    from mlgate.model.rows import Role, Rows
    from mlgate.model.table import ColumnTable, Stored
    from mlgate.pipeline.baselines import Baselines
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
        candidate = predictions.load(
            section.model_copy(update={"path": path}),
            self.config.task,
            self.root,
            fresh=self.fresh,
            top=self.top,
            values=tuple(self.config.metrics.rows),
        )
        self._digest(candidate.paths)
        return candidate

    def candidate(self) -> Rows | None:
        """Return this commit's predictions."""
        return None if self.full is None else self.full.rows

    def attributes(self, specs: Mapping[str, AttributeSpec]) -> Mapping[str, Attribute]:
        """Return attributes of the candidate's rows; checks ask only where there are predictions."""
        assert self.full is not None
        computed, paths = attributes.attributes(specs, self.full, self.root, top=self.top)
        self._digest(paths)
        return computed

    def masks(self, conditions: Mapping[str, tuple[str, str]]) -> Mapping[str, NDArray[np.bool_]]:
        """Return the candidate's rows that meet each condition."""
        assert self.full is not None
        return attributes.masks(conditions, self.full, self.root)

    def reference(self, role: Role) -> PairedBaseline | Absent:
        """Return the baseline of a role; too many missing rows make it unusable."""
        return self._references[role]

    @cached_property
    def _references(self) -> dict[Role, PairedBaseline | Absent]:
        return {role: self._reference(role) for role in ("main", "anchor")}

    def _reference(self, role: Literal["main", "anchor"]) -> PairedBaseline | Absent:
        baseline = self.baselines.reference(role, self.full, self.secret)
        if (
            isinstance(baseline, Absent)
            or baseline.paired is None
            or self.config.predictions is None
        ):
            return baseline
        rules = self.config.predictions.rows
        problem = missing_problem(baseline.paired.counts, rules.missing)
        if problem is not None:
            return Absent(kind="missing", reason=problem)
        if rules.relabelled == "ignore":
            counts = baseline.paired.counts.model_copy(update={"relabelled": None})
            return replace(baseline, paired=replace(baseline.paired, counts=counts))
        return baseline

    def predicted(self) -> Sequence[str]:
        """Return the digests of the files of predictions."""
        return [self.digests[self._name(path)] for path in self.full.paths] if self.full else []

    def scalars(self) -> Mapping[str, Scalar]:
        """Return the numbers of the metric files."""
        return self._scalars

    @cached_property
    def _scalars(self) -> Mapping[str, Scalar]:
        return metric_files.read(self.config.metrics.files, self.root, self.fresh, top=self.top)

    def custom(self, function: str) -> CustomMetric:
        """Return the user's function, run in the user's Python."""
        return UserMetric(function, self.config.metrics.python, self.root, self.user_env)

    def numbers(self, columns: Sequence[str], key: str) -> Mapping[str, NDArray[np.float64]]:
        """Return columns of numbers of the candidate's rows."""
        assert self.full is not None
        return attributes.numbers(columns, self.full, self.root, key)

    def table(self, path: str, key: str) -> ColumnTable:
        """Return a table of the user's."""
        return self._tables.open(path, key)

    def data(self) -> DataSource:
        """Return the data that `data` names."""
        return self._data

    @cached_property
    def _data(self) -> RunData:
        return RunData(self.config, self._tables, self.user_env, self.progress)

    @cached_property
    def _tables(self) -> Tables:
        return Tables(self.root, self.top, self.environ, self.digests)

    def file(self, path: str, key: str) -> InputFile:
        """Return a small file of the user's."""
        place, file = read_file(path, key, self.root, self.fresh, top=self.top)
        self._digest([place])
        return file

    def history(self) -> Sequence[HistoryPoint]:
        """Return earlier runs on the main branch."""
        return self.baselines.history()

    @property
    def secret(self) -> bytes | None:
        """The secret that hashes ids, where `baseline.id_key` names one."""
        text = self.config.baseline.id_key
        return expand(text, self.environ).encode() if text else None

    def key(self) -> tuple[bytes, str | None]:
        """Return what hashes the ids of the rows that are kept, and the secret's name.

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
        return baseline_rows.test_set(self.full, self.key()[0] if keyed else b"")

    def write_rows(self, path: Path) -> None:
        """Write the rows that a baseline keeps, where there are ids to pair them by."""
        if self.full is None or self.full.ids is None or self.config.baseline.keep != "rows":
            return
        key, name = self.key()
        baseline_rows.write_rows(path, self.full, key=key, key_name=name)

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


@dataclass
class Tables:
    """Opens each table once; what has to be rewritten lies in a folder that goes with this."""

    root: Path
    top: Path
    environ: Mapping[str, str]
    digests: dict[str, str]
    _opened: dict[str, ColumnTable] = field(default_factory=dict)
    _staged: dict[str, Sequence[Path]] = field(default_factory=dict)
    _scratch: Path | None = None

    def open(self, setting: str, key: str) -> ColumnTable:
        """Open what a setting names.

        Parameters
        ----------
        key
            The configuration's key, for messages.
        """
        if setting not in self._opened:
            self._opened[setting] = self._open(setting, key)
        return self._opened[setting]

    def staged(self, setting: str, key: str) -> Sequence[Path]:
        """Return the Parquet files of an open table."""
        self.open(setting, key)
        return self._staged[setting]

    def _open(self, setting: str, key: str) -> ColumnTable:
        profile = self._profile(setting, key)
        if profile is not None:
            return profile
        paths, parts = self._files_of(setting, key)
        scratch = self._folder()
        staged = [as_parquet(path, self.root, scratch) for path in paths]
        self._staged[setting] = staged
        for path, part in zip(paths, parts, strict=True):
            self.digests[part] = f"sha256:{sha256(path)}"
        return open_parquet(staged, parts, parts[0] if len(parts) == 1 else setting)

    def _files_of(self, setting: str, key: str) -> tuple[Sequence[Path], Sequence[str]]:
        """Return the files of a setting, and what each is called; what lies elsewhere is fetched."""
        where = expand(setting, self.environ)
        if remote.scheme(where) is None:
            paths = resolve(where, self.root, key=key, top=self.top, outside=True)
            return paths, [
                masked(shown(path, self.root), [setting], self.environ) for path in paths
            ]
        paths = remote.fetch(where, self._folder(), key, self.environ)
        name = masked(remote.describe(where), [setting], self.environ)
        if len(paths) == 1:
            return paths, [name]
        return paths, [f"{name} ({path.name.partition('-')[2]})" for path in paths]

    def _profile(self, setting: str, key: str) -> ProfileTable | None:
        """Return a profile where the setting names one; only `drift.reference` may."""
        where = expand(setting, self.environ)
        if key != "drift.reference" or not where.endswith(".json") or remote.scheme(where):
            return None
        paths = resolve(where, self.root, key=key, top=self.top, outside=True)
        profile = read_profile(paths[0], shown(paths[0], self.root)) if len(paths) == 1 else None
        if profile is not None:
            self.digests[profile.name] = f"sha256:{sha256(paths[0])}"
        return profile

    def _folder(self) -> Path:
        if self._scratch is None:
            self._scratch = Path(tempfile.mkdtemp(prefix="mlgate-"))
            weakref.finalize(self, shutil.rmtree, self._scratch, ignore_errors=True)
        return self._scratch


@dataclass
class RunData:
    """Opens each table once."""

    config: Config
    tables: Tables
    user_env: Mapping[str, str]
    progress: Progress

    @property
    def _section(self) -> DataSection:
        section = self.config.section(DataSection)
        assert section is not None
        return section

    @property
    def _path(self) -> str:
        return self._section.path

    @cached_property
    def table(self) -> ColumnTable:
        """The data."""
        return self.tables.open(self._path, "data.path")

    @cached_property
    def reference(self) -> ColumnTable | None:
        """The data that the model was trained on, unless only a profile of them is kept."""
        data, drift = self._section, self.config.section(DriftSection)
        if data.reference is not None:
            return self.tables.open(data.reference, "data.reference")
        return None if drift is None else self.tables.open(drift.reference, "drift.reference")

    @cached_property
    def schema(self) -> Mapping[str, Stored] | None:
        """What each column should hold, as `data.schema` says."""
        path = self._section.schema_
        return None if path is None else column_schema.read(self.tables.root / path, path)

    def masks(self, conditions: Mapping[str, tuple[str, str]]) -> Mapping[str, NDArray[np.bool_]]:
        """Return the rows that meet each condition."""
        paths = self.tables.staged(self._path, "data.path")
        return attributes.conditions(conditions, paths, self.tables.root)

    def suite(self, kind: SuiteKind, name: str) -> Mapping[str, DataRuleResult]:
        """Run a user's suite over the data."""
        checks = Suite(kind, name, self.config.metrics.python, self.tables.root, self.user_env)
        paths = self.tables.staged(self._path, "data.path")
        with self.progress.step(f"Running {name}", 1) as step:
            results = checks.run(paths)
            step.advance()
        return results
