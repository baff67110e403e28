"""Registries: which versions of a model there are, and which of them an alias such as `prod` names."""
