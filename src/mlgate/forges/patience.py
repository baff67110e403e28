"""How long a client waits for its forge: the clock, the pauses, and the end of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class Patience:
    """Waits, and counts what it has waited; all of one client's calls share one.

    Parameters
    ----------
    budget
        Seconds that may be spent waiting altogether; a longer pause is not begun.
    settle
        Seconds between the two reads that must agree after a comment is written.
    timeout
        Seconds for one answer, or for one piece of it.
    attempts
        How often a failing request is sent; rate limits count apart, by the budget alone.
    """

    budget: float = 300.0
    settle: float = 1.0
    timeout: float = 20.0
    attempts: int = 5
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    spent: float = 0.0

    def wait(self, seconds: float) -> bool:
        """Wait, unless that would be more than the budget leaves: then give False at once."""
        if self.spent + seconds > self.budget:
            return False
        self.spent += seconds
        self.sleep(seconds)
        return True
