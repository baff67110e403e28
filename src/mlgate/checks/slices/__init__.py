"""`slices`: Metrics of named parts of the test set, and their changes."""
