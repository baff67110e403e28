"""The documentation as a site: it builds, every link leads somewhere, and pages show what GitHub shows."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from docs import site

if TYPE_CHECKING:
    from pathlib import Path

PAGES = dict(site.pages())
ELEMENTS = ("li", "ol", "ul", "tr", "td", "pre", "h2", "h3", "em", "strong", "blockquote")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build it, strictly: a link to nothing, or to a heading that is not there, ends the build."""
    return site.build(tmp_path_factory.mktemp("site"))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_what_github_shows(built: Path, name: str) -> None:
    """Lists, tables and code are read alike by both renderers."""
    html = (built / name.replace(".md", ".html")).read_text(encoding="utf-8")
    article = html[html.index("<article") : html.index("</article>")]
    there = cmarkgfm.github_flavored_markdown_to_html(PAGES[name], options=Options.CMARK_OPT_UNSAFE)
    counts = (
        {tag: len(re.findall(rf"<{tag}[\s>]", text)) for tag in ELEMENTS}
        for text in (there, article)
    )
    on_github, on_the_site = counts
    assert on_the_site == on_github


def test_every_page_can_be_searched_and_asks_no_other_host(built: Path) -> None:
    index = json.loads((built / "search.json").read_text(encoding="utf-8"))
    found = {item["location"].partition("#")[0] for item in index["items"]}
    assert found >= {name.replace(".md", ".html") for name in PAGES}
    for page in built.glob("*.html"):
        asked = re.findall(
            r'<(?:script|img|source|link)[^>]*(?:src|href|srcset)="(https?://[^"]*)',
            page.read_text(),
        )
        assert asked == []


def test_links_to_nothing_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<h2 id="there"></h2><a href="#there"></a><a href="b.html#x"></a><a href="c.html"></a>'
        '<img src="d.png"><a href="https://example.org/nowhere"></a>'
    )
    (tmp_path / "b.html").write_text('<a href="a.html#there"></a><a href="a.html#gone"></a>')
    assert list(site.broken(tmp_path)) == [
        "a.html: b.html#x leads to no heading",
        "a.html: c.html leads to no file",
        "a.html: d.png leads to no file",
        "b.html: a.html#gone leads to no heading",
    ]


def test_links_that_leave_the_folder_lead_to_the_repository() -> None:
    text = "[a](../README.md#limits) [b](../workflows/) [c](README.md)\n\n```md\n[d](../x)\n```\n"
    assert site.page(text) == (
        f"[a]({site.URL}/blob/main/README.md#limits) [b]({site.URL}/tree/main/workflows/) [c](index.md)"
        "\n\n```md\n[d](../x)\n```\n"
    )


def test_the_navigation_has_each_page_once() -> None:
    names = [name for part in site.NAV.values() for name in part.values()]
    assert len(names) == len(set(names))
    written = re.findall(r'= "([\w-]+\.md)"', site.settings())
    assert sorted(written) == sorted(PAGES)
