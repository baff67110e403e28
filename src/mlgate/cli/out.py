"""The one place that prints, so that nothing of what others wrote does more than show."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mlgate.text.terminal import harmless, harmless_json

if TYPE_CHECKING:
    from mlgate.model.base import Frozen


def say(text: str) -> None:
    """Print a result for people, on standard output."""
    from mlgate import outgoing

    print(harmless(outgoing.redactor().prose(text, "the result")), flush=True)


def record(result: Frozen) -> None:
    """Print a record as it is in its file, on standard output."""
    from mlgate.model.base import record_text

    print(harmless_json(record_text(result, "the result").rstrip("\n")), flush=True)


def data(text: str) -> None:
    """Print a result for programs, on standard output: JSON."""
    from mlgate import outgoing

    print(harmless_json(outgoing.json_text(text, "the result").rstrip("\n")), flush=True)


def tell(text: str) -> None:
    """Print what goes on or went wrong, on standard error."""
    print(harmless(text), file=sys.stderr)


def obey(line: str) -> None:
    """Print a line for CI to obey, such as an annotation: it must come from `mlgate.ci`."""
    print(line, file=sys.stderr)


def warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    """Print a library's warning: `warnings.showwarning`."""
    import warnings

    tell(warnings.formatwarning(message, category, filename, lineno).rstrip("\n"))
