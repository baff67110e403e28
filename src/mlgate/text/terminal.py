r"""Makes text from outside harmless in a terminal or a log: it is shown, and has no effect.

The runner of GitHub Actions reads commands from a step's output
(runner/src/Runner.Common/ActionCommand.cs): `::name key=value::data` where a line begins so,
blanks aside, and `##[name]data` anywhere in it. A terminal obeys control characters, and shows
text in another order after bidi marks. Names of columns, keys of files and a forge's words can
hold any of these.
"""

from __future__ import annotations

import re
from typing import Final

_ZERO_WIDTH: Final = "\u200b"
_BEGINS: Final = r"(?m)^([^\S\n]*)(?=::)"
_ANYWHERE: Final = "##["
_CONTROL: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def harmless(text: str) -> str:
    r"""Return a text in which neither runner nor terminal finds a command; else it looks the same.

    >>> harmless("::stop-commands::x") == "\u200b::stop-commands::x"
    True
    >>> print(harmless("a\x1b[2Jb"))
    a\x1b[2Jb
    """
    text = visible(text.replace("\r\n", "\n"))
    text = re.sub(_BEGINS, rf"\1{_ZERO_WIDTH}", text)
    return text.replace(_ANYWHERE, f"##{_ZERO_WIDTH}[")


def harmless_json(text: str) -> str:
    r"""Return JSON of the same values, whose strings hold no command as they are written.

    >>> print(harmless_json('["##[error]x"]'))
    ["##\u005berror]x"]
    """
    text = _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return text.replace(_ANYWHERE, "##\\u005b")


def visible(text: str, *, keep: str = "") -> str:
    r"""Replace control characters, but for those to `keep`, by their names, such as `\x1b`."""
    return _CONTROL.sub(lambda match: match[0] if match[0] in keep else _name(match[0]), text)


def _name(character: str) -> str:
    return ascii(character)[1:-1]
