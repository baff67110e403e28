"""Where a client sends what it asks."""

from __future__ import annotations

import pytest

from mlgate.forges.github.transport import connect


@pytest.mark.parametrize(
    ("api", "graphql"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"),
        ("https://git.acme.org/api/v3", "https://git.acme.org/api/graphql"),
        ("http://127.0.0.1:8080/api/v3/", "http://127.0.0.1:8080/api/graphql"),
    ],
    ids=["github.com", "data-residency", "enterprise-server", "port"],
)
def test_graphqls_address_follows_from_the_apis(api: str, graphql: str) -> None:
    """As runners set GITHUB_GRAPHQL_URL beside GITHUB_API_URL."""
    assert connect(api, "t", 20.0, {}).graphql_url == graphql
