"""mlgate.yaml becomes typed objects, or all of its problems at once, with line and column.

`schema` the keys, their types and defaults · `scalars` durations and labels · `tree` YAML text
with positions · `problems` what is wrong, in words · `rules` what keys mean together · `load`
the way from text to `Config` · `environ` `${env:NAME}` · `jsonschema` the schemas for editors ·
`scaffold` the files that `mlgate init` writes.
"""

from __future__ import annotations

from mlgate.config.environ import expand, masked
from mlgate.config.load import Loaded, load, load_policy, parse, parse_policy
from mlgate.config.schema import Config, Organisation, with_organisation

__all__ = [
    "Config",
    "Loaded",
    "Organisation",
    "expand",
    "load",
    "load_policy",
    "masked",
    "parse",
    "parse_policy",
    "with_organisation",
]
