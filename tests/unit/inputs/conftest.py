"""Files of predictions, written as people write them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mlgate.inputs import paths, predictions
from mlgate.inputs.predictions import Candidate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from mlgate.model.rows import Rows


@dataclass(frozen=True)
class Section:
    """`predictions` of mlgate.yaml."""

    path: str | None = "p.csv"
    reader: str | None = None
    id: str | Sequence[str] | None = "id"
    label: str = "y"
    prediction: str | None = "pred"
    score: str | Mapping[str, str] | None = None
    classes: Sequence[Any] | None = None
    unlabelled: bool = False
    positive_label: Any = None
    threshold: float = 0.5
    weight: str | None = None
    cluster: str | None = None
    time: str | None = None
    fold: str | None = None
    repeat: str | None = None
    errors: Any = None


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of the configuration, by its real name."""
    return tmp_path.resolve()


@pytest.fixture
def load(root: Path) -> Callable[..., Candidate]:
    """Write a file, if its text is given, and read it."""

    def read(task: str = "binary", text: str | None = None, **keys: Any) -> Candidate:
        options = {k: keys.pop(k) for k in ("values", "top", "named", "fresh") if k in keys}
        section = replace(Section(), **keys)
        if text is not None:
            assert section.path is not None
            (root / section.path).write_text(text, encoding="utf-8")
        options.setdefault("fresh", paths.ANY)
        return predictions.load(section, task, root, **options)  # type: ignore[arg-type]

    return read


@pytest.fixture
def make() -> Callable[..., Candidate]:
    """A candidate from arrays."""

    def build(rows: Rows, ids: Sequence[str]) -> Candidate:
        return Candidate(rows, np.array(ids, dtype=object), ("id",), ())

    return build
