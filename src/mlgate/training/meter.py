"""Measure the time, memory and number of processes of a training, sampled while it runs.

Samples are dense at first and a second apart later, and never cost more than a twentieth
of a core.

- CPU: what the kernel accounts for all descendants that were waited for (getrusage(2),
  RUSAGE_CHILDREN), however short-lived; or, if more, what the samples saw of processes
  that nobody waited for. Both are lower bounds, so the larger is used.
- Memory: the sum over all processes alive at once, at its highest. On Linux that is the
  proportional set size, in which pages shared by n processes count 1/n each, so that forked
  data loaders do not count their parent again; it never exceeds the resident set size, which
  is cheaper to read, so it is read only where that is above the highest so far. Elsewhere it is
  the resident set size. A peak of one process between two samples is known from ru_maxrss.
- Processes: the most alive at once.
"""

from __future__ import annotations

import contextlib
import resource
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import psutil

    from mlgate.model.evidence import Resources
    from mlgate.training.tree import ProcessTree

_SHORTEST: Final = 0.02
_LONGEST: Final = 1.0
_SHARE: Final = 20
"""Sampling takes at most one part in this many of a core's time."""
_DENSE: Final = 50
"""The interval grows with the training: one part in this many of the elapsed time."""
_MAXRSS_UNIT: Final = 1 if sys.platform == "darwin" else 1024


class ProcessMeter:
    """Samples a tree of processes in a thread between `start` and `stop`."""

    def __init__(self, tree: ProcessTree) -> None:
        self._tree = tree
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._cpu: dict[psutil.Process, float] = {}
        self._peak = 0
        self._processes = 1
        self._children = resource.getrusage(resource.RUSAGE_CHILDREN)
        self._began = time.monotonic()
        self._wall = 0.0

    def start(self, main: int) -> None:
        """Start sampling, with the first process; the clock runs since the meter was created."""
        import psutil

        with contextlib.suppress(psutil.Error):
            self._take([psutil.Process(main)])
        self._thread.start()

    def stop(self) -> None:
        """Stop sampling and the clock; calling it again has no effect."""
        if self._stop.is_set():
            return
        self._wall = time.monotonic() - self._began
        self._stop.set()
        self._thread.join()

    def resources(self) -> Resources:
        """Return what was used, once all processes have ended and were waited for."""
        from mlgate.model.evidence import Resources

        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        waited = now.ru_utime + now.ru_stime - self._children.ru_utime - self._children.ru_stime
        return Resources(
            wall=round(self._wall, 3),
            cpu=round(max(waited, sum(self._cpu.values())), 3),
            peak_memory=max(self._peak, self._largest(now.ru_maxrss)),
            processes=self._processes,
        )

    def _largest(self, maxrss: int) -> int:
        """Return the largest process's peak; 0 where it may be an earlier child's, or our own.

        A process starts as a copy of its parent, whose size counts as its own (exec_mmap in
        Linux's fs/exec.c keeps the high-water mark). For a command that ended before the first
        sample (a few milliseconds) this upper bound is the best estimate.
        """
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        certain = maxrss > max(own, self._children.ru_maxrss)
        return maxrss * _MAXRSS_UNIT if certain or not self._peak else 0

    def _sample(self) -> None:
        while True:
            began = time.thread_time()
            self._take(self._tree.sampled())
            cost = time.thread_time() - began  # CPU, not wall: a busy machine is no reason to wait
            interval = min(_LONGEST, (time.monotonic() - self._began) / _DENSE)
            if self._stop.wait(max(_SHORTEST, interval, _SHARE * cost)):
                return

    def _take(self, processes: list[psutil.Process]) -> None:
        resident = sum(map(self._resident, processes))
        if resident > self._peak:
            self._peak = max(self._peak, _proportional(processes) or resident)
        self._processes = max(self._processes, len(processes))

    def _resident(self, process: psutil.Process) -> int:
        import psutil

        try:
            with process.oneshot():
                times = process.cpu_times()
                self._cpu[process] = times.user + times.system
                return process.memory_info().rss
        except psutil.Error:
            return 0


def _proportional(processes: list[psutil.Process]) -> int | None:
    """Sum the proportional set sizes, in bytes; None where the kernel does not report them.

    They are read from /proc, since psutil's call is slower and was renamed between versions.
    """
    if len(processes) < 2:
        return None
    total = 0
    for process in processes:
        try:
            lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
        except FileNotFoundError:
            if sys.platform != "linux":
                return None
            continue  # it has ended in the meantime
        except ProcessLookupError:
            continue
        except OSError:
            return None
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    return total
