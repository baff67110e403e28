"""The errors that mlgate reports to its user, and their exit codes.

::

    MlgateError                 what happened, where, and what to do next
    ├── InputError       (2)  the user can fix it here and now
    │   ├── UsageError          the command line
    │   ├── ConfigError         mlgate.yaml: all of its problems at once
    │   ├── DataError           predictions, metric files, run directories
    │   │   └── MissingColumnError  a column that mlgate.yaml names is not there
    │   └── SecretInResultError a secret where a result would have to be changed to hide it
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
from typing import TYPE_CHECKING, ClassVar, Final, Literal, NamedTuple

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
    """A file that should hold data is missing, empty, of the wrong form or stale.

    Parameters
    ----------
    unquoted
        The message without anything that was read from the file; None where that is not known.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, unquoted: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.unquoted = unquoted

    def without_contents(self, names: Iterable[str]) -> DataError:
        """Return this error as it may be shown of files whose contents must not be."""
        if self.unquoted == self.message:
            return self
        if self.unquoted is not None:
            return DataError(self.unquoted, unquoted=self.unquoted)
        read = " or ".join(sorted(names))
        text = f"{read} cannot be used: what it holds is not what mlgate.yaml expects"
        return DataError(text, hint=_UNQUOTED, unquoted=text)


class MissingColumnError(DataError):
    """A table lacks a column that mlgate.yaml names."""


class UnlistedClassError(DataError):
    """Rows have a class that mlgate.yaml does not list."""


class UnlabelledError(DataError):
    """Rows have no label, and what is measured needs all of them."""


_UNQUOTED: Final = (
    "files outside of the repository are not quoted: `mlgate profile FILE -o profile.json`, run "
    "where the file is, describes it"
)


class SecretInResultError(InputError):
    """A secret is part of a name or a number, which `***` would change.

    Parameters
    ----------
    variable
        The environment variable that holds the secret.
    where
        What would have to be changed.
    """

    def __init__(self, variable: str, where: str) -> None:
        super().__init__(
            f"the value of the environment variable {variable} is also part of {where}; "
            "replacing it by *** would change the result",
            hint=f"give {variable} a value that occurs in no name and is no number, or do not "
            "give it to this job",
        )


class UnmergedError(DataError):
    """A setting is not to be trusted before it is merged.

    Parameters
    ----------
    what
        Which setting, and what it names.
    branch
        The judging branch.
    """

    def __init__(self, what: str, branch: str) -> None:
        text = f"{what}, and {branch}'s mlgate.yaml does not have the same value there"
        super().__init__(
            text,
            unquoted=text,
            hint=f"this works once it is merged into {branch}: until then anyone who opens a "
            "pull request could read a secret, or another file of this machine, by it",
        )


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
            unquoted=f"inputs not readable here: {why}",
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
    certain
        Whether the forge says so. To who may not see or change a thing it may also answer as if
        the thing did not exist.
    """

    def __init__(self, what: str, permission: Permission, *, certain: bool = True) -> None:
        self.what = what
        self.permission = permission
        self.certain = certain
        self.advice = "add this line to the job's `permissions:` in the workflow file:"
        missing = f"the permission `{permission}` is missing"
        reason = missing if certain else f"{missing}, or what it is for does not exist (HTTP 404)"
        super().__init__(
            f"this token may not {what}: {reason}",
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

    ordered = sorted(words)
    alike = [other for other in ordered if other.lower() == word.lower()]
    close = alike or difflib.get_close_matches(word, ordered, n=1, cutoff=cutoff)
    return close[0] if close else None
