"""Metrics over the splits of a cross-validation, or over repeated splits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from mlgate.checks.compare.custom import Custom

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.compare.families import Linear, Unpaired
    from mlgate.checks.compare.pair import Pair, Which
    from mlgate.model.rows import Rows
    from mlgate.stats.estimate import Estimate

SCATTERED = (
    "clusters are spread over training and test rows: put each one into one fold (GroupKFold)"
)


class Sizes(NamedTuple):
    """Rows of a split on average, and what is wrong with the splits."""

    train: int
    test: int
    insufficient: str | None


@dataclass(frozen=True, slots=True)
class Splits:
    """The mean over splits, each with its own model and test rows: Nadeau–Bengio's corrected t.

    A split's training rows are taken to be all ids that are not among its test rows.
    """

    family: Linear | Custom
    of: Literal["splits"] = "splits"

    @property
    def unpaired(self) -> Unpaired | None:
        return "variance"

    def values(self, pair: Pair, which: Which = "new") -> tuple[float | None, ...]:
        """Return the metric on each split; None where it is undefined there."""
        parts = _parts(pair)
        return pair.once(
            ("splits", self, which),
            lambda: tuple(_value(self.family, part, which) for part in parts),
        )

    def own(self, pair: Pair) -> Estimate:
        return _over(pair, self.values(pair))

    def baseline(self, pair: Pair) -> float | None:
        values = self.values(pair, "old")
        defined = [value for value in values if value is not None]
        return sum(defined) / len(values) if len(defined) == len(values) else None

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        sides = zip(self.values(pair), self.values(pair, "old"), strict=True)
        return _over(
            pair,
            tuple(None if None in (a, b) else a - factor * b for a, b in sides),  # type: ignore[operator]
        )


def _value(family: Linear | Custom, pair: Pair, which: Which) -> float | None:
    if isinstance(family, Custom):
        return family.value(pair, which)
    return family.influence(pair, which).value


def _over(pair: Pair, values: tuple[float | None, ...]) -> Estimate:
    from dataclasses import replace

    from mlgate.stats.estimate import undefined
    from mlgate.stats.seeds import SPLITS, nadeau_bengio

    sizes = pair.once("sizes", lambda: _sizes(pair.new))
    defined = [value for value in values if value is not None]
    if len(defined) < len(values):
        why = f"undefined on {len(values) - len(defined)} of {len(values)} splits"
        return undefined(len(pair.new), SPLITS, why)
    estimate = nadeau_bengio(
        defined, train_rows=sizes.train, test_rows=sizes.test, confidence=pair.confidence
    )
    n = len(pair.new)
    variance = estimate.row_variance
    if variance is not None:  # of a row of a split's test rows; here n counts those of all
        variance *= n / estimate.n
    return replace(
        estimate,
        n=n,
        row_variance=variance,
        insufficient=estimate.insufficient or sizes.insufficient,
    )


def _parts(pair: Pair) -> list[Pair]:
    """Return the rows of each split."""
    import numpy as np

    split = _split_of(pair.new)
    return [pair.part(("split", code), np.flatnonzero(split == code)) for code in np.unique(split)]


def _split_of(rows: Rows) -> NDArray[Any]:
    """Number the splits: the folds of each repetition."""
    assert rows.fold is not None
    codes = rows.fold.codes.astype("int64")
    if rows.repeat is not None:
        codes += rows.repeat.codes.astype("int64") * len(rows.fold.levels)
    return codes


def _sizes(rows: Rows) -> Sizes:
    import numpy as np

    assert rows.item is not None
    split = _split_of(rows)
    items = len(np.unique(rows.item))
    test = round(len(rows) / len(np.unique(split)))
    why = SCATTERED if _scattered(rows, split) else None
    return Sizes(max(items - test, 1), test, why)


def _scattered(rows: Rows, split: NDArray[np.int64]) -> bool:
    """Whether some split tests on a part of a cluster only: it was trained on the rest."""
    if rows.cluster is None:
        return False
    import numpy as np

    assert rows.item is not None
    whole = np.unique(np.stack([rows.cluster, rows.item]), axis=1)[0]
    sizes = np.bincount(whole)
    tested, counts = np.unique(np.stack([split, rows.cluster]), axis=1, return_counts=True)
    return bool((counts < sizes[tested[1]]).any())
