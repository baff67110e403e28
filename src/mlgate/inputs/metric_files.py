"""Numbers that the training wrote, by dotted name: JSON, YAML, TOML or CSV."""

from __future__ import annotations

import csv
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlgate.errors import DataError
from mlgate.inputs.design import COURSE
from mlgate.inputs.paths import refuse_pointer, resolve, shown
from mlgate.model.inputs import LARGEST, Scalar
from mlgate.text import yaml
from mlgate.text.escape import encodable
from mlgate.text.json import TwiceError, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from mlgate.inputs.paths import Freshness

    _Value = str | tuple[float, ...]

_KEY = "metrics.files"
_LARGEST = 10_000_000
"""Bytes of a file."""
_MOST = 10_000
"""Numbers of a file, each of a list counted: judging and reporting them takes seconds."""
_PYTHON = "tag:yaml.org,2002:python/"


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

    Nested keys become dotted, and so do the names in a list of `{name, value}`; a list of numbers
    is one value a seed; truth values and null are skipped. Text, NaN and infinity are kept as what
    is wrong with a number, for who asks for it.

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
        For a file that is missing, empty, stale, a pointer or broken, or has a row an epoch.
    """
    by_file: dict[str, Mapping[str, Scalar]] = {}
    for pattern in files:
        for path in resolve(pattern, root, key=_KEY, top=top):
            name = shown(path, root)
            fresh.check(path, name, _KEY)
            by_file[name] = {
                key: _scalar(key, value, name) for key, value in _read(path, name, root).items()
            }
    return Scalars(by_file)


def _scalar(key: str, value: _Value, name: str) -> Scalar:
    if isinstance(value, str):
        text = f"{key!r} in {name} is the text {value[:60]!r}; write it as a number"
        return Scalar((), name, text)
    wrong = next((number for number in value if not abs(number) <= LARGEST), None)
    problem = None
    if wrong is not None:
        why = "it is too large" if math.isfinite(wrong) else "it is undefined"
        problem = f"{key!r} in {name} is {wrong}: {why}"
    return Scalar(value, name, problem)


def _read(path: Path, name: str, root: Path) -> dict[str, _Value]:
    if path.stat().st_size > _LARGEST:
        msg = f"{_KEY}: {name} is larger than {_LARGEST:,} bytes"
        raise DataError(
            msg, hint="write the numbers that a gate or the report needs, and no others"
        )
    raw = path.read_bytes()
    refuse_pointer(path, raw[:1024], root)
    try:
        text = raw.decode("utf-8-sig")
        if not text.strip():
            msg = f"{_KEY}: {name} is empty"
            raise DataError(msg, hint="did the training fail before it wrote its metrics?")
        numbers = _numbers(_parse(text, path.suffix.lower(), name), "")
        listed = [(encodable(key), value) for key, value in _few(numbers)]
        _hold_once(key for key, _ in listed)
    except RecursionError:
        raise DataError(f"{_KEY}: {name} cannot be read: it is nested too deeply") from None
    except (ValueError, OverflowError, csv.Error) as error:
        why, hint = _why(error)
        raise DataError(f"{_KEY}: {name} cannot be read: {why}", hint=hint) from None
    values = dict(listed)
    _refuse_steps(values, name)
    return values


def _few(numbers: Iterable[tuple[str, _Value]]) -> Iterator[tuple[str, _Value]]:
    count = 0
    for key, value in numbers:
        count += 1 if isinstance(value, str) else len(value)
        if count > _MOST:
            msg = (
                f"it holds more than {_MOST:,} numbers; write those that a gate or the report needs"
            )
            raise ValueError(msg)
        yield key, value


def _why(error: Exception) -> tuple[str, str | None]:
    """Return in words of our own why a file cannot be read, and what to do."""
    import tomllib

    text = " ".join(str(error).split())
    line = re.search(r"\bline:? (\d+)", text)
    where = f"line {line[1]} of it" if line else "it"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8", "write it as UTF-8"
    if _PYTHON in text:
        hint = "write numbers of NumPy as plain ones: float(x)"
        return f"{where} holds an object of Python", hint
    forms = {json.JSONDecodeError: "JSON", tomllib.TOMLDecodeError: "TOML", yaml.YamlError: "YAML"}
    form = forms.get(type(error))
    if form is not None:
        return f"{where} is no valid {form}", None
    return f"it {text}" if isinstance(error, TwiceError) else text[:300], None


def _refuse_steps(values: Mapping[str, _Value], name: str) -> None:
    """Refuse a training's course: its rows are no seeds, and their mean is no result."""
    for key, steps in values.items():
        counts = not isinstance(steps, str) and len(steps) > 1 and list(steps) == sorted(set(steps))
        if key.rpartition(".")[2].lower() in COURSE and counts:
            msg = f"{_KEY}: {name} has a value for each {key!r}, and which one counts is not said"
            raise DataError(msg, hint="write the numbers of the model that is kept, and no others")


