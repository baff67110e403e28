"""GitHub: `event` reads what a workflow run knows; `connect` gives a `Forge` for its token."""
