"""The table: every trick of every kind."""

from __future__ import annotations

import importlib
from pathlib import Path

from .trick import OUTSIDE, Trick

KINDS = tuple(sorted(path.stem for path in (Path(__file__).parent / "tricks").glob("[a-z]*.py")))


def _of(kind: str) -> list[Trick]:
    module = importlib.import_module(f"{__package__}.tricks.{kind}")
    return [value for value in vars(module).values() if isinstance(value, Trick)]


ROWS = tuple(row for kind in KINDS for row in _of(kind))
"""Honest pull requests and what is outside the claim among them."""
TRICKS = tuple(row for row in ROWS if row.kind != "honest" and row.levels != OUTSIDE)
"""Those that the claim is about."""