def _hold_once(names: Iterable[str]) -> None:
    """Refuse names that are there twice: which of their numbers counts is not ours to choose."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise TwiceError(twice[0])


def _parse(text: str, suffix: str, name: str) -> Any:
    if suffix == ".json":
        return load(text)
    if suffix == ".toml":
        import tomllib

        return tomllib.loads(text)
    if suffix in (".csv", ".tsv"):
        return _parse_csv(text, "\t" if suffix == ".tsv" else None)
    if suffix in (".yaml", ".yml"):
        return yaml.load(text)
    msg = f"{_KEY}: {name} is none of .json, .yaml, .toml and .csv"
    raise DataError(msg)


def _parse_csv(text: str, delimiter: str | None) -> dict[str, list[float] | str]:
    """Read names and values: in two columns, or as a row of names and a row of values a seed."""
    first = text.lstrip().splitlines()[0]
    guess = delimiter or max(",;\t", key=first.count)
    rows = [row for row in csv.reader(text.splitlines(), delimiter=guess) if row]
    names, *lines = rows
    if any(len(row) != len(names) for row in lines):
        msg = "its rows are not all of one length"
        raise ValueError(msg)
    _hold_once(name.strip() for name in names)
    if len(names) == 2 and (_number(names[1]) is not None or names[1].strip().lower() == "value"):
        return _two_columns(lines if _number(names[1]) is None else rows)
    columns = {name: [_number(row[i]) for row in lines] for i, name in enumerate(names)}
    return {
        name.strip(): _complete(name, values)
        if any(value is not None for value in values)
        else lines[0][i]
        for i, (name, values) in enumerate(columns.items())
        if lines
    }


def _two_columns(rows: Sequence[Sequence[str]]) -> dict[str, list[float] | str]:
    columns: dict[str, list[float] | str] = {}
    for name, text in rows:
        value, before = _number(text), columns.setdefault(name.strip(), [])
        if value is None or isinstance(before, str):
            columns[name.strip()] = before if isinstance(before, str) else text
        else:
            before.append(value)
    return columns


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


def _numbers(tree: Any, prefix: str) -> Iterator[tuple[str, _Value]]:
    """Return each number, list of numbers or text with its dotted name."""
    if isinstance(tree, list) and tree and all(map(_is_named, tree)):
        for entry in tree:
            yield from _numbers({entry["name"]: entry["value"]}, prefix)
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield from _numbers(value, f"{prefix}.{key}" if prefix else str(key))
    elif prefix and _is_number(tree):
        yield prefix, (float(tree),)
    elif prefix and isinstance(tree, list) and tree and all(map(_is_number, tree)):
        yield prefix, tuple(map(float, tree))
    elif prefix and isinstance(tree, str):
        yield prefix, tree


def _is_named(entry: object) -> bool:
    """Whether an entry is a number with its name, as DVC, MLflow and Hugging Face write them."""
    return isinstance(entry, dict) and isinstance(entry.get("name"), str) and "value" in entry


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
