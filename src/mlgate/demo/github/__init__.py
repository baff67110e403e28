"""A GitHub of our own on loopback: for tests, and for `mlgate demo --serve`.

`world` holds what there is, `routes` answer as GitHub does (its limits, permissions, pages,
hashes and errors), `service` takes a request through token, rate limit and route, `server`
speaks HTTP, `site` shows pages. In the tests every request and answer is held against GitHub's
published OpenAPI description, so that this cannot become our own idea of GitHub.
"""
