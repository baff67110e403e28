"""`compare`: Metrics of this commit's model, and their changes against main and the anchor."""
