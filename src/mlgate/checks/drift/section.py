"""`drift:` what the current data are compared with, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, StringConstraints

from mlgate.checks.drift.evidence import PARTS
from mlgate.config.check_section import CheckSection, NamedPath
from mlgate.config.problems import KeyProblem
from mlgate.config.tables import DataTables, TableSetting
from mlgate.model.base import Frozen
from mlgate.model.policy import Floors
from mlgate.model.profile import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.config.check_section import GateEntry
    from mlgate.config.schema import Config
    from mlgate.model.policy import Gate, Target

Text = Annotated[str, StringConstraints(min_length=1)]
Effect = Annotated[float, Field(ge=0)]


class FloorsSection(Frozen):
    """The least effects that count in one column; those left out keep their defaults."""

    wasserstein: Effect | None = None
    """Numbers and dates: Wasserstein-1 distance in robust standard deviations of the reference. Default: 0.1."""
    tv: Annotated[float, Field(ge=0, le=1)] | None = None
    """Levels: total variation. Default: 0.05."""
    null_rate: Annotated[float, Field(ge=0, le=1)] | None = None
    """Change of the share of missing values. Default: 0.02."""
    unseen: Annotated[float, Field(ge=0, le=1)] | None = None
    """Share of rows with levels that the reference lacks. Default: 0.02."""


class DriftSection(Frozen):
    """Whether the data under the model have drifted."""

    reference: Text
    """The data to compare with, such as the training set, or a profile that `mlgate profile` wrote. In the forms of `data.path`."""
    current: Text | None = None
    """The data that may have drifted. Default: `data.path`."""
    ignore: tuple[Text, ...] = ()
    """Columns that are not compared, such as ids and times of arrival."""
    kinds: dict[str, Kind] = {}
    """How columns are compared, where the kind inferred from the reference is not the right one."""
    floors: dict[str, Effect | FloorsSection] = {}
    """The least effect that counts, by column: a number for its distribution, or by measure."""
    multivariate: bool = False
    """Whether a classifier tries to distinguish current rows from reference rows (needs scikit-learn)."""
    cluster: Text | None = None
    """Column that groups rows which belong together (user, patient, day); tests then permute groups."""
    weight: Text | None = None
    """Column with the weight of each row."""

    def floors_of(self) -> dict[str, Floors]:
        """Return the floors of the columns that have their own."""
        return {column: _floors(floors) for column, floors in self.floors.items()}


def _floors(floors: float | FloorsSection) -> Floors:
    if isinstance(floors, FloorsSection):
        return Floors(**floors.model_dump(exclude_none=True))
    return Floors(wasserstein=floors, tv=min(floors, 1.0))


def problems(config: Config) -> Iterator[KeyProblem]:
    """Check the section against the rest of the file."""
    drift = config.section(DriftSection)
    if drift is None:
        return
    if drift.current is None and config.tables().current is None:
        message = "has no current data to compare with the reference"
        yield KeyProblem(("drift",), message, "add data: {path: …}, or drift.current")
    for key in ("cluster", "weight"):
        column = getattr(drift, key)
        if column is not None and column in drift.ignore:
            yield KeyProblem(("drift", key), f"{column!r} is also in drift.ignore", at_value=True)
    if drift.cluster is not None and drift.cluster == drift.weight:
        message = f"{drift.cluster!r} is the column of the weights"
        yield KeyProblem(("drift", "cluster"), message, at_value=True)
    for section in ("kinds", "floors"):
        for column in getattr(drift, section):
            if column in drift.ignore:
                message = "is ignored, so this has no effect"
                yield KeyProblem(("drift", section, column), message, "remove one of the two")


def gate_problems(gate: GateEntry) -> Iterator[KeyProblem]:
    """Check the name and the rules of a gate on drift."""
    yield from _gate_name(gate)
    if gate.target.name == "drift.auc":
        yield from gate.only("min", "max")
    else:  # drift has no baseline on main, and a share of columns has one sensible limit
        yield from gate.only("max_share")


def _gate_name(gate: GateEntry) -> Iterator[KeyProblem]:
    drift = None if gate.config is None else gate.config.section(DriftSection)
    if gate.name not in ("drift", "auc", *PARTS):
        names = ", ".join(["drift", "drift.auc", *(f"drift.{part}" for part in PARTS)])
        yield KeyProblem(gate.path, f"there is no {gate.path[-1]}", f"gates on drift: {names}")
    elif gate.name == "auc" and drift is not None and not drift.multivariate:
        yield KeyProblem(gate.path, "is measured only with drift.multivariate: true")


def gate_rules(_: Target, rules: Gate) -> Gate:
    """Return a gate's rules: drift only warns unless the file says otherwise."""
    if "on_fail" in rules.model_fields_set:
        return rules
    return rules.model_copy(update={"on_fail": "warn"})


def floors(config: Config) -> Mapping[str, Floors]:
    """Return the least effects that count, for the columns that have their own."""
    drift = config.section(DriftSection)
    return {} if drift is None else drift.floors_of()


def paths(config: Config) -> Iterator[NamedPath]:
    """Return the reference, and the current data where they have a path of their own."""
    drift = config.section(DriftSection)
    if drift is None:
        return
    yield NamedPath(drift.reference, written=False)
    if drift.current is not None:
        yield NamedPath(drift.current, data=True)


def tables(config: Config) -> DataTables:
    """Return the reference, which may be a profile."""
    drift = config.section(DriftSection)
    if drift is None:
        return DataTables()
    return DataTables(reference=TableSetting(drift.reference, "drift.reference", profile=True))


SECTION: Final = CheckSection(
    key="drift",
    model=DriftSection,
    description="Whether the data under the model have drifted.",
    example="drift: {reference: data/train.parquet}",
    required={("reference",): ("the data to compare with, such as the training set", "?")},
    references=("reference", "current"),
    needs_no_predictions="drift",
    is_judged=lambda config: config.section(DriftSection) is not None,
    problems=problems,
    gate_problems=gate_problems,
    gate_rules=gate_rules,
    floors=floors,
    paths=paths,
    tables=tables,
)
