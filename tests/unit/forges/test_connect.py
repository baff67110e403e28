"""Which forge is opened, and with what."""

from __future__ import annotations

import pytest

from mlgate.errors import MissingTokenError, UsageError
from mlgate.forges import connect

JOB = {"GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": "t"}


@pytest.mark.parametrize("name", ["", "o", "o/r/x", "/r", "o/"])
def test_a_repository_that_is_none_is_a_usage_error(name):
    with pytest.raises(UsageError, match="owner/name"):
        connect("github", {**JOB, "GITHUB_REPOSITORY": name})


def test_without_a_token_it_says_how_to_give_one():
    with pytest.raises(MissingTokenError, match="GITHUB_TOKEN is not set"):
        connect("github", {"GITHUB_REPOSITORY": "o/r"})


def test_another_server_is_honoured():
    other = {"GITHUB_SERVER_URL": "https://x.ghe.com/", "GITHUB_API_URL": "https://api.x.ghe.com"}
    client = connect("github", {**JOB, **other}).pulls.client
    assert client.server_url == "https://x.ghe.com"
    assert client.transport.base_url == "https://api.x.ghe.com"


@pytest.mark.parametrize("name", ["gitlab", "sticky", "data", "../x", ""])
def test_another_name_lists_the_forges_that_there_are(name):
    with pytest.raises(UsageError) as caught:
        connect(name, JOB)
    assert caught.value.hint == "one of: github"
