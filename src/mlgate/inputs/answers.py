"""What the author's code answers from a process of its own: input like any other, held to a form."""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from mlgate.errors import DataError

A = TypeVar("A", bound="WorkerAnswer")


class WorkerAnswer(BaseModel):
    """An answer, or why there is none."""

    model_config = ConfigDict(frozen=True, strict=True)

    problem: str | None = None
    traceback: str = ""

    def failure(self, lines: int) -> str | None:
        """Return the problem with the last lines of its traceback; None where there is none."""
        if self.problem is None:
            return None
        shown = self.traceback.rstrip().splitlines()[-lines:]
        return "\n".join([self.problem, *(f"    {line}" for line in shown)])


class MetricAnswer(WorkerAnswer):
    """What a custom metric gave; no number where it was asked for none."""

    value: float | None = None


class CheckAnswer(BaseModel):
    """One check of a suite; see `DataRuleResult`."""

    model_config = ConfigDict(frozen=True, strict=True)

    text: str
    broken: Annotated[int, Field(ge=0)] = 0
    of: int | None = None
    problem: str | None = None
    example: tuple[int, Any] | None = None


class SuiteAnswer(WorkerAnswer):
    """What a suite gave over its rows."""

    rows: Annotated[int, Field(ge=0)] = 0
    checks: dict[str, CheckAnswer] = {}


def read_answer(raw: bytes, form: type[A]) -> A:
    """Read JSON. Half a surrogate pair, as names of files may hold it, becomes a question mark.

    Raises
    ------
    DataError
        For whatever else than an answer it is.
    """
    try:
        text = json.dumps(json.loads(raw), ensure_ascii=False).encode("utf-8", "replace")
        return form.model_validate_json(text)
    except (ValueError, RecursionError):
        raise DataError(
            "its answer has not the form of one",
            hint="the author's code wrote it in the place of mlgate's worker",
        ) from None
