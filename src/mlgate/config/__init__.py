"""Read mlgate.yaml into typed objects, or report all of its problems at once, with line and column.

`schema` keys, types and defaults · `check_section` what each check adds · `scalars` durations,
labels and quoting · `tree` YAML with positions · `problems` pydantic's errors in our words ·
`rules` and `gate_rules` checks across keys · `load` from text to `Config` · `environ`
`${env:NAME}` · `jsonschema` and `reference` the schemas and docs/configuration.md · `scaffold` and
`workflow` the files that `mlgate init` writes.
"""

from __future__ import annotations

from mlgate.config.environ import expand, masked
from mlgate.config.load import LoadedConfig, load, load_policy, parse, parse_policy
from mlgate.config.schema import Config, Organisation, with_organisation

__all__ = [
    "Config",
    "LoadedConfig",
    "Organisation",
    "expand",
    "load",
    "load_policy",
    "masked",
    "parse",
    "parse_policy",
    "with_organisation",
]
