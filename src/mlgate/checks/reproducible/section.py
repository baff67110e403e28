"""`reproducible:` how often `mlgate reproduce` trains; its gates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from mlgate.config.check_section import CheckSection
from mlgate.config.gate_rules import metric
from mlgate.metrics import canonical
from mlgate.model.base import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.config.check_section import GateEntry
    from mlgate.config.problems import KeyProblem

SHARES: Final = ("identical", "same_predictions")
"""Gates on the share of trainings; every other name is a metric's."""


class ReproducibleSection(Frozen):
    """Whether training a commit again gives the same model (`mlgate reproduce`). See [lineage.md](lineage.md#trained-again)."""

    times: Annotated[int, Field(ge=1, le=100)] = 1
    """How often `mlgate reproduce` trains, unless `--times` says otherwise."""


def gate_problems(gate: GateEntry) -> Iterator[KeyProblem]:
    """Check the name and the rules of a gate on a reproduction."""
    if gate.name in SHARES:
        yield from gate.only("min")
        return
    if gate.config is not None:
        yield from metric(gate.path, canonical(gate.name), gate.name, gate.config)
    yield from gate.only("max")


SECTION: Final = CheckSection(
    key="reproducible",
    model=ReproducibleSection,
    description="Whether training a commit again gives the same model (`mlgate reproduce`).",
    example="reproducible: {times: 3}",
    default=ReproducibleSection(),
    apart=True,
    canonical=canonical,
    gate_problems=gate_problems,
)
