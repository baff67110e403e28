r"""Find secrets in a text, however it is written, and replace them.

A `Redactor` is built once from the values of environment variables. It knows each value as it
is, and as it is written in URLs, JSON, HTML, Markdown, a shell and Python, also several of these
at once; and in base64, of either alphabet and at any place within a longer text. A value of
several lines counts line by line; the password of an address, of a connection string and the
secrets within a JSON document count by themselves.

Three kinds of text leave the process, and each has a method: a log (`mask`), prose for people
(`prose`), and what programs read (`refuse`). A number or a name is never changed: there a secret
is an error.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from mlgate import credentials
from mlgate.errors import SecretInResultError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MASK: Final = "***"
SHORTEST: Final = 8
"""Values with fewer characters are not redacted: ordinary words and numbers would go with them."""
SECRET_NAME: Final = re.compile(
    r"TOKEN(?!IZ)|SECRET|PASSWORD|PASSWD|PASSPHRASE|PWD$|CREDENTIAL"
    r"|(?:API|ACCESS|PRIVATE|ACCOUNT)[_-]?KEY|_PAT$",
    re.IGNORECASE,
)
"""Keys of JSON and of connection strings that hold a secret."""
_CONNECTION: Final = re.compile(r"(?:^|[;\s?&])([\w.-]+)=([^;&\s]+)")
_ENTITIES: Final = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "(?:apos|#39)"}
_BLANKS: Final = " \t\xa0"
_ONE_BLANK: Final = (
    r"(?:[ \t\xa0]|\+|%(?:25)*(?:20|09|2[bB])|\\(?:t|x09|u00(?:20|09))"
    r"|&(?:amp;)*(?:nbsp|#32|#x20|#9);)"
)
_BLANK: Final = rf"(?:\\*{_ONE_BLANK})+"
"""Blanks in a row are one, as where a text is made a line."""
_ONE_BACKSLASH: Final = (
    r"(?<!\\)\\++", r"%5[cC]", r"%(?:25)+5[cC]", r"\\(?:x5[cC]|134|u005[cC])",
    r"&(?:amp;)*#(?:92|[xX]5[cC]);",
)  # fmt: skip
_BACKSLASHES: Final = (
    r"(?<!\\)\\++", r"(?:%5[cC])+", r"(?:%(?:25)+5[cC])+", r"(?:\\+(?:x5[cC]|134|u005[cC]))+",
    r"(?:&(?:amp;)*#(?:92|[xX]5[cC]);)+",
)  # fmt: skip
"""One or more: how many there are changes with every escaping."""
_ESCAPED: Final = r"\\*"
_HIDDEN: Final = "[\u200b\ufffd]?"
"""What we put between characters that a terminal or GitHub would obey."""
_NUMBER: Final = re.compile(r"[-+−]?\d[\d,._:/-]*(?:[eE][-+]?\d+)?%?")
_ESCAPE_BEGUN: Final = re.compile(
    r"(?:%[0-9A-Fa-f]{0,2}){1,12}|(?:\\++[xuU]?[0-9A-Fa-f]{0,8}){1,8}|&(?:amp;)*#?[0-9A-Za-z]{0,12}"
)
_CUT_FROM: Final = 80
"""Shorter texts are not cut."""
_LONGEST_LETTER: Final = 24
_OF_NUMBERS: Final = re.compile(r"[\w.,:/+−%-]")


class Span(NamedTuple):
    """Where a secret is in a text, and the variable that holds it."""

    start: int
    end: int
    name: str


Ways = tuple[str, ...]
"""The patterns of one character, one for each way to write it."""


def _any_of(ways: Ways) -> str:
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"


class _Form(NamedTuple):
    """One way to write a secret: no text without `anchor` holds it.

    `letters` are the ways to write each of its characters, `around` what may be before and after.
    """

    name: str
    anchor: str
    letters: tuple[Ways, ...]
    around: tuple[str, str] = ("", "")

    @property
    def pattern(self) -> str:
        """The pattern of the whole."""
        return "".join((self.around[0], *map(_any_of, self.letters), self.around[1]))


@dataclass(frozen=True)
class Redactor:
    """Knows secrets, and finds them.

    Attributes
    ----------
    secrets
        Values by the name of the variable that holds them, in any order. The names are no
        secret: errors show them.
    """

    secrets: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        """Return the names alone."""
        return f"Redactor({', '.join(sorted({name for name, _ in self.secrets}))})"

    def knowing(self, values: Mapping[str, str]) -> Redactor:
        """Return a redactor that knows further secrets."""
        further = [pair for pair in values.items() if pair not in self.secrets]
        return Redactor((*self.secrets, *further)) if further else self

    @cached_property
    def _forms(self) -> tuple[_Form, ...]:
        named: dict[str, str] = {}
        for name, value in self.secrets:
            for part in parts(value):
                named.setdefault(part, name)
        return tuple(form for part, name in named.items() for form in _forms(name, part))

    def find(self, text: str) -> list[Span]:
        """Return where secrets are, in order; what overlaps or touches is one span."""
        spans = sorted(
            Span(match.start(), match.end(), form.name)
            for form in self._forms
            if form.anchor in text
            for match in _compiled(form.pattern).finditer(text)
        )
        merged: list[Span] = []
        for span in spans:
            if merged and span.start <= merged[-1].end:
                last = merged.pop()
                merged.append(last._replace(end=max(last.end, span.end)))
            else:
                merged.append(span)
        return merged

    def mask(self, text: str) -> str:
        """Return a text with `***` in place of every secret."""
        return _replaced(text, self.find(text))

    def mask_bytes(self, data: bytes) -> bytes:
        """Return bytes with `***` in place of every secret; what is not UTF-8 stays as it is."""
        text = data.decode("utf-8", "surrogateescape")
        spans = self.find(text)
        return _replaced(text, spans).encode("utf-8", "surrogateescape") if spans else data

    def prose(self, text: str, where: str = "a text") -> str:
        """Return text for people with `***` in place of every secret.

        Raises
        ------
        SecretInResultError
            When a secret would have to be replaced within a number.
        """
        spans = self.find(text)
        for span in spans:
            if _in_number(text, span):
                raise SecretInResultError(span.name, f"a number in {where}")
        return _replaced(text, spans + self._cut_off(text, spans))

    def _cut_off(self, text: str, spans: list[Span]) -> list[Span]:
        """Return the beginning of a secret that ends a text, as where a long text was cut."""
        kept = text.rstrip("…\n")
        if len(kept) < _CUT_FROM:
            return []
        start = min((_begun(kept, form) for form in self._forms), default=len(kept))
        if len(kept) - start < SHORTEST or (spans and spans[-1].end > start):
            return []
        return [Span(start, len(kept), "")]

    def refuse(self, text: str, where: str) -> None:
        """Raise where a text that programs read holds a secret.

        Raises
        ------
        SecretInResultError
            With the name of the variable, never with its value.
        """
        for span in self.find(text):
            raise SecretInResultError(span.name, f"a name or a number in {where}")

    def complete(self, text: str) -> int:
        """Return how many characters of a text can be passed on before the rest is known.

        What follows them may be the beginning of a secret.
        """
        end = min((_begun(text, form) for form in self._forms), default=len(text))
        return next((span.start for span in self.find(text) if span.start < end < span.end), end)


NOTHING: Final = Redactor()


def secrets_in(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that look like credentials, or hold a copy of one."""
    return {name: environ[name] for name in sorted(credentials.names_in(environ))}


