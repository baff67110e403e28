"""A new version beside the running one, before it gets traffic: measured by `mlgate deploy`."""
