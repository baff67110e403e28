"""Frozen, typed, versioned data that the rooms hand to one another; no I/O.

`base` the common form · `metrics` what each metric is · `rows` predictions in memory ·
`attributes` groups and slices of them · `evidence` what was measured · `kinds` the type of each
evidence file · `policy` what is asked for · `run` which run this is · `verdict` what was decided ·
`ledger` one line an evaluation.
"""
