"""What a check may say about its gates; a check that says nothing is judged by number and limit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckGate:
    """The hooks of a check's `gate.py`."""
