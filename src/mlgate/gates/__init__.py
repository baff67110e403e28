"""Evidence × policy → verdict: pure functions, without files and without NumPy.

`judge` the run's verdict · `results` one policy's results · `locate` which measurement a gate
means · `rule` one rule of a gate · `decide` one rule against one measurement · `regions` pass,
fail or undecided on the number line · `reasons` why, in a sentence · `waivers` which
gates do not count · `wear` how worn the test set is · `headline` the run in one line.

No check is known here by name: `check_gate` is what each may add, and the judge gets it handed in.
"""
