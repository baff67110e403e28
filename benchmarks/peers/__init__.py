"""The gates of other packages on the same rows as mlgate's, where the truth is known.

    python -m benchmarks.peers

- `scenes`: what is simulated; every gate judges the same arrays.
- `ours`: mlgate's answers, through the objects that measure and judge a run, and those of plain rules.
- `worker`: the other packages' answers; runs in each one's environment and imports nothing of this
  project.
- `page`: the tables in docs/peers.md, from benchmarks/results/peers.json.
"""
