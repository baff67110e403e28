"""The file that says which columns there should be and what they hold.

::

    version: 1
    columns:
      age: integer
      income: text

It is kept in the repository, so that a change of the data's form is reviewed like any other.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, get_args

from mlgate.errors import DataError
from mlgate.model.table import Stored
from mlgate.text import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_KINDS = get_args(Stored)


def read(path: Path, name: str) -> dict[str, Stored]:
    """Read the file; `name` is told in messages.

    Raises
    ------
    DataError
        When it is not there or is not of this form.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        msg = f"data.schema: there is no {name}"
        hint = f"`mlgate profile DATA --schema {name}` writes it from data that are right"
        raise DataError(msg, hint=hint) from None
    except (OSError, ValueError) as error:
        msg = f"data.schema: {name} cannot be read: {str(error).splitlines()[0]}"
        raise DataError(msg) from None
    columns = content.get("columns") if isinstance(content, dict) else None
    if not isinstance(columns, dict) or not columns or content.get("version") != 1:
        msg = f"data.schema: {name} is not of the form version: 1, columns: {{age: integer, …}}"
        raise DataError(msg)
    for column, kind in columns.items():
        if kind not in _KINDS:
            msg = f"data.schema: {name}: {column} cannot hold {kind!r}"
            raise DataError(msg, hint=f"one of {', '.join(_KINDS)}")
    return {str(column): kind for column, kind in columns.items()}


def text(kinds: Mapping[str, Stored]) -> str:
    """Return the text of such a file."""
    from ruamel.yaml import YAML

    out = io.StringIO()
    out.write("# What the columns hold; written by `mlgate profile --schema`, yours to edit.\n")
    columns = {_scalar(name): holds for name, holds in kinds.items()}
    YAML().dump({"version": 1, "columns": columns}, out)
    return out.getvalue()


def _scalar(name: str) -> str:
    """Quote a name with characters that YAML folds or cannot hold, such as line ends."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    return name if name.isprintable() else DoubleQuotedScalarString(name)
