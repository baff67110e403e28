"""The user's own metrics: Poisson bootstrap through the user's own Python."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.compare.families import Unpaired
    from mlgate.checks.compare.pair import Pair, Which
    from mlgate.model.inputs import CustomMetric
    from mlgate.progress import Progress, Step
    from mlgate.stats.bootstrap import Replicates
    from mlgate.stats.estimate import Estimate

REPLICATES: Final = 2_000
FEWEST: Final = 200
BUDGET: Final = 200_000_000
"""Replicates × rows that one side may cost; beyond it there are fewer replicates."""


def replicates(n: int) -> int:
    """Return how many replicates n rows get."""
    return min(REPLICATES, max(FEWEST, BUDGET // max(n, 1)))


@dataclass(frozen=True, slots=True)
class Custom:
    """A metric of which nothing is known but how to call it.

    `unpaired_because` says why it cannot be compared row by row.
    """

    name: str
    function: CustomMetric
    progress: Progress
    unpaired: Unpaired | None = None
    unpaired_because: str | None = None

    def own(self, pair: Pair) -> Estimate:
        """The candidate's value with percentile bounds."""
        from mlgate.stats import bootstrap

        return bootstrap.interval(self._of(pair), confidence=pair.confidence)

    def baseline(self, pair: Pair) -> float | None:
        """The baseline's value on the same rows."""
        return self._of(pair).old_value

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        """What candidate − factor × baseline is, under the same row weights."""
        from mlgate.stats import bootstrap

        return bootstrap.contrast(self._of(pair), factor=factor, confidence=pair.confidence)

    def value(self, pair: Pair, which: Which) -> float | None:
        """One side's value on the plain rows."""
        return self.function(pair.side(which), None, Silent())[0]

    def _of(self, pair: Pair) -> Replicates:
        return pair.once(("custom", self.name), lambda: self._resample(pair.in_order()))

    def _resample(self, pair: Pair) -> Replicates:
        """Evaluate both sides on the plain rows and under one set of weights."""
        import numpy as np

        from mlgate.stats.bootstrap import CHUNK, Replicates, weights
        from mlgate.stats.effective_n import units

        sides = [pair.new] if pair.old is None else [pair.new, pair.old]
        n, worth = len(pair.new), units(len(pair.new), pair.new.weight, pair.new.cluster)
        groups, rows = _drawn(pair)
        count = replicates(n)
        plain = [self.function(side, None, Silent())[0] for side in sides]
        draws: list[list[float]] = [[] for _ in sides]
        label = f"{self.name}: {count:,} resamples of {n:,} rows"
        with self.progress.step(label, count * len(sides)) as step:
            for part in weights(
                groups, count, seed=pair.seed(self.name), chunk=CHUNK * groups // n
            ):
                spread = part if rows is None else part[:, rows]
                for side, values in zip(sides, draws, strict=True):
                    values.extend(self.function(side, spread, _Within(step)))
        new, *old = (np.array(values, dtype=np.float64) for values in draws)
        remarks = (f"poisson bootstrap{worth.suffix}", worth.insufficient)
        if not old:
            return Replicates(n, plain[0], new, None, None, *remarks)
        return Replicates(n, plain[0], new, plain[1], old[0], *remarks)


def _drawn(pair: Pair) -> tuple[int, NDArray[np.intp] | None]:
    """Return how many units are drawn (rows, or clusters of rows), and the unit of each row."""
    if pair.new.cluster is None:
        return len(pair.new), None
    import numpy as np

    clusters, codes = np.unique(pair.new.cluster, return_inverse=True)
    return len(clusters), codes


@dataclass(frozen=True, slots=True)
class _Within:
    """Progress that continues a step under way in place of beginning its own."""

    outer: Step

    def line(self, text: str) -> None:
        """Ignore the line: the step shows progress."""

    @contextmanager
    def step(self, label: str, total: int) -> Iterator[Step]:  # noqa: ARG002
        """Yield the step under way."""
        yield self.outer

    @contextmanager
    def group(self, title: str) -> Iterator[None]:  # noqa: ARG002
        """Do nothing: the step shows progress."""
        yield
