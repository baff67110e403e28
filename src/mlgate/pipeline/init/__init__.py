"""`mlgate init`: look at a repository and write its first configuration and workflow.

`scaffold` the whole of it · `profile` what a file of predictions holds · `guess` which of its
columns is what.
"""
