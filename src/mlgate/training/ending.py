"""How a training ended, in the terms of its evidence."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from mlgate.training.process import ProcessResult

Status = Literal["ok", "failed", "timeout", "interrupted", "skipped"]

_CODES: Final = {
    126: ("it could not be executed (exit code 126)", "is the file executable?"),
    127: (
        "a command was not found (exit code 127)",
        "is it installed, and on the PATH of the training?",
    ),
}
_SIGNALS: Final = {
    "SIGKILL": "the system often does this when memory runs out",
    "SIGSEGV": "a crash in compiled code",
    "SIGBUS": "often a full /dev/shm or disk",
    "SIGPIPE": "the next part of a pipe stopped reading, and commands run with `pipefail`",
    "SIGILL": "a program built for another CPU",
}


@dataclass(frozen=True, slots=True)
class Ending:
    """The fields of `TrainEvidence` about how it ended.

    `cause` is what went wrong, None where nothing did, and `hint` what may be behind it.
    """

    status: Status
    exit_code: int | None
    signal: str | None
    cause: str | None
    hint: str | None = None

    @property
    def problem(self) -> str | None:
        """Cause and hint, in one sentence."""
        return f"{self.cause}: {self.hint}" if self.hint else self.cause


def ending(outcome: ProcessResult, timeout: float | None) -> Ending:
    """Describe how a command ended.

    A shell reports a command that a signal ended by the exit code 128 + its number; the result
    has both then.
    """
    number = _signal(outcome.returncode)
    code = outcome.returncode if outcome.returncode is None or outcome.returncode >= 0 else None
    if outcome.failure is not None:
        return Ending("failed", None, None, outcome.failure)
    if outcome.stopped == "timeout":
        assert timeout is not None
        why = f"it took longer than {duration(timeout)} (train.timeout) and was ended"
        return Ending("timeout", code, number, why)
    if outcome.stopped is not None:
        why = f"the training was interrupted by {outcome.stopped.name}"
        return Ending("interrupted", code, number, why)
    if code == 0:
        return Ending("ok", 0, None, None)
    return Ending("failed", code, number, *_failure(code, number))


def _signal(returncode: int | None) -> str | None:
    number = 0 if returncode is None else -returncode if returncode < 0 else returncode - 128
    return signal.Signals(number).name if number in {*signal.Signals} else None


def _failure(code: int | None, name: str | None) -> tuple[str, str | None]:
    if name is not None:
        shown = f" (exit code {code})" if code is not None else ""
        return f"it was ended by {name}{shown}", _SIGNALS.get(name)
    if code in _CODES:
        return _CODES[code]
    cause = "it ended in an unknown way" if code is None else f"it ended with exit code {code}"
    return cause, None


def duration(seconds: float) -> str:
    """Format a duration in up to three units: `45 s`, `3 min 12 s`, `2 h`."""
    if seconds < 59.95:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    parts = [(hours, "h"), (minutes, "min"), (0 if hours else rest, "s")]
    return " ".join(f"{value} {unit}" for value, unit in parts if value)
