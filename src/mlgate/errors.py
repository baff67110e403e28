"""The errors that mlgate reports to its user, and their exit codes.

::

    MlgateError                 what happened, where, and what to do next
    ├── InputError       (2)  the user can fix it here and now
    │   ├── UsageError          the command line
    │   ├── ConfigError         mlgate.yaml: all of its problems at once
    │   └── DataError           predictions, metric files, run directories
    ├── StoreError         (3)  the baseline store cannot be read or written
    │   └── GitError            git failed; with its own message (mlgate.git)
    └── ForgeError         (3)  the forge or the network, after retries
        ├── MissingTokenError       nothing opens the forge
        ├── MissingPermissionError  which one, and the YAML that grants it
        └── RateLimitedError        too many requests; until when

Verdicts are not errors: a blocked gate or a failed training is data and ends with
`ExitCode.BLOCKED`. Everything that is not a `MlgateError` is a bug (4).
`mlgate.cli.main` is the one place where this mapping happens.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence


Access = Literal["read", "write"]


class ExitCode(IntEnum):
    """The exit code of the process; the README documents them."""

    OK = 0
    BLOCKED = 1
    USAGE = 2
    FORGE = 3
    BUG = 4
    INTERRUPTED = 130
    TERMINATED = 143


class MlgateError(Exception):
    """A problem that is reported as a message, never as a stack trace.

    Parameters
    ----------
    message
        What is wrong and where, in one sentence or a short list.
    hint
        What to do next; printed on a line of its own.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Return message and hint as they are printed."""
        return self.message if self.hint is None else f"{self.message}\n  → {self.hint}"


class InputError(MlgateError):
    """The user can fix it: exit code 2."""


class UsageError(InputError):
    """The command line asks for something that cannot be done."""


class ConfigProblem(NamedTuple):
    """One thing that is wrong in a configuration file; line and column count from 1."""

    file: str
    line: int
    column: int
    key: str
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        """Return `file:line:column: key: message (hint)`, which editors turn into a link."""
        tail = f" ({self.hint})" if self.hint else ""
        key = f"{self.key}: " if self.key else ""
        return f"{self.file}:{self.line}:{self.column}: {key}{self.message}{tail}"


class ConfigError(InputError):
    """A configuration with one or more problems, all reported at once."""

    def __init__(self, problems: Sequence[ConfigProblem], *, hint: str | None = None) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems), hint=hint)


class DataError(InputError):
    """A file that should hold data is missing, empty, of the wrong form or stale."""


class UnreadableError(DataError):
    """An input outside the repository cannot be read here, most often for lack of a secret.

    Parameters
    ----------
    why
        What could not be read, without its address.
    hint
        What grants it.
    """

    def __init__(self, why: str, *, hint: str) -> None:
        super().__init__(
            f"inputs not readable here: {why}",
            hint=f"{hint}. Jobs of forks and of Dependabot get no secrets: a maintainer who has "
            "read the change recomputes it on a trusted ref (the merge queue, or a branch of this "
            "repository)",
        )


class StoreError(MlgateError):
    """The baseline store cannot be read or written."""

    exit_code: ClassVar[ExitCode] = ExitCode.FORGE


class ForgeError(MlgateError):
    """The forge refused or could not be reached, after retries."""

    exit_code: ClassVar[ExitCode] = ExitCode.FORGE


class MissingTokenError(ForgeError):
    """There is no token, so the forge can be neither read nor written."""


class Permission(NamedTuple):
    """What a token may do: a line of a workflow's `permissions:`, such as `checks: write`."""

    scope: str
    access: Access

    def __str__(self) -> str:
        """Write it as that line."""
        return f"{self.scope}: {self.access}"


class MissingPermissionError(ForgeError):
    """The token may not do this.

    Parameters
    ----------
    what
        What was refused, such as `post a comment`.
    permission
        What is missing.
    """

    def __init__(self, what: str, permission: Permission) -> None:
        self.what = what
        self.permission = permission
        self.advice = "add this line to the job's `permissions:` in the workflow file:"
        super().__init__(
            f"this token may not {what}: the permission `{permission}` is missing",
            hint=f"{self.advice}  {permission}",
        )


class RateLimitedError(ForgeError):
    """The forge asks to wait longer than we may; `until` is when it will answer again."""

    def __init__(self, message: str, *, until: dt.datetime | None, hint: str | None = None) -> None:
        self.until = until
        super().__init__(message, hint=hint)


def nearest(word: str, words: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the one of `words` that is spelt most like `word`, for the hint "did you mean"."""
    import difflib

    close = difflib.get_close_matches(word, sorted(words), n=1, cutoff=cutoff)
    return close[0] if close else None
