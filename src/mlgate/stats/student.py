"""Student's t, through scipy.special.

scipy.special costs .3 s to import (scipy.stats .6 s more), so it is loaded by the first call
and not by importing this room.
"""

from __future__ import annotations

import math


def t_quantile(probability: float, df: float) -> float:
    """Return t with P(T ≤ t) = `probability` for `df` > 0 degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(df, probability))


def t_p_value(statistic: float, df: float) -> float:
    """Two-sided p-value of a t statistic; an infinite statistic gives 0."""
    from scipy.special import stdtr

    return 0.0 if math.isinf(statistic) else float(2 * stdtr(df, -abs(statistic)))
