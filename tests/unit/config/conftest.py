"""Reading configurations, and telling what is wrong with them."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from mlgate import checks, config
from mlgate.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgate.errors import ConfigProblem


@pytest.fixture
def problems() -> Callable[[str], list[ConfigProblem]]:
    """Give every problem of a text, in the order told."""

    def find(text: str) -> list[ConfigProblem]:
        with pytest.raises(ConfigError) as caught:
            config.parse(dedent(text), "mlgate.yaml", checks.sections())
        return list(caught.value.problems)

    return find


BASE = {
    "version": "version: 1\n",
    "task": "task: binary\n",
    "predictions": "predictions: {path: p.csv, id: id, label: y, prediction: p, score: s}\n",
    "gates": "gates: {accuracy: {max_regression: 0.01}}\n",
}


@pytest.fixture
def told(problems: Callable[[str], list[ConfigProblem]]) -> Callable[..., list[str]]:
    """Give the problems of a sound configuration with some sections replaced or added."""

    def find(**sections: str) -> list[str]:
        parts = {**BASE, **{name: text.rstrip() + "\n" for name, text in sections.items()}}
        return [
            f"{one.key}: {one.message}" + (f" ({one.hint})" if one.hint else "")
            for one in problems("".join(parts.values()))
        ]

    return find


@pytest.fixture
def given() -> Callable[..., config.Config]:
    """Read a sound configuration with some sections replaced or added."""

    def read(**sections: str) -> config.Config:
        parts = {**BASE, **{name: text.rstrip() + "\n" for name, text in sections.items()}}
        return config.parse("".join(parts.values()), "mlgate.yaml", checks.sections()).config

    return read
