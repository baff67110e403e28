"""GitHub: `from_environ` returns the forge of a job's token, `connect` that of any."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mlgate.errors import MissingTokenError, UsageError
from mlgate.forges.patience import Patience
from mlgate.forges.protocols import Forge

if TYPE_CHECKING:
    from collections.abc import Mapping


API: Final = "https://api.github.com"
SERVER: Final = "https://github.com"
_REPOSITORY: Final = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_TOKEN: Final = re.compile(r"[!-~]+")


def from_environ(environ: Mapping[str, str]) -> Forge:
    """Return the forge of GITHUB_REPOSITORY that GITHUB_TOKEN opens."""
    repository, token = (environ.get(f"GITHUB_{name}", "") for name in ("REPOSITORY", "TOKEN"))
    if not _REPOSITORY.fullmatch(repository):
        raise UsageError(
            f"GITHUB_REPOSITORY is {repository!r}, not `owner/name`",
            hint="GitHub Actions sets it; elsewhere set it yourself, with GITHUB_TOKEN",
        )
    if not token:
        raise MissingTokenError(
            "GITHUB_TOKEN is not set",
            hint="give it to the step:  env: {GITHUB_TOKEN: ${{ github.token }}}",
        )
    if not _TOKEN.fullmatch(token):
        raise MissingTokenError(
            "GITHUB_TOKEN holds characters that no token has, such as blanks or line ends",
            hint="give it to the step as it is:  env: {GITHUB_TOKEN: ${{ github.token }}}",
        )
    api, server = (environ.get(f"GITHUB_{name}_URL", "").rstrip("/") for name in ("API", "SERVER"))
    return connect(api or API, server or SERVER, repository, token, environ=environ)


def connect(
    api_url: str,
    server_url: str,
    repository: str,
    token: str,
    patience: Patience | None = None,
    environ: Mapping[str, str] | None = None,
) -> Forge:
    """Return the forge of a repository; sends nothing yet.

    Parameters
    ----------
    api_url, server_url
        GITHUB_API_URL and GITHUB_SERVER_URL.
    repository
        `owner/name`.
    token
        Kept out of every message, URL and representation.
    patience
        How long to wait for GitHub, shared by everything here.
    environ
        The variables that may name further certificates.

    Raises
    ------
    UsageError
        When the API's address or one of the certificates is of no use.
    """
    from mlgate.forges.github import (
        attestations,
        checks,
        client,
        comments,
        deployments,
        edits,
        files,
        issues,
        pulls,
        runs,
        transport,
    )  # fmt: skip

    patience = patience or Patience()
    connection = transport.connect(api_url, token, patience.timeout, environ or {})
    way = client.Client(repository, server_url.rstrip("/"), connection, patience, token)
    ours = comments.GitHubComments(way)
    return Forge(
        patience=patience,
        comments=ours,
        checks=checks.GitHubChecks(way, ours),
        statuses=checks.GitHubStatuses(way),
        files=files.GitHubFiles(way),
        artifacts=runs.GitHubArtifacts(way),
        runs=runs.GitHubRuns(way),
        edits=edits.GitHubEdits(way),
        pulls=pulls.GitHubPulls(way),
        deployments=deployments.GitHubDeployments(way),
        attestations=attestations.GitHubAttestations(way),
        issues=issues.GitHubIssues(way, ours),
        dispatches=runs.GitHubDispatches(way),
    )
