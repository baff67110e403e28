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
from mlgate.checks.compare.families import Averaged, ByGroup, Calibrated, Errors, Quantile, Ranked
from mlgate.checks.compare.judged import OfJudge
from mlgate.checks.compare.seeds import Seeds
from mlgate.checks.compare.splits import Splits

if TYPE_CHECKING:
    from mlgate.checks.compare.families import Family, Linear, Unpaired
    from mlgate.checks.compare.pair import Pair
    from mlgate.metrics.spec import Values
    from mlgate.model.rows import Rows
    from mlgate.stats.estimate import Estimate


def suited(family: Linear | Custom | OfJudge, rows: Rows) -> Family:
    """Return the family for rows like these."""
    if isinstance(family, OfJudge):
        return family
    if rows.fold is not None:
        return Splits(family)
    if rows.repeat is not None and not _of_tasks(family):
        return Seeds(family)
    plain = rows.weight is None and rows.cluster is None
    if plain or isinstance(family, Custom | Errors | Calibrated | ByGroup | Quantile):
        return family
    return Designed(family)


def _of_tasks(family: Linear | Custom) -> bool:
    """Whether it counts tasks with their repetitions, which then are no seeds."""
    return isinstance(family, ByGroup) and family.method.by == "item"


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
        metric = self.family.influence(pair, "new")
        estimate = (auc.interval if ranked else influence.interval)(
            metric,
            confidence=pair.confidence,
            weights=pair.new.weight,
            clusters=pair.new.cluster,
        )
        return self._widened(estimate, metric.rows, pair, None)

    def baseline(self, pair: Pair) -> float | None:
        return self.family.influence(pair, "old").value

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        from mlgate.stats import auc, influence

        ranked = isinstance(self.family, Ranked)
        new, old = self.family.influence(pair, "new"), self.family.influence(pair, "old")
        estimate = (auc.contrast if ranked else influence.contrast)(
            new,
            old,
            factor=factor,
            confidence=pair.confidence,
            weights=pair.new.weight,
            clusters=pair.new.cluster,
        )
        return self._widened(estimate, new.rows - factor * old.rows, pair, factor)

    def _widened(
        self, estimate: Estimate, rows: Values, pair: Pair, factor: float | None
    ) -> Estimate:
        """Return a mean's estimate with what a row could have been, any other metric's as it is."""
        from mlgate.stats import bounded

        reach = self.family.reach(pair, factor) if isinstance(self.family, Averaged) else None
        if reach is None:
            return estimate
        return bounded.widened(
            estimate,
            rows,
            reach,
            weights=pair.new.weight,
            clusters=pair.new.cluster,
            confidence=pair.confidence,
        )
