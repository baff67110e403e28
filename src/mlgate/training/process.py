"""Starts the training's command, watches it, and ends all of it.

The command runs in bash with the options of a `shell: bash` step of GitHub Actions (`-eo
pipefail`), so that a failing line or the first part of a pipe fails the training; where there
is no bash, in `sh -e`. It has a session of its own, and nothing on its standard input.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from mlgate.training.meter import Meter
from mlgate.training.tree import Tree, adopting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import FrameType

    from mlgate.model.evidence import Resources
    from mlgate.training.output import Output

Stopped = Literal["timeout"] | signal.Signals | None

GRACE: Final = 10.0
LINGER: Final = 2.0
"""Seconds that a command's helpers (`> >(tee …)`) get to finish after the command itself."""
_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_POLL: Final = 0.02


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended.

    `returncode` is negative for a signal, as in `subprocess`, and None for a process that the
    kernel did not let go. `stopped` says who ended it: the time-out, or a signal to mlgate.
    """

    returncode: int | None
    resources: Resources | None
    stopped: Stopped = None
    failure: str | None = None
    """Why it could not be started at all."""


@dataclass(slots=True)
class Signals:
    """The signals that mlgate got; the first ends the training, the second ends the patience."""

    got: list[signal.Signals] = field(default_factory=list)

    def take(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Remember; a signal handler does nothing else."""
        self.got.append(signal.Signals(number))

    @contextlib.contextmanager
    def caught(self) -> Iterator[None]:
        """Catch Ctrl-C, SIGTERM and SIGHUP, unless they are ignored (nohup, background jobs).

        Only the main thread can; elsewhere they take their usual way.
        """
        before = {}
        if threading.current_thread() is threading.main_thread():
            for number in _STOPPING:
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    before[number] = signal.signal(number, self.take)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def shell(command: str, path: str | None) -> list[str]:
    """Give the arguments that run a command line, with the shell found on the user's PATH."""
    if bash := shutil.which("bash", path=path):
        return [bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", command]
    return [shutil.which("sh", path=path) or "/bin/sh", "-e", "-c", command]


@dataclass(slots=True)
class Running:
    """One command from start to end.

    Parameters
    ----------
    timeout
        Seconds, or None.
    grace
        Seconds between SIGTERM and SIGKILL.
    """

    command: str
    cwd: Path
    env: Mapping[str, str]
    output: Output
    timeout: float | None = None
    grace: float = GRACE
    signals: Signals = field(default_factory=Signals)

    def run(self) -> Outcome:
        """Run to the end; when this returns or raises, none of its processes is left."""
        with self.signals.caught(), adopting():
            tree = Tree()
            meter = Meter(tree)
            try:
                process = self._start(tree)
            except OSError as error:
                return Outcome(None, None, failure=f"it could not be started: {error.strerror}")
            meter.start(process.pid)
            try:
                stopped = self._watch(process)
                meter.stop()
                self._finish(tree, stopped)
            except BaseException:
                meter.stop()
                tree.end(0, lambda: True)
                raise
            return Outcome(
                process.poll(),  # before the resources: what was not waited for does not count
                meter.resources(),
                self.signals.got[0] if self.signals.got else stopped,
            )

    def _start(self, tree: Tree) -> subprocess.Popen[bytes]:
        reader, writer = os.pipe()
        try:
            process = subprocess.Popen(
                shell(self.command, self.env.get("PATH")),
                cwd=self.cwd,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=writer,
                start_new_session=True,
            )
        except BaseException:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        tree.main = process.pid
        self.output.start(reader)
        return process

    def _watch(self, process: subprocess.Popen[bytes]) -> Stopped:
        deadline = None if self.timeout is None else time.monotonic() + self.timeout
        pause = 0.001
        while process.poll() is None:
            if self.signals.got:
                return self.signals.got[0]
            if deadline is not None and time.monotonic() >= deadline:
                return "timeout"
            time.sleep(pause)
            pause = min(2 * pause, _POLL)
        return None

    def _finish(self, tree: Tree, stopped: Stopped) -> None:
        """End what runs: all of it when the training was stopped, else what it left behind."""
        known = len(self.signals.got)
        if stopped is None and tree.wait(min(LINGER, self.grace), lambda: bool(self.signals.got)):
            return
        if stopped is None:
            names = ", ".join(sorted(_name(process) for process in tree.alive()))
            self.output.say(f"[mlgate: ends what the training left running: {names}]")
        else:
            why = "time-out" if stopped == "timeout" else stopped.name
            self.output.say(f"[mlgate: {why}: ends the training]")
        if not tree.end(self.grace, lambda: len(self.signals.got) > known):
            self.output.say("[mlgate: some processes could not be ended]")


def _name(process: object) -> str:
    import psutil

    assert isinstance(process, psutil.Process)
    try:
        return f"{process.name()} ({process.pid})"
    except psutil.Error:
        return str(process.pid)
