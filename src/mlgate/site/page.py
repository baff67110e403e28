"""One HTML file with the data in it: nothing is loaded, no framework, no server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlgate.report import html

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = "index.html"
_FOLDER: Final = Path(__file__).parent


def render(data: Mapping[str, Any], title: str) -> str:
    """Return the page of `data.data`."""
    style = html.template_file("report.css") + (_FOLDER / "site.css").read_text("utf-8")
    script = (_FOLDER / "site.js").read_text("utf-8")
    # In a script element only `<` ends or opens anything.
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
    return html.page(
        title,
        (_FOLDER / "site.html").read_text("utf-8"),
        title=title,
        style=style,
        script=script,
        data=html.markup(text),
    )
