"""What a check is given. Checks see these types only; `inputs/` and `baselines/` fill them.

Everything is loaded when it is asked for, and once, so that a check costs what it uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.data.evidence import RuleResult
    from mlgate.checks.imported.evidence import Imported
    from mlgate.model.attributes import Attribute, AttributeSpec
    from mlgate.model.evidence import Absent, BaselineRef, CompareEvidence, HistoryPoint, Note
    from mlgate.model.rows import Paired, Role, Rows
    from mlgate.model.table import ColumnTable, Stored
    from mlgate.progress import Progress


TableSide = Literal["reference", "current", "labelled", "unlabelled"]
"""Tables that checks read column by column; of `estimate` the predictions, and rows without labels."""
SuiteKind = Literal["pandera", "great_expectations"]
"""Whose checks a user's suite consists of."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every evidence file says of its origin; see `Evidence` for the fields."""

    tool: str
    commit: str | None
    created: str
    policy_digest: str | None = None
    confidence: float = 0.95

    def fields(self) -> dict[str, Any]:
        """Give the fields as keyword arguments of an `Evidence`."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number that the training wrote: one value, or one a seed; `source` is its file."""

    values: tuple[float, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A baseline. Without `paired` only its evidence is known: comparisons are unpaired.

    `unpaired_because` says why in one sentence ("the predictions have no id column").
    """

    ref: BaselineRef
    evidence: CompareEvidence | None
    paired: Paired | None = None
    unpaired_because: str | None = None


class CustomMetric(Protocol):
    """A user's metric, run in the user's Python.

    Gives the metric's value for each row of `weights`, a (B, n) array of row weights (times
    `Rows.weight`), or for
    the plain rows where `weights` is None (then of length 1). Of weighted rows it may be
    undefined: NaN.
    """

    def __call__(
        self, rows: Rows, weights: NDArray[np.float64] | None, progress: Progress
    ) -> Sequence[float]: ...


class DataSource(Protocol):
    """The data that the model is about to see, and what is known of how they should be."""

    @property
    def table(self) -> ColumnTable:
        """The data."""

    @property
    def reference(self) -> ColumnTable | None:
        """The data that the model was trained on; None where the configuration names none."""

    @property
    def schema(self) -> Mapping[str, Stored] | None:
        """What each column should hold; None where no file says so."""

    def masks(self, conditions: Mapping[str, tuple[str, str]]) -> Mapping[str, NDArray[np.bool_]]:
        """Which rows of the data meet each condition, shape (n,); see `Inputs.masks`."""

    def suite(self, kind: SuiteKind, name: str) -> Mapping[str, RuleResult]:
        """Run a user's suite of checks over the data, in the user's Python."""


class Inputs(Protocol):
    """Everything a check may ask for."""

    @property
    def stamp(self) -> Stamp:
        """The origin that evidence tells."""

    @property
    def digests(self) -> Mapping[str, str]:
        """What was read so far, by name, with its digest."""

    @property
    def notes(self) -> Sequence[Note]:
        """What reading it brought to light."""

    @property
    def progress(self) -> Progress:
        """Where long work is told."""

    def candidate(self) -> Rows | None:
        """This commit's predictions; None where the configuration names none."""

    def attributes(self, specs: Mapping[str, AttributeSpec]) -> Mapping[str, Attribute]:
        """Attributes of the candidate's rows, by name, in their order.

        `Paired.index` gives those of the paired rows: `codes[paired.index]`.
        """

    def masks(self, conditions: Mapping[str, tuple[str, str]]) -> Mapping[str, NDArray[np.bool_]]:
        """Which of the candidate's rows meet each condition, shape (n,).

        A condition is a DuckDB expression over the predictions' columns, with the
        configuration's key for messages.
        """

    def reference(self, role: Role) -> Reference | Absent:
        """The baseline of a role, or why there is none."""

    def scalars(self) -> Mapping[str, Scalar]:
        """Numbers from the metric files, by dotted name."""

    def custom(self, function: str) -> CustomMetric:
        """The user's `module:function`."""

    def table(self, side: TableSide) -> ColumnTable:
        """The data that `drift` compares, and that `estimate` goes from and to."""

    def data(self) -> DataSource:
        """The data that `data` names; checks ask only where it does."""

    def imported(self, path: str) -> Imported:
        """Give what a file of another tool says."""

    def history(self) -> Sequence[HistoryPoint]:
        """Earlier runs on the main branch, oldest first."""
