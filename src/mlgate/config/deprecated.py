"""What mlgate.yaml may still hold for two minor versions, and how it is written now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.config import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.config.tree import Path, YamlTree

MINORS: Final = 2
"""For how many minor versions what is deprecated is read, with a warning."""


@dataclass(frozen=True, slots=True)
class Deprecated:
    """A value of a key that is written otherwise since a minor version.

    Attributes
    ----------
    since
        The first version that warns, as (major, minor).
    now
        The value to write, as YAML.
    """

    path: Path
    value: str
    now: str
    since: tuple[int, int]

    @property
    def gone(self) -> tuple[int, int]:
        """The first version that refuses it."""
        return self.since[0], self.since[1] + MINORS


ALL: Final = tuple(
    Deprecated(("predictions", "rows", "relabelled"), value, "0.02", (0, 1))
    for value in ("warn", "ignore")
)


def warnings(yaml: YamlTree) -> Iterator[str]:
    """Yield a sentence for each deprecated value, with its line."""
    for each in _present(yaml):
        key, (line, _) = tree.dotted(each.path), yaml.value(each.path)
        yield (
            f"{yaml.file}:{line}: {key}: {each.value} is deprecated, and refused from version "
            f"{'.'.join(map(str, each.gone))} on: write {each.now} (`mlgate config migrate` does)"
        )


def migrated(text: str, file: str) -> str:
    """Return the text of an mlgate.yaml as it is written now; everything else, comments too, stays.

    Raises
    ------
    ConfigError
        Where it is not YAML that can be read as a configuration.
    """
    yaml = tree.read(text, file)
    lines = text.splitlines(keepends=True)
    for each in _present(yaml):
        line, column = yaml.value(each.path)
        before, rest = lines[line - 1][: column - 1], lines[line - 1][column - 1 :]
        value = re.compile(rf"([\"']?){re.escape(each.value)}\1")
        lines[line - 1] = before + value.sub(each.now, rest, count=1)
    return "".join(lines)


def _present(yaml: YamlTree) -> Iterator[Deprecated]:
    for each in ALL:
        here: object = yaml.data
        for part in each.path:
            here = here.get(part) if isinstance(here, dict) else None
        if here == each.value:
            yield each
