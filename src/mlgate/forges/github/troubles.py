"""What went wrong with a request, read from its answer: the one place that knows GitHub's ways."""

from __future__ import annotations

import datetime as dt
import email.utils
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from mlgate.model.project import DOCS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.forges.github.transport import Reply

Kind = Literal["gone", "permission", "limit", "passing", "strange", "refused"]
SECONDARY_WAIT: Final = 60.0
"""Seconds to begin with where a limit says nothing, as GitHub asks for."""
LONGEST_WAIT: Final = 86_400.0
"""Seconds: GitHub's longest limit is an hour, so whoever asks for more than a day is mistaken."""
_SKEW: Final = 86_400.0
"""Seconds that this machine's clock may differ from an answer's, beyond which neither is believed."""
_ACCEPTED: Final = "x-accepted-github-permissions"
_GUIDE: Final = f"see {DOCS}/enterprise-server.md"
_PROXY: Final = f"HTTPS_PROXY and NO_PROXY say which proxy is used: {_GUIDE}"
_CERTIFICATE: Final = f"name the file of your authority's certificates in SSL_CERT_FILE: {_GUIDE}"
_PERMISSION: Final = re.compile(
    r"resource not accessible by|must have .*(access|rights)", re.IGNORECASE
)
_LIMIT: Final = re.compile(r"rate limit|abuse detection|wait a few minutes", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One failed request.

    `passing` may go away by itself, and the request may have been carried out all the same;
    after a `limit` it was not. `strange` is an answer that GitHub's API would not give: somebody
    else answered, and asking again would not help. `wait` is how many seconds a limit asks for,
    None where it does not say. `status` is that of HTTP, None without an answer and for errors of
    GraphQL.
    """

    kind: Kind
    message: str
    wait: float | None = None
    status: int | None = None
    hint: str | None = None


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
    hint = f"a proxy asks for a login: {_GUIDE}" if status in (407, 511) else None
    return Trouble(_kind(status, message, headers), text, status=status, hint=hint)


def _kind(status: int, message: str, headers: Mapping[str, Any]) -> Kind:
    if status in (407, 511):
        return "refused"
    if status >= 500 or status == 408:
        return "passing"
    if status == 403 and (_ACCEPTED in headers or _PERMISSION.search(message)):
        return "permission"
    return "gone" if status in (404, 410) else "refused"


def of_nonsense(reply: Reply, server: str) -> Trouble:
    """Read an answer that says success and is no JSON: a proxy's, a sign-in page, a portal's."""
    what = "a web page, not JSON" if reply.web_page else "something that is not JSON"
    if reply.status >= 300:
        what = "a redirect that leads nowhere"
    return Trouble(
        "strange",
        f"{server} answered with {what} (HTTP {reply.status})",
        status=reply.status,
        hint=f"a proxy or a sign-in page stands between here and GitHub's API: {_GUIDE}",
    )


def of_graphql(errors: object) -> Trouble:
    """Read the errors of GraphQL, which come with status 200."""
    first = errors[0] if isinstance(errors, list) else errors
    error = first if isinstance(first, dict) else {}
    kind = str(error.get("type") or "")
    text = one_line(str(error.get("message") or kind))
    if kind == "RATE_LIMITED" or _LIMIT.search(text):
        return Trouble("limit", text)
    if kind == "FORBIDDEN" or _PERMISSION.search(text):
        return Trouble("permission", text)
    if kind == "NOT_FOUND" and (error.get("path") or [None])[0] == "repository":
        return Trouble("gone", text)  # so GitHub answers who may not see it
    permanent = kind and kind not in ("INTERNAL", "SERVICE_UNAVAILABLE")
    return Trouble("refused" if permanent else "passing", text)


def of_connection(error: Exception) -> Trouble:
    """Read a failure to get an answer; its own words can hold a URL, so only its name is shown."""
    from requests import exceptions as kinds

    text, name = f"no answer ({type(error).__name__})", type(error).__name__
    if isinstance(error, kinds.ProxyError):
        return Trouble("passing", f"no answer through the proxy ({name})", hint=_PROXY)
    if isinstance(error, kinds.SSLError):
        return Trouble(
            "refused", f"its certificate is not trusted here ({name})", hint=_CERTIFICATE
        )
    if isinstance(error, (ValueError, TypeError)):  # of addresses, also those that requests names
        return Trouble("refused", text, hint=_PROXY)
    return Trouble("passing", text)


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
    if after is None:
        moment = moment_of(headers.get("retry-after"))
        after = None if moment is None else moment - now
    if after is not None:
        return min(max(after, 0.0), LONGEST_WAIT)
    reset = _seconds(headers.get("x-ratelimit-reset"))
    if reset is not None and headers.get("x-ratelimit-remaining") == "0":
        wait = max(reset - now, 0.0) + 1.0  # within which second it resets is not said
        return min(wait, LONGEST_WAIT)
    return None


def server_time(headers: Mapping[str, Any], clock: float) -> float:
    """Return when an answer was given, by the clock that its other times are of.

    Seconds since 1970; `clock`, this machine's, where the answer names no time or one of another
    day.
    """
    moment = moment_of(headers.get("date"))
    return moment if moment is not None and abs(moment - clock) <= _SKEW else clock


def moment_of(value: object) -> float | None:
    """Return the seconds since 1970 of a date as HTTP writes it; None for anything else."""
    try:
        moment = email.utils.parsedate_to_datetime(str(value))
        aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return aware.timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _seconds(value: object) -> float | None:
    try:
        seconds = float(str(value))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None
