"""The steps of each command, in order: prepare, train, measure, judge, report, publish.

The only room that knows all the others: it reads what they need and hands it to them.
"""
