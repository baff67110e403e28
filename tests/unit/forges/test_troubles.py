from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.forges.github.troubles import of_answer, of_graphql, one_line

LIMIT = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}
REFUSED = {"message": "Resource not accessible by integration"}


@pytest.mark.parametrize(
    ("status", "data", "headers", "kind", "wait"),
    [
        (403, LIMIT, {"retry-after": "7"}, "limit", 7.0),
        (403, LIMIT, {}, "limit", None),
        (429, None, {}, "limit", None),
        (429, None, {"retry-after": "-3"}, "limit", 0.0),
        (429, None, {"retry-after": "nan"}, "limit", None),
        (403, None, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1100"}, "limit", 101.0),
        (403, None, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "900"}, "limit", 1.0),
        (403, REFUSED, {"x-ratelimit-remaining": "9"}, "permission", None),
        (403, {"message": "Blocked"}, {}, "refused", None),
        (404, {"message": "Not Found"}, {}, "gone", None),
        (422, {"message": "Validation Failed"}, {}, "refused", None),
        (401, {"message": "Bad credentials"}, {}, "refused", None),
        (500, "<html>", {}, "passing", None),
        (503, None, {"retry-after": "5"}, "passing", None),
    ],
)
def test_an_answer_is_read_as_github_means_it(status, data, headers, kind, wait):
    trouble = of_answer(status, data, headers, now=1000.0)
    assert (trouble.kind, trouble.wait) == (kind, wait)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"type": "FORBIDDEN", "message": "x"}, "permission"),
        ({"type": "RATE_LIMITED", "message": "x"}, "limit"),
        ({"type": "STALE_DATA", "message": "Expected branch to point to"}, "refused"),
        ({"message": "Something went wrong while executing your query"}, "passing"),
        ({"type": "INTERNAL"}, "passing"),
    ],
)
def test_errors_of_graphql_are_read_too(error, kind):
    assert of_graphql([error]).kind == kind


@given(st.text(max_size=600))
def test_what_a_forge_says_is_one_short_line(text):
    line = one_line(text)
    assert len(line) <= 300
    assert len(line.splitlines()) <= 1
    assert all(char.isprintable() for char in line)
