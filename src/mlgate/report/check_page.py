"""What a check may add to the report; a check that adds nothing gets a table of its metrics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckPage:
    """The hooks of a check's `page.py`."""
