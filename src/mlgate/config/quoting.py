"""Writing YAML by hand: the text of a value that YAML reads as that value."""

from __future__ import annotations

import json
import re
from typing import Final

PLAIN: Final = re.compile(r"[A-Za-z_]([A-Za-z0-9_./ -]*[A-Za-z0-9_])?")
KEYWORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def scalar(text: str) -> str:
    """Write a text so that YAML reads it as that text."""
    if PLAIN.fullmatch(text) and text.lower() not in KEYWORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in quoted)
