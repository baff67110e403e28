"""`${env:NAME}`: secrets in paths and URLs that are not written in the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mlgate.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mlgate.config.check_section import Checks

REFERENCE: Final = re.compile(r"\$\{env:([^}]*)\}?")
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ALLOWED: Final = frozenset(
    {"predictions.path", "baseline.predictions", "baseline.store", "baseline.id_key"}
)
"""The keys of mlgate.yaml in which references are replaced; checks add theirs."""
MASK: Final = "***"


def allowed(checks: Checks) -> frozenset[str]:
    """Return the keys in which references are replaced, with those of the checks."""
    keys = {f"{section.key}.{path}" for section in checks.values() for path in section.references}
    return ALLOWED | keys


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


def masked(text: str, references: Iterable[str], environ: Mapping[str, str]) -> str:
    """Return a text in which the values of the variables that `references` name are `***`.

    Parameters
    ----------
    text
        What is about to be printed.
    references
        Settings as written in the file, such as `s3://${env:BUCKET}/p.parquet`.
    """
    values = {environ.get(name, "") for setting in references for name in names(setting)}
    for value in sorted(values - {""}, key=len, reverse=True):
        text = text.replace(value, MASK)
    return text
