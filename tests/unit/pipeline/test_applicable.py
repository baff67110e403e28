"""Patterns of `when.paths`."""

from __future__ import annotations

import pytest

from mlgate.pipeline.applicable import matches


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("**", "a/b/c.py", True),
        ("*.py", "train.py", True),
        ("*.py", "src/train.py", False),
        ("**/*.py", "train.py", True),
        ("**/*.py", "src/deep/train.py", True),
        ("src/", "src/deep/train.py", True),
        ("src/", "srcs/train.py", False),
        ("src/**", "src/a", True),
        ("data/*.csv", "data/x.csv", True),
        ("data/*.csv", "data/deep/x.csv", False),
        ("train?.py", "train1.py", True),
        ("a.b", "axb", False),
        ("[ab].py", "a.py", False),
    ],
)
def test_pattern(pattern: str, path: str, expected: bool) -> None:
    assert matches([path], [pattern]) is expected


def test_patterns_are_relative_to_the_folder_of_the_configuration() -> None:
    assert matches(["models/churn/train.py"], ["*.py"], "models/churn")
    assert not matches(["train.py"], ["*.py"], "models/churn")


def test_parent_folders_reach_shared_code() -> None:
    assert matches(["models/shared/x.py"], ["../shared/**"], "models/churn")


def test_any_path_and_any_pattern_is_enough() -> None:
    assert matches(["README.md", "train.py"], ["docs/**", "*.py"])
    assert not matches([], ["**"])
