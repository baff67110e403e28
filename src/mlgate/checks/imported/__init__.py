"""`imported`: What Evidently or Deepchecks found, taken over from their JSON."""
