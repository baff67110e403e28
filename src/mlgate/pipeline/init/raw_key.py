"""The key that a training's data have: a column of ids, each of them once."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from mlgate.errors import MlgateError
from mlgate.pipeline.init import profile
from mlgate.pipeline.init.script_code import assigned, file_names, method, modules, places

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from mlgate.pipeline.init.script_code import ScriptCall
    from mlgate.pipeline.init.tree import Tree

READS: Final = ("read_csv", "read_table", "read_parquet")
"""The functions of pandas that read data."""
MAX_BYTES: Final = 300_000_000
"""Larger data are not searched for a key."""
_SUFFIXES: Final = (".csv", ".tsv", ".txt", ".data", ".parquet", ".pq")
_KEPT: Final = (
    "sep",
    "delimiter",
    "encoding",
    "skiprows",
    "nrows",
    "engine",
    "compression",
    "comment",
)
"""The arguments of these functions that say which rows are read, or how."""


@dataclass(frozen=True, slots=True)
class RawKey:
    """A column of the data that identifies each row.

    Attributes
    ----------
    file
        The data, relative to the folder of mlgate.yaml.
    read
        Code that reads the column; None where the data are read with it as their index.
    frame
        The variable that the data are read into; empty where there is none.
    """

    column: str
    file: str
    read: str | None
    frame: str

    def __str__(self) -> str:
        return f"{self.column} of {self.file}"


def find(tree: Tree, script: str, written: AbstractSet[str]) -> tuple[RawKey, ...]:
    """Return the keys of the data that a script, and what it imports, reads with pandas.

    Parameters
    ----------
    written
        What the training wrote: none of its data.
    """
    code = [module for _, module in modules(tree, script)]
    reads = [
        (module, place) for module in code for place in places(module) if method(place) in READS
    ]
    texts = {name for module in code for name in file_names([_all(module)], module)}
    data = [
        name
        for name in tree.files
        if PurePosixPath(name).name in texts
        and name not in written
        and name.lower().endswith(_SUFFIXES)
        and (tree.root / name).stat().st_size <= MAX_BYTES
    ]
    keys = (_key(tree, module, place, data, alone=len(reads) == 1) for module, place in reads)
    return tuple(dict.fromkeys(key for key in keys if key is not None))


def _all(module: ast.Module) -> ast.expr:
    """Return the code of a module as one expression, to walk."""
    return ast.Tuple([n for n in ast.walk(module) if isinstance(n, ast.Constant)])


def _key(
    tree: Tree, module: ast.Module, place: ScriptCall, data: Sequence[str], *, alone: bool
) -> RawKey | None:
    """Return the key of what a call reads; None where the data are not known, or have none."""
    read = file_names(place.call.args[:1], module)
    files = [name for name in data if PurePosixPath(name).name in read]
    files = files or (list(data) if alone else [])
    options = {keyword.arg: keyword.value for keyword in place.call.keywords}
    constant = all(isinstance(v, ast.Constant) for name, v in options.items() if name in _KEPT)
    if len(files) != 1 or not constant or {"names", "header"} & options.keys():
        return None
    [file] = files
    try:
        column = profile.key(tree.root / file, tree.root)
    except MlgateError:
        return None
    if column is None:
        return None
    index = options.get("index_col")
    if index is not None and ast.unparse(index) not in (repr(column), repr([column])):
        return None
    kept = "".join(f", {n}={ast.unparse(v)}" for n, v in options.items() if n in _KEPT)
    first = place.call.args[:1]
    literal = first and isinstance(first[0], ast.Constant) and str(first[0].value)
    code = f'{ast.unparse(place.call.func)}("{literal or file}"{kept})["{column}"]'
    statement = place.statement
    direct = isinstance(statement, ast.Assign) and statement.value is place.call
    frame = assigned(statement)[0] if direct and isinstance(statement, ast.Assign) else ""
    return RawKey(column, file, None if index is not None else code, frame)
