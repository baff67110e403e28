"""Pydantic's errors in our own words, each with its key and the nearest valid one."""

from __future__ import annotations

import json
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel

from mlgate.config.tree import dotted
from mlgate.errors import nearest
from mlgate.text.lists import one_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic_core import ErrorDetails

    from mlgate.config.tree import Path

NOT_YET: Final[frozenset[Path]] = frozenset(
    {
        ("train", "reuse"),
    }
)
"""Reserved keys that this version does not support yet."""
UNBUILT: Final = "not supported by this version of mlgate"

_EXPECTED: Final = {
    "bool_type": "true or false",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text",
    "tuple_type": "a list",
    "dict_type": "keys (key: value)",
    "model_type": "keys (key: value)",
    "finite_number": "a finite number",
    "date_type": "a date such as 2027-01-31",
    "date_parsing": "a date such as 2027-01-31",
    "date_from_datetime_parsing": "a date such as 2027-01-31",
    "date_from_datetime_inexact": "a date such as 2027-01-31",
}
_LIMITS: Final = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_PATTERNS: Final = {
    "id_key": ("expected ${env:NAME}", "a secret must not be written in the file"),
    "custom": ("expected module:function", None),
    "pandera": ("expected module:Schema", None),
    "name": ("expected letters, digits, - and _, not beginning with a digit", None),
}


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """A problem with a key, before its line and column are known.

    Attributes
    ----------
    path
        The key that it is reported at.
    at_value
        Whether the value is wrong rather than the key.
    reads
        Further keys that it was concluded from: if one of them is wrong itself, this problem is
        not reported.
    """

    path: Path
    message: str
    hint: str | None = None
    at_value: bool = False
    reads: tuple[Path, ...] = ()


def got(value: object) -> str:
    """Describe a value: `the text 'abc'`."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {value if len(value) <= 40 else value[:39] + '…'!r}"
    return "a list" if isinstance(value, list) else "keys"


def key_problems(
    model: type[BaseModel],
    data: Mapping[str, Any],
    errors: Iterable[ErrorDetails],
    required: Mapping[Path, str],
) -> list[KeyProblem]:
    """Return pydantic's errors as problems, one for each key.

    `required` has the hint for where a key is missing.

    Where a key may have one of several types, pydantic reports an error for each; the deepest
    are those of the type that was meant.
    """
    by_path: dict[Path, list[ErrorDetails]] = {}
    for error in errors:
        by_path.setdefault(_path(error, data), []).append(error)
    deepest = [p for p in by_path if not any(o[: len(p)] == p and len(o) > len(p) for o in by_path)]
    return [_key_problem(model, path, by_path[path], required) for path in deepest]


def _path(error: ErrorDetails, data: Any) -> Path:
    """Return the path of an error in the data: its location without the names of types."""
    path: list[str | int] = []
    for part in error["loc"]:
        inside = isinstance(data, dict) and part in data
        inside |= isinstance(data, list) and isinstance(part, int) and part < len(data)
        if inside:
            data = data[part]
            path.append(part)
    if error["type"] == "missing":
        path.append(error["loc"][-1])
    return tuple(path)


def _key_problem(
    model: type[BaseModel], path: Path, errors: list[ErrorDetails], required: Mapping[Path, str]
) -> KeyProblem:
    first = errors[0]
    if first["type"] == "extra_forbidden":
        return _unknown(model, path)
    if first["type"] == "missing":
        return KeyProblem(path, "is missing", required.get(path))
    message, hint = _wrong(path, errors)
    return KeyProblem(path, message, hint, at_value=True)


def _unknown(model: type[BaseModel], path: Path) -> KeyProblem:
    if path in NOT_YET:
        return KeyProblem(path, UNBUILT, "remove it")
    key = str(path[-1])
    here = keys_at(model, path[:-1])
    close = nearest(key, here)
    if close is not None:
        return KeyProblem(path, "unknown key", f"did you mean {close}?")
    elsewhere = [p for p in all_keys(model) if p[-1] == key and p not in NOT_YET]
    if elsewhere:
        return KeyProblem(path, "unknown key here", f"did you mean {dotted(elsewhere[0])}?")
    return KeyProblem(path, "unknown key", f"known here: {', '.join(here)}" if here else None)


def _wrong(path: Path, errors: list[ErrorDetails]) -> tuple[str, str | None]:
    """Return what was expected and what the value is, with a hint.

    Where one of several types fits, its error counts and not those of the others.
    """
    first = next((error for error in errors if error["type"] not in _EXPECTED), errors[0])
    kind, value, context = first["type"], first["input"], first.get("ctx", {})
    if kind == "string_pattern_mismatch" or "id_key" in path:
        fallback = (f"does not have the form {context.get('pattern')}", None)
        return next((_PATTERNS[str(part)] for part in path if part in _PATTERNS), fallback)
    hint = None
    if kind in _EXPECTED:
        what = f"expected {one_of(dict.fromkeys(_EXPECTED[e['type']] for e in errors))}"
        hint = f"write [{value}]" if isinstance(value, str) and kind == "tuple_type" else None
    elif kind == "literal_error":
        words = _choices(context["expected"])
        close = None if str(value) in words else nearest(str(value), words)
        what, hint = f"expected {one_of(words)}", f"did you mean {close}?" if close else None
    elif kind in _LIMITS:
        name, relation = _LIMITS[kind]
        what = f"must be {relation} {context[name]:g}"
    elif kind in ("too_short", "string_too_short"):
        least = context["min_length"]
        return ("must not be empty" if least == 1 else f"needs at least {least} entries"), None
    else:
        what = str(context.get("error", first["msg"]))
    return f"{what}, got {got(value)}", hint


def _choices(expected: str) -> list[str]:
    """Return the values that pydantic lists as `'a', 'b' or 'c'`."""
    return [word.strip("'\"") for word in expected.replace(" or ", ", ").split(", ")]


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the models in a type, directly or in a mapping or list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (Annotated, Union, types.UnionType, dict, tuple):
        return [model for part in get_args(annotation) for model in models_in(part)]
    return []


def keys_at(model: type[BaseModel], path: Path) -> tuple[str, ...]:
    """Return the keys that are valid at a path; none where names are free."""
    here: list[type[BaseModel]] = [model]
    free = False
    for part in path:
        if free:
            free = False
            continue
        fields = {info.alias or name: info for name, info in here[0].model_fields.items()}
        if part not in fields:
            return ()
        annotation = fields[str(part)].annotation
        here = models_in(annotation)
        free = get_origin(annotation) in (dict, tuple)
        if not here:
            return ()
    fields = here[0].model_fields
    return () if free else tuple(info.alias or name for name, info in fields.items())


def all_keys(model: type[BaseModel], path: Path = ()) -> list[Path]:
    """Return the path of every fixed key."""
    paths: list[Path] = []
    for name, info in model.model_fields.items():
        here = (*path, info.alias or name)
        paths.append(here)
        if get_origin(info.annotation) not in (dict, tuple):
            paths += [key for inner in models_in(info.annotation) for key in all_keys(inner, here)]
    return paths
