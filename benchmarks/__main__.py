"""`make bench`: every figure of the README, measured anew; results go to benchmarks/results/."""

from __future__ import annotations

import contextlib
import io
import os
import platform
import sys
from pathlib import Path

from benchmarks import (
    comment,
    data_diff_speed,
    drift_speed,
    estimate_coverage,
    fairness_calibration,
    fairness_speed,
    history,
    log_speed,
    metrics_speed,
    overhead,
    setup_cost,
    site_page,
    startup,
    stats_speed,
    two_jobs,
    whole_run,
)

RESULTS = Path(__file__).with_name("results")
ALL = {
    "startup": (startup.main, "Start-up: `mlgate --help`"),
    "whole_run": (whole_run.main, "`mlgate run` on 10,000 rows"),
    "metrics_speed": (metrics_speed.main, "Six paired metrics with intervals, computing only"),
    "overhead": (overhead.main, "`mlgate run` on examples/income over its training"),
    "setup_cost": (setup_cost.main, "The first step of a job: setting up"),
    "two_jobs": (two_jobs.main, "Two jobs over one: the sum of their steps"),
    "stats_speed": (stats_speed.main, "What each interval costs at a million rows"),
    "comment": (comment.main, "`mlgate comment` with 3 images, and `mlgate publish`"),
    "fairness_calibration": (fairness_calibration.main, "Fairness: do the bounds hold?"),
    "fairness_speed": (fairness_speed.main, "Rates, gaps and ratios of 40 groups, computing only"),
    "drift_speed": (drift_speed.main, "Drift: `mlgate run` against Evidently, pandas and scipy"),
    "data_diff_speed": (
        data_diff_speed.main,
        "`mlgate diff` of two million rows, against reading them",
    ),
    "log_speed": (log_speed.main, "Reading logs of Inspect, against parsing their JSON"),
    "estimate_coverage": (
        estimate_coverage.main,
        "What is expected without labels: does the interval hold?",
    ),
    "site_page": (site_page.main, "The page of ten thousand runs"),
    "history": (history.main, "Finding a baseline among 10 and among 10,000"),
}


def main() -> None:
    """Run all benchmarks, or those named."""
    RESULTS.mkdir(exist_ok=True)
    for name in sys.argv[1:] or ALL:
        run, title = ALL[name]
        out = io.StringIO()
        print(f"## {title}\n", flush=True)
        with contextlib.redirect_stdout(out):
            run()
        machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
        print(out.getvalue(), flush=True)
        text = f"# {title}\n\n`python -m benchmarks {name}`, {machine}\n\n{out.getvalue()}"
        (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
