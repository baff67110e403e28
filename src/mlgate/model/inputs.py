"""The inputs of a check. Checks see these types only; other rooms implement them.

Everything is loaded on demand, and once, so that a check costs only what it uses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from mlgate.model.evidence import STATISTICS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.model.attributes import Attribute, AttributeSpec
    from mlgate.model.data_rules import DataRuleResult
    from mlgate.model.evidence import (
        Absent,
        BaselineRef,
        CompareEvidence,
        Evidence,
        HistoryPoint,
        Note,
        TestSet,
        TrainEvidence,
    )
    from mlgate.model.rows import PairedRows, Role, Rows
    from mlgate.model.table import ColumnTable, Stored
    from mlgate.model.table_diff import TableDiff
    from mlgate.progress import Progress

LARGEST: Final = 1e50
"""The largest number that is computed with: sums of sixth powers are still numbers."""
SuiteKind = Literal["pandera", "great_expectations"]
"""The library of a user's suite of checks."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every evidence file records about its origin; see `Evidence` for the fields."""

    tool: str
    commit: str | None
    created: str
    policy_digest: str | None = None
    confidence: float = 0.95
    statistics: int = STATISTICS

    def fields(self) -> dict[str, Any]:
        """Return the fields as keyword arguments of an `Evidence`."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file, by its name for messages; `older` where it was there before the training began."""

    name: str
    content: bytes
    older: bool


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number that the training wrote: one value, or one for each seed; `source` is its file.

    `problem` says why what is under the name is no such number: text, which has no values, or
    values that are not finite.
    """

    values: tuple[float, ...]
    source: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class PairedBaseline:
    """A baseline. Without `paired` only its evidence is known: comparisons are unpaired.

    `unpaired_because` says why in one sentence ("the predictions have no id column"). `checks` is
    all evidence of its run, by check.
    """

    ref: BaselineRef
    evidence: CompareEvidence | None
    paired: PairedRows | None = None
    unpaired_because: str | None = None
    checks: Mapping[str, Evidence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EarlierEvidence:
    """What a baseline's run measured with the same check.

    `factors` are those f for which a gate needs candidate − f × baseline, by metric.
    """

    ref: BaselineRef
    evidence: Evidence
    factors: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


class CustomMetric(Protocol):
    """A user's metric, run in the user's Python.

    Returns the metric's value for each row of `weights`, a (B, n) array of row weights (times
    `Rows.weight`), or for the plain rows where `weights` is None (then of length 1). For weighted
    rows it may be undefined: NaN.
    """

    def __call__(
        self, rows: Rows, weights: NDArray[np.float64] | None, progress: Progress
    ) -> Sequence[float]: ...


class DataSource(Protocol):
    """The data that the model is about to see, and what they should be like."""

    @property
    def table(self) -> ColumnTable:
        """The data."""

    @property
    def reference(self) -> ColumnTable | None:
        """The data that the model was trained on; None where the configuration names none."""

    @property
    def schema(self) -> Mapping[str, Stored] | None:
        """The type that each column should have; None where no file defines it."""

    def masks(self, conditions: Mapping[str, tuple[str, str]]) -> Mapping[str, NDArray[np.bool_]]:
        """Which rows of the data meet each condition, shape (n,); see `Inputs.masks`."""

    def suite(self, kind: SuiteKind, name: str) -> Mapping[str, DataRuleResult]:
        """Run a user's suite of checks over the data, in the user's Python."""


class ModelInputs(Protocol):
    """The model under test: its predictions, its numbers, and what they are compared with."""

    @property
    def stamp(self) -> Stamp:
        """The origin that evidence records."""

    @property
    def digests(self) -> Mapping[str, str]:
        """What was read so far, by name, with its digest."""

    @property
    def notes(self) -> Sequence[Note]:
        """Notes on what was read."""

    @property
    def progress(self) -> Progress:
        """Where the progress of long work is reported."""

    def candidate(self, *, unlabelled: bool = False) -> Rows | None:
        """This commit's predictions; None where the configuration names none.

        Rows may lack a label only where a check says that it can deal with that (`unlabelled`);
        otherwise `DataError` says that it cannot measure.
        """

    def reference(self, role: Role) -> PairedBaseline | Absent:
        """The baseline of a role, or why there is none."""

    def announced_test_set(self) -> TestSet | None:
        """The announced test set that the candidate's rows belong to; None for the first one."""

    def test_set_digest(self) -> str | None:
        """What names the candidate's ids and labels; None where it is not asked for."""

    def scalars(self) -> Mapping[str, Scalar]:
        """Numbers from the metric files, by dotted name."""

    def custom(self, function: str) -> CustomMetric:
        """The user's `module:function`."""

    @property
    def custom_unpaired(self) -> str | None:
        """Why these cannot be compared with a baseline row by row; None where they can."""

    def history(self) -> Sequence[HistoryPoint]:
        """Earlier runs on the main branch, oldest first."""


class Inputs(ModelInputs, Protocol):
    """Everything a check may ask for; `key` is the configuration's key, for messages."""

    def attributes(self, specs: Mapping[str, AttributeSpec]) -> Mapping[str, Attribute]:
        """Attributes of the candidate's rows, by name, in their order.

        `PairedRows.index` gives those of the paired rows: `codes[paired.index]`.
        """

    def masks(self, conditions: Mapping[str, tuple[str, str]]) -> Mapping[str, NDArray[np.bool_]]:
        """Which of the candidate's rows meet each condition, shape (n,).

        A condition is a DuckDB expression over the predictions' columns, with the
        configuration's key for messages.
        """

    def earlier(self, role: Role, check: str) -> EarlierEvidence | Absent:
        """What the baseline of a role measured with a check, or why that is not there.

        `metrics.earlier.compared` compares a check's metrics with it.
        """

    def numbers(self, columns: Sequence[str], key: str) -> Mapping[str, NDArray[np.float64]]:
        """Columns of the candidate's predictions that hold numbers, in its rows' order, shape (n,)."""

    def table(self, path: str, key: str, *, reference: bool = False) -> ColumnTable:
        """A table of the user's, to be read column by column: a file, a glob or an address.

        With `profile`, what `mlgate profile` wrote will do in its place.
        """

    def table_diff(
        self, path: str, key: str, ids: Sequence[str], before: str | None
    ) -> TableDiff | Absent:
        """How a table differs from what main's baseline had at its path, or why that is not known.

        Parameters
        ----------
        ids
            The columns that name a row; without any, whole rows are matched.
        before
            Where the earlier version is; None for the path itself in the baseline's commit.
        """

    @property
    def training(self) -> TrainEvidence | None:
        """How this commit's model was trained; None where that is not known."""

    @property
    def secret(self) -> bytes | None:
        """The secret that hashes what a baseline keeps (`baseline.id_key`); None without one."""

    def file(self, path: str, key: str) -> InputFile:
        """A small file of the user's, as it is."""

    def data(self) -> DataSource:
        """The data under the model; only where a section names them (`Config.tables`)."""
