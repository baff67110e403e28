"""`--log-level`: what libraries and we ourselves log, on standard error."""

from __future__ import annotations

import logging

from mlgate.outgoing import redactor
from mlgate.text.terminal import harmless


class _Formatter(logging.Formatter):
    """Libraries log what they were given: names, paths, a forge's words."""

    def format(self, record: logging.LogRecord) -> str:
        return harmless(redactor().mask(super().format(record)))


def begin(level: str) -> None:
    """Log from a level on; libraries of their own accord tell of every font, so less of theirs."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(levelname)s %(name)s: %(message)s"))
    others = "DEBUG" if level == "debug" else "WARNING"
    logging.basicConfig(level=others, handlers=[handler])
    logging.getLogger("mlgate").setLevel(level.upper())
