"""Drift: false alarms of whole reports, and whether what matters is found.

Columns go through the functions that the `drift` check uses for each column, its rule for all
of them together, and the gate `max_share`.
"""
