"""What a run reads: predictions, metric files, tables, the user's own metrics, git facts.

Everything that comes in is checked here, once; what leaves this room is typed and complete.
"""
