"""coverage: a repository of tests, whose share of covered lines is the number to gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.pipeline.init.clues import Clue
from mlgate.pipeline.init.tree import mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree

FILE: Final = "tests.json"
NAME: Final = "lines_covered"
_COMMAND: Final = f'coverage run -m pytest && printf \'{{"{NAME}": %s}}\' "$(coverage report --format=total)" > {FILE}'
RANK: Final = 60
"""Behind everything that may train."""


def read(tree: Tree) -> Iterator[Clue]:
    """Yield the tests under coverage, where coverage is configured or was measured."""
    names = ("coverage.json", ".coveragerc", "coverage.xml")
    tool = "coverage" in mapping(tree.pyproject.get("tool"))
    name = next((name for name in names if (tree.root / name).is_file()), None)
    if name is not None or tool:
        reason = f"{name or 'pyproject.toml'} is of coverage, and nothing trains"
        yield Clue("train", _COMMAND, RANK, reason, needs="pip install coverage pytest")
