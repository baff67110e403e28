"""GitHub-flavoured Markdown as GitHub shows it: cmark-gfm, then GitHub's sanitising, then alerts.

What github.com strips (`style`, `script`, `data:` addresses, inline SVG, event handlers) is
stripped here; Mermaid charts, which it draws with a script, are shown as their source.
"""

from __future__ import annotations

import re
from typing import Final

ALERTS: Final = {
    "NOTE": "Note", "TIP": "Tip", "IMPORTANT": "Important", "WARNING": "Warning",
    "CAUTION": "Caution",
}  # fmt: skip
# https://github.com/gjtorikian/html-pipeline/blob/main/lib/html_pipeline/sanitization_filter.rb
TAGS: Final = frozenset(
    [
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "br",
        "b",
        "i",
        "strong",
        "em",
        "a",
        "pre",
        "code",
        "img",
        "input",
        "tt",
        "div",
        "ins",
        "del",
        "sup",
        "sub",
        "p",
        "picture",
        "ol",
        "ul",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "blockquote",
        "dl",
        "dt",
        "dd",
        "kbd",
        "q",
        "samp",
        "var",
        "hr",
        "ruby",
        "rt",
        "rp",
        "li",
        "tr",
        "td",
        "th",
        "s",
        "strike",
        "summary",
        "details",
        "caption",
        "figure",
        "figcaption",
        "abbr",
        "bdo",
        "cite",
        "dfn",
        "mark",
        "small",
        "span",
        "time",
        "wbr",
        "source",
    ]
)
_ANYWHERE: Final = frozenset(
    [
        "abbr",
        "align",
        "alt",
        "border",
        "cellpadding",
        "cellspacing",
        "class",
        "colspan",
        "dir",
        "height",
        "hspace",
        "id",
        "lang",
        "open",
        "rowspan",
        "start",
        "summary",
        "title",
        "valign",
        "vspace",
        "width",
    ]
)
ATTRIBUTES: Final = {
    "*": set(_ANYWHERE),
    "a": {"href"},
    "img": {"src", "loading"},
    "source": {"srcset", "media"},
    "input": {"type", "checked", "disabled"},
    "time": {"datetime"},
}
_ALERT: Final = re.compile(
    r"<blockquote>\s*<p>\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*(?:<br\s*/?>)?\s*(.*?)"
    r"</blockquote>",
    re.DOTALL,
)
_MERMAID: Final = re.compile(r'<pre lang="mermaid"><code>(.*?)</code></pre>', re.DOTALL)
_CLASS: Final = re.compile(r"^(language-[\w+#-]+|task-list-item|contains-task-list)$")


def to_html(markdown: str) -> str:
    """Return the HTML of a comment; it is safe to show."""
    import cmarkgfm
    import nh3
    from cmarkgfm.cmark import Options

    raw = cmarkgfm.github_flavored_markdown_to_html(
        markdown, options=Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_VALIDATE_UTF8
    )
    clean = nh3.clean(
        raw,
        tags=set(TAGS),
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener",
        clean_content_tags={"script", "style"},
    )
    return _MERMAID.sub(_mermaid, _ALERT.sub(_alert, clean))


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Keep only classes that mean something, and only pictures with an address to load."""
    if name == "class":
        kept = [name for name in value.split() if _CLASS.match(name)]
        return " ".join(kept) or None
    if name == "id":
        return f"user-content-{value}"
    if (tag, name) == ("source", "srcset") and not re.match(r"https?://|/", value):
        return None
    return value


def _alert(match: re.Match[str]) -> str:
    kind = match.group(1)
    return (
        f'<div class="alert alert-{kind.lower()}"><p class="alert-title">{ALERTS[kind]}</p>'
        f"<p>{match.group(2)}</div>"
    )


def _mermaid(match: re.Match[str]) -> str:
    return (
        '<figure class="mermaid"><figcaption>GitHub draws this as a chart</figcaption>'
        f"<pre><code>{match.group(1)}</code></pre></figure>"
    )
