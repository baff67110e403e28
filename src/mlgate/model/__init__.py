"""Frozen, typed, versioned data that the rooms hand to one another; no I/O.

What is kept in files (evidence, run record, verdict, ledger) is read by later versions too, so a
field is added with a default and never changes its meaning.
"""
