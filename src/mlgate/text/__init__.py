"""Text that people read: one way to write and to escape it, for every room.

`number_format` numbers, counts and times · `lists` of names · `short` commits and digests ·
`escape` for Markdown and HTML · `terminal` for a terminal and a log.
"""
