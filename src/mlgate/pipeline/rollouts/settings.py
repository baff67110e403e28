"""What mlgate.yaml says of rollouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate import checks, config
from mlgate.checks.rollout.section import RolloutSection
from mlgate.errors import UsageError
from mlgate.pipeline.judging.place import find_config

if TYPE_CHECKING:
    from mlgate.config import Config
    from mlgate.pipeline.context import Context

CHECK: Final = "rollout"
"""The check that judges rollouts."""


def section_of(configuration: Config) -> RolloutSection:
    """Return the section `rollout`; raises `UsageError` where there is none."""
    section = configuration.section(RolloutSection)
    if section is None:
        raise UsageError("mlgate.yaml has no rollout", hint=checks.sections()[CHECK].example)
    return section


def section_and_limits(context: Context) -> tuple[RolloutSection, dict[str, float]]:
    """Return the section and the limits of its gates, by metric, from the file at hand."""
    path = find_config(context)
    loaded = config.load(path, checks.sections(), path.name).config
    gates = loaded.judging(CHECK).gates
    limits = {
        name.partition(".")[2]: gate.max for name, gate in gates.items() if gate.max is not None
    }
    return section_of(loaded), limits
