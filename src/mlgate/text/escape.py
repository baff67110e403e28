r"""Untrusted text, made harmless for GitHub-flavoured Markdown.

GitHub reads some marks after Markdown is rendered, so that a backslash cannot take their
meaning: `@name`, `#12`, `GH-12`, `:emoji:`. There a zero-width space goes between. The others
get a backslash or, where GitHub reads them before Markdown (`$`) or as HTML, an entity.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import quote

ZERO_WIDTH: Final = "\u200b"
"""Ours: it is put in only after all invisible characters have been taken out."""
HIDDEN: Final = "\ufffd"
_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ANSI: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_READ_LATER: Final = (
    re.compile(r"(@)(?=[\w-])"),
    re.compile(r"(#)(?=\w)"),
    re.compile(r"(?i)(?<!\w)(gh-)(?=\d)"),
    re.compile(r"(:)(?=[\w+-]+:)"),
    re.compile(r"^(:)(?=:)"),
)
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"}
_MARKS: Final = re.compile(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])")
_URL: Final = re.compile(r"(?i)(:)(?=//)")
_WWW: Final = re.compile(r"(?i)(www)(?=\.)")
_LEADING: Final = re.compile(
    r"^(\d+(?=[.)](?:\s|$))|(?=[-+](?:\s|$))|(?=[-=]+\s*$)|(?=#{1,6}(?:\s|$)))"
)
_COMMAND: Final = re.compile(r"(?m)^(\s*)(::|##\[)")


def encodable(text: str) -> str:
    """Return a text that can be written as UTF-8: JSON and variables may hold half a surrogate pair."""
    return text.encode("utf-8", "replace").decode("utf-8")


def visible(text: str) -> str:
    """Take out what cannot be seen: terminal colours, control, bidi and zero-width characters.

    Line ends and tabs stay. Characters that change how their neighbours are read leave a
    replacement character, the others nothing.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char in "\n\t":
        return char
    category = unicodedata.category(char)
    if char in _BIDI or category in ("Cc", "Cs", "Co", "Cn"):
        return HIDDEN
    if category in ("Zl", "Zp"):
        return "\n"
    return "" if category == "Cf" else char


def one_line(text: str, limit: int | None = None) -> str:
    """Make it one visible line, cut at `limit` characters with an ellipsis."""
    line = re.sub(r"[ \t\n]+", " ", visible(text)).strip()
    return line if limit is None or len(line) <= limit else line[: limit - 1] + "…"


def _unread(text: str) -> str:
    """Break what GitHub would read after rendering."""
    for pattern in _READ_LATER:
        text = pattern.sub(rf"\1{ZERO_WIDTH}", text)
    return text


def inline(text: str) -> str:
    """Escape plain text for a paragraph, a list item or a table cell: it stays one line of text."""
    line = _unread(one_line(text))
    line = _MARKS.sub(lambda match: "\\" + match.group(), line)
    line = "".join(_ENTITIES.get(char, char) for char in line)
    line = _WWW.sub(rf"\1{ZERO_WIDTH}", _URL.sub(r"\\\1", line))
    return _LEADING.sub(r"\1\\", line)


def html(text: str) -> str:
    """Escape plain text for an HTML tag within Markdown, such as `<summary>`."""
    line = "".join(_ENTITIES.get(char, char) for char in _unread(one_line(text)))
    return line.replace('"', "&quot;").replace("'", "&#39;")


def url(address: str) -> str:
    """Return an address whose every character stays within a link's parentheses."""
    return quote(address, safe=":/?#&=%@+,;~")


def code(text: str) -> str:
    """Return a code span; plain text where it holds a pipe, which ends a table cell even there."""
    line = one_line(text)
    if not line or "|" in line:
        return inline(line)
    fence = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def block(text: str, language: str = "") -> str:
    """Return a fenced block that its content cannot end."""
    content = _COMMAND.sub(rf"\1{ZERO_WIDTH}\2", visible(text)).strip("\n")
    fence = "`" * max(_longest_run(content) + 1, 3)
    return f"{fence}{language}\n{content}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
