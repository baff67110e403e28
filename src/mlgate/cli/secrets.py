"""What this process must not show: the secrets of its environment."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlgate import ci
from mlgate.outgoing import RedactedStream, redacting
from mlgate.redaction import Redactor, secrets_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def secrets_of(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that hold a secret, or through which a step talks to its runner.

    Paths are none: a runner's files are known by their contents, not by their places.
    """
    credentials, channels = ci.credentials(), ci.channels()
    withheld = {
        name: value
        for name, value in environ.items()
        if credentials.fullmatch(name) or (channels.fullmatch(name) and not value.startswith("/"))
    }
    return {**secrets_in(environ), **withheld}


@contextmanager
def redaction_of(environ: Mapping[str, str]) -> Iterator[None]:
    """Redact everything that leaves the process, its two standard streams included."""
    plain = sys.stdout, sys.stderr
    streams = [RedactedStream(stream) for stream in plain]
    with redacting(Redactor(tuple(secrets_of(environ).items()))):
        sys.stdout, sys.stderr = streams
        try:
            yield
        finally:
            sys.stdout, sys.stderr = plain
            for stream in streams:
                stream.finish()
