"""Numbers that the training wrote, by dotted name: JSON, YAML, TOML or CSV."""

from __future__ import annotations

import csv
import json
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlgate.errors import DataError
from mlgate.inputs.paths import refuse_pointer, resolve, shown
from mlgate.model.inputs import Scalar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mlgate.inputs.paths import Freshness

_KEY = "metrics.files"


@dataclass(frozen=True, slots=True)
class Scalars(Mapping[str, Scalar]):
    """Numbers by name.

    A name that several files have is known as `file:name` only: to ask for the plain name
    is an error that tells the files. `file:name` works for every name.
    """

    by_file: Mapping[str, Mapping[str, Scalar]]

    def __getitem__(self, name: str) -> Scalar:
        """Return a number; raises KeyError where there is none, DataError where there are two."""
        files = self._files(name)
        if len(files) > 1:
            msg = f"the metric {name!r} is in {' and in '.join(files)}"
            raise DataError(msg, hint=f'tell them apart: "{files[0]}:{name}"')
        if files:
            return self.by_file[files[0]][name]
        for file, numbers in self.by_file.items():
            plain = name.removeprefix(f"{file}:")
            if plain != name and plain in numbers:
                return numbers[plain]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        """Return every name once: plain where one file has it, else with each file."""
        for file, numbers in self.by_file.items():
            for name in numbers:
                yield name if len(self._files(name)) == 1 else f"{file}:{name}"

    def __len__(self) -> int:
        """The number of numbers in all files."""
        return sum(len(numbers) for numbers in self.by_file.values())

    def _files(self, name: str) -> list[str]:
        return [file for file, numbers in self.by_file.items() if name in numbers]


def read(files: Sequence[str], root: Path, fresh: Freshness, *, top: Path | None = None) -> Scalars:
    """Read metric files.

    Nested keys become dotted; a list of numbers is one value a seed; text, truth values and
    null are skipped.

    Parameters
    ----------
    files
        Paths or globs (`metrics.files`).
    root, top
        The folders of the configuration and of the repository.
    fresh
        When the training started.

    Raises
    ------
    DataError
        For a file that is missing, empty, stale, a pointer or broken, and for NaN or infinity.
    """
    by_file: dict[str, Mapping[str, Scalar]] = {}
    for pattern in files:
        for path in resolve(pattern, root, key=_KEY, top=top):
            name = shown(path, root)
            fresh.check(path, name, _KEY)
            values = _read(path, name, root)
            by_file[name] = {key: Scalar(numbers, name) for key, numbers in values.items()}
    return Scalars(by_file)


def _read(path: Path, name: str, root: Path) -> dict[str, tuple[float, ...]]:
    raw = path.read_bytes()
    if not raw.strip():
        msg = f"{_KEY}: {name} is empty"
        raise DataError(msg, hint="did the training fail before it wrote its metrics?")
    refuse_pointer(path, raw[:1024], root)
    try:
        text = raw.decode("utf-8-sig")
        found = list(_numbers(_parse(text, path.suffix.lower(), name), ""))
    except (ValueError, OverflowError, _yaml_error()) as error:
        first = " ".join(str(error).split())[:300]
        msg = f"{_KEY}: {name} cannot be read: {first}"
        raise DataError(msg) from None
    return {key: _finite(key, numbers, name) for key, numbers in found}


def _yaml_error() -> type[Exception]:
    from ruamel.yaml.error import YAMLError

    return YAMLError


def _parse(text: str, suffix: str, name: str) -> Any:
    if suffix == ".json":
        return json.loads(text)
    if suffix == ".toml":
        return tomllib.loads(text)
    if suffix in (".csv", ".tsv"):
        return _parse_csv(text, "\t" if suffix == ".tsv" else None)
    if suffix in (".yaml", ".yml"):
        from ruamel.yaml import YAML

        return YAML(typ="safe", pure=True).load(text)
    msg = f"{_KEY}: {name} is none of .json, .yaml, .toml and .csv"
    raise DataError(msg)


def _parse_csv(text: str, delimiter: str | None) -> dict[str, list[float]]:
    """Read names and values: in two columns, or as a row of names and a row of values a seed."""
    first = text.lstrip().splitlines()[0]
    guess = delimiter or max(",;\t", key=first.count)
    rows = [row for row in csv.reader(text.splitlines(), delimiter=guess) if row]
    names, *lines = rows
    if any(len(row) != len(names) for row in lines):
        msg = "its rows are not all of one length"
        raise ValueError(msg)
    if len(names) == 2 and (_number(names[1]) is not None or names[1].strip().lower() == "value"):
        return _two_columns(lines if _number(names[1]) is None else rows)
    columns = {name: [_number(row[i]) for row in lines] for i, name in enumerate(names)}
    return {
        name.strip(): _complete(name, values)
        for name, values in columns.items()
        if any(value is not None for value in values)
    }


def _two_columns(rows: Sequence[Sequence[str]]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for name, text in rows:
        value = _number(text)
        if value is not None:
            found.setdefault(name.strip(), []).append(value)
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _complete(name: str, values: Sequence[float | None]) -> list[float]:
    numbers = [value for value in values if value is not None]
    if len(numbers) != len(values):
        row = list(values).index(None) + 1
        msg = f"column {name!r} has a number in some rows and none in row {row}"
        raise ValueError(msg)
    return numbers


def _numbers(tree: Any, prefix: str) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Return each number, or list of numbers, with its dotted name."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _numbers(value, f"{prefix}.{key}" if prefix else str(key))
    elif prefix and _is_number(tree):
        yield prefix, (float(tree),)
    elif prefix and isinstance(tree, list) and tree and all(map(_is_number, tree)):
        yield prefix, tuple(map(float, tree))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _finite(key: str, numbers: tuple[float, ...], name: str) -> tuple[float, ...]:
    for number in numbers:
        if not math.isfinite(number):
            msg = f"{_KEY}: {key!r} is {number} in {name}"
            raise DataError(msg, hint="write null where a number is undefined")
    return numbers
