from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from mlgate.errors import DataError
from mlgate.inputs.paths import ANY, Freshness

if TYPE_CHECKING:
    from pathlib import Path


def written(root: Path, at: float) -> Path:
    path = root / "p.csv"
    path.write_text("a\n1\n")
    os.utime(path, (at, at))
    return path


def test_a_file_of_before_the_training_is_refused_with_both_times(root: Path) -> None:
    path = written(root, 1_700_000_000.5)
    with pytest.raises(DataError) as e:
        Freshness(1_700_000_060.25, lambda _: False).check(path, "p.csv", "predictions.path")
    assert "predictions.path: p.csv was written at 2023-11-14 22:13:20.50 UTC" in str(e.value)
    assert "before this training started at 2023-11-14 22:14:20.25 UTC" in str(e.value)


def test_a_file_that_dvc_restored_is_taken(root: Path) -> None:
    path = written(root, 1_700_000_000.5)
    asked = []
    fresh = Freshness(1_700_000_060.25, lambda p: asked.append(p) is None)
    fresh.check(path, "p.csv", "k")
    assert asked == [path]


def test_a_file_written_right_after_the_start_is_taken(root: Path) -> None:
    started = time.time()
    (root / "p.csv").write_text("a\n")
    Freshness(started, lambda _: False).check(root / "p.csv", "p.csv", "k")


def test_whole_seconds_of_coarse_file_systems_are_forgiven(root: Path) -> None:
    path = written(root, 1_700_000_000)
    Freshness(1_700_000_000.9, lambda _: False).check(path, "p.csv", "k")
    with pytest.raises(DataError):
        Freshness(1_700_000_001.1, lambda _: False).check(path, "p.csv", "k")


def test_without_a_training_any_file_is_right(root: Path) -> None:
    ANY.check(written(root, 1.5), "p.csv", "k")
