"""Labels that the training never sees: a table of their own, joined to the predictions by id.

Beside the label it may hold the weight, cluster and time of a row: who could choose these could
choose which rows count.
"""

# ruff: noqa: S608  (names in SQL are quoted by `ident`)

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError
from mlgate.files import keyed, sha256
from mlgate.inputs.design import label_column, optional_labels, plain_ids
from mlgate.inputs.frames import Stream
from mlgate.inputs.row_ids import examples
from mlgate.inputs.sources import ident, opened
from mlgate.inputs.tables import loaded
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mlgate.inputs.columns import LoadedTable
    from mlgate.inputs.predictions import Key, Section
    from mlgate.model.metrics import Task

BESIDE: Final = ("weight", "cluster", "time")
"""What is read from the file of labels where it has the column."""


@dataclass(frozen=True, slots=True)
class HeldLabels:
    """Where the labels are.

    Attributes
    ----------
    paths
        One file or more.
    name
        What they are called in messages.
    missing
        Share of the labelled rows that may lack a prediction.
    changed
        Whether this branch changes the file, so that its own version does not count.
    key
        The secret that hashes whatever of the labels is shown: a digest of their text confirms
        every guess of all of them. Empty where the labels are no secret.
    """

    paths: tuple[Path, ...]
    name: str
    missing: float = 0.0
    changed: bool = False
    key: bytes = field(default=b"", repr=False)

    def digest(self) -> str:
        """Return the digest of the first file, keyed where the labels are a secret."""
        plain = sha256(self.paths[0])
        return keyed(self.key, plain) if self.key else f"sha256:{plain}"


@contextmanager
def read_labels(
    held: HeldLabels, section: Section, task: Task, root: Path, key: Key
) -> Iterator[LoadedTable]:
    """Read the labels, and what stands beside them.

    Raises
    ------
    DataError
        When a file cannot be read, an id stands twice or is missing, or a label is none.
    """
    with opened(held.paths, root) as (connection, sources):
        named = [replace(source, name=held.name) for source in sources]
        columns = {column: key("id") for column in plain_ids(section)}
        columns[label_column(section, key)] = key("label")
        for setting in BESIDE:
            column = getattr(section, setting)
            if column is not None and column in sources[0].types:
                columns[column] = key(setting)
        labels = loaded(connection, named, columns)
        labels.ids(plain_ids(section))
        if task == "regression":
            labels.numbers(label_column(section, key))
        else:
            hint = optional_labels(key)
            labels.coded(label_column(section, key), optional=section.unlabelled, hint=hint)
        yield labels


def joined(
    table: LoadedTable, labels: LoadedTable, held: HeldLabels, section: Section, key: Key
) -> LoadedTable:
    """Return the predictions with the labels' columns; every row of either counts.

    With `unlabelled` predictions that the labels do not have lack one.

    Raises
    ------
    DataError
        When a prediction has no label, or more labels than allowed have no prediction.
    """
    ids = plain_ids(section)
    mine, theirs = table.id_text(ids), labels.id_text(ids)
    columns = [name for name in labels.names if name not in ids]
    fields = ", ".join(
        f"{ident(f'c{labels.names.index(name)}')} AS {ident(f'h{i}')}"
        for i, name in enumerate(columns)
    )
    values = labels.connection.sql(f"SELECT {theirs} AS k, {fields} FROM rows")
    table.connection.register("labels", Stream(values))
    table.connection.execute("CREATE TEMP TABLE held AS SELECT * FROM labels").fetchall()
    table.connection.unregister("labels")
    if not section.unlabelled:
        _refuse_unlabelled(table, mine, held, ids, key)
    _refuse_unpredicted(table, mine, held, section, key)
    return _with_columns(table, labels, mine, columns)


def _with_columns(
    table: LoadedTable, labels: LoadedTable, mine: str, columns: Sequence[str]
) -> LoadedTable:
    added = ", ".join(
        f"held.{ident(f'h{i}')} AS {ident(f'c{len(table.names) + i}')}" for i in range(len(columns))
    )
    matched = f"SELECT rows.*, {added} FROM rows LEFT JOIN held ON {mine} = k ORDER BY rows.rowid"
    changes = (f"CREATE TEMP TABLE joined AS {matched}", "DROP TABLE rows")
    for statement in (*changes, "ALTER TABLE joined RENAME TO rows"):
        table.connection.execute(statement).fetchall()
    return replace(
        table,
        kinds={**table.kinds, **{name: labels.kinds[name] for name in columns}},
        keys={**table.keys, **{name: labels.keys[name] for name in columns}},
    )


def _refuse_unlabelled(
    table: LoadedTable, mine: str, held: HeldLabels, ids: Sequence[str], key: Key
) -> None:
    lacking = f"FROM rows WHERE {mine} NOT IN (SELECT k FROM held)"
    count = _count(table, lacking)
    if count == 0:
        return
    query = f"SELECT DISTINCT {mine} {lacking} LIMIT 3"
    shown = [row[0] for row in table.connection.execute(query).fetchall()]
    msg = (
        f"{key('labels')}: {held.name} has no label for {count:,} of {table.n:,} predictions "
        f"(ids {examples(shown, ids)}, …)"
    )
    hint = (
        "the file of labels says which rows are the test set: predict these and no others; "
        f"{optional_labels(key)}"
    )
    if held.changed:
        hint += "; this branch's version of it counts once it is merged"
    raise DataError(msg, hint=hint)


def _refuse_unpredicted(
    table: LoadedTable, mine: str, held: HeldLabels, section: Section, key: Key
) -> None:
    """Refuse rows that were left out; under `repeat` each repetition must have every row."""
    labelled = _count(table, "FROM held")
    fits = 1
    if section.repeat is not None and section.fold is None:
        fits = _count(table, f"FROM (SELECT DISTINCT {table.id_text([section.repeat])} FROM rows)")
    predicted = _count(table, f"FROM (SELECT DISTINCT {mine} FROM rows)")
    share = 1 - (table.n / (labelled * fits) if fits > 1 else predicted / labelled)
    if share <= held.missing + 1e-12:
        return
    msg = (
        f"{numbers.per_cent(share)} of the {labelled:,} labelled rows of {held.name} have no "
        f"prediction; {key('rows.missing')} allows {numbers.per_cent(held.missing)}"
    )
    raise DataError(msg, hint="predict every row of the test set")


def _count(table: LoadedTable, rest: str) -> int:
    return int(table.connection.execute(f"SELECT count(*) {rest}").fetchall()[0][0])
