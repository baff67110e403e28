"""Run another command of the user's like the training, such as one that writes a baseline.

It runs in the user's environment without CI secrets; its output is streamed and logged, and all
of its processes are ended.
"""

from __future__ import annotations

import shlex
import signal
from typing import TYPE_CHECKING, TextIO

from mlgate.outgoing import redactor
from mlgate.progress import PLAIN
from mlgate.redaction import secrets_in
from mlgate.training.ending import ending
from mlgate.training.output import Log, Output, Screen
from mlgate.training.process import GRACE, Running

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mlgate.progress import LogFormat
    from mlgate.training.ending import Ending


def each_seed(command: str, seeds: Sequence[int]) -> str:
    """Return a command that runs another once for each seed; the first that fails ends it."""
    numbers = " ".join(map(str, seeds))
    return f"for MLGATE_SEED in {numbers}; do\nexport MLGATE_SEED\n(\n{command}\n)\ndone"


def loading(command: str, python: str, functions: Mapping[str, str]) -> str:
    """Return a command that runs another and then loads artifacts, each by its `module:function`."""
    lines = [command]
    for path, function in functions.items():
        module, _, name = function.partition(":")
        code = f"from {module} import {name}; {name}({path!r})"
        lines.append(f"{python} -c {shlex.quote(code)}")
    return "\n".join(lines)


def help_out(
    command: str,
    cwd: Path,
    env: Mapping[str, str],
    log: Path,
    *,
    console: TextIO,
    log_format: LogFormat = PLAIN,
    grace: float = GRACE,
) -> Ending | None:
    """Run a command; return how it ended where something went wrong, or None.

    A signal to mlgate ends all of its processes and then takes its usual effect.
    """
    output = Output(
        Screen(console, log_format.quote), Log(log), redactor().knowing(secrets_in(env))
    )
    try:
        output.say(f"$ {command.rstrip()}")
        outcome = Running(command, cwd, env, output, grace=grace).run()
    finally:
        output.finish()
    if isinstance(outcome.stopped, signal.Signals):
        signal.raise_signal(outcome.stopped)
    ended = ending(outcome, None)
    return None if ended.cause is None else ended
