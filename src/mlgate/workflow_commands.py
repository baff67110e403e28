"""Workflow commands of GitHub Actions: how ours are written, and how other text is none.

The runner reads commands from a step's output (runner/src/Runner.Common/ActionCommand.cs):
`::name key=value::data` where a line begins so, blanks aside, and `##[name]data` anywhere in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_ZERO_WIDTH: Final = "\u200b"
_BEGINS: Final = re.compile(r"(^|[\r\n])([^\S\r\n]*)(?=::)")
_ANYWHERE: Final = "##["
_DATA: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY: Final = {**_DATA, ":": "%3A", ",": "%2C"}


def harmless(text: str) -> str:
    r"""Give a text in which the runner finds no command; it looks the same.

    >>> harmless("::stop-commands::x") == "\u200b::stop-commands::x"
    True
    """
    text = _BEGINS.sub(rf"\1\2{_ZERO_WIDTH}", text)
    return text.replace(_ANYWHERE, f"##{_ZERO_WIDTH}[")


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
    return "".join(table.get(char, char) for char in text)
