"""`mlgate plan`: how many labelled rows the gates need, before anyone labels them.

`plan` all rules of all policies · `assumptions` values and variances, from earlier runs or usual
ones · `rule` the rows that one rule needs · `plan_text` the plan as text · `meter` the wear of
the test set.
"""
