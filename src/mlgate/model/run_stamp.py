"""The order of the runs that write the same comment, check run or line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class RunStamp:
    """Which of two writers is the newer one: the run's id, then its attempt."""

    run: int
    attempt: int = 1
