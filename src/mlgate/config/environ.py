"""`${env:NAME}`: secrets in paths and URLs that are not written in the file."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from mlgate.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.config.check_section import Checks

REFERENCE: Final = re.compile(r"\$\{env:([^}]*)\}?")
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|\$\{env:")
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ALLOWED: Final = frozenset(
    {
        "predictions.path",
        "predictions.labels",
        "baseline.predictions",
        "baseline.store",
        "baseline.id_key",
    }
)
"""The keys of mlgate.yaml in which references are replaced; checks add theirs."""


def allowed(checks: Checks) -> frozenset[str]:
    """Return the keys in which references are replaced, with those of the checks."""
    keys = {f"{section.key}.{path}" for section in checks.values() for path in section.references}
    return ALLOWED | keys


def leads_out(place: str) -> bool:
    """Whether data are outside of the repository as their place is written.

    An address or an absolute path; what begins with a variable may be either.
    """
    return _ADDRESS.match(place) is not None or PurePath(place).is_absolute()


def describe_place(place: str) -> str:
    """Return where data are, for messages: an address without user, password and options."""
    if "://" not in place:
        return place
    parts = urlsplit(place)
    table = parse_qs(parts.query).get("table", [""])[0]
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" + (f"?table={table}" if table else "")


def names(text: str) -> tuple[str, ...]:
    """Return the names of the variables that a text refers to, in order."""
    return tuple(match.group(1) for match in REFERENCE.finditer(text))


def expand(text: str, environ: Mapping[str, str]) -> str:
    """Replace every `${env:NAME}` by its value.

    Raises
    ------
    UnreadableError
        When a variable is not set or empty. The message has its name, and never a value.
    """
    missing = [name for name in names(text) if not environ.get(name)]
    if missing:
        msg = f"the environment variable {missing[0]} is not set, but {text} needs it"
        raise UnreadableError(msg, hint="Set it, in CI from a secret (env: of the step)")
    return REFERENCE.sub(lambda match: environ[match.group(1)], text)
