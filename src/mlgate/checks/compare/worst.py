"""What stays of a loss without the rows on which the candidate does worst: see `stats.worst_rows`.

For means of rows, RMSE, R² and WAPE, of rows that are no repetitions or folds. What divides is held at
that of all rows: without them it could be smaller, and the rest look worse.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from mlgate.checks.compare.design import Designed
from mlgate.checks.compare.families import Averaged, Errors
from mlgate.model.evidence import WithoutWorst

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.compare.families import Family
    from mlgate.checks.compare.pair import Pair
    from mlgate.metrics.spec import Values
    from mlgate.model.metrics import Direction
    from mlgate.stats.bounded import Reach

    Positions = NDArray[np.intp]


class _Losses(NamedTuple):
    """Numbers of rows, more being worse; `back` turns a bound of their mean into the metric's own unit."""

    rows: Values
    back: Callable[[float], float]


def without_worst(
    family: Family, pair: Pair, factor: float | None, direction: Direction | None
) -> WithoutWorst | None:
    """Return the bound of the value (`factor` None) or of candidate − factor × baseline; None where they hide none."""
    import numpy as np

    from mlgate.stats import worst_rows
    from mlgate.stats.bounded import FEW
    from mlgate.stats.effective_n import by_unit, units

    inner = family.family if isinstance(family, Designed) else family
    if direction is None or not isinstance(inner, Averaged | Errors):
        return None
    if pair.new.repeat is not None or pair.new.fold is not None:
        return None
    weight, cluster = pair.new.weight, pair.new.cluster
    if units(len(pair.new), weight, cluster).insufficient:
        return None
    of = _of_means if isinstance(inner, Averaged) else _of_squares
    losses = of(inner, pair, factor, direction)  # type: ignore[arg-type]
    plain = weight is None and cluster is None
    numbers = by_unit(losses.rows if weight is None else weight * losses.rows, cluster)
    if not plain:
        numbers *= len(numbers) / float(len(losses.rows) if weight is None else weight.sum())
    changed = None
    if factor is not None:
        differs = _differs(inner, pair).astype(np.float64)
        changed = by_unit(differs, cluster) > 0

    lefts = []
    for kept in worst_rows.kept(numbers, confidence=pair.confidence):
        places = kept.places
        if changed is None or np.count_nonzero(changed[places]) >= FEW:
            family_of_rows = inner if plain else None
            reach = _reach(family_of_rows, pair, places, numbers[places], factor, direction)
            lefts.append(worst_rows.bounded(numbers, kept, reach, confidence=pair.confidence))
    without = max(lefts, key=lambda left: left.bound, default=None)
    if without is None or not math.isfinite(without.bound):
        return None
    return WithoutWorst(
        count=without.left_out,
        value=losses.back(without.value),
        bound=losses.back(without.bound),
        clusters=cluster is not None,
    )


def _of_means(family: Averaged, pair: Pair, factor: float | None, direction: Direction) -> _Losses:
    sign = 1.0 if direction == "lower" else -1.0
    numbers = family.held(pair, "new")
    if factor is not None:
        numbers = numbers - factor * family.held(pair, "old")
    return _Losses(sign * numbers, lambda bound: sign * bound)


def _of_squares(family: Errors, pair: Pair, factor: float | None, direction: Direction) -> _Losses:
    """RMSE by the squares under its root, R² by those over the labels' variance."""
    import numpy as np

    del direction
    rows = pair.new
    new = (rows.y_pred - rows.y_true) ** 2
    old = new * 0 if factor is None else (pair.other().y_pred - pair.other().y_true) ** 2
    share = 0.0 if factor is None else factor
    if family.statistic == "rmse":
        before = share * math.sqrt(float(np.average(old, weights=rows.weight)))
        return _Losses(
            new - share * share * old,
            lambda bound: math.sqrt(max(before * before + bound, 0.0)) - before,
        )
    centred = (rows.y_true - np.average(rows.y_true, weights=rows.weight)) ** 2
    spread = float(np.average(centred, weights=rows.weight)) or math.inf
    if factor is None:
        return _Losses(new / spread, lambda bound: 1 - bound)
    return _Losses((new - factor * old - (1 - factor) * centred) / spread, lambda bound: -bound)


def _differs(family: Averaged | Errors, pair: Pair) -> NDArray[np.bool_]:
    if isinstance(family, Averaged):
        new, old = family.held(pair, "new"), family.held(pair, "old")
    else:
        new, old = pair.new.y_pred, pair.other().y_pred
    differs: NDArray[np.bool_] = new != old
    return differs


def _reach(
    family: Averaged | Errors | None,
    pair: Pair,
    kept: Positions,
    losses: Values,
    factor: float | None,
    direction: Direction,
) -> Reach:
    """Return what one of these could have been, by what the rows that are left allow."""
    import numpy as np

    from mlgate.stats.bounded import Reach

    if isinstance(family, Averaged):
        allowed = family.reach(pair.part(("kept", len(kept), family), kept), factor)
        if allowed is not None and direction == "higher":
            return Reach(-allowed.high, -allowed.low, allowed.source)
        if allowed is not None:
            return allowed
    largest = 2 * float(np.abs(losses).max())
    return Reach(-largest, largest, "seen")
