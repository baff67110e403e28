"""How a client of S3 is configured: by the variables that every AWS tool knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

HINT: Final = "Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, or AWS_ENDPOINT_URL"
_CODE: Final = re.compile(r"AWS Error ([A-Z_]{3,40})\b")
"""The code in what pyarrow says, which has it nowhere else; the rest may hold a key or a secret."""
_OPTIONS: Final = {
    "access_key": "AWS_ACCESS_KEY_ID",
    "secret_key": "AWS_SECRET_ACCESS_KEY",
    "session_token": "AWS_SESSION_TOKEN",
    "region": "AWS_REGION",
    "endpoint_override": "AWS_ENDPOINT_URL",
}


def options(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments of pyarrow's `S3FileSystem`."""
    options = {option: environ[name] for option, name in _OPTIONS.items() if environ.get(name)}
    if "region" not in options and environ.get("AWS_DEFAULT_REGION"):
        options["region"] = environ["AWS_DEFAULT_REGION"]
    return options


def code(error: Exception) -> str:
    """Return AWS's code of an error in brackets, after a space; empty where it has none."""
    match = _CODE.search(str(error))
    return f" ({match[1]})" if match else ""
