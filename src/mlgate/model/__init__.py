"""Frozen, typed, versioned data that the rooms hand to one another; no I/O.

`base` the common form · `metrics` what each metric is · `rows` predictions in memory ·
`evidence` what was measured · `policy` what is asked for · `run` which run this is ·
`verdict` what was decided.
"""
