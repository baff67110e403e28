"""`mlgate plan`: how many labelled rows the gates need, before anyone labels them.

`plan` all rules of the policies that judge · `known` what earlier runs measured · `rule` the
rows of one rule · `words` the plan as text.
"""
