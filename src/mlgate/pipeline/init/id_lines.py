"""Lines that give test rows ids which stay when the features change.

A key that the data have is the best id, then a row's index in pandas or its position before the split, then a
hash of the row as it was read.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.pipeline.init.pasted_code import WIDTH, PastedLines, pasted
from mlgate.pipeline.init.raw_key import READS
from mlgate.pipeline.init.script_code import (
    ScriptCall,
    assigned,
    file_names,
    method,
    modules,
    names,
    places,
    split_of,
    statements,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlgate.pipeline.init.raw_key import RawKey
    from mlgate.pipeline.init.templates import PredictionsTable
    from mlgate.pipeline.init.tree import Tree

_TEST: Final = re.compile(r"test|val|hold|eval", re.IGNORECASE)
_LEAD: Final = "mlgate's id of a row: "
_POSITION: Final = (
    "its position in the data, taken before the split{better}. It stays when the features change. A hash of "
    "the features does not, and then no row is found again."
)
_INDEX: Final = "{what} keeps in the index. It stays when the features change."
_AS_READ: Final = (
    "a hash of it as it is here, before features are made of it; {better} is better. A hash of the features "
    "changes with them, and then no row is found again."
)
_ARRAYS: Final = frozenset({
    "to_numpy", "fit_transform", "transform", "toarray", "array", "asarray", "ravel", "reshape", "tolist",
    "fit_resample", "predict", "DataFrame", "Series",
})  # fmt: skip
"""Methods whose result has no index, or another one."""
_NEW_ROWS: Final = frozenset({
    "reset_index", "merge", "concat", "groupby", "fit_resample", "melt", "pivot", "pivot_table", "explode",
    "stack",
})  # fmt: skip
"""Methods after which a row's index no longer says which row of the file it is."""
_OTHER_ORDER: Final = frozenset({
    "sort_values", "sort_index", "sample", "head", "tail", "query", "nlargest", "nsmallest", "dropna",
    "drop_duplicates", *_NEW_ROWS,
}) - {"reset_index", "concat"}  # fmt: skip
"""Methods after which a table of test rows has others, or has them in another order."""


@dataclass(frozen=True, slots=True)
class IdLines:
    """Lines that give the test rows their ids as `gate_ids`, in the order of the test rows.

    Attributes
    ----------
    where
        Where they go; None for any place below the split.
    """

    where: str | None
    comment: str
    lines: tuple[str, ...]
    indent: int


def of_test_rows(
    module: ast.Module, made: ScriptCall, keys: Sequence[RawKey], *, pandas: bool, numbered: bool
) -> IdLines | None:
    """Return how the test rows that a call reads get ids; None where nothing shows it."""
    above = [
        statement
        for scope, statement in statements(module)
        if isinstance(statement, ast.Assign)
        and scope in (module, made.scope)
        and statement.lineno < made.statement.lineno
    ]
    used = _made_of(above, names(made.call))
    of_split = (
        (statement, assigned(statement).index(name))
        for name in used
        for statement in reversed(above)
        if split_of(statement) is not None and name in assigned(statement)
    )
    nearest = next(of_split, None)
    frames = used if nearest is None else _made_of(above, names(nearest[0].value))
    key = _of_frames(keys, frames)
    if nearest is not None:
        kept = _keeps_index(module, nearest[0])
        ids = _by_index(above, *nearest, key) if kept else None
        ids = ids or _split_ids(above, *nearest, key, kept=kept, numbered=numbered)
        if ids is not None:
            return ids
    return _as_read(above, used, key, pandas=pandas, numbered=numbered)


def _made_of(above: Sequence[ast.Assign], first: Sequence[str]) -> list[str]:
    """Return what variables are made of, the nearest first."""
    todo, used = [*first], list[str]()
    while todo:
        name = todo.pop(0)
        if name not in used:
            used.append(name)
            todo += [n for each in above if name in assigned(each) for n in names(each.value)]
    return used


def _of_frames(keys: Sequence[RawKey], frames: Sequence[str]) -> RawKey | None:
    """Return the key of the data that are read into one of some variables, or the only one."""
    named = [key for key in keys if key.frame in frames]
    return named[0] if named else keys[0] if len(keys) == 1 else None


def _keeps_index(module: ast.Module, split: ast.stmt) -> bool:
    """Whether nothing above a split gives the rows another index than that of the file."""
    calls = (node for node in ast.walk(module) if isinstance(node, ast.Call))
    return not any(
        call.lineno < split.lineno
        and (
            (isinstance(call.func, ast.Attribute) and call.func.attr in _NEW_ROWS)
            or any(keyword.arg == "ignore_index" for keyword in call.keywords)
        )
        for call in calls
    )


