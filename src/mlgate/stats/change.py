"""Where a mean changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def split(values: NDArray[np.float64]) -> int:
    """Return the place of the most likely change of the mean: values before it, and from it on.

    The k that maximises k·(n − k)/n · (mean of the first k − mean of the rest)²: the likelihood
    ratio for a normal mean (Hawkins 1977, "Testing a sequence of observations for a shift in
    location"). At least one value lies on each side; n ≥ 2.
    """
    n = len(values)
    k = np.arange(1, n)
    excess = np.cumsum(values)[:-1] - k * values.mean()
    return int(np.argmax(excess**2 / (k * (n - k)))) + 1
