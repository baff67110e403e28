from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.forges.markdown import cut, replace_destinations

SHOWN = [
    "![a](p.png)",
    "![a]( p.png )",
    "![a](p.png 'title')",
    "![a](<p.png>)",
    "[![a](p.png)](p.png)",
    '<img alt="x" src="p.png">',
    "<IMG SRC = 'p.png'>",
    '<picture><source media="(prefers-color-scheme: dark)" srcset="p.png"></picture>',
    "![a][one]\n\n[one]: p.png",
    "[one]: <p.png> 'title'",
    "text ` ![a](p.png)",
]
HIDDEN = [
    "`![a](p.png)`",
    "`` ![a](p.png) ` ``",
    "```\n![a](p.png)\n```",
    "~~~ md\n![a](p.png)",
    "p.png",
    "![p.png](other.png)",
    "![a](p.png.txt)",
]


def replaced(text):
    return replace_destinations(text, lambda found: "https://x/y" if found == "p.png" else None)


@pytest.mark.parametrize("text", SHOWN)
def test_an_address_is_replaced_where_it_is_one(text):
    assert replaced(text) == text.replace("p.png", "https://x/y")


@pytest.mark.parametrize("text", HIDDEN)
def test_everything_else_stays(text):
    assert replaced(text) == text


@given(st.text(alphabet="`~![]()<>\n\"' =srcp.ng:\\#x", max_size=80))
def test_nothing_changes_when_nothing_is_replaced(text):
    assert replace_destinations(text, lambda found: None) == text
    assert replace_destinations(text, lambda found: found) == text


class TestCut:
    def test_leaves_what_fits(self):
        assert cut("short", 5, "note") == "short"

    def test_takes_whole_blocks_from_the_end(self):
        assert cut("one\n\ntwo two\n\nthree", 16, "NOTE") == "one\n\nNOTE"

    def test_does_not_cut_within_code(self):
        text = "one\n\n```\na\n\nb\n\nc\n```\n\nend" + "x" * 40
        assert cut(text, 24, "NOTE") == "one\n\nNOTE"

    def test_prefers_the_outside_of_details(self):
        text = f"one\n\n<details>\n\ntwo\n\nthree\n\n</details>\n\n{'x' * 60}"
        assert cut(text, 40, "NOTE") == "one\n\nNOTE"

    def test_gives_only_the_note_where_one_block_is_all_there_is(self):
        assert cut("x" * 100, 50, "NOTE") == "NOTE"

    @given(st.text(alphabet="ab\n`<details>/", max_size=200), st.integers(12, 60))
    def test_never_gives_more_than_the_limit(self, text, limit):
        assert len(cut(text, limit, "NOTE")) <= max(limit, 0)
