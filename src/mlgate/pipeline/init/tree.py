"""The files of a repository as `init` reads them: names, texts, and nothing that is run."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from mlgate.text.yaml import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_DEPTH: Final = 4
MAX_FILES: Final = 20_000
MAX_TEXT: Final = 2_000_000
SKIPPED: Final = frozenset({"node_modules", "__pycache__", "venv", "env", "site-packages", "tests"})


@dataclass(frozen=True)
class Tree:
    """The files below a folder, and those of the repository's top folder.

    Attributes
    ----------
    root
        The folder that mlgate.yaml is written to.
    top
        The repository's top folder.
    """

    root: Path
    top: Path

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Paths relative to `root`, the nearest first; no hidden folders, environments or tests."""
        return tuple(sorted(_walk(self.root), key=lambda name: (name.count("/"), name)))

    def named(self, *names: str) -> Iterator[str]:
        """Yield the files of some names, in the order of the names, the nearest first."""
        for name in names:
            yield from (path for path in self.files if PurePosixPath(path).name == name)

    def own(self, name: str) -> str | None:
        """Return the text of a file of `root` or, where it has none, of the top folder."""
        return self.text(name) or self.in_top(name)

    def in_top(self, name: str) -> str | None:
        """Return the text of a file by its path from the top folder; None where there is none."""
        return self._read(self.top / name)

    def text(self, path: str) -> str:
        """Return the text of a file; nothing where it is missing, too long or no text."""
        return self._read(self.root / path) or ""

    @cached_property
    def pyproject(self) -> Mapping[str, Any]:
        """The nearest pyproject.toml; empty where there is none that can be read."""
        try:
            return tomllib.loads(self.own("pyproject.toml") or "")
        except tomllib.TOMLDecodeError:
            return {}

    def yaml(self, path: str) -> Any:
        """Return what a YAML file holds; None where it cannot be read."""
        return yaml(self.text(path))

    @cached_property
    def workflows(self) -> Mapping[str, str]:
        """The texts of the repository's workflows on GitHub, but for those that run mlgate."""
        folder = self.top / ".github" / "workflows"
        files = sorted((*folder.glob("*.yml"), *folder.glob("*.yaml")))
        texts = {file.name: self._read(file) or "" for file in files}
        return {name: text for name, text in texts.items() if "mlgate" not in text}

    def _read(self, path: Path) -> str | None:
        try:
            if path.stat().st_size > MAX_TEXT:
                return None
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None


def yaml(text: str) -> Any:
    """Return what a text of YAML holds; None where it is not valid."""
    try:
        return load(text)
    except ValueError:
        return None


def mapping(value: object) -> Mapping[str, Any]:
    """Return a mapping as it is, anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def _walk(root: Path) -> Iterator[str]:
    seen = 0
    for folder, folders, names in os.walk(root):
        below = Path(folder).relative_to(root)
        folders[:] = sorted(
            name
            for name in folders
            if name[0] != "." and name not in SKIPPED and len(below.parts) < MAX_DEPTH
            if not (Path(folder) / name / "pyvenv.cfg").exists()
        )
        seen += len(names)
        if seen > MAX_FILES:
            return
        yield from ((below / name).as_posix() for name in sorted(names))
