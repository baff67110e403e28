"""All processes of the training, including those that left its process group.

A process can leave its group and session (`setsid`) and its parent (a double fork). On Linux
mlgate becomes a "child subreaper" (prctl(2)) while a training runs: a process that loses its
parent becomes mlgate's child instead of init's, so that all are descendants. Elsewhere the
processes seen while the training ran are remembered.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import psutil

_SET_SUBREAPER: Final = 36
_GET_SUBREAPER: Final = 37
_POLL: Final = 0.02
_UNKILLABLE_AFTER: Final = 5.0
"""Seconds after which a killed process that still exists is given up."""


@contextlib.contextmanager
def adopting() -> Iterator[None]:
    """Adopt orphaned descendants while inside; on Linux only."""
    if sys.platform != "linux":
        yield
        return
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    before = ctypes.c_int(0)
    prctl(_GET_SUBREAPER, ctypes.byref(before), 0, 0, 0)
    prctl(_SET_SUBREAPER, ctypes.c_ulong(1), 0, 0, 0)
    try:
        yield
    finally:
        prctl(_SET_SUBREAPER, ctypes.c_ulong(before.value), 0, 0, 0)


@contextlib.contextmanager
def none_left() -> Iterator[None]:
    """Adopt orphaned descendants while inside; at the end kill all that began in the meantime.

    For commands of the author's that measuring starts, such as metrics of his own: none of their
    processes may see what is written afterwards.
    """
    with adopting():
        if not Path(f"/proc/self/task/{os.getpid()}/children").exists():
            tree = ProcessTree()
            try:
                yield
            finally:
                tree.end(0, lambda: True)
            return
        before = set(_descendants(os.getpid()))
        try:
            yield
        finally:
            _kill_rest(before)


def _kill_rest(before: set[int]) -> None:
    deadline = time.monotonic() + _UNKILLABLE_AFTER
    while time.monotonic() < deadline:
        rest = set(_descendants(os.getpid())) - before
        if not rest:
            return
        for pid in rest:
            with contextlib.suppress(OSError):  # it has ended, or is another's by now
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):  # it is no child of ours, yet
                os.waitpid(pid, os.WNOHANG)
        time.sleep(_POLL / 10)


class ProcessTree:
    """The training's processes: every descendant of this process that did not exist before.

    Create it before the training starts; mlgate starts nothing else until it has ended.
    """

    def __init__(self) -> None:
        import psutil

        self._self = psutil.Process()
        self._before = set(self._self.children(recursive=True))
        self._seen: set[psutil.Process] = set()
        self._lists_children = Path(f"/proc/self/task/{self._self.pid}/children").exists()
        self.main: int | None = None
        """The training's first process, which its `Popen` reaps."""

    def alive(self) -> list[psutil.Process]:
        """Return the running processes; adopted ones that have ended are reaped."""
        return self._running(self._self.children(recursive=True))

    def sampled(self) -> list[psutil.Process]:
        """Return the running processes, on Linux at a tenth of the cost; one may be missing.

        `alive` reads the state of every process of the machine. The kernel also lists the
        children of each thread, but may skip one while another ends (proc(5)).
        """
        import psutil

        if not self._lists_children:
            return self.alive()
        seen = {process.pid: process for process in self._seen}
        processes = []
        for pid in _descendants(self._self.pid):
            with contextlib.suppress(psutil.Error):
                processes.append(seen.get(pid) or psutil.Process(pid))
        return self._running(processes)

    def _running(self, listed: Iterable[psutil.Process]) -> list[psutil.Process]:
        processes = {*self._seen, *listed} - self._before
        if sys.platform != "linux":
            processes.update(*map(_children, self._seen))
        self._seen = {process for process in processes if self._runs(process)}
        return list(self._seen)

    def _runs(self, process: psutil.Process) -> bool:
        import psutil

        try:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                return True
            if process.pid != self.main and process.ppid() == self._self.pid:
                os.waitpid(process.pid, os.WNOHANG)
        except (psutil.Error, ChildProcessError):
            pass
        return False

    def end(self, grace: float, hurry: Callable[[], bool]) -> bool:
        """End all processes: SIGTERM, `grace` seconds to finish, then SIGKILL.

        Parameters
        ----------
        hurry
            Whether to stop waiting (a second Ctrl-C).

        Returns
        -------
        bool
            Whether none is left.
        """
        self._signal(signal.SIGTERM, signal.SIGCONT)  # a stopped process could not act on it
        if self.wait(grace, hurry):
            return True
        deadline = time.monotonic() + _UNKILLABLE_AFTER
        while time.monotonic() < deadline:
            self._signal(signal.SIGKILL)
            if self.wait(_POLL, lambda: False):
                return True
        return False

    def wait(self, seconds: float, hurry: Callable[[], bool]) -> bool:
        """Wait until none runs; False where some still do after `seconds`."""
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() >= deadline or hurry():
                return False
            time.sleep(_POLL)
        return True

    def _signal(self, *numbers: signal.Signals) -> None:
        """Signal all, parents first, so that a parent can end its workers in order."""
        import psutil

        for process in sorted(self.alive(), key=lambda p: (p.create_time(), p.pid)):
            for number in numbers:
                with contextlib.suppress(psutil.Error):
                    process.send_signal(number)


def _descendants(process: int) -> Iterator[int]:
    """Yield the ids of all descendants of a process, as the kernel lists them."""
    for thread in _threads(process):
        children = ""
        with contextlib.suppress(OSError):  # it has ended
            children = (thread / "children").read_text()
        for child in map(int, children.split()):
            yield child
            yield from _descendants(child)


def _threads(process: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{process}/task").iterdir())
    except OSError:
        return []


def _children(process: psutil.Process) -> list[psutil.Process]:
    import psutil

    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []
