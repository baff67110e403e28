"""What a file of another tool says: read by `inputs/`, kept as evidence by the check `imported`."""

from __future__ import annotations

from typing import Literal

from mlgate.model.base import Frozen, Prose

Tool = Literal["Evidently", "Deepchecks"]
Status = Literal["pass", "fail", "warn", "error", "skipped"]
"""`warn`: it failed, and its author said that this only warns; `error`: the test itself failed."""
BROKEN: tuple[Status, ...] = ("fail", "error")


class ImportedTest(Frozen):
    """One test of the other tool with its own verdict and its own words."""

    name: str
    status: Status
    detail: Prose | None = None


class Imported(Frozen):
    """One file of another tool.

    Attributes
    ----------
    version, created
        Of the tool and of the result, if the file says.
    tests
        What it decided itself. Without any it only measured.
    numbers
        What it measured, by dotted name; None where it says NaN or infinite.
    left_out
        Numbers beyond the most that are kept of one file.
    older
        It was written before the training of this run began.
    """

    tool: Tool
    path: Prose
    version: str | None = None
    created: str | None = None
    tests: tuple[ImportedTest, ...] = ()
    numbers: dict[str, float | None] = {}
    left_out: int = 0
    older: bool = False

    def counted(self, *statuses: Status) -> int:
        """Count tests that ended so."""
        return sum(test.status in statuses for test in self.tests)

    @property
    def ran(self) -> int:
        """Tests that were not skipped."""
        return len(self.tests) - self.counted("skipped")
