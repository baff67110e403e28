"""`fairness`: Rates by group, the gaps between groups, and their changes against main."""
