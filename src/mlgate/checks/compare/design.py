"""Metrics of rows that are not simply n independent rows: weighted, in clusters, over fits.

`suited` gives a family that heeds what the rows say of themselves:

- weights or clusters: intervals from influence values (sandwich variance; Student's t with
  G − 1 degrees of freedom for G clusters); RMSE, R², calibration error and the user's functions
  heed both themselves, by resampling;
- repetitions (`repeat`): Welch's t over seeds, with the variance of the shared test rows added;
- folds (`fold`), also repeated: Nadeau–Bengio's corrected t over the splits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.checks.compare.custom import Custom
from mlgate.checks.compare.families import Calibrated, Errors, Ranked
from mlgate.checks.compare.seeds import Seeds
from mlgate.checks.compare.splits import Splits

if TYPE_CHECKING:
    from mlgate.checks.compare.families import Family, Linear, Unpaired
    from mlgate.checks.compare.pair import Pair
    from mlgate.model.rows import Rows
    from mlgate.stats.estimate import Estimate


def suited(family: Linear | Custom, rows: Rows) -> Family:
    """Return the family for rows like these."""
    if rows.fold is not None:
        return Splits(family)
    if rows.repeat is not None:
        return Seeds(family)
    plain = rows.weight is None and rows.cluster is None
    if plain or isinstance(family, Custom | Errors | Calibrated):
        return family
    return Designed(family)


@dataclass(frozen=True, slots=True)
class Designed:
    """A metric of weighted rows, or of rows in clusters, by its influence values."""

    family: Linear

    @property
    def unpaired(self) -> Unpaired | None:
        """By variances: counts say nothing of rows like these."""
        return None if self.family.unpaired is None else "variance"

    def own(self, pair: Pair) -> Estimate:
        from mlgate.stats import auc, influence

        ranked = isinstance(self.family, Ranked)
        return (auc.interval if ranked else influence.interval)(
            self.family.influence(pair, "new"),
            confidence=pair.confidence,
            weights=pair.new.weight,
            clusters=pair.new.cluster,
        )

    def baseline(self, pair: Pair) -> float | None:
        return self.family.influence(pair, "old").value

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        from mlgate.stats import influence

        return influence.contrast(
            self.family.influence(pair, "new"),
            self.family.influence(pair, "old"),
            factor=factor,
            confidence=pair.confidence,
            weights=pair.new.weight,
            clusters=pair.new.cluster,
        )