def _by_index(
    above: Sequence[ast.Assign], statement: ast.Assign, part: int, key: RawKey | None
) -> IdLines | None:
    """Return the ids by the index of what the split gave; None where it may have none."""
    targets = assigned(statement)
    beside = [name for i, name in enumerate(targets) if i % 2 == part % 2]
    name = next((n for n in reversed(beside) if _has_index(above, ast.Name(n), len(above))), None)
    if name is None:
        return None
    if key is None or key.read is None:
        what = f"{key}, which the split" if key else "its number in the data, which the split"
        lines = [f"gate_ids = list({name}.index)"]
    else:
        what = f"{key}, by the row's number there, which the split"
        lines = [f"gate_ids = {key.read}", f"gate_ids = list(gate_ids.loc[{name}.index])"]
    return IdLines(None, _LEAD + _INDEX.format(what=what), tuple(lines), statement.col_offset)


def _has_index(above: Sequence[ast.Assign], expression: ast.expr, before: int) -> bool:
    """Whether an expression surely is a frame or a column of pandas, with the index that a file was read with."""
    if isinstance(expression, ast.Name):
        there = (i for i in reversed(range(before)) if expression.id in assigned(above[i]))
        at = next(there, None)
        value = None if at is None else _value(above[at], expression.id)
        return at is not None and value is not None and _has_index(above, value, at)
    calls = [node for node in ast.walk(expression) if isinstance(node, ast.Call)]
    made = [call.func.attr for call in calls if isinstance(call.func, ast.Attribute)]
    attributes = [node for node in ast.walk(expression) if isinstance(node, ast.Attribute)]
    arrays = any(a.attr == "values" or ast.unparse(a.value) in ("np", "numpy") for a in attributes)
    if arrays or len(made) < len(calls) or not _ARRAYS.isdisjoint(made):
        return False
    first = next((name for name in names(expression) if name not in ("pd", "pandas")), None)
    of_frame = first is not None and _has_index(above, ast.Name(first), before)
    return of_frame or any(name in READS for name in made)


