"""Metrics over several seeds of one training, measured on the same test rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from mlgate.checks.compare.custom import Custom, replicates
from mlgate.checks.compare.families import Averaged, Ranked

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.compare.families import Linear, Unpaired
    from mlgate.checks.compare.pair import Pair, Which
    from mlgate.model.rows import Rows
    from mlgate.stats.estimate import Estimate

    Values = NDArray[np.float64]


class Rest(NamedTuple):
    """What the test rows add: a variance with its degrees of freedom, and what is wrong."""

    variance: float
    df: float
    insufficient: str | None


@dataclass(frozen=True, slots=True)
class Seeds:
    """The mean over seeds: Welch's t over them, with the variance of the test rows added.

    The test rows' part is that of each row's influence, averaged over the seeds of a side; of a
    user's function it is the variance of its mean over seeds when test rows are resampled.
    """

    family: Linear | Custom
    of: Literal["seeds"] = "seeds"

    @property
    def unpaired(self) -> Unpaired | None:
        return "variance"

    def values(self, pair: Pair, which: Which = "new") -> tuple[float | None, ...]:
        """Return the metric of each seed; None where it is undefined."""
        if isinstance(self.family, Custom):
            family = self.family
            return pair.once(
                ("seeds", self, which),
                lambda: tuple(family.value(part, which) for part, _ in _parts(pair)),
            )
        return tuple(self.family.influence(part, which).value for part, _ in _parts(pair))

    def own(self, pair: Pair) -> Estimate:
        from mlgate.stats.seeds import over_seeds

        values = self.values(pair)
        if None in values:
            return self._undefined(pair, values)
        rest = self._rest(pair, None)
        estimate = over_seeds(
            values,  # type: ignore[arg-type]
            test_variance=rest.variance,
            test_df=rest.df,
            n=_items(pair.new),
            confidence=pair.confidence,
        )
        return _with_remarks(estimate, pair, rest)

    def baseline(self, pair: Pair) -> float | None:
        values = self.values(pair, "old")
        return None if None in values else sum(values) / len(values)  # type: ignore[arg-type]

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        from mlgate.stats.seeds import welch_over_seeds

        new, old = self.values(pair), self.values(pair, "old")
        if None in (*new, *old):
            return self._undefined(pair, (*new, *old))
        rest = self._rest(pair, factor)
        estimate = welch_over_seeds(
            new,  # type: ignore[arg-type]
            old,  # type: ignore[arg-type]
            test_variance=rest.variance,
            test_df=rest.df,
            factor=factor,
            n=_items(pair.new),
            confidence=pair.confidence,
        )
        return _with_remarks(estimate, pair, rest)

    def _undefined(self, pair: Pair, values: Sequence[float | None]) -> Estimate:
        from mlgate.stats.estimate import undefined
        from mlgate.stats.seeds import SEEDS

        why = f"undefined for {sum(value is None for value in values)} seeds"
        return undefined(_items(pair.new), SEEDS, why)

    def _rest(self, pair: Pair, factor: float | None) -> Rest:
        """Return the test rows' part of the variance of new − factor × old; None: of new."""
        if isinstance(self.family, Custom):
            return _resampled(self.family, pair, factor)
        return _linear(self.family, pair, factor)


def _parts(pair: Pair) -> list[tuple[Pair, NDArray[np.intp]]]:
    """Return the rows of each seed, and their places."""
    import numpy as np

    assert pair.new.repeat is not None
    codes = pair.new.repeat.codes
    indices = {int(code): np.flatnonzero(codes == code) for code in np.unique(codes)}
    return [(pair.part(("seed", code), index), index) for code, index in indices.items()]


def _items(rows: Rows) -> int:
    import numpy as np

    assert rows.item is not None
    return len(np.unique(rows.item))


def _groups(rows: Rows) -> NDArray[Any]:
    """Return what varies together: the cluster of a row, else its id."""
    assert rows.item is not None
    return rows.item if rows.cluster is None else rows.cluster


def _linear(family: Linear, pair: Pair, factor: float | None) -> Rest:
    import numpy as np

    from mlgate.stats.influence import cluster_variance

    rows, parts = np.zeros(len(pair.new)), _parts(pair)
    turning, value, why = 0.0, 0.0, None
    for part, index in parts:
        new = family.influence(part, "new")
        change, turn, why = new.rows, math.sqrt(new.turning), why or new.insufficient
        value += (new.value or 0.0) / len(parts)
        limits = new.limits
        if factor is not None:
            old = family.influence(part, "old")
            change, why = change - factor * old.rows, why or old.insufficient
            turn = (turn + factor * math.sqrt(old.turning)) / 2
            value -= factor * (old.value or 0.0) / len(parts)
            limits = limits[0] - factor * limits[1], limits[1] - factor * limits[0]
        rows[index] = change / len(parts)
        turning += turn * turn / len(parts)
    worth = _units(pair.new)
    variance, _ = cluster_variance(rows, _groups(pair.new))
    turned = math.sqrt(turning)
    if turned and pair.new.cluster is not None:
        possible = max(limits[0], value - turned), min(limits[1], value + turned)
        variance = max(variance, _of_clusters(value, rows, possible, pair))
    elif turned:
        variance += _supposed(turning, worth.count, worth.df, pair.confidence)
    else:
        variance += _unseen(family, [part for part, _ in parts], factor, worth.df)
    return Rest(variance, worth.df, why or _why(pair.new))


