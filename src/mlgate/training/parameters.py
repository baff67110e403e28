"""The training's parameters: read from the files that hold them, by dotted key."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

from mlgate.model.base import digest
from mlgate.training import dvc
from mlgate.training.digests import expand, printable, repository

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

DEFAULT: Final = "params.yaml"
"""Where DVC and many others keep them."""
MOST: Final = 1_000
"""Parameters that are recorded."""
LONGEST: Final = 200
"""Characters of a value that are recorded; of a longer one its digest, as half of a secret is not found."""


def read(patterns: Sequence[str] | None, root: Path) -> tuple[dict[str, str], list[str]]:
    """Return the parameters by dotted key, and what is wrong with the files that were named.

    Keys of other files than params.yaml begin with the file's name. Text stands as it is, everything
    else as JSON. A file outside of the repository is not quoted.

    Parameters
    ----------
    patterns
        Paths and globs; None for params.yaml where there is one.
    """
    values: dict[str, str] = {}
    problems: list[str] = []
    for pattern, paths in expand((DEFAULT,) if patterns is None else patterns, root).items():
        if not paths and patterns is not None:
            problems.append(f"{pattern} (train.params) did not exist when the training started.")
        for path in paths:
            held = _inside(root / path, root)
            name = printable(path)
            if held is None:
                problems.append(
                    f"{name} (train.params) cannot be read: no YAML, JSON or TOML of this repository."
                )
                continue
            start = "" if path == DEFAULT else f"{name}:"
            values |= {f"{start}{key}": value for key, value in _flat(held, "")}
    if len(values) > MOST:
        problems.append(
            f"train.params holds {len(values):,} parameters; the first {MOST:,} are recorded."
        )
    return dict(list(values.items())[:MOST]), problems


def _inside(path: Path, root: Path) -> Mapping[str, Any] | None:
    return dvc.load_parameters(path) if path.resolve().is_relative_to(repository(root)) else None


def _flat(held: Mapping[str, Any], start: str) -> Iterator[tuple[str, str]]:
    for key, value in held.items():
        name = f"{start}{key}"
        if isinstance(value, dict):
            yield from _flat(value, f"{name}.")
        else:
            text = _text(value)
            yield name, text if len(text) <= LONGEST else f"sha256:{digest(text)}"


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)
