"""The base of all records in files: frozen, strict, versioned JSON."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, PlainSerializer, SerializationInfo

from mlgate import outgoing
from mlgate.errors import SecretInResultError
from mlgate.redaction import Redactor


def _prose(text: str, info: SerializationInfo) -> str:
    """Redact; a secret within a number stays, and is refused with the rest of the record."""
    if not isinstance(info.context, Redactor):
        return text
    try:
        return info.context.prose(text)
    except SecretInResultError:
        return text


def _output(text: str, info: SerializationInfo) -> str:
    return info.context.mask(text) if isinstance(info.context, Redactor) else text


Prose = Annotated[str, PlainSerializer(_prose, return_type=str, when_used="json")]
"""Text for people, in which secrets are redacted. Any other text is a name or a code: there a
secret is an error, so that a field which is not marked is on the safe side."""
Output = Annotated[str, PlainSerializer(_output, return_type=str, when_used="json")]
"""What a program printed, which is no result: even numbers are redacted."""


class Frozen(BaseModel):
    """An immutable record; unknown keys and NaN are errors."""

    model_config = ConfigDict(
        defer_build=True,  # of the hundred records a run uses few, and a build takes a millisecond
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        protected_namespaces=(),
    )

    def to_json(self, redactor: Redactor | None = None) -> str:
        """Return the record as indented JSON with a final newline, as in all our files.

        For a file it is written by `record_text`, which refuses what cannot be redacted.
        """
        return self.model_dump_json(indent=1, context=redactor) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Parse and validate JSON; raises `pydantic.ValidationError`."""
        return cls.model_validate_json(text)


def record_text(record: Frozen, where: str) -> str:
    """Return a record's JSON as it leaves the process.

    Prose is redacted.

    Raises
    ------
    SecretInResultError
        When a name, a code or a number holds a secret.
    """
    redactor = outgoing.redactor()
    text = record.to_json(redactor)
    redactor.refuse(text, where)
    return text


def digest(value: object) -> str:
    """Return the SHA-256, in hex, of a JSON-like value in canonical form (sorted keys, no spaces)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
