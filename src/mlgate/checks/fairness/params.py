"""What the configuration asks of the fairness check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.checks.fairness.metrics import FOUR_FIFTHS, RATES
from mlgate.checks.fairness.section import (
    AttributeSection,
    FairnessSection,
    GroupColumns,
)
from mlgate.metrics import contrast_factors
from mlgate.model.base import Frozen
from mlgate.model.policy import Target
from mlgate.model.rows import ROLES, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.config import Config
    from mlgate.model.attributes import AttributeSpec
    from mlgate.model.policy import Policy


class FairnessParams(Frozen):
    """Everything that `fairness` depends on beside its inputs.

    Attributes
    ----------
    columns
        How each column is read, sensitive ones and control columns.
    searched
        Likewise those over which slices that got worse are looked for.
    references
        The group that a column's others are compared with.
    rates
        Rates of single groups that gates name, such as `tpr[sex=Female]`.
    classes
        Gaps of single classes that gates name, such as `accuracy_difference[sex:setosa]`.
    factors
        Of each gated name and role: factors f for which candidate − f × baseline is needed.
    """

    groupings: tuple[GroupColumns, ...]
    columns: dict[str, AttributeSection]
    searched: dict[str, AttributeSection] = {}
    references: dict[str, str] = {}
    minimum: int = 30
    missing: float = 0.05
    suppress_below: int | None = None
    gated: tuple[str, ...] = ()
    factors: dict[str, dict[Role, tuple[float, ...]]] = {}
    confidence: float = 0.95

    def attributes(self) -> dict[str, AttributeSpec]:
        """Return the columns as `Inputs` reads them."""
        return {
            name: attribute.spec(name) for name, attribute in (self.searched | self.columns).items()
        }

    @property
    def search(self) -> tuple[str, ...]:
        """The columns that are searched."""
        return tuple(self.searched)

    def factors_of(self, key: str, role: Role) -> tuple[float, ...]:
        """Return the contrasts that gates need of one name."""
        return self.factors.get(key, {}).get(role, ())

    def rates(self) -> Iterator[tuple[str, str, str, str | None]]:
        """Yield the gated rates of single groups: name, grouping, group, class."""
        for name in self.gated:
            target = Target.parse(name)
            if target.name in RATES and target.level is not None:
                grouping, _, group = target.level.partition("=")
                group, colon, label = group.partition(":")
                yield target.name, grouping, group, label if colon else None

    def four_fifths(self) -> set[str]:
        """Return the groupings for which a gate names the four-fifths rule."""
        targets = [Target.parse(name) for name in self.gated]
        return {target.level for target in targets if target.name == FOUR_FIFTHS and target.level}

    def single_classes(self) -> Iterator[tuple[str, str, str]]:
        """Yield the gated gaps of single classes: name, grouping, class."""
        for name in self.gated:
            target = Target.parse(name)
            grouping, colon, label = (target.level or "").partition(":")
            if target.name not in RATES and colon:
                yield target.name, grouping, label


def params(config: Config) -> FairnessParams | None:
    """Return what a configuration asks for; None without a `fairness` section."""
    section = config.section(FairnessSection)
    if section is None:
        return None
    policy = config.judging()
    prefix = "fairness."
    gated = [name.removeprefix(prefix) for name in policy.gates if name.startswith(prefix)]
    return FairnessParams(
        groupings=section.groupings(),
        columns=section.attributes(),
        searched=section.searched(),
        references=_references(section),
        minimum=section.minimum,
        missing=section.missing,
        suppress_below=section.suppress_below,
        gated=tuple(gated),
        factors={
            name: factors_of_gate
            for name in gated
            if (factors_of_gate := _factors(prefix + name, policy))
        },
        confidence=policy.confidence,
    )


def _references(section: FairnessSection) -> dict[str, str]:
    references = {column: section.reference_of(column) for column in section.attributes()}
    sensitive = {column for grouping in section.groupings() for column in grouping.columns}
    return {column: group for column, group in references.items() if group and column in sensitive}


def _factors(gate: str, policy: Policy) -> dict[Role, tuple[float, ...]]:
    by_role = {role: contrast_factors(policy, gate, role) for role in ROLES}
    return {role: factors for role, factors in by_role.items() if factors}
