"""Hands a check what it asks for: the `Inputs` of one run under one configuration.

`RunInputs` loads each thing once, `Tables` opens the tables that settings name, and `RunData` is
the data under the model.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate.checks.compare import active
from mlgate.config import describe_place, leads_out
from mlgate.errors import DataError, StoreError, UnlabelledError
from mlgate.files import sha256
from mlgate.gates import row_limits
from mlgate.inputs import (
    attributes,
    baseline_rows,
    column_schema,
    metric_files,
    predictions,
    remote,
    sample_errors,
    table_diff,
    test_set,
)
from mlgate.inputs.changed import write_changed
from mlgate.inputs.column_table import ParquetTable, open_parquet
from mlgate.inputs.custom import UserMetric
from mlgate.inputs.label_next import write_label_next
from mlgate.inputs.paths import FilePlace, resolve, shown
from mlgate.inputs.profiles import read_profile
from mlgate.inputs.row_columns import RowColumns
from mlgate.inputs.staging import as_parquet
from mlgate.inputs.suites import Suite
from mlgate.inputs.user_file import read_file
from mlgate.metrics import contrast_factors
from mlgate.model.evidence import Absent, Note
from mlgate.model.inputs import EarlierEvidence
from mlgate.model.project import DOCS
from mlgate.model.rows import ROLES
from mlgate.text.lists import all_of
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.config import Config
    from mlgate.config.tables import DataTables
    from mlgate.inputs.held_labels import HeldLabels
    from mlgate.inputs.paths import Freshness
    from mlgate.inputs.predictions import Candidate
    from mlgate.model.attributes import Attribute, AttributeSpec
    from mlgate.model.data_rules import DataRuleResult
    from mlgate.model.evidence import BaselineRef, HistoryPoint, TestSet, TrainEvidence
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
    from mlgate.model.rows import PairedRows, Role, Rows
    from mlgate.model.table import ColumnTable, Stored
    from mlgate.model.table_diff import TableDiff
    from mlgate.pipeline.baselines.baseline import Baselines
    from mlgate.pipeline.judging.files import JudgingFiles
    from mlgate.pipeline.judging.references import References
    from mlgate.progress import Progress

    OpenLabels = Callable[[], AbstractContextManager[HeldLabels | None]]

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
    references: References
    user_env: Mapping[str, str]
    baselines: Baselines
    files: JudgingFiles
    labels: OpenLabels = nullcontext
    training: TrainEvidence | None = None
    """How the model was trained."""
    pull_request: bool = False
    """Whether the base branch's policy judges a change: what main's baseline lacks is an error then."""
    digests: dict[str, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    written_by: dict[str, str] = field(default_factory=dict)
    """The tools that wrote files which a reader read, by the files' names."""
    outside: set[str] = field(default_factory=set)
    """What was read outside of the repository, as it is written."""
    rows_taken: bool = False
    """Whether a check took the candidate's rows since this was last set to false."""

    @cached_property
    def full(self) -> Candidate | None:
        """This commit's predictions with their ids."""
        section = self.config.predictions
        if section is None:
            return None
        assert self.config.task is not None
        path = self.references.expand(section.path, "predictions.path")
        with self.labels() as held:
            if held is not None and leads_out(section.labels or ""):
                self.outside.add(held.name)
            candidate = predictions.load(
                section.model_copy(update={"path": path}),
                self.config.task,
                self.root,
                fresh=self.fresh,
                top=self.top,
                values=self.config.metrics.columns(),
                named=predictions.Naming(labels=held),
            )
            if held is not None:
                self.digests[held.name] = held.digest()
        self._digest(candidate.paths)
        if candidate.flat is not None:
            self.written_by |= candidate.flat.tools
            self.notes.append(
                Note(level="info", text=candidate.flat.described(candidate.id_columns))
            )
        if candidate.rows.failed is not None:
            count = f"{int(candidate.rows.failed.sum()):,} of {len(candidate.rows):,} samples"
            text = f"{count} failed here (predictions.errors): each counts as wrong."
            self.notes.append(Note(level="warning", text=text))
        return replace(candidate, columns=candidate.columns.joined(self._columns(candidate)))

    def _columns(self, candidate: Candidate) -> RowColumns:
        """Return what the checks' settings read of the rows.

        What cannot be read is left out: the check that asks for it says so, and judges nothing.
        """
        section, specs = self.config.predictions, self.config.row_columns()
        if section is None or candidate.ids is None or not specs:
            return RowColumns()
        scores = section.score if isinstance(section.score, Mapping) else {"": section.score}
        labels = () if section.labels else (section.label,)
        model = (section.prediction, *scores.values(), *self.config.metrics.rows)
        unlike = attributes.Unlike.of(
            filter(None, model), filter(None, labels), candidate.id_columns
        )
        try:
            return self._columns_of(specs, candidate, unlike)
        except DataError:
            columns = RowColumns()
            for spec in specs:
                with suppress(DataError):
                    columns = columns.joined(self._columns_of([spec], candidate, unlike))
            return columns

    def _columns_of(
        self, specs: Sequence[AttributeSpec], candidate: Candidate, unlike: attributes.Unlike
    ) -> RowColumns:
        self._look_up(specs)
        return attributes.columns(specs, candidate, self.root, self._compared, unlike=unlike)

    def _look_up(self, specs: Iterable[AttributeSpec]) -> None:
        """Note which files of attributes are outside of the repository."""
        for spec in specs:
            if spec.path is not None:
                place = self.references.address(spec.path, spec.key, below=True)
                self.outside |= {spec.path} if leads_out(place) else set()

    @contextmanager
    def discreet(self) -> Iterator[None]:
        """Keep errors from quoting what was read outside of the repository."""
        try:
            yield
        except DataError as error:
            if self.outside:
                raise error.without_contents(self.outside) from None
            raise

    def candidate(self, *, unlabelled: bool = False) -> Rows | None:
        """Return this commit's predictions; without `unlabelled` every row must have a label."""
        self.rows_taken = self.rows_taken or self.full is not None
        rows = None if self.full is None else self.full.rows
        if rows is not None and rows.unlabelled is not None and not unlabelled:
            lacking = f"{int(rows.unlabelled.sum()):,} of {len(rows):,} rows have no label"
            msg = f"{lacking} (predictions.unlabelled), and this needs all of them"
            raise UnlabelledError(msg, hint=f"label all rows; see {DOCS}/labels.md")
        return rows

    def attributes(self, specs: Mapping[str, AttributeSpec]) -> Mapping[str, Attribute]:
        """Return attributes of the candidate's rows; checks ask only where there are predictions.

        Quantiles are those of the rows that main's baseline has: rows that are added move no group.
        """
        assert self.full is not None
        self._look_up(specs.values())
        main = self.reference("main")
        paired = None if isinstance(main, Absent) else main.paired
        if paired is not None:
            specs = {name: replace(spec, among=paired.index) for name, spec in specs.items()}
        return attributes.attributes(specs, self.full, self.root, self._compared)

    def _compared(self, path: str, key: str) -> tuple[tuple[Path, ...], Path]:
        """Return the files of a setting as the judging branch has them, and what stands for `root`."""
        place = self.files.place(path, key, self.root, self.top)
        paths = resolve(place.pattern, place.root, key=key, top=place.top, outside=True)
        for file in paths:
            self.digests[shown(file, place.root)] = f"sha256:{sha256(file)}"
        return paths, place.root

    def masks(self, conditions: Mapping[str, tuple[str, str]]) -> Mapping[str, NDArray[np.bool_]]:
        """Return the candidate's rows that meet each condition."""
        assert self.full is not None
        return attributes.masks(conditions, self.full, self.root)

    def reference(self, role: Role) -> PairedBaseline | Absent:
        """Return the baseline of a role; rows that differ beyond the limits make it unusable."""
        return self._references[role]

    @cached_property
    def _references(self) -> dict[Role, PairedBaseline | Absent]:
        return {role: self._reference(role) for role in ROLES}

    def _reference(self, role: Role) -> PairedBaseline | Absent:
        named = self.config.baseline.predictions
        self.outside |= {named} if named is not None and leads_out(named) else set()
        baseline = self.baselines.reference(role, self.full, self.secret)
        if isinstance(baseline, Absent) or self.config.predictions is None:
            return baseline
        name = self.baselines.branch if role == "main" else "the anchor"
        counts, limits = baseline.ref.rows, self.config.judging().rows
        if baseline.paired is not None:
            baseline, paired = self._with_new_columns(baseline, baseline.paired, role, name)
            counts = paired.counts
            if counts.failed or counts.baseline_failed:
                text = sample_errors.described(counts, name, self.config.predictions.errors)
                self.notes.append(Note(level="info", text=text))
        problem = None if counts is None else row_limits.problem(counts, limits, name)
        if problem is None:
            return baseline
        return Absent(kind="missing", reason=problem.reason, hint=problem.hint, rows=counts)

    def _with_new_columns(
        self, baseline: PairedBaseline, paired: PairedRows, role: Role, name: str
    ) -> tuple[PairedBaseline, PairedRows]:
        """Note what a baseline does not hold of the rows, where that is no error."""
        counts = paired.counts
        if not counts.new_columns or (
            self.pull_request and counts.columns_known and role == "main"
        ):
            return baseline, paired
        held = "does not name" if counts.columns_known else "is of a version that does not keep"
        text = f"The baseline of {name} {held} {all_of(counts.new_columns)}: this commit's values count."
        self.notes.append(Note(level="info", text=text))
        counts = counts.model_copy(update={"new_columns": ()})
        paired = replace(paired, counts=counts)
        ref = baseline.ref.model_copy(update={"rows": counts})
        return replace(baseline, ref=ref, paired=paired), paired

    def announced_test_set(self) -> TestSet | None:
        """Return the announced test set that the rows belong to."""
        try:
            return self.baselines.test_set(self.full, self.secret)
        except StoreError:
            return None  # the baselines are absent for this reason

    def test_set_digest(self) -> str | None:
        """Return the digest of all rows and labels, by which later runs know the test set."""
        return self._digest_of_rows

    @cached_property
    def _digest_of_rows(self) -> str | None:
        return None if self.full is None else test_set.digest(self.full)

    def earlier(self, role: Role, check: str) -> EarlierEvidence | Absent:
        """Return what the baseline of a role measured with a check; nothing yet is no error."""
        baseline = self.reference(role)
        if isinstance(baseline, Absent):
            return baseline
        evidence = baseline.checks.get(check)
        if evidence is None:
            reason = f"the baseline's run did not measure {check}"
            return Absent(kind="none_yet", reason=reason)
        if evidence.error is not None:
            reason = f"the baseline's run could not measure {check}: {evidence.error}"
            return Absent(kind="missing", reason=reason, hint=evidence.hint)
        policy = self.config.judging()
        factors = {
            name: contrast_factors(policy, f"{check}.{name}", role, measurement.direction)
            for name, measurement in evidence.metrics.items()
        }
        return EarlierEvidence(baseline.ref, evidence, factors)

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

    @property
    def custom_unpaired(self) -> str | None:
        """Why these cannot be compared row by row: nothing prevents it here."""
        return None

    def numbers(self, columns: Sequence[str], key: str) -> Mapping[str, NDArray[np.float64]]:
        """Return columns of numbers of the candidate's rows."""
        assert self.full is not None
        return attributes.numbers(columns, self.full, self.root, key)

    def table(self, path: str, key: str, *, reference: bool = False) -> ColumnTable:
        """Return a table of the user's."""
        return self._tables.open(path, key, profile=reference, compared=reference)

    def data(self) -> DataSource:
        """Return the data under the model."""
        return self._data

    def table_diff(
        self, path: str, key: str, ids: Sequence[str], before: str | None
    ) -> TableDiff | Absent:
        """Return how a table differs from the one that main's baseline had."""
        main = self.reference("main")
        if isinstance(main, Absent):
            return main
        new = self._tables.open_rows(path, key)
        if before is not None:
            old = self._tables.open_rows(before, "data_diff.before", compared=True)
            return table_diff.compare(old, new, ids)
        tables = self._tables_at(main.ref, path, key)
        if isinstance(tables, Absent):
            return tables
        old = tables.open_rows(path, key, compared=True)
        whose = f"{self.baselines.branch} at {short_sha(main.ref.commit or '')}"
        self.digests |= {f"{name} ({whose})": digest for name, digest in tables.digests.items()}
        return table_diff.compare(replace(old, name=f"{old.name} ({whose})"), new, ids)

    def _tables_at(self, ref: BaselineRef, path: str, key: str) -> Tables | Absent:
        """Return what opens a table as git has it in a baseline's commit, itself or by a pointer."""
        where = self.references.address(path, key)
        what = f"{describe_place(path)} of {self.baselines.branch}'s {short_sha(ref.commit or '')}"
        if ref.commit is None or remote.scheme(where) is not None:
            return Absent(kind="missing", reason=f"{what} is not in git")
        files = self.files.at(ref.commit)
        try:
            if not files.place(where, key, self.root, self.top).tracked:
                return Absent(kind="missing", reason=f"{what} is not in git")
        except DataError as error:
            reason = f"{what} is not here ({error.message})"
            return Absent(kind="missing", reason=reason, hint=error.hint)
        return Tables(self.root, self.top, self.references, {}, self.outside, files)

    @cached_property
    def _data(self) -> RunData:
        python = self.config.metrics.python
        return RunData(self.config.tables(), self._tables, python, self.user_env, self.progress)

    @cached_property
    def _tables(self) -> Tables:
        tables = Tables(self.root, self.top, self.references, self.digests, self.outside)
        return replace(tables, files=self.files)

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
        return self.references.expand(text, "baseline.id_key").encode() if text else None

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

        Hashed like the ids of the rows that are kept; where none are kept, by a baseline's setting or
        since numbers alone are handed over, there is no key that the next run would know.
        """
        if self.full is None:
            return None
        kept = self.config.baseline.keep == "rows" and self.config.handover != "evidence"
        keyed = self.full.ids is not None and kept
        key = self.key()[0] if keyed else self.full.labels_key
        return baseline_rows.test_set(self.full, key)

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

    def write_label_next(self, path: Path) -> None:
        """Write the ids of the rows to label next, in the order in which they count.

        First those that decide against main, then those against the anchor. They are plain, so
        that the file stays on this machine.
        """
        if self.full is None or self.full.rows.unlabelled is None:
            return
        looks = active.label_looks(self.config)
        following: dict[int, None] = {}
        for role in ROLES:
            baseline = self.reference(role)
            paired = None if isinstance(baseline, Absent) else baseline.paired
            state = None if paired is None else active.compare(paired, looks, role)
            if state is not None and paired is not None and paired.index is not None:
                rows = paired.index[state.following[: state.missing]]
                following |= dict.fromkeys(rows.tolist())
        write_label_next(path, self.full, list(following))

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
    references: References
    digests: dict[str, str]
    outside: set[str] = field(default_factory=set)
    files: JudgingFiles | None = None
    _opened: dict[tuple[str, bool], ColumnTable] = field(default_factory=dict)
    _staged: dict[str, Sequence[Path]] = field(default_factory=dict)
    _parts: dict[str, Sequence[str]] = field(default_factory=dict)
    _scratch: Path | None = None

    def open(
        self, setting: str, key: str, *, profile: bool = False, compared: bool = False
    ) -> ColumnTable:
        """Open what a setting names.

        Parameters
        ----------
        key
            The configuration's key, for messages.
        profile
            Whether it may be a profile of a table.
        compared
            Whether others are compared with it, so that it is read as the judging branch has it.
        """
        table = setting, compared
        if table not in self._opened:
            self._opened[table] = self._open(setting, key, profile=profile, compared=compared)
        return self._opened[table]

    def open_rows(self, setting: str, key: str, *, compared: bool = False) -> ParquetTable:
        """Open a table that is no profile."""
        table = self.open(setting, key, compared=compared)
        assert isinstance(table, ParquetTable)
        return table

    def staged(self, setting: str, key: str) -> Sequence[Path]:
        """Return the Parquet files of an open table."""
        self.open(setting, key)
        return self._staged[setting]

    def digests_of(self, setting: str, key: str) -> Sequence[str]:
        """Return the digests of the files of an open table."""
        self.open(setting, key)
        return [self.digests[part] for part in self._parts[setting]]

    def _open(self, setting: str, key: str, *, profile: bool, compared: bool) -> ColumnTable:
        where = self.references.address(setting, key)
        if leads_out(where):
            self.outside.add(describe_place(setting))
        place = self.place(where, key, compared=compared)
        read = self._profile(setting, where, key, place) if profile else None
        if read is not None:
            return read
        paths, parts = self._files_of(setting, where, key, place)
        scratch = self._folder()
        staged = [as_parquet(path, place.root, scratch) for path in paths]
        if not compared:
            self._staged[setting], self._parts[setting] = staged, parts
        for path, part in zip(paths, parts, strict=True):
            self.digests[part] = f"sha256:{sha256(path)}"
        return open_parquet(staged, parts, parts[0] if len(parts) == 1 else describe_place(setting))

    def place(self, where: str, key: str, *, compared: bool) -> FilePlace:
        """Return where the files of a setting are."""
        if self.files is None or remote.scheme(where) is not None:
            return FilePlace(where, self.root, self.top)
        if not compared:
            self.files.hold_data(where, key, self.top)
            return FilePlace(where, self.root, self.top)
        return self.files.place(where, key, self.root, self.top)

    def _files_of(
        self, setting: str, where: str, key: str, place: FilePlace
    ) -> tuple[Sequence[Path], Sequence[str]]:
        """Return the files of a setting, and what each is called; what lies elsewhere is fetched."""
        if remote.scheme(where) is None:
            paths = self._resolved(setting, where, key, place)
            return paths, self._names(setting, where, paths, place)
        paths = remote.fetch(where, self._folder(), key, self.references.environ)
        name = describe_place(setting)
        if len(paths) == 1:
            return paths, [name]
        return paths, [f"{name} ({path.name.partition('-')[2]})" for path in paths]

    def _resolved(self, setting: str, where: str, key: str, place: FilePlace) -> Sequence[Path]:
        """Find files; messages show a path as it is written where that names a secret."""
        written = None if where == setting else setting
        root, top = place.root, place.top
        return resolve(place.pattern, root, key=key, top=top, outside=True, written=written)

    def _names(
        self, setting: str, where: str, paths: Sequence[Path], place: FilePlace
    ) -> list[str]:
        """Return what files are called: as they are written where that names a secret."""
        if where == setting:
            whose = f" ({self.files.branch})" if self.files is not None and place.differs else ""
            return [f"{shown(path, place.root)}{whose}" for path in paths]
        return [setting if len(paths) == 1 else f"{setting} ({path.name})" for path in paths]

    def _profile(self, setting: str, where: str, key: str, place: FilePlace) -> ProfileTable | None:
        """Return a profile where the setting names one."""
        if not where.endswith(".json") or remote.scheme(where):
            return None
        paths = self._resolved(setting, where, key, place)
        names = self._names(setting, where, paths, place)
        profile = read_profile(paths[0], names[0]) if len(paths) == 1 else None
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

    settings: DataTables
    tables: Tables
    python: str
    user_env: Mapping[str, str]
    progress: Progress

    @property
    def _current(self) -> tuple[str, str]:
        """The setting of the data, and its key."""
        current = self.settings.current
        assert current is not None
        return current.path, current.key

    @cached_property
    def table(self) -> ColumnTable:
        """The data."""
        return self.tables.open(*self._current)

    @cached_property
    def reference(self) -> ColumnTable | None:
        """The data that the model was trained on, or a profile of them."""
        setting = self.settings.reference
        if setting is None:
            return None
        return self.tables.open(setting.path, setting.key, profile=setting.profile, compared=True)

    @cached_property
    def schema(self) -> Mapping[str, Stored] | None:
        """What each column should hold, as the file of the setting says."""
        path = self.settings.schema
        if path is None:
            return None
        place = self.tables.place(path, "data.schema", compared=True)
        return column_schema.read(place.root / place.pattern, path)

    def masks(self, conditions: Mapping[str, tuple[str, str]]) -> Mapping[str, NDArray[np.bool_]]:
        """Return the rows that meet each condition."""
        paths = self.tables.staged(*self._current)
        return attributes.conditions(conditions, paths, self.tables.root)

    def digests(self) -> Sequence[str]:
        """Return the digests of the data's files."""
        return self.tables.digests_of(*self._current)

    def suite(self, kind: SuiteKind, name: str) -> Mapping[str, DataRuleResult]:
        """Run a user's suite over the data."""
        checks = Suite(kind, name, self.python, self.tables.root, self.user_env)
        paths = self.tables.staged(*self._current)
        with self.progress.step(f"Running {name}", 1) as step:
            results = checks.run(paths)
            step.advance()
        return results
