"""What a run reads: predictions, metric files, the user's own metrics, git facts.

Everything that comes in is checked here, once; what leaves this room is typed and complete.
`paths` finds and recognises files · `tables` reads them with DuckDB ·
`predictions` makes rows of them · `baseline_rows` writes and reads those that a baseline keeps ·
`pairing` matches both by id · `metric_files` reads numbers that the training wrote ·
`custom` runs the user's own metrics in the user's Python.
"""
