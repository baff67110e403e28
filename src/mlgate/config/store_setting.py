"""`baseline.store`, taken apart: the only place that knows how a kind of store is written.

`ref` alone, `NAME:ARGUMENT` for every other file in `stores/kinds/` (`branch:baselines`,
`s3://bucket`), and anything else is a folder. The kinds are found by their files' names, without importing any.
"""

from __future__ import annotations

import pkgutil
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from mlgate.text.lists import one_of

REF: Final = "ref"
FOLDER: Final = "folder"
_PREFIX: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_FORMS: Final = {"s3": "s3://BUCKET/PREFIX"}
"""Kinds that are written as an address."""
_EXAMPLES: Final = {"s3": "s3://my-bucket/mlgate"}
_KINDS: Final = Path(__file__).parents[1] / "stores" / "kinds"


@dataclass(frozen=True, slots=True)
class StoreSetting:
    """The kind of a store (a module in `stores/kinds/`), and what the setting says beside it."""

    kind: str
    argument: str

    @property
    def unbuilt(self) -> str | None:
        """The prefix of a folder that is written like a kind of store: `gs` of `gs://bucket`."""
        matched = _PREFIX.match(self.argument) if self.kind == FOLDER else None
        return matched[1] if matched else None


def parse(setting: str) -> StoreSetting:
    """Return what a setting means."""
    if setting == REF:
        return StoreSetting(REF, "")
    prefix, colon, argument = setting.partition(":")
    if colon and prefix in prefixes():
        return StoreSetting(prefix, argument.strip())
    return StoreSetting(FOLDER, setting)


@cache
def prefixes() -> frozenset[str]:
    """Return the kinds that are written with an argument: `branch` for `branch:NAME`."""
    names = {module.name for module in pkgutil.iter_modules([str(_KINDS)])}
    return frozenset(names - {REF, FOLDER})


def form(kind: str) -> str:
    """Return how a kind with an argument is written, by an example."""
    return _EXAMPLES.get(kind, f"{kind}:mlgate-baselines")


def forms() -> str:
    """Describe the settings that there are, for messages."""
    named = (_FORMS.get(prefix, f"{prefix}:NAME") for prefix in sorted(prefixes()))
    return one_of((REF, *named, "a folder"))
