"""Agreement beyond chance as smooth functions of a confusion matrix, with their derivatives.

With shares s of label × prediction, l and p the sums of its rows and columns:

    Matthews correlation = (Σ s_kk − Σ l_k p_k) / √((1 − Σ l_k²)(1 − Σ p_k²))
    Cohen's κ            = (Σ s_kk − Σ l_k p_k) / (1 − Σ l_k p_k)

Gorodkin (2004, Computational Biology and Chemistry 28:367); Cohen (1960, Educational and
Psychological Measurement 20:37).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mlgate.stats.confusion_delta import Point

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

_NOTHING: Final = 1e-12


def matthews(shares: Values) -> Point:
    """Return Matthews correlation of shares (K, K) of label × prediction."""
    labels, predicted = shares.sum(axis=1), shares.sum(axis=0)
    spreads = float(1 - labels @ labels), float(1 - predicted @ predicted)
    if min(spreads) < _NOTHING:
        return Point(0.0, np.zeros_like(shares), "all labels, or all predictions, are of one class")
    root = (spreads[0] * spreads[1]) ** 0.5
    value = float(np.trace(shares) - labels @ predicted) / root
    slopes = (np.eye(len(shares)) - predicted[:, None] - labels[None, :]) / root
    slopes += value * (labels[:, None] / spreads[0] + predicted[None, :] / spreads[1])
    return Point(value, slopes, None)


def kappa(shares: Values) -> Point:
    """Return Cohen's κ of shares (K, K) of label × prediction."""
    labels, predicted = shares.sum(axis=1), shares.sum(axis=0)
    beyond = float(1 - labels @ predicted)
    if beyond < _NOTHING:
        return Point(0.0, np.zeros_like(shares), "all labels and predictions are of one class")
    value = float(np.trace(shares) - labels @ predicted) / beyond
    chance = predicted[:, None] + labels[None, :]
    return Point(value, (np.eye(len(shares)) - (1 - value) * chance) / beyond, None)
