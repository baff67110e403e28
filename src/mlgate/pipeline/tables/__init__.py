"""Tables that need no configuration and no repository: compare, diff, profile."""
