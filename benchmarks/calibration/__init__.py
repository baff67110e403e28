"""Do the intervals, tests and rules keep what they say? Simulated where the truth is known.

    make calibrate            (python -m benchmarks.calibration)

- `scene` and the modules of data (`rates`, `labels`, `scores`, `errors`, `groups`): where rows
  come from, and what the metrics' true values are. They know no interval.
- `measures`: which function of `mlgate.stats` measures which metric.
- `judging`: how often bounds hold the truth, and what the real gates decide.
- `series`: what becomes of many pull requests under a rule.
- `cases`: the list of everything that is simulated. `targets`: what is asked of it.
- `tables`: the Markdown page; `explained`: why a target is missed, where one is.
"""