def _value(statement: ast.Assign, name: str) -> ast.expr | None:
    """Return what a variable is made of, by one assignment; None where it is one of several results."""
    split = split_of(statement)
    if split is not None:
        return split[1].args[assigned(statement).index(name) // 2]
    return statement.value if len(assigned(statement)) == 1 else None


def _split_ids(
    above: Sequence[ast.Assign],
    statement: ast.Assign,
    part: int,
    key: RawKey | None,
    *,
    kept: bool,
    numbered: bool,
) -> IdLines | None:
    """Return the split with one more array, which holds the key, the position or the index of each row.

    None where an array is a part of another split already, so that positions in it say nothing.
    """
    split = split_of(statement)
    assert split is not None
    targets, call = split
    arrays = [argument for argument in call.args if isinstance(argument, ast.Name)]
    parts = {name for each in above if split_of(each) is not None for name in assigned(each)}
    if not arrays or any(array.id in parts for array in arrays):
        return None
    first, last = arrays[0].id, arrays[-1].id
    pair = ("gate_ids", "_") if part % 2 == 0 else ("_", "gate_ids")
    left = ", ".join([*(ast.unparse(target) for target in targets), *pair])
    arguments = [*call.args, ast.Name("gate_ids"), *call.keywords]
    inside = ", ".join(ast.unparse(argument) for argument in arguments)
    whole = f"{ast.unparse(call.func)}({inside})"
    by_key = kept and key is not None and key.read is not None
    index = f"gate_ids.loc[{first}.index]" if by_key else f"{first}.index"
    lines = (
        f"gate_ids = {key.read if key and by_key else f'range(len({last}))'}",
        f'if hasattr({first}, "iloc"):',
        f"    gate_ids = list({index})",
        f"({left}) = {whole}" if len(left) > WIDTH // 2 else f"{left} = {whole}",
    )
    better = f"; {key} is better" if key else "; a key of the data is better"
    comment = (
        f"{key}. It stays when the features change."
        if key and by_key
        else _POSITION.format(better=better)
    )
    end = statement.end_lineno
    many = f"lines {statement.lineno} to {end}" if end != statement.lineno else f"line {end}"
    where = f"in place of {many}, the split" if numbered else "in place of the split"
    return IdLines(where, _LEAD + comment, lines, statement.col_offset)


def _as_read(
    above: Sequence[ast.Assign],
    used: Sequence[str],
    key: RawKey | None,
    *,
    pandas: bool,
    numbered: bool,
) -> IdLines | None:
    """Return the ids of test rows that no split in sight chose: their index, or a hash of what was read."""

    def of_test(statement: ast.Assign) -> str | None:
        return next((n for n in assigned(statement) if n in used and _TEST.search(n)), None)

    first = next(filter(of_test, above), None)
    if first is None:
        return None
    name = of_test(first)
    if pandas:
        lines = [
            f"gate_ids = pd.DataFrame({name})",
            "if isinstance(gate_ids.index, pd.RangeIndex):  # it counts these rows only",
            "    gate_ids = pd.util.hash_pandas_object(gate_ids, index=False)",
            '    gate_ids = gate_ids.map("x{:016x}".format)',
            "else:",
            "    gate_ids = list(gate_ids.index)",
        ]
    else:
        lines = [
            "gate_ids = []",
            f"for gate_row in np.asarray({name}):",
            "    gate_row = repr(np.asarray(gate_row).tolist()).encode()",
            '    gate_ids.append("x" + hashlib.sha256(gate_row).hexdigest()[:16])',
        ]
    better = str(key) if key else "a key of the data"
    comment = _AS_READ.format(better=better)
    if key is not None and key.frame == name:
        comment = f"{key}. It stays when the features change."
        lines = [f'gate_ids = list({name}["{key.column}"])']
        lines = [f"gate_ids = list({name}.index)"] if key.read is None else lines
    where = f"after line {first.end_lineno}" if numbered else f"below where {name} is read"
    return IdLines(where, _LEAD + comment, tuple(lines), first.col_offset)


def suggest(
    tree: Tree, script: str, table: PredictionsTable, keys: Sequence[RawKey]
) -> PastedLines | None:
    """Return the lines that add an id to a table of predictions which has none; None where that takes a reader.

    It is for scripts that write the table with pandas, in the order of the test rows.
    """
    file = table.path.rpartition("/")[2]
    for path, module in modules(tree, script):
        for place in places(module):
            if method(place) in ("to_csv", "to_parquet", "to_json") and file in file_names(
                place.call.args, module
            ):
                return _column(path, module, place, table, keys)
    return None


def _column(
    path: str, module: ast.Module, made: ScriptCall, table: PredictionsTable, keys: Sequence[RawKey]
) -> PastedLines | None:
    """Return the lines for the statement that writes the table."""
    assert isinstance(made.call.func, ast.Attribute)
    written, numbered = made.call.func.value, path.endswith(".py")
    if _OTHER_ORDER & {*_methods(module, made, written)}:
        return None
    ids = of_test_rows(module, made, keys, pandas=True, numbered=numbered)
    if ids is None:
        return None
    column = table.row_number or ("row_key" if "id" in table.columns else "id")
    statement = made.statement
    if isinstance(written, ast.Name):
        where = (
            f"above line {statement.lineno}" if numbered else f"above where {table.path} is written"
        )
        added = [f'{written.id}["{column}"] = list(gate_ids)']
    else:
        end = statement.end_lineno
        many = f"lines {statement.lineno} to {end}" if end != statement.lineno else f"line {end}"
        where = f"in place of {many}" if numbered else f"in place of what writes {table.path}"
        rest = ast.unparse(statement).replace(ast.unparse(made.call), "", 1)
        if rest.strip():
            return None
        arguments = ast.unparse(made.call).removeprefix(ast.unparse(written))
        added = [
            f"gate_table = {ast.unparse(written)}",
            f'gate_table["{column}"] = list(gate_ids)',
            f"gate_table{arguments}",
        ]
    then = "then `mlgate init --train`"
    lead = f"{table.path} has no id: add these lines to {path}, {where}"
    if ids.where is None:
        text = pasted(ids.comment, (), [*ids.lines, *added], statement.col_offset)
        return PastedLines(((f"{lead}, {then}", text),))
    return PastedLines(
        (
            (lead, pasted("The ids, for mlgate.", (), added, statement.col_offset)),
            (f"and these {ids.where}, {then}", pasted(ids.comment, (), ids.lines, ids.indent)),
        )
    )


def _methods(module: ast.Module, made: ScriptCall, written: ast.expr) -> Iterator[str]:
    """Yield the methods that are called on the table, or on its way to it."""
    expressions: list[ast.AST] = [written]
    if isinstance(written, ast.Name):
        expressions += [
            statement
            for scope, statement in statements(module)
            if scope is made.scope and statement.lineno < made.statement.lineno
            if written.id in names(statement)
        ]
    for expression in expressions:
        for node in ast.walk(expression):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield node.func.attr
