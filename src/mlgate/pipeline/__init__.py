"""The steps of a run, in order: prepare, train, check, gate, report.

`prepare` finds out which run this is and which policies judge it · `sources` hands inputs and
baselines to the checks · `measure`, `train` and `finish` write the run directory · `whole`
is `mlgate run`; `keep` saves a baseline · `planning`, `init` and `demo` serve the commands of
these names. The only room that knows all the others.
"""
