"""Read mlgate.yaml into typed objects, or report all of its problems at once, with line and column.

No check is known here by name: its keys are handed in as a `check_section`. The schemas,
docs/configuration.md and the files that `mlgate init` writes are made from the same types.
"""

from __future__ import annotations

from mlgate.config.environ import describe_place, expand, leads_out, names
from mlgate.config.load import LoadedConfig, load, load_policy, parse, parse_policy, written_name
from mlgate.config.schema import Config, Organisation, with_organisation
from mlgate.config.tree import decode

__all__ = [
    "Config",
    "LoadedConfig",
    "Organisation",
    "decode",
    "describe_place",
    "expand",
    "leads_out",
    "load",
    "load_policy",
    "names",
    "parse",
    "parse_policy",
    "with_organisation",
    "written_name",
]
