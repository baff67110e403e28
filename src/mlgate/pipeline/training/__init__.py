"""The author's code: running it, and what is done around it."""
