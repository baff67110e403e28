"""`estimate`: How good the model is expected to be on rows without labels; only a warning."""
