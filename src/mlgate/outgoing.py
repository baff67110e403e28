"""The one way out of the process: what is written, printed or sent passes the redactor.

The redactor belongs to the process, because its environment does. `mlgate.cli.main` sets it up,
and whatever resolves `${env:NAME}` adds the value. Files (`mlgate.files`), git objects, requests
to a forge and the two standard streams take it from here, so that nothing that leaves by them
has to remember it.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

from mlgate.redaction import NOTHING, Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PROSE: Final = (".md", ".html", ".log", ".txt", ".csv")
"""Files for people. All others are for programs."""


_PROSE_KEYS: Final = frozenset(
    {
        "body", "description", "detail", "details_url", "environment_url", "error", "file",
        "headline", "hint", "log_url", "message", "note", "notes", "path", "problem", "raw_details",
        "reason", "summary", "target_url", "text", "title", "url",
    }
)  # fmt: skip
"""Keys of JSON whose text is for people."""


class _Process:
    """What this process knows of its secrets."""

    redactor: Redactor = NOTHING


def redactor() -> Redactor:
    """Return the redactor of this process."""
    return _Process.redactor


def learn(values: Mapping[str, str]) -> None:
    """Add secrets, by the name of the variable that holds each."""
    _Process.redactor = _Process.redactor.knowing(values)


@contextmanager
def redacting(first: Redactor) -> Iterator[None]:
    """Redact what leaves while this is open."""
    before, _Process.redactor = _Process.redactor, first
    try:
        yield
    finally:
        _Process.redactor = before


def file_content(name: str, content: str | bytes) -> bytes:
    """Return the bytes of a file that is written.

    Raises
    ------
    SecretInResultError
        When a file for programs holds a secret, or a number in one for people.
    """
    data = content.encode() if isinstance(content, str) else content
    text = data.decode("utf-8", "surrogateescape")
    if not redactor().find(text):
        return data
    if name.endswith(_PROSE):
        return redactor().prose(text, name).encode("utf-8", "surrogateescape")
    redactor().refuse(text, name)
    return data


def json_text(text: str, where: str) -> str:
    """Return JSON whose prose, known by its key, is redacted.

    Raises
    ------
    SecretInResultError
        When a key, a number or any other text holds a secret.
    """
    if redactor().find(text):
        text = json.dumps(_prose_of(json.loads(text), where), indent=1, ensure_ascii=False)
        redactor().refuse(text, where)
    return text


def request_body(body: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the body of a request, redacted in the same way."""
    redacted: dict[str, Any] = json.loads(json_text(json.dumps(body), where))
    return redacted


def _prose_of(value: Any, where: str, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _prose_of(inner, where, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_prose_of(inner, where, key) for inner in value]
    return (
        redactor().prose(value, where) if isinstance(value, str) and key in _PROSE_KEYS else value
    )


class RedactedStream:
    """A stream for people; a secret that is split over several writes is found as well.

    Whole lines are passed on at once. What may be the beginning of a secret waits for its end,
    for a line's end or for `close`.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._held = ""

    def __getattr__(self, name: str) -> Any:
        """Return everything else of the stream itself."""
        return getattr(self._out, name)

    def write(self, text: str) -> int:
        """Write text."""
        self._held += text
        end = self._held.rfind("\n") + 1
        if not end and len(self._held) > _LONGEST:
            end = redactor().complete(self._held)
        self._put(end)
        return len(text)

    def flush(self) -> None:
        """Pass on what cannot be the beginning of a secret."""
        self._put(redactor().complete(self._held))
        self._out.flush()

    def finish(self) -> None:
        """Pass on the rest."""
        self._put(len(self._held))

    def _put(self, size: int) -> None:
        whole, self._held = self._held[:size], self._held[size:]
        if whole:
            self._out.write(redactor().mask(whole))


_LONGEST: Final = 1 << 16


def redacted(out: TextIO) -> TextIO:
    """Return a stream that redacts what is written to another."""
    return cast("TextIO", RedactedStream(out))
