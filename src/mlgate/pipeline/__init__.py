"""The steps of a run, in order: prepare, train, check, gate, report.

`prepare` determines which run this is and which policies judge it · `run_inputs` hands inputs and
`baselines` to the checks · `measure`, `train` and `finish` write the run directory · `whole`
is `mlgate run`; `save_baseline` saves one · `planning`, `init` and `demo` serve the commands of
these names. The only room that knows all the others.
"""
