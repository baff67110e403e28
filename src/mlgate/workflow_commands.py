r"""What is printed: text of others shows and does no more; workflow commands are ours alone.

The runner of GitHub Actions reads commands from a step's output
(runner/src/Runner.Common/ActionCommand.cs): `::name key=value::data` where a line begins so,
blanks aside, and `##[name]data` anywhere in it. A terminal obeys control characters, and shows
text in another order after bidi marks. Names of columns, keys of files and a forge's words can
hold any of these.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_ZERO_WIDTH: Final = "\u200b"
_BEGINS: Final = r"(?m)^([^\S\n]*)(?=::)"
_ANYWHERE: Final = "##["
_CONTROL: Final = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_DATA: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY: Final = {**_DATA, ":": "%3A", ",": "%2C"}


def harmless(text: str) -> str:
    r"""Give a text in which neither runner nor terminal finds a command; else it looks the same.

    >>> harmless("::stop-commands::x") == "\u200b::stop-commands::x"
    True
    >>> print(harmless("a\x1b[2Jb"))
    a\x1b[2Jb
    """
    text = re.sub(_CONTROL, _named, text.replace("\r\n", "\n"))
    text = re.sub(_BEGINS, rf"\1{_ZERO_WIDTH}", text)
    return text.replace(_ANYWHERE, f"##{_ZERO_WIDTH}[")


def harmless_json(text: str) -> str:
    r"""Give JSON of the same values, whose strings hold no command as they are written.

    >>> print(harmless_json('["##[error]x"]'))
    ["##\u005berror]x"]
    """
    text = re.sub(_CONTROL, lambda found: f"\\u{ord(found[0]):04x}", text)
    return text.replace(_ANYWHERE, "##\\u005b")


def command(name: str, data: str, properties: Mapping[str, str | int] | None = None) -> str:
    r"""Write a command of ours; values of any content stay values.

    >>> command("error", "a\nb", {"file": "a,b.yaml", "line": 3})
    '::error file=a%2Cb.yaml,line=3::a%0Ab'
    """
    told = ",".join(
        f"{key}={_escaped(str(value), _PROPERTY)}" for key, value in (properties or {}).items()
    )
    return f"::{name}{' ' if told else ''}{told}::{_escaped(data, _DATA)}"


def _escaped(text: str, table: Mapping[str, str]) -> str:
    visible = re.sub(_CONTROL, lambda found: found[0] if found[0] == "\r" else _named(found), text)
    return "".join(table.get(char, char) for char in visible)


def _named(found: re.Match[str]) -> str:
    r"""Give a character's name, such as `\x1b`."""
    return ascii(found[0])[1:-1]
