from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlgate.text import escape

MARKS = "`*_~[]()<>!#|\\@:/.&;$+-=0123456789 \t\n\r\u2028\u202e\u200bab\"'{}^"
WORDS = (
    "@team", "a@b.co", "#12", "o/r#3", "GH-7", "https://x.io", "http://x", "www.x.io", "ftp://x",
    "mailto:a@b.co", "xmpp:a@b.co", "![i](u)", "[l](u)", "[l]: u", "<b>", "<script>", "<!--", "-->",
    "|", "\\|", "\\", "```", "~~~", "**b**", "__b__", "~~s~~", ":tada:", "::error::", "$x$", "---",
    "===", "1. ", "- ", "+ ", "> ", "# ", "- [ ] ", "&lt;b&gt;", "&#64;team", "&#124;", "\x1b[31m",
    "</details>", "<?php", "<![CDATA[", "\u202egnp", "\u200b@x", "a\u00adb", "\ud800", "| - | - |",
)  # fmt: skip
HOSTILE = st.lists(
    st.one_of(st.sampled_from(WORDS), st.text(MARKS, max_size=6), st.characters()), max_size=8
).map("".join)


class Tags(HTMLParser):
    """The tags and the text that a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.tags.append("!--")

    def handle_decl(self, decl):
        self.tags.append("!")

    def handle_pi(self, data):
        self.tags.append("?")


def mentions(text: str) -> list[str]:
    """What GitHub would make a link of after Markdown is rendered."""
    return re.findall(r"@\w|#\d|(?i:\bgh-\d)|:[\w+-]+:", text)


@given(HOSTILE)
@settings(max_examples=400)
@example("\\|")
@example("[a]: b")
@example("a\n\n<b>")
@example("&#64;team")
@example("1)")
@example("# ")
@example("###### a")
def test_inline_text_stays_text_in_a_paragraph(gfm_text):
    told = escape.inline(gfm_text)
    found = Tags(render(f"{told}\n"))
    assert found.tags in ([], ["p"])
    assert not mentions(found.text)
    assert not found.text.lstrip().startswith("::")


@given(HOSTILE)
@settings(max_examples=400)
@example("a | b")
@example("\\")
@example("`|`")
def test_inline_text_stays_one_cell(gfm_text):
    told = escape.inline(gfm_text)
    found = Tags(render(f"| x | y |\n| --- | --- |\n| {told} | end |\n"))
    cells = ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]
    assert found.tags == cells
    assert re.sub(r"\s+$", "", found.text).endswith("end")
    assert not mentions(found.text)


@given(HOSTILE)
@settings(max_examples=400)
@example("\\|")
@example("a|b`")
@example("``")
def test_a_code_span_stays_one_cell(gfm_text):
    found = Tags(render(f"| x | y |\n| --- | --- |\n| {escape.code(gfm_text)} | end |\n"))
    assert [tag for tag in found.tags if tag != "code"] == [
        "table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td",
    ]  # fmt: skip
    assert re.sub(r"\s+$", "", found.text).endswith("end")


@given(HOSTILE)
@settings(max_examples=400)
def test_inline_keeps_what_can_be_seen(gfm_text):
    shown = Tags(render(f"x {escape.inline(gfm_text)} x\n")).text
    wanted = escape.one_line(f"x {escape.one_line(gfm_text)} x")
    assert " ".join(shown.replace(escape.ZERO_WIDTH, "").split()) == " ".join(wanted.split())


@given(HOSTILE)
@settings(max_examples=200)
def test_a_summary_stays_text(gfm_text):
    html = render(f"<details><summary>{escape.html(gfm_text)}</summary>\n\nx\n\n</details>\n")
    found = Tags(html)
    assert found.tags == ["details", "summary", "p"]
    assert not mentions(found.text)


@given(st.lists(HOSTILE, max_size=4).map("\n".join))
@settings(max_examples=200)
@example("```\n::error::x\n````")
@example("~~~")
def test_a_block_cannot_be_ended_from_inside(gfm_text):
    found = Tags(render(f"{escape.block(gfm_text, 'text')}\n\nafter\n"))
    assert found.tags == ["pre", "code", "p"]
    assert found.text.endswith("after\n")
    assert not re.search(r"(?m)^\s*(::|##\[)", found.text)


def render(text: str) -> str:
    import cmarkgfm
    from cmarkgfm.cmark import Options

    extensions = ["table", "strikethrough", "autolink", "tagfilter"]
    return cmarkgfm.markdown_to_html_with_extensions(text, Options.CMARK_OPT_UNSAFE, extensions)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("accuracy", "accuracy"),
        ("max_regression", "max_regression"),
        ("0.302 is less than 0.5", "0.302 is less than 0.5"),
        ("−.013 (was +.002)", "−.013 (was +.002)"),
        ("14:02 UTC", "14:02 UTC"),
        ("age < 25 & income > 5", "age &lt; 25 &amp; income &gt; 5"),
        ("-5", "-5"),
    ],
)
def test_plain_words_are_left_readable(text, told):
    assert escape.inline(text) == told


def test_what_hides_or_turns_text_is_shown_or_removed():
    assert escape.visible("\x1b[1;31mred\x1b[0m") == "red"
    assert escape.visible("a\u202eb\x00c") == f"a{escape.HIDDEN}b{escape.HIDDEN}c"
    assert escape.visible("a\u200bb\u2060c\ufeff") == "abc"
    assert escape.one_line("a\u2028b\r\nc") == "a b c"
    "".join(escape.visible("\ud800")).encode()


def test_a_long_line_is_cut_with_an_ellipsis():
    assert escape.one_line("abcdef", 4) == "abc…"
