"""Do the intervals, tests and rules keep what they say? Simulated where the truth is known.

    make calibrate            (python -m benchmarks.calibration)

- `scene` and the modules of data (`rates`, `labels`, `scores`, `errors`, `groups`): where rows
  come from, and what the metrics' true values are. They know no interval.
- `measures`: hands rows to the objects with which `mlgate check compare` measures each metric.
- `judging`: how often bounds hold the truth, and what the real gates decide.
- `rules`: what becomes of many pull requests under a rule; `many`: many tests; `drifting`: drift;
  `fair`: groups. Their jobs are `series` of numbers.
- `cases`: what is simulated sample by sample. `families`: the tables. `targets`: what is asked.
- `tables`: the Markdown page; `explained`: why a target is missed, where one is.
"""
