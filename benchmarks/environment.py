"""The environment in which programs are timed."""

from __future__ import annotations

import os
from typing import Final

_SLOWS: Final = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
"""Set in images and shells of developers. Without kept bytecode every start compiles mlgate
anew, .5 s that no user pays twice: bytecode is allowed, and one start before the first timed one
writes it."""


def environment(**more: str) -> dict[str, str]:
    """Give this process's environment, as a user's would be, with `more`."""
    return {name: text for name, text in os.environ.items() if name not in _SLOWS} | more
