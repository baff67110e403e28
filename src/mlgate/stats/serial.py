"""Whether neighbours in time are alike, so that rows are fewer than they seem.

The serial correlation of lag 1 is compared with its law where any order of the values is as likely
as any other: mean −1/n, variance 1/n (Wald & Wolfowitz 1943, Annals of Mathematical Statistics
14:378) and, of products of independent values, the skewness γ²/√n, γ that of the values. A gamma
law with these moments (Pearson's type III) stands for it, since errors may be few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SerialCorrelation:
    """The correlation of neighbours, and the chance of so much if there is none, one-sided."""

    value: float
    p: float

    @property
    def widening(self) -> float:
        """Return what the standard error of a mean is to be multiplied by.

        √((1 + ρ)/(1 − ρ)) where correlations fall off as ρᵏ, as in an autoregression of order 1
        (Bayley & Hammersley 1946, Supplement to the Journal of the Royal Statistical Society 8:184).
        """
        rho = min(max(self.value, 0.0), 0.99)
        return float(((1 + rho) / (1 - rho)) ** 0.5)


def lag_one(values: NDArray[np.float64], time: NDArray[np.float64]) -> SerialCorrelation | None:
    """Measure the serial correlation of lag 1; None where the values are all alike.

    Rows of one time have no order: for them the mean over all orders is taken, which makes the test
    conservative and the rows' order in their file irrelevant.

    Parameters
    ----------
    values, time
        Shape (n,).
    """
    import numpy as np

    n = len(values)
    by = np.argsort(time, kind="stable")
    starts = np.flatnonzero(np.diff(time[by], prepend=-np.inf))
    x = values[by] - values.mean()
    squares = float(np.dot(x, x))
    if n < 3 or squares <= 1e-12 * n * max(1.0, float(np.abs(values).max()) ** 2):
        return None
    sizes = np.diff(starts, append=n)
    sums = np.add.reduceat(x, starts)
    within = (sums**2 - np.add.reduceat(x**2, starts)) / sizes
    means = sums / sizes
    value = float(within.sum() + np.dot(means[1:], means[:-1])) / squares
    skewness = float((x**3).mean()) / (squares / n) ** 1.5
    return SerialCorrelation(value, _upper_tail((value + 1 / n) * n**0.5, skewness**2 / n**0.5))


def _upper_tail(z: float, skewness: float) -> float:
    """Return P(Z > z) of Pearson's type III with mean 0 and variance 1."""
    from scipy.special import gammaincc, ndtr

    if skewness < 1e-3:
        return float(ndtr(-z))
    shape = 4 / skewness**2
    return float(gammaincc(shape, max(shape + 2 * z / skewness, 0.0)))
