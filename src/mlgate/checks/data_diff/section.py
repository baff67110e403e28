"""`data_diff:` the training data, compared with those that main's model was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, StringConstraints

from mlgate.config.check_section import CheckSection, NamedPath
from mlgate.config.problems import KeyProblem
from mlgate.config.tables import TableSetting
from mlgate.model.base import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.config import Config

Text = Annotated[str, StringConstraints(min_length=1)]

OF_ROWS: Final = ("rows_added", "rows_removed", "rows_changed")
OF_COLUMNS: Final = ("columns_added", "columns_removed", "columns_retyped", "columns_changed")


class DataDiffSection(Frozen):
    """The training data, compared with those of the baseline."""

    path: Text | None = None
    """The table: a file, a glob, an `s3://…` or `postgres://…` address. Default: `data.reference`, `drift.reference` or `data.path`."""
    id: Text | Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    """The column, or columns, that name a row. Without it whole rows are matched: a changed row counts as one removed and one added."""
    before: Text | None = None
    """Where the earlier version is. Default: `path` in the baseline's commit, by git, Git LFS or a `.dvc` file; else the sample that the baseline kept (`baseline.sketch`)."""
    mask: bool = False
    """Whether means are left out of reports. Without this key they are where the data are outside of the repository."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The columns that name a row."""
        return (self.id,) if isinstance(self.id, str) else self.id or ()


def table(config: Config) -> TableSetting | None:
    """Return the table that is compared; a profile of the data has no rows to compare."""
    section, tables = config.section(DataDiffSection), config.tables()
    if section is not None and section.path is not None:
        return TableSetting(section.path, "data_diff.path")
    reference = tables.reference
    if reference is None or (reference.profile and reference.path.endswith(".json")):
        return tables.current
    return reference


def problems(config: Config) -> Iterator[KeyProblem]:
    """Check that there is a table, and what its rows are matched and its sample is hashed by."""
    section = config.section(DataDiffSection)
    if section is None:
        if config.baseline.sketch:
            message = "has no effect without data_diff, which names the table"
            yield KeyProblem(("baseline", "sketch"), message, "add data_diff: {path: …}")
        return
    if table(config) is None:
        yield KeyProblem(("data_diff",), "has no table to compare", "add path")
    if config.baseline.sketch and config.baseline.id_key is None:
        message = "needs baseline.id_key: without a secret, rows could be looked up in the sample"
        hint = "name a secret, such as id_key: ${env:MLGATE_ID_KEY}"
        yield KeyProblem(("baseline", "sketch"), message, hint, reads=(("baseline", "id_key"),))
    if config.baseline.sketch and config.handover == "evidence":
        message = "needs the secret of baseline.id_key where the data are, and `handover: evidence` measures without it"
        yield KeyProblem(("baseline", "sketch"), message, "remove one of the two")
    if section.id is None and "data_diff.rows_changed" in config.gates:
        message = "needs data_diff.id: without it a changed row is one removed and one added"
        path = ("gates", "data_diff.rows_changed")
        yield KeyProblem(path, message, "name the column", reads=(("data_diff",),))


def paths(config: Config) -> Iterator[NamedPath]:
    """Return the table, and its earlier version."""
    section = config.section(DataDiffSection)
    if section is not None and section.path is not None:
        yield NamedPath(section.path, data=True)
    if section is not None and section.before is not None:
        yield NamedPath(section.before, written=False)


SECTION: Final = CheckSection(
    key="data_diff",
    model=DataDiffSection,
    description="The training data, compared with those of the baseline.",
    example="data_diff: {path: data/train.parquet, id: name}",
    references=("path", "before"),
    needs_no_predictions="data_diff",
    is_judged=lambda config: config.section(DataDiffSection) is not None,
    problems=problems,
    metrics=(*OF_ROWS, *OF_COLUMNS),
    paths=paths,
)
