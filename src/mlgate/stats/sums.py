"""Sums over long columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def dot(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Σ aᵢbᵢ of two columns of shape (n,).

    Not `np.dot`: BLAS shares long columns out among threads, which spin for longer than they
    work, and whose number changes the last digits.
    """
    return float(np.einsum("i,i->", a, b))
