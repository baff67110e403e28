"""Single values of mlgate.yaml: durations, labels, and text written as YAML."""

from __future__ import annotations

import contextlib
import json
import math
import re
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from mlgate.model.policy import report_only_until

UNITS: Final = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
DURATION: Final = r"^(?=.*[1-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$"
_PLAIN: Final = re.compile(r"[A-Za-z_]([A-Za-z0-9_./ -]*[A-Za-z0-9_])?")
_KEYWORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
ENFORCE: Final = r"^(always|report_only until [0-9]{4}-[0-9]{2}-[0-9]{2})$"
ENV_ONLY: Final = r"^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$"


def seconds(value: object) -> float:
    """Return a duration such as `90s`, `2h` or `1h30m` in seconds; raises ValueError."""
    if not isinstance(value, str) or re.fullmatch(DURATION, value) is None:
        msg = "expected a duration with its unit, such as 90s, 2h or 1h30m"
        raise ValueError(msg)
    parts = re.findall(r"([0-9]+)([dhms])", value)
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def label_text(value: object) -> str:
    """Return a label's canonical text: `true`, `1` for 1 and 1.0, otherwise as written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, int | str):
        return str(value)
    msg = "expected a label: text, a number, true or false"
    raise ValueError(msg)


def yaml_text(text: str) -> str:
    """Return a text as YAML that is read as that text, quoted where needed."""
    if _PLAIN.fullmatch(text) and text.lower() not in _KEYWORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in quoted)


def _enforce(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(ENFORCE, value):
        with contextlib.suppress(ValueError):
            report_only_until(value)
            return value
    msg = "expected always, or report_only until and a date, such as report_only until 2027-03-31"
    raise ValueError(msg)


Enforce = Annotated[
    str,
    BeforeValidator(_enforce),
    WithJsonSchema(
        {"type": "string", "pattern": ENFORCE, "examples": ["report_only until 2027-03-31"]}
    ),
]
Duration = Annotated[
    float,
    BeforeValidator(seconds),
    Field(gt=0),
    WithJsonSchema({"type": "string", "pattern": DURATION, "examples": ["2h", "1h30m"]}),
]
Label = Annotated[
    str,
    BeforeValidator(label_text),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]
