"""`mlgate init`: look at a repository and write its first configuration and workflow.

`scaffold` the command · `profile` what a file of predictions holds · `guess` the roles of its
columns.
"""
