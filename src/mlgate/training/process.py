"""Start the training's command, watch it, and end all of its processes.

The command runs in bash with the options of a `shell: bash` step of GitHub Actions (`-eo
pipefail`), so that a failing line or the first part of a pipe fails the training; where there
is no bash, in `sh -e`. It gets a session of its own and an empty standard input.
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

from mlgate.training.meter import ProcessMeter
from mlgate.training.tree import ProcessTree, adopting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import FrameType

    from mlgate.model.evidence import Resources
    from mlgate.training.output import Output

Stopped = Literal["timeout"] | signal.Signals | None

GRACE: Final = 10.0
LINGER: Final = 2.0
"""Seconds that a command's helpers (`> >(tee …)`) have to finish after the command itself."""
_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_POLL: Final = 0.02


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """How a command ended.

    `returncode` is negative for a signal, as in `subprocess`, and None for a process that could
    not be killed. `stopped` is what ended it: the time-out, or a signal to mlgate.
    """

    returncode: int | None
    resources: Resources | None
    stopped: Stopped = None
    failure: str | None = None
    """Why it could not be started at all."""


@dataclass(slots=True)
class Signals:
    """The signals that mlgate received; the first ends the training, the second kills it."""

    received: list[signal.Signals] = field(default_factory=list)

    def take(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Record the signal; a signal handler does nothing else."""
        self.received.append(signal.Signals(number))

    @contextlib.contextmanager
    def caught(self) -> Iterator[None]:
        """Catch Ctrl-C, SIGTERM and SIGHUP, unless they are ignored (nohup, background jobs).

        Only the main thread can; in other threads they have their usual effect.
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
    """Return the arguments that run a command line, with the shell on the user's PATH."""
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

    def run(self) -> ProcessResult:
        """Run the command; when this returns or raises, none of its processes is left."""
        with self.signals.caught(), adopting():
            tree = ProcessTree()
            meter = ProcessMeter(tree)
            try:
                process = self._start(tree)
            except OSError as error:
                return ProcessResult(
                    None, None, failure=f"it could not be started ({error.strerror})"
                )
            meter.start(process.pid)
            try:
                stopped = self._watch(process)
                meter.stop()
                self._finish(tree, stopped)
            except BaseException:
                meter.stop()
                tree.end(0, lambda: True)
                raise
            return ProcessResult(
                process.poll(),  # before the resources, which count only what was waited for
                meter.resources(),
                self.signals.received[0] if self.signals.received else stopped,
            )

    def _start(self, tree: ProcessTree) -> subprocess.Popen[bytes]:
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
            if self.signals.received:
                return self.signals.received[0]
            if deadline is not None and time.monotonic() >= deadline:
                return "timeout"
            time.sleep(pause)
            pause = min(2 * pause, _POLL)
        return None

    def _finish(self, tree: ProcessTree, stopped: Stopped) -> None:
        """End what runs: everything if the training was stopped, else what it left behind."""
        earlier = len(self.signals.received)
        if stopped is None and tree.wait(
            min(LINGER, self.grace), lambda: bool(self.signals.received)
        ):
            return
        if stopped is None:
            names = ", ".join(sorted(_name(process) for process in tree.alive()))
            self.output.say(f"[mlgate: ending what the training left running: {names}]")
        else:
            why = "time-out" if stopped == "timeout" else stopped.name
            self.output.say(f"[mlgate: {why}: ending the training]")
        if not tree.end(self.grace, lambda: len(self.signals.received) > earlier):
            self.output.say("[mlgate: some processes could not be ended]")


def _name(process: object) -> str:
    import psutil

    assert isinstance(process, psutil.Process)
    try:
        return f"{process.name()} ({process.pid})"
    except psutil.Error:
        return str(process.pid)
