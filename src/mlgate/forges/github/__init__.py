"""GitHub: `event.read` tells what a workflow run knows; `connect` gives a `Forge` for its token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.forges.patience import Patience

if TYPE_CHECKING:
    from mlgate.forges.github.attestations import GitHubAttestations
    from mlgate.forges.github.checks import GitHubChecks, GitHubStatuses
    from mlgate.forges.github.comments import GitHubComments
    from mlgate.forges.github.deployments import GitHubDeployments
    from mlgate.forges.github.files import GitHubFiles
    from mlgate.forges.github.issues import GitHubIssues
    from mlgate.forges.github.pulls import GitHubPulls
    from mlgate.forges.github.runs import GitHubArtifacts, GitHubDispatches, GitHubRuns
    from mlgate.forges.protocols import Forge


@dataclass(frozen=True, slots=True)
class GitHub:
    """One token's view of one repository: a `Forge`."""

    patience: Patience
    comments: GitHubComments
    checks: GitHubChecks
    statuses: GitHubStatuses
    files: GitHubFiles
    artifacts: GitHubArtifacts
    runs: GitHubRuns
    pulls: GitHubPulls
    deployments: GitHubDeployments
    attestations: GitHubAttestations
    issues: GitHubIssues
    dispatches: GitHubDispatches


def connect(
    api_url: str,
    server_url: str,
    repository: str,
    token: str,
    patience: Patience | None = None,
) -> Forge:
    """Give the forge of a repository; sends nothing yet.

    Parameters
    ----------
    api_url, server_url
        GITHUB_API_URL and GITHUB_SERVER_URL: `event.Event` has them.
    repository
        `owner/name`.
    token
        Kept out of every message, URL and representation.
    patience
        How long to wait for GitHub, shared by everything here.
    """
    from mlgate.forges.github import (
        attestations,
        checks,
        client,
        comments,
        deployments,
        files,
        issues,
        pulls,
        runs,
    )  # fmt: skip

    patience = patience or Patience()
    requester = client.connect(api_url, token, patience)
    way = client.Client(repository, server_url.rstrip("/"), requester, patience, token)
    ours = comments.GitHubComments(way)
    return GitHub(
        patience=patience,
        comments=ours,
        checks=checks.GitHubChecks(way, ours),
        statuses=checks.GitHubStatuses(way),
        files=files.GitHubFiles(way),
        artifacts=runs.GitHubArtifacts(way),
        runs=runs.GitHubRuns(way),
        pulls=pulls.GitHubPulls(way),
        deployments=deployments.GitHubDeployments(way),
        attestations=attestations.GitHubAttestations(way),
        issues=issues.GitHubIssues(way, ours),
        dispatches=runs.GitHubDispatches(way),
    )
