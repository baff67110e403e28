"""Attributes of the candidate's rows: columns, or DuckDB expressions over them, row by row.

They come from the predictions' own file, or from another one whose rows are found by id. The
file is read anew: the columns that an expression names, and no others, are held.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError
from mlgate.inputs import labels, row_ids
from mlgate.inputs.expressions import computed, named_columns
from mlgate.inputs.row_columns import RowColumns, bits, of_column
from mlgate.inputs.row_labels import text_words
from mlgate.inputs.tables import read_columns
from mlgate.model.attributes import MISSING, Attribute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.inputs.columns import LoadedTable
    from mlgate.inputs.predictions import Candidate
    from mlgate.inputs.sources import TableFile
    from mlgate.model.attributes import AttributeSpec

    Rows = NDArray[np.intp] | None
    """Each row's place in another file, −1 where it has none; None: the file is their own."""

MAX_GROUPS: Final = 200
"""The most values of an attribute; beyond, nearly every group is too small to be measured."""
MAX_NUMBERS: Final = 20
"""The most distinct numbers that are taken for groups as they are."""
_PLACE: Final = "\0"
"""Before the name of a column that says where a setting puts each row."""
_EXAMPLE: Final = "such as {age: {column: age, edges: [25, 45, 65]}} or bins: 4"


@dataclass(frozen=True, slots=True)
class Unlike:
    """The columns of the predictions' file of which a comparison knows more; names are folded.

    Attributes
    ----------
    model
        What the model said: it differs from main's by right.
    label
        The labels, which are held to main's by themselves.
    ids
        What names the rows.
    """

    model: frozenset[str] = frozenset()
    label: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()

    @classmethod
    def of(cls, model: Iterable[str], label: Iterable[str], ids: Iterable[str]) -> Unlike:
        """Take names without regard to case."""
        return cls(_folded(model), _folded(label), _folded(ids))

    def others(self, names: Iterable[str]) -> list[str]:
        """Return the columns that are none of these."""
        return [n for n in names if n.casefold() not in self.model | self.label | self.ids]


NOTHING: Final = Unlike()


def attributes(
    requests: Mapping[str, AttributeSpec],
    candidate: Candidate,
    root: Path,
    find: Callable[[str, str], tuple[tuple[Path, ...], Path]],
) -> dict[str, Attribute]:
    """Return each attribute aligned with the candidate's rows.

    Parameters
    ----------
    find
        Returns the files of a path and the folder that messages show them from, given its key.

    Raises
    ------
    DataError
        For a column that does not exist (with those that do), an expression that cannot be
        computed, too many values, numbers that nobody cuts, a file whose ids do not match.
    """
    aligned: dict[str, Attribute] = {}
    for path, members in _by_file(requests):
        key = next(iter(members.values())).key
        paths: Sequence[TableFile] = candidate.tables
        folder = root
        if path is not None:
            paths, folder = find(path, f"{key}.path")
        columns = {name: (request.column, request.key) for name, request in members.items()}
        id_columns = _id_columns(path, members, candidate)
        with computed(paths, columns, folder, ids=id_columns) as (table, their_ids):
            rows = _match(their_ids, id_columns, candidate, table, key)
            for name, request in members.items():
                aligned[name] = _attribute(table, name, request, rows)
    return {name: aligned[name] for name in requests}


def masks(
    conditions: Mapping[str, tuple[str, str]], candidate: Candidate, root: Path
) -> dict[str, NDArray[np.bool_]]:
    """Return, for each condition on the predictions' columns, the rows that meet it, shape (n,).

    A row for which a condition is NULL does not meet it.

    Parameters
    ----------
    conditions
        By name: a DuckDB expression that is true or false, and the configuration's key.

    Raises
    ------
    DataError
        As `attributes`, and for an expression that gives something else.
    """
    with computed(candidate.tables, conditions, root) as (table, _):
        _require_same(table, candidate)
        return {name: _mask(table, name, text) for name, (text, _) in conditions.items()}


