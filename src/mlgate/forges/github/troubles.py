"""What went wrong with a request, read from its answer: the one place that knows GitHub's ways."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Kind = Literal["gone", "permission", "limit", "passing", "refused"]
SECONDARY_WAIT: Final = 60.0
"""Seconds to begin with where a limit says nothing, as GitHub asks for."""
_PERMISSION: Final = re.compile(
    r"resource not accessible by|must have .*(access|rights)", re.IGNORECASE
)
_LIMIT: Final = re.compile(r"rate limit|abuse detection|wait a few minutes", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One failed request.

    `passing` may go away by itself, and the request may have been carried out all the same;
    after a `limit` it was not. `wait` is how many seconds a limit asks for, None where it does
    not say. `status` is that of HTTP, None without an answer and for errors of GraphQL.
    """

    kind: Kind
    message: str
    wait: float | None = None
    status: int | None = None


def of_answer(status: int, data: Any, headers: Mapping[str, Any], now: float) -> Trouble:
    """Read an answer that is an error.

    Parameters
    ----------
    headers
        With names in lower case.
    now
        Seconds since 1970, to compare the reset time with.
    """
    message = one_line(_message(data))
    text = f"{message} (HTTP {status})" if message else f"HTTP {status}"
    if status == 429 or (status == 403 and _limited(message, headers)):
        return Trouble("limit", text, _wait(headers, now), status)
    return Trouble(_kind(status, message), text, status=status)


def _kind(status: int, message: str) -> Kind:
    if status >= 500 or status == 408:
        return "passing"
    if status == 403 and _PERMISSION.search(message):
        return "permission"
    return "gone" if status in (404, 410) else "refused"


def of_graphql(errors: Sequence[Mapping[str, Any]]) -> Trouble:
    """Read the errors of GraphQL, which come with status 200."""
    kind = str(errors[0].get("type") or "")
    text = one_line(str(errors[0].get("message") or kind))
    if kind == "RATE_LIMITED" or _LIMIT.search(text):
        return Trouble("limit", text)
    if kind == "FORBIDDEN" or _PERMISSION.search(text):
        return Trouble("permission", text)
    permanent = kind and kind not in ("INTERNAL", "SERVICE_UNAVAILABLE")
    return Trouble("refused" if permanent else "passing", text)


def of_connection(error: Exception) -> Trouble:
    """Read a failure to get an answer; its own words can hold a URL, so only its name is told."""
    return Trouble("passing", f"no answer ({type(error).__name__})")


def one_line(text: str, limit: int = 300) -> str:
    """Return a forge's words on one line, so that no line of them can be a workflow command."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _message(data: Any) -> str:
    if not isinstance(data, dict):
        return ""
    errors = data.get("errors")
    details = [
        str(error.get("message") or f"{error.get('field')}: {error.get('code')}")
        if isinstance(error, dict)
        else str(error)
        for error in (errors if isinstance(errors, list) else [])
    ]
    return ": ".join([str(data.get("message") or ""), *details])


def _limited(message: str, headers: Mapping[str, Any]) -> bool:
    return (
        "retry-after" in headers
        or headers.get("x-ratelimit-remaining") == "0"
        or _LIMIT.search(message) is not None
    )


def _wait(headers: Mapping[str, Any], now: float) -> float | None:
    after = _seconds(headers.get("retry-after"))
    if after is not None:
        return max(after, 0.0)
    reset = _seconds(headers.get("x-ratelimit-reset"))
    if reset is not None and headers.get("x-ratelimit-remaining") == "0":
        return max(reset - now, 0.0) + 1.0  # within which second it resets is not said
    return None


def _seconds(value: object) -> float | None:
    try:
        seconds = float(str(value))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None
