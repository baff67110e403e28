"""`imported`: What Evidently or Deepchecks found, read from their JSON."""
