"""What a check says about mlgate.yaml: its keys, and what they and its gates must meet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckSection:
    """The hooks of a check's `section.py`."""