def numbers(
    columns: Sequence[str], candidate: Candidate, root: Path, key: str
) -> dict[str, NDArray[np.float64]]:
    """Return columns of finite numbers of the candidate's rows, shape (n,).

    Raises
    ------
    DataError
        For a column that does not exist or holds anything else.
    """
    asked_by = dict.fromkeys(columns, key)
    with read_columns(candidate.tables, asked_by, root) as table:
        _require_same(table, candidate)
        return {column: table.numbers(column) for column in columns}


def conditions(
    texts: Mapping[str, tuple[str, str]], paths: Sequence[Path], root: Path
) -> dict[str, NDArray[np.bool_]]:
    """Return the rows of any files that meet each condition; see `masks`."""
    with computed(paths, texts, root) as (table, _):
        return {name: _mask(table, name, text) for name, (text, _) in texts.items()}


def columns(
    specs: Sequence[AttributeSpec],
    candidate: Candidate,
    root: Path,
    find: Callable[[str, str], tuple[tuple[Path, ...], Path]],
    *,
    unlike: Unlike = NOTHING,
) -> RowColumns:
    """Return the columns that attributes and conditions read, aligned with the candidate's rows.

    And where these put each row, unless it depends on what the model said.

    Parameters
    ----------
    find
        As in `attributes`.
    unlike
        Columns of the predictions' file that are left out.

    Raises
    ------
    DataError
        As `attributes`.
    """
    read = RowColumns()
    for path, members in _by_file({f"{spec.path}\0{_setting(spec)}": spec for spec in specs}):
        if path is None:
            read = read.joined(_of_file(candidate.tables, root, members, candidate, unlike))
        else:
            key = next(iter(members.values())).key
            paths, folder = find(path, f"{key}.path")
            read = read.joined(_of_file(paths, folder, members, candidate, NOTHING))
    return read


def _of_file(
    paths: Sequence[TableFile],
    folder: Path,
    members: Mapping[str, AttributeSpec],
    candidate: Candidate,
    unlike: Unlike,
) -> RowColumns:
    """Return what the attributes of one file read, and where they put each row."""
    first = next(iter(members.values()))
    suffix = "" if first.path is None else f" ({first.path})"
    keys = {spec.column: spec.key for spec in members.values()}
    every = named_columns(paths, keys, folder)
    names = {text: unlike.others(named) for text, named in every.items()}
    reads = {
        text + suffix: tuple(name.casefold() + suffix for name in named)
        for text, named in names.items()
    }
    placing = {
        _setting(spec): spec
        for spec in members.values()
        if not unlike.model & _folded(every[spec.column])
    }
    reads |= {name + suffix: reads[spec.column + suffix] for name, spec in placing.items()}
    texts = {name: (name, keys[text]) for text, named in names.items() for name in named}
    placed = {_PLACE + name: (spec.column, spec.key) for name, spec in placing.items()}
    if not texts and not placed:
        return RowColumns(reads)
    id_columns = _id_columns(first.path, members, candidate)
    with computed(paths, texts | placed, folder, ids=id_columns) as (table, their_ids):
        rows = _match(their_ids, id_columns, candidate, table, first.key)
        loaded = {name: of_column(table, name) for name in texts}
        places = {name: _places(table, _PLACE + name, spec) for name, spec in placing.items()}
    return RowColumns(
        reads,
        {
            name.casefold() + suffix: column if rows is None else column.placed(rows)
            for name, column in loaded.items()
        },
        {name + suffix: _aligned(words, rows) for name, words in places.items()},
        frozenset(
            name + suffix
            for name, spec in placing.items()
            if unlike.label & _folded(every[spec.column])
        ),
    )


def _setting(spec: AttributeSpec) -> str:
    """Return what a baseline calls an attribute: the same column may be cut in several ways."""
    if spec.edges is not None:
        return f"{spec.column} {list(spec.edges)}"
    return spec.column if spec.bins is None else f"{spec.column} in {spec.bins}"


