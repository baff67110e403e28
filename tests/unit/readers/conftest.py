"""Files that the tools wrote themselves, with models that answer without a network.

Inspect 0.3.285 (`mockllm/model`; two tasks, two epochs, one sample that fails), promptfoo 0.121.20 (a
provider in JavaScript, `--repeat 2`), DeepEval 4.3.1 (a metric of its own), MLflow 3.17.2
(`genai.evaluate`, one scorer that fails once), lm-evaluation-harness (`--model dummy`). Kept as they
were written; long ones have fewer lines, and paths of the machine are taken out.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlgate.inputs.logs import FlatTables, flat_tables
from mlgate.inputs.tables import read_columns

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = Path(__file__).parent / "files"
Read = "Callable[..., FlatTables]"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A copy of all files."""
    return Path(shutil.copytree(FILES, tmp_path / "files"))


@pytest.fixture
def read(files: Path) -> Callable[..., FlatTables]:
    def reading(setting: str, *names: str) -> FlatTables:
        return flat_tables(setting, [files / name for name in names], files, "predictions.path")

    return reading


def column(tables: FlatTables, name: str, root: Path) -> list[float]:
    """Return a column of numbers, missing ones as NaN."""
    with read_columns(tables.tables, {name: "metrics.rows"}, root) as table:
        return list(table.optional_numbers(name))
