"""What came of a pull request, as its author and a reviewer see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """The end of the required job, or the required status, with everything that is visible.

    Attributes
    ----------
    green
        Whether the pull request may be merged.
    code
        The exit code of the job that judges.
    verdict
        The verdict as the step's output names it; None where there is none.
    status
        The newest commit status `mlgate/NAME`; None where there is none.
    leaks
        Secrets that were found, and where.
    """

    green: bool
    code: int
    verdict: str | None
    status: str | None
    comments: tuple[str, ...]
    console: str
    leaks: tuple[str, ...]

    @property
    def crashed(self) -> bool:
        """Whether a job ended with a bug of mlgate's: never, whatever it is given."""
        return self.code == 4 or "this is a bug in mlgate" in self.console

    @property
    def summary(self) -> str:
        """One line."""
        said = [line for line in self.console.splitlines() if line.startswith(("Model", "mlgate:"))]
        return " · ".join(
            [f"exit {self.code}", self.verdict or "no verdict", *self.leaks, *said[-1:]]
        )

    def __str__(self) -> str:
        """All of it, for who reads why a row failed."""
        lines = [
            (
                f"green: {self.green}, exit code: {self.code}, verdict: {self.verdict}, "
                f"status: {self.status}"
            ),
            *(f"leak: {leak}" for leak in self.leaks),
            self.console[-3000:],
        ]
        return "\n".join(lines)


def step_outputs(path: Path) -> dict[str, str]:
    """Read a step's GITHUB_OUTPUT as the runner does."""
    if not path.is_file():
        return {}
    lines = iter(path.read_text(encoding="utf-8", errors="replace").splitlines())
    outputs = {}
    for line in lines:
        name, _, end = line.partition("<<")
        outputs[name] = "\n".join(iter(lambda end=end: next(lines, end), end))  # type: ignore[misc]
    return outputs