def _places(table: LoadedTable, name: str, spec: AttributeSpec) -> NDArray[np.uint64]:
    """Return 64 bits of the slice, level or interval of each row, shape (n,).

    Quantiles are those of all rows, so that others move them: their numbers are taken as they are.
    """
    import numpy as np

    if spec.edges is not None:
        return cut(table.optional_numbers(name), edges=spec.edges).codes.astype(np.uint64)
    if spec.bins is not None:
        return bits(table.optional_numbers(name))
    if table.kinds[name] not in ("text", "cell"):
        return table.words(name)
    try:
        levels, codes = table.groups(name, MAX_GROUPS)
    except DataError:  # too many for groups: nothing is measured by them
        return table.words(name)
    return np.append(text_words(levels), np.uint64(0))[codes]


def _aligned(words: NDArray[np.uint64], rows: Rows) -> NDArray[np.uint64]:
    import numpy as np

    return words if rows is None else np.where(rows >= 0, words[rows], np.uint64(0))


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


def _by_file(
    requests: Mapping[str, AttributeSpec],
) -> Iterator[tuple[str | None, dict[str, AttributeSpec]]]:
    """Group what is wanted by file and its id columns, so that each file is read once."""
    groups: dict[tuple[str | None, tuple[str, ...]], dict[str, AttributeSpec]] = {}
    for name, request in requests.items():
        groups.setdefault((request.path, request.id), {})[name] = request
    for (path, _), members in groups.items():
        yield path, members


def _id_columns(
    path: str | None, members: Mapping[str, AttributeSpec], candidate: Candidate
) -> dict[str, str]:
    """Return the id columns of another file, each with its key."""
    if path is None:
        return {}
    first = next(iter(members.values()))
    if candidate.ids is None:
        msg = f"{first.key}.path: rows of {path} are found by id, and the predictions have none"
        raise DataError(msg, hint="name their id column under predictions.id")
    columns = first.id or candidate.id_columns
    if len(columns) != len(candidate.id_columns):
        msg = (
            f"{first.key}.id names {len(columns)} columns, and the predictions' id has "
            f"{len(candidate.id_columns)} ({', '.join(candidate.id_columns)})"
        )
        raise DataError(msg, hint="name the columns that hold them, in the same order")
    return dict.fromkeys(columns, f"{first.key}.id")


def _match(
    theirs: NDArray[np.object_] | None,
    id_columns: Mapping[str, str],
    candidate: Candidate,
    table: LoadedTable,
    key: str,
) -> Rows:
    """Find each row of the candidate in another file."""
    import numpy as np

    if theirs is None:
        _require_same(table, candidate)
        return None
    assert candidate.ids is not None
    place = {row_id: row for row, row_id in enumerate(theirs.tolist())}
    rows = np.fromiter((place.get(row_id, -1) for row_id in candidate.ids.tolist()), np.intp)
    if not (rows >= 0).any():
        ours = row_ids.examples(candidate.ids, candidate.id_columns)
        there = row_ids.examples(theirs, tuple(id_columns))
        msg = (
            f"{key}.path: none of the {len(rows):,} predictions (ids {ours}, …) is among the "
            f"{len(theirs):,} rows of {table.parts[0][0]} (ids {there}, …)"
        )
        raise DataError(msg, hint="both must name rows by the same ids")
    return rows


def _require_same(table: LoadedTable, candidate: Candidate) -> None:
    if table.n != len(candidate.rows):
        msg = (
            f"{table.parts[0][0]} had {len(candidate.rows):,} rows and now has {table.n:,}: "
            "it was changed while it was read"
        )
        raise DataError(msg, hint="run again when nothing writes it any more")