def parts(value: str) -> Iterator[str]:
    """Yield what must not be shown of a value: its lines, and the secrets within it."""
    lines = [line.strip() for line in value.splitlines()]
    for part in dict.fromkeys([*lines, *_within(value)]):
        if len(part) >= SHORTEST:
            yield part


def _within(value: str) -> Iterator[str]:
    """Yield the passwords of an address, a connection string or a JSON document."""
    yield from _of_address(value.strip())
    for key, text in _CONNECTION.findall(value):
        if SECRET_NAME.search(key) or key.lower() in ("sig", "signature", "x-amz-signature"):
            yield from (text, unquote(text))
    if value.lstrip().startswith("{"):
        try:
            yield from _of_json(json.loads(value))
        except (ValueError, RecursionError):
            return


def _of_address(value: str) -> Iterator[str]:
    if "://" not in value:
        return
    try:
        address = urlsplit(value)
        user, password = address.username or "", address.password or ""
    except ValueError:
        return
    # With a password the user name is no secret: it is the same in every log. Alone it is one.
    for text in (password,) if password else (user,):
        yield from (text, unquote(text))


def _of_json(value: object, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _of_json(inner, str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _of_json(inner, key)
    elif isinstance(value, str) and SECRET_NAME.search(key):
        yield from (line.strip() for line in value.splitlines())


_URLSAFE: Final = {"+": "-", "/": "_"}
_ALPHABET: Final = "[A-Za-z0-9+/_-]"


def _forms(name: str, value: str) -> Iterator[_Form]:
    yield _Form(name, _anchor(value), tuple(_letters(value)))
    # The first and the last character may hold bits of a neighbour as well.
    end = rf"(?:{_ALPHABET}(?:=|%3[dD]){{1,2}})?"
    for skipped, text in enumerate(_base64(value)):
        before = rf"(?:{_ALPHABET}{_ESCAPED})?" if skipped else ""
        first, *others = map(_letter, text)
        yield _Form(name, _anchor(text), (_as_first(first), *others), (before, end))


def _base64(value: str) -> Iterator[str]:
    """Yield the characters that a value alone decides, after 0, 1 and 2 bytes of another."""
    data = value.encode("utf-8", "surrogateescape")
    for before in range(3):
        text = base64.b64encode(b"\0" * before + data).decode()
        yield text[-(-before * 4 // 3) : (before + len(data)) * 8 // 6]


def _anchor(text: str) -> str:
    """Return the longest part of a text that is written the same everywhere."""
    return max(re.findall(r"[A-Za-z0-9]+", text), key=len, default="")


def _runs(value: str) -> Iterable[str]:
    """Return the characters of a value; blanks in a row are one, and so are backslashes."""
    return re.findall(rf"[{_BLANKS}]+|\\+|.", value, re.DOTALL)


def _letters(value: str) -> Iterator[Ways]:
    """Yield the ways to write each character of a value."""
    before = None
    for run in _runs(value):
        ways = _spelled(run)
        if before is None:
            yield _as_first(ways)
            before = ways
            continue
        if before == _BACKSLASHES:  # which have taken those of this character
            ways = tuple(re.sub(r"^\\\\\+", lambda _: _ESCAPED, way) for way in ways)
        yield ways
        before = ways


def _as_first(ways: Ways) -> Ways:
    """Return the ways to write the first character of a secret, without what repeats before it.

    Blanks and backslashes before it may stay. Were they tried, a text of nothing else would take
    time by the square of its length, as a search begins anew at each of them.
    """
    if ways == _BACKSLASHES:
        return _ONE_BACKSLASH
    if ways == (_BLANK,):
        return (_ONE_BLANK,)
    return tuple(re.sub(r"^\\\\\+", r"\\\\", way.removeprefix(_ESCAPED)) for way in ways)


def _letter(char: str) -> Ways:
    """Return the ways to write a letter of base64, in either alphabet."""
    return (*_spelled(char), *_spelled(_URLSAFE[char])) if char in _URLSAFE else (char,)


@cache
def _spelled(char: str) -> Ways:
    r"""Return the ways to write a character.

    >>> any(re.fullmatch(way, "%252F") for way in _spelled("/"))
    True
    """
    if char.isascii() and char.isalnum():
        return (char,)
    if char.strip(_BLANKS) == "":
        return (_BLANK,)
    if char.startswith("\\"):
        return _BACKSLASHES
    octets = [_hex(f"{octet:02x}") for octet in char.encode("utf-8", "surrogateescape")]
    point = _hex(f"{ord(char):x}")
    ways = [
        rf"{_ESCAPED}{_HIDDEN}{re.escape(char)}{_HIDDEN}",
        "".join(f"%{octet}" for octet in octets),
        "".join(f"%(?:25)+{octet}" for octet in octets),
        "".join(rf"\\+x{octet}" for octet in octets),
        "".join(rf"\\+{octet:03o}" for octet in char.encode("utf-8", "surrogateescape")),
        "".join(rf"\\+u{_hex(unit)}" for unit in _units(char)),
        rf"\\+(?:U{_hex(f'{ord(char):08x}')}|x{_hex(f'{ord(char):02x}')})",
        f"&(?:amp;)*#(?:0*{ord(char)}|[xX]0*{point});",
    ]
    ways += [f"&(?:amp;)*{_ENTITIES[char]};"] if char in _ENTITIES else []
    ways += [] if char.isprintable() else ["\ufffd"]
    return tuple(dict.fromkeys(ways))


def _units(char: str) -> list[str]:
    """Return a character's units of UTF-16, in hex, as JSON escapes it."""
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return [units[at : at + 4] for at in range(0, len(units), 4)]


def _hex(digits: str) -> str:
    return "".join(f"[{d}{d.upper()}]" if d.isalpha() else d for d in digits)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _begun(text: str, form: _Form) -> int:
    """Return from where on a text may be the beginning of a secret; its length if it is not."""
    first = max(0, len(text) - _LONGEST_LETTER * len(form.letters))
    first = len(text[:first].rstrip("\\"))
    start = _compiled(rf"{_any_of(form.letters[0])}|[%&]|(?<!\\)\\")
    places = (match.start() for match in start.finditer(text, first))
    return next((at for at in places if _may_continue(text, at, form)), len(text))


def _may_continue(text: str, at: int, form: _Form) -> bool:
    """Whether all of a text from a place on agrees with the beginning of a secret."""
    places = {at}
    for letter in form.letters:
        if any(place == len(text) or _ESCAPE_BEGUN.fullmatch(text, place) for place in places):
            return True
        matches = [_compiled(way).match(text, place) for place in places for way in letter]
        places = {match.end() for match in matches if match}
    return False


def _replaced(text: str, spans: Iterable[Span]) -> str:
    pieces, at = [], 0
    for span in spans:
        pieces += [text[at : span.start], MASK]
        at = span.end
    return "".join([*pieces, text[at:]])


def _in_number(text: str, span: Span) -> bool:
    """Whether a span lies in what a reader takes for a number."""
    start, end = span.start, span.end
    while start and _OF_NUMBERS.match(text[start - 1]):
        start -= 1
    while end < len(text) and _OF_NUMBERS.match(text[end]):
        end += 1
    return _NUMBER.fullmatch(text[start:end].strip(".,:/")) is not None
