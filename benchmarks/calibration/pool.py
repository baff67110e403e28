"""Doing all jobs on all cores; the numbers depend on neither their order nor their number.

Not in `__main__`: a spawned process does not find what stands there.
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from benchmarks.calibration.judging import Case, simulate
from benchmarks.calibration.tables import line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.calibration.families import Family
    from benchmarks.calibration.line import Line
    from benchmarks.calibration.series import Series
    from benchmarks.calibration.targets import Targets

    Arguments = tuple[Case | Series, Targets, int]


def run(chosen: Sequence[Family], seed: int, workers: int) -> dict[str, list[Line]]:
    """Give the lines of each family by its key; the order of the work changes nothing."""
    jobs = [(family, job) for family in chosen for job in family.jobs]
    order = sorted(range(len(jobs)), key=lambda i: -_cost(jobs[i][1]))
    done: dict[int, Line] = {}
    arguments = [(jobs[i][1], jobs[i][0].targets, seed) for i in order]
    results = zip(order, _all(arguments, workers), strict=True)
    for count, (index, (found, seconds)) in enumerate(results, start=1):
        done[index] = found
        told = f"{count} of {len(jobs)}: {seconds:.1f} s, {found.name}"
        print(told, file=sys.stderr, flush=True)
    lines: dict[str, list[Line]] = {family.key: [] for family in chosen}
    for index, (family, _) in enumerate(jobs):
        lines[family.key].append(done[index])
    return lines


def _all(arguments: Sequence[Arguments], workers: int) -> Iterator[tuple[Line, float]]:
    if workers == 1:
        yield from map(_simulated, arguments)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(_simulated, arguments)


def quick(family: Family) -> Family:
    """A tenth of the repetitions, at most 1,000 rows: to see whether it runs."""
    jobs = tuple(
        dataclasses.replace(job, repetitions=max(1, job.repetitions // 10))
        for job in family.jobs
        if not (isinstance(job, Case) and job.n > 1_000)
    )
    return dataclasses.replace(family, jobs=jobs)


def _simulated(arguments: Arguments) -> tuple[Line, float]:
    job, targets, seed = arguments
    start = time.perf_counter()
    found = line(job, simulate(job, seed), targets) if isinstance(job, Case) else job.run(seed)
    return found, time.perf_counter() - start


def _cost(job: Case | Series) -> float:
    """About how long a job takes, so that long ones start first."""
    if not isinstance(job, Case):
        return job.repetitions * 5e4
    heavy = {"rmse": 2_000, "r2": 2_000, "q90": 20_000, "wape": 2_000, "ece": 100}
    return job.repetitions * job.n * (2 + len(job.decisions)) * heavy.get(job.metric, 1)
