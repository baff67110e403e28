"""What this process must not show: the secrets of its environment."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
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


def named_in(config: Path | None, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that mlgate.yaml names by `${env:…}`, whether or not it is valid.

    Commands that read it learn of them as they do; this is for those that do not, such as `comment`.

    Parameters
    ----------
    config
        The file, as given; None for the one that is here or in a folder above.
    """
    file = config or _nearest(Path.cwd())
    if file is None:
        return {}
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    if "${env:" not in text:
        return {}
    from mlgate.config import names

    return {name: environ[name] for name in names(text) if name in environ}


def _nearest(folder: Path) -> Path | None:
    for above in (folder, *folder.parents):
        if (above / "mlgate.yaml").is_file():
            return above / "mlgate.yaml"
        if (above / ".git").exists():
            break
    return None


@contextmanager
def redaction_of(environ: Mapping[str, str], config: Path | None = None) -> Iterator[None]:
    """Redact everything that leaves the process, its two standard streams included."""
    plain = sys.stdout, sys.stderr
    streams = [RedactedStream(stream) for stream in plain]
    secrets = {**named_in(config, environ), **secrets_of(environ)}
    with redacting(Redactor(tuple(secrets.items()))):
        sys.stdout, sys.stderr = streams
        try:
            yield
        finally:
            sys.stdout, sys.stderr = plain
            for stream in streams:
                stream.finish()
