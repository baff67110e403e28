"""Tails of χ² and Kolmogorov's law against scipy.special, and without importing it."""

import math
import subprocess
import sys

import pytest
from scipy import special, stats

from mlgate.stats.tails import chi2_isf, chi2_sf, kolmogorov_sf, noncentrality

DEGREES = (1, 2, 3, 4, 7, 10, 49, 50, 999, 1_000, 40_001)


@pytest.mark.parametrize("df", DEGREES)
@pytest.mark.parametrize("deviations", [-20, -3, -0.5, 0, 1, 3, 8, 20, 50])
def test_the_tail_of_chi_squared(df: int, deviations: float) -> None:
    x = df + deviations * math.sqrt(2 * df)
    assert chi2_sf(df, x) == pytest.approx(special.chdtrc(df, max(x, 0.0)), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("df", DEGREES)
@pytest.mark.parametrize("level", [0.999, 0.5, 0.05, 1e-3, 1e-9, 1e-40])
def test_its_quantiles(df: int, level: float) -> None:
    assert chi2_isf(df, level) == pytest.approx(special.chdtri(df, level), rel=1e-10)


@pytest.mark.parametrize("df", DEGREES)
@pytest.mark.parametrize("level", [0.05, 1e-5])
def test_the_noncentrality_gives_the_power(df: int, level: float) -> None:
    critical = chi2_isf(df, level)
    excess = noncentrality(df, critical, 0.8)
    assert stats.ncx2.sf(critical, df, excess) == pytest.approx(0.8, abs=1e-8)


def test_what_is_exceeded_anyway_needs_no_noncentrality() -> None:
    assert noncentrality(3, 0.01, 0.8) == 0.0


@pytest.mark.parametrize("x", [0.0, 0.02, 0.029, 0.031, 0.2, 0.5, 0.999, 1.0, 1.5, 3.0, 12.0])
def test_the_tail_of_kolmogorovs_law(x: float) -> None:
    assert kolmogorov_sf(x) == pytest.approx(special.kolmogorov(x), rel=1e-12, abs=1e-15)


def test_scipy_is_not_imported() -> None:
    program = (
        "import sys, mlgate.stats.tails as t; t.chi2_isf(9, .05); sys.exit('scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
