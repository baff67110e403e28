"""All processes of the training, those that left its process group included.

A process can leave its group and session (`setsid`) and its parent (a double fork). On Linux
mlgate becomes a "child subreaper" (prctl(2)) while a training runs: whoever loses its parent
becomes mlgate's child instead of init's, so that descent finds everything. Elsewhere the
processes seen while the training ran are remembered.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psutil

_SET_SUBREAPER: Final = 36
_GET_SUBREAPER: Final = 37
_POLL: Final = 0.02
_UNKILLABLE_AFTER: Final = 5.0
"""Seconds after which a killed process counts as one that the kernel holds."""


@contextlib.contextmanager
def adopting() -> Iterator[None]:
    """Adopt orphaned descendants while inside; does nothing but on Linux."""
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


class Tree:
    """The training's processes: every child of this process that was not there before.

    Make it before the training starts; mlgate starts nothing else until it has ended.
    """

    def __init__(self) -> None:
        import psutil

        self._self = psutil.Process()
        self._before = set(self._self.children(recursive=True))
        self._known: set[psutil.Process] = set()
        self.main: int | None = None
        """The training's first process, which its `Popen` reaps."""

    def alive(self) -> list[psutil.Process]:
        """Give the processes that run; adopted ones that have ended are reaped."""
        found = {*self._known, *self._self.children(recursive=True)} - self._before
        if sys.platform != "linux":
            found.update(*map(_children, self._known))
        self._known = {process for process in found if self._runs(process)}
        return list(self._known)

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
            Whether to wait no longer (a second Ctrl-C).

        Returns
        -------
        bool
            Whether none is left.
        """
        self._signal(signal.SIGTERM, signal.SIGCONT)  # one that is stopped could not act on it
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
        """Signal all, parents first: one that ends in order must not find its workers killed."""
        import psutil

        for process in sorted(self.alive(), key=lambda one: (one.create_time(), one.pid)):
            for number in numbers:
                with contextlib.suppress(psutil.Error):
                    process.send_signal(number)


def _children(process: psutil.Process) -> list[psutil.Process]:
    import psutil

    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []
