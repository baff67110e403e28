"""Evidence × policy → verdict: pure functions, without files and without NumPy.

`judge` makes the run's verdict; `regions` decides pass, fail or undecided on the number line;
`reasons` writes the sentence that a reviewer reads, such as "worse than main by 1.9 points".
No check is known here by name: what each may add (`check_gate`) is handed to the judge.
"""
