"""JSON as GitHub describes it, read field by field: anything else is one clear error.

A proxy, an older Enterprise Server or a lost piece of an answer may leave out a field or give it
another type. What is read here has the type that it says, or is an `UnexpectedAnswerError`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from mlgate.errors import ForgeError
from mlgate.model.project import DOCS

LARGEST: Final = 2**63
"""Above every id: a greater number is none of GitHub's."""
_YEARS: Final = range(1970, 9999)


class UnexpectedAnswerError(ForgeError):
    """The other side answered with something that GitHub's API does not say."""


def unexpected(what: str) -> UnexpectedAnswerError:
    """Return the error of an answer that lacks something."""
    return UnexpectedAnswerError(
        f"the answer is not GitHub's: {what}",
        hint=f"does a proxy or another server answer in its place? See {DOCS}/enterprise-server.md",
    )


def text_of(value: str) -> str:
    """Return a text that can be written as UTF-8: JSON may hold half of a surrogate pair."""
    return value.encode("utf-8", "replace").decode("utf-8")


class Fields:
    """One JSON object.

    Raises
    ------
    UnexpectedAnswerError
        When it is none, and by each method where a field is missing or of another type.
    """

    def __init__(self, data: object) -> None:
        if not isinstance(data, dict):
            raise unexpected(f"{_kind(data)} where an object belongs")
        self.data: dict[str, Any] = data

    def __contains__(self, key: str) -> bool:
        """Whether there is a field, whatever it holds."""
        return key in self.data

    def number(self, key: str, default: int | None = None) -> int:
        """Return a whole number; `default` stands for one that is missing or null."""
        value = self.data.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < LARGEST:
            raise self._wrong(key, "a number")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; `default` stands for one that is missing or null."""
        value = self.data.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self._wrong(key, "a text")
        return text_of(value)

    def text_or_none(self, key: str) -> str | None:
        """Return a text; None for one that is missing, null or empty."""
        return self.text(key, "") or None

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """Return true or false; `default` stands for a flag that is missing or null."""
        value = self.data.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def time(self, key: str) -> dt.datetime:
        """Return a moment, with its time zone."""
        try:
            moment = dt.datetime.fromisoformat(self.text(key))
        except ValueError:
            raise self._wrong(key, "a time") from None
        if moment.year not in _YEARS:
            raise self._wrong(key, "a time")
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)

    def inner(self, key: str) -> Fields:
        """Return an object within; an empty one for one that is missing or null."""
        value = self.data.get(key)
        return Fields({} if value is None else value)

    def array(self, key: str) -> list[Any]:
        """Return a list; an empty one for one that is missing or null."""
        return array_of(self.data.get(key))

    def _wrong(self, key: str, what: str) -> UnexpectedAnswerError:
        there = _kind(self.data[key]) if key in self.data else "nothing"
        return unexpected(f"{there} where its `{key}` should be {what}")


def array_of(value: object) -> list[Any]:
    """Return a list; an empty one for null."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise unexpected(f"{_kind(value)} where a list belongs")
    return value


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return names.get(type(value), "null" if value is None else "a number")
