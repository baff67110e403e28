"""What a gap could show at best is the bound that `gaps` gives for equal rates."""

from __future__ import annotations

import numpy as np
import pytest

from mlgate.stats import gaps, score
from mlgate.stats.equal_groups import Kind, best_bound, rows_for
from mlgate.stats.groups import Measured


def measured(rate: float, sizes: tuple[int, int]) -> Measured:
    n = np.array(sizes, dtype=float)
    return Measured(
        np.full(2, rate),
        n,
        lambda tail: score.wilson_bounds(rate * n, n, tail),
        rate * (1 - rate) / n,
    )


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.5, 0.96])
@pytest.mark.parametrize("sizes", [(30, 30), (41, 900), (5_000, 120)])
def test_the_bound_is_that_of_the_gap(rate: float, sizes: tuple[int, int]) -> None:
    pairs = [~np.eye(2, dtype=bool)]
    difference = gaps.difference([measured(rate, sizes)], pairs)
    assert best_bound("difference", rate, sizes, 0.95) == pytest.approx(difference.upper)
    ratio = gaps.ratio([measured(rate, sizes)], pairs)
    assert best_bound("ratio", rate, sizes, 0.95) == pytest.approx(ratio.lower)


@pytest.mark.parametrize(("kind", "limit"), [("difference", 0.05), ("ratio", 0.8)])
def test_so_many_rows_suffice_and_one_fewer_does_not(kind: Kind, limit: float) -> None:
    needed = rows_for(kind, 0.3, (40, 400), limit, 0.95)
    assert needed is not None
    sign = 1 if kind == "difference" else -1
    enough, short = (
        best_bound(kind, 0.3, (max(40, n), max(400, n)), 0.95) for n in (needed, needed - 1)
    )
    assert sign * enough <= sign * limit < sign * short


def test_a_limit_of_no_gap_at_all_is_never_met() -> None:
    assert rows_for("difference", 0.3, (40, 400), 0.0, 0.95) is None
    assert rows_for("ratio", 0.3, (40, 400), 1.0, 0.95) is None
    assert rows_for("ratio", 0.0, (40, 400), 0.8, 0.95) is None
