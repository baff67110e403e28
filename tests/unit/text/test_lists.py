"""Lists and short forms."""

from __future__ import annotations

import pytest

from mlgate.text import lists, short

SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("words", "text"),
    [("a", "a"), ("ab", "a or b"), ("abc", "a, b or c"), ("abcd", "a, b, c or d")],
)
def test_choices_are_joined_by_commas_and_the_last_by_or(words: str, text: str) -> None:
    assert lists.one_of(words) == text
    assert lists.all_of(words) == text.replace("or", "and")
    assert lists.none_of(words) == text.replace("or", "nor")


@pytest.mark.parametrize(
    ("count", "most", "text"),
    [(0, 3, ""), (2, 3, "0, 1"), (3, 3, "0, 1, 2"), (4, 3, "0, 1, 2 and 1 more"),
     (1_236, 2, "0, 1 and 1,234 more")],
)  # fmt: skip
def test_a_long_list_says_how_many_it_leaves_out(count: int, most: int, text: str) -> None:
    assert lists.first_of(map(str, range(count)), most) == text


def test_names_that_hold_commas_take_another_separator() -> None:
    assert lists.first_of(["a, b", "c", "d"], 2, "; ") == "a, b; c and 1 more"


def test_one_example_says_how_many_there_are_besides() -> None:
    assert [lists.and_more(count) for count in (0, 1, 1_234)] == [
        "",
        ", and 1 more",
        ", and 1,234 more",
    ]


def test_a_commit_is_named_by_seven_digits_and_a_file_by_sixteen() -> None:
    assert short.short_sha(SHA) == "0123456"
    assert short.commit_name(SHA) == "commit 0123456"
    assert short.short_sha(None) == short.commit_name(None) == "no commit"
    assert short.short_digest(SHA) == "0123456789abcdef"
    assert short.short_digest(f"sha256:{SHA}") == "sha256:0123456789abcdef"