def _mask(table: LoadedTable, name: str, text: str) -> NDArray[np.bool_]:
    import numpy as np

    if table.kinds[name] not in ("bool", "null"):
        msg = f"{table.describe(name)}: {text!r} is neither true nor false"
        raise DataError(msg, hint='a condition compares, such as "age < 25"')
    return np.asarray(table.flags(name), dtype=np.bool_)


def _attribute(table: LoadedTable, name: str, request: AttributeSpec, rows: Rows) -> Attribute:
    """Code one attribute; numbers are cut after the rows are found, so that all count once."""
    import numpy as np

    if request.bins is not None or request.edges is not None:
        numbers = table.optional_numbers(name)
        if rows is not None:
            numbers = np.where(rows >= 0, numbers[rows], np.nan)
        return cut(numbers, bins=request.bins, edges=request.edges, among=request.among)
    levels, codes = table.groups(name, MAX_GROUPS)
    if table.kinds[name] == "number" and len(levels) > MAX_NUMBERS:
        msg = f"{table.describe(name)} holds {len(levels):,} distinct numbers, too many for groups"
        text = f'or, if they name groups, column: "{request.column}::text"'
        raise DataError(msg, hint=f"cut them, {_EXAMPLE}; {text}")
    if rows is not None:
        codes = np.where(rows >= 0, codes[rows], MISSING).astype(np.int32)
    return _ordered(levels, codes)


def _ordered(levels: Sequence[str], codes: NDArray[np.int32]) -> Attribute:
    """Sort the levels as labels are sorted; those that no row has are left out."""
    import numpy as np

    present = set(np.unique(codes).tolist()) - {MISSING}
    names = labels.ordered(levels[code] for code in present)
    place = {name: index for index, name in enumerate(names)}
    recode = np.array([place.get(name, MISSING) for name in levels] + [MISSING], dtype=np.int32)
    return Attribute(names, recode[codes])


def cut(
    numbers: NDArray[np.float64],
    *,
    bins: int | None = None,
    edges: Sequence[float] | None = None,
    among: NDArray[np.intp] | None = None,
) -> Attribute:
    """Cut numbers into groups, each with its lower edge; NaN is missing.

    Parameters
    ----------
    numbers
        Shape (n,).
    bins
        Cut at the quantiles 1/bins, 2/bins, …, which are observed values; equal ones once.
    edges
        Ascending; used where given.
    among
        The rows whose quantiles are taken, as positions; None: all.
    """
    import numpy as np

    present = numbers[~np.isnan(numbers)]
    if edges is None:
        shares = np.arange(1, bins or 1) / (bins or 1)
        those = present if among is None else numbers[among][~np.isnan(numbers[among])]
        edges = _quantiles(those, shares) if len(those) else ()
    codes = np.searchsorted(np.asarray(edges, dtype=np.float64), numbers, side="right")
    codes[np.isnan(numbers)] = MISSING
    whole = bool((present == np.floor(present)).all()) and all(edge == int(edge) for edge in edges)
    return Attribute(tuple(_intervals(edges, whole=whole)), codes.astype(np.int32), ranges=True)


def _quantiles(present: NDArray[np.float64], shares: NDArray[np.float64]) -> list[float]:
    import numpy as np

    edges = np.unique(np.quantile(present, shares, method="higher"))
    return [float(edge) for edge in edges if edge > present.min()]


def _intervals(edges: Sequence[float], *, whole: bool) -> Iterator[str]:
    """Name the groups: `< 25`, `25 to 44` (whole numbers) or `0.1 to < 0.5`, `≥ 65`."""
    text = [labels.number_text(repr(float(edge))) for edge in edges]
    if not text:
        yield "all"
        return
    yield f"< {text[0]}"
    for low, high in zip(range(len(text)), range(1, len(text)), strict=False):
        last = labels.number_text(repr(float(edges[high]) - 1))
        alone = whole and last == text[low]
        yield text[low] if alone else f"{text[low]} to {last if whole else f'< {text[high]}'}"
    yield f"≥ {text[-1]}"