def _unseen(family: Linear, parts: Sequence[Pair], factor: float | None, df: float) -> float:
    """Return how much larger a seed's variance is by the family's own bounds than by what its rows show.

    That is what rows could hide which the sample does not have (`bounded`, `auc`). It is the mean over seeds: such rows are
    nearly the same under each of them, and do not average out.
    """
    from mlgate.checks.compare.design import Designed
    from mlgate.stats.estimate import t_quantile
    from mlgate.stats.influence import cluster_variance
    from mlgate.stats.sums import dot

    if not isinstance(family, (Averaged, Ranked)):
        return 0.0
    rows = parts[0].new
    plain = rows.weight is None and rows.cluster is None
    bounding = family if plain else Designed(family)
    excess = 0.0
    for part in parts:
        estimate = bounding.own(part) if factor is None else bounding.contrast(part, factor)
        if estimate.value is None or estimate.lower is None or estimate.upper is None:
            continue
        psi = family.influence(part, "new").rows
        if factor is not None:
            psi = psi - factor * family.influence(part, "old").rows
        half = max(estimate.value - estimate.lower, estimate.upper - estimate.value)
        seen = dot(psi, psi) if plain else cluster_variance(psi, _groups(part.new))[0]
        excess += max((half / t_quantile(part.confidence, df)) ** 2 - seen, 0.0) / len(parts)
    return excess


def _supposed(turning: float, count: float, df: float, confidence: float) -> float:
    """Return the variance of z² supposed rows that turn; see `stats.influence.Influence.turning`."""
    from mlgate.stats.estimate import t_quantile

    if df <= 0 or count == 0:
        return 0.0
    return (t_quantile(confidence, df) / count) ** 2 * turning


def _of_clusters(value: float, rows: Values, possible: tuple[float, float], pair: Pair) -> float:
    """Return the variance of which Student's interval is as wide as the score bounds of the clusters."""
    import numpy as np

    from mlgate.stats.bounded import Reach, score_bounds_of_units
    from mlgate.stats.effective_n import by_unit
    from mlgate.stats.estimate import t_quantile

    clusters, weights = pair.new.cluster, pair.new.weight
    share = by_unit(np.ones(len(rows)) if weights is None else weights, clusters)
    if len(share) < 2:
        return math.inf
    reach = Reach(*possible, "range")
    score = score_bounds_of_units(
        value, by_unit(rows, clusters), share, reach, clustered=True, confidence=pair.confidence
    )
    half = max(value - score.lower, score.upper - value)
    return (half / t_quantile(pair.confidence, len(share) - 1)) ** 2


def _units(rows: Rows) -> Any:
    from mlgate.stats.effective_n import units

    return units(len(rows), rows.weight, _groups(rows))


def _why(rows: Rows) -> str | None:
    """Ids as clusters are no clusters: they need not be twenty."""
    return None if rows.cluster is None else _units(rows).insufficient


def _resampled(family: Custom, pair: Pair, factor: float | None) -> Rest:
    """Resample ids, or clusters, with all of their rows, under every seed at once."""
    draws = pair.once(("draws", family.name), lambda: _draw(family, pair))
    change = draws[0] if factor is None else draws[0] - factor * draws[1]
    defined = change[(change == change)]  # noqa: PLR0124  (NaN: undefined on a resample)
    why = _why(pair.new)
    if len(defined) < 0.9 * len(change):
        why = why or "undefined in over a tenth of the resamples"
    variance = float(defined.var(ddof=1)) if len(defined) > 1 else math.inf
    return Rest(variance, _units(pair.new).df, why)


def _draw(family: Custom, pair: Pair) -> list[Values]:
    """Return the mean over seeds of each side, shape (B,), under the same weights of ids."""
    import numpy as np

    from mlgate.progress import Silent
    from mlgate.stats.bootstrap import weights

    sides: list[Which] = ["new"] if pair.old is None else ["new", "old"]
    _, codes = np.unique(_groups(pair.new), return_inverse=True)
    count = replicates(len(pair.new))
    drawn: list[list[Values]] = [[] for _ in sides]
    parts = _parts(pair)
    for draw in weights(int(codes.max()) + 1, count, seed=pair.seed(family.name)):
        for side, values in zip(sides, drawn, strict=True):
            each = [
                np.array(family.function(part.side(side), draw[:, codes[index]], Silent()))
                for part, index in parts
            ]
            values.append(np.mean(each, axis=0))
    return [np.concatenate(values) for values in drawn]


def _with_remarks(estimate: Estimate, pair: Pair, rest: Rest) -> Estimate:
    from dataclasses import replace

    suffix = _suffix(pair.new)
    return replace(
        estimate,
        method=estimate.method + suffix,
        insufficient=estimate.insufficient or rest.insufficient,
    )


def _suffix(rows: Rows) -> str:
    weighted = "" if rows.weight is None else ", weighted"
    return weighted + ("" if rows.cluster is None else ", by cluster")
