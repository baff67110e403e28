"""A job that gives one line of numbers: a function with its arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.calibration.line import Line

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.calibration.line import Cell


@dataclass(frozen=True)
class Series:
    """One line: a function with its arguments, and words for the table.

    `id` is its anchor on the page and the root of its random numbers; lines with the same `stream`
    share theirs. `function` takes a generator, the repetitions and the arguments; it stands in a
    module, so that another process finds it.
    """

    id: str
    name: str
    function: Callable[..., tuple[Cell, ...]]
    arguments: tuple[Any, ...]
    repetitions: int
    stream: str = ""

    def run(self, seed: int) -> Line:
        """Simulate."""
        random = np.random.default_rng([seed, *(self.stream or self.id).encode()])
        return Line(self.id, (self.name, *self.function(random, self.repetitions, *self.arguments)))
