"""Sections of mlgate.yaml that have checks of their own; `schema` puts them together."""
