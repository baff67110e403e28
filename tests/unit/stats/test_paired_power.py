"""Rows for Tango's interval, against its exact power over all outcomes of the rows that differ."""

from __future__ import annotations

import pytest
from scipy import stats

from mlgate.stats.power import paired_rows, paired_smallest
from mlgate.stats.proportions import tango

SHARES = (0.01, 0.02, 0.05, 0.1, 0.2)


def exact_power(n: int, disagreement: float, margin: float) -> float:
    """Return how often a share that did not change is shown to have lost less than the margin."""
    differ, total = stats.binom(n, disagreement), 0.0
    for count in range(int(differ.ppf(1e-7)), int(differ.isf(1e-7)) + 1):
        low, high = -1, count  # the most that only the baseline has right
        while low < high:
            broken = (low + high + 1) // 2
            within = tango(count - broken, broken, n).lower > -margin
            low, high = (broken, high) if within else (low, broken - 1)
        total += float(differ.pmf(count) * stats.binom.cdf(low, count, 0.5))
    return total


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("margin", [0.05, 0.02, 0.01, 0.005])
def test_the_rows_that_docs_choosing_names_reach_the_power(share: float, margin: float) -> None:
    rows = paired_rows(share, margin)
    assert rows is not None
    if rows * share > 1_300:  # there the normal law holds, and the sum is long
        assert rows == pytest.approx(share * (2.4865 / margin) ** 2, rel=0.005)
        return
    assert 0.799 < exact_power(rows, share, margin) < 0.94


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("rows", [100, 300, 1_000])
def test_the_margins_that_docs_choosing_names_are_decided(rows: int, share: float) -> None:
    assert exact_power(rows, share, paired_smallest(share, rows)) > 0.785
    assert exact_power(rows, share, 0.9 * paired_smallest(share, rows)) < 0.81


def test_rows_and_margins_belong_together() -> None:
    assert paired_rows(0.05, paired_smallest(0.05, 2_000, power=0.9), power=0.9) == 2_000
    assert paired_rows(0.05, 0.0) is None
