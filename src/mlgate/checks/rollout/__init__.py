"""A canary against the stable version, from looks at production: measured by `mlgate rollout tick`."""
