"""Evidence × policy → verdict: pure functions, without files and without NumPy.

`judge` the run's verdict · `targets` which measurement a gate means · `rules` one rule against
one measurement · `regions` pass, fail or undecided on the number line · `reasons` and `words`
why, in a sentence · `waivers` which gates do not count · `headline` the run in one line.
"""
