"""GitHub's JSON for people, repositories and pull requests: every field that GitHub promises."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import datetime as dt

    from mlgate.demo.github.answers import Call
    from mlgate.demo.github.objects import LocalCommit
    from mlgate.demo.github.world import LocalIssue

_USER_URLS: Final = (
    "followers", "following", "gists", "starred", "subscriptions", "organizations", "repos",
    "events", "received_events",
)  # fmt: skip
_REPOSITORY_URLS: Final = (
    "archive", "assignees", "blobs", "branches", "collaborators", "comments", "commits", "compare",
    "contents", "contributors", "deployments", "downloads", "events", "forks", "git_commits",
    "git_refs", "git_tags", "hooks", "issue_comment", "issue_events", "issues", "keys", "labels",
    "languages", "merges", "milestones", "notifications", "pulls", "releases", "stargazers",
    "statuses", "subscribers", "subscription", "tags", "teams", "trees",
)  # fmt: skip
_COUNTS: Final = (
    "forks", "forks_count", "network_count", "open_issues", "open_issues_count", "size",
    "stargazers_count", "subscribers_count", "watchers", "watchers_count",
)  # fmt: skip
_HAS: Final = ("discussions", "downloads", "issues", "pages", "projects", "wiki")


def time(when: dt.datetime) -> str:
    """Return a time as GitHub writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def number_of(text: str) -> int:
    """Return a stable id for a name."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:7], 16)


def node(kind: str, ident: object) -> str:
    """Return a node id; nothing reads them."""
    return f"{kind}_{ident}"


def user(call: Call, login: str) -> dict[str, Any]:
    """Return an account."""
    url = f"{call.api}/users/{login}"
    return {
        "login": login,
        "id": number_of(login),
        "node_id": node("U", number_of(login)),
        "avatar_url": f"{call.site}/avatars/{number_of(login)}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{call.site}/{login}",
        "type": "Bot" if login.endswith("[bot]") else "User",
        "site_admin": False,
        **{f"{name}_url": f"{url}/{name}" for name in _USER_URLS},
    }


def app(call: Call, slug: str) -> dict[str, Any]:
    """Return an app, as check runs show it."""
    return {
        "id": number_of(slug),
        "slug": slug,
        "node_id": node("A", number_of(slug)),
        "owner": user(call, "github"),
        "name": slug.replace("-", " ").title(),
        "description": "",
        "external_url": "https://help.github.com/en/actions",
        "html_url": f"{call.site}/apps/{slug}",
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
        "permissions": {"checks": "write"},
        "events": [],
    }


def repository(call: Call, full_name: str | None = None) -> dict[str, Any]:
    """Return a repository: this one, or the fork that a head lies in."""
    full_name = full_name or call.repo.full_name
    owner, name = full_name.split("/")
    url, html = f"{call.api}/repos/{full_name}", f"{call.site}/{full_name}"
    return {
        "id": number_of(full_name),
        "node_id": node("R", number_of(full_name)),
        "name": name,
        "full_name": full_name,
        "owner": user(call, owner),
        "private": call.repo.private,
        "visibility": "private" if call.repo.private else "public",
        "default_branch": call.repo.default_branch,
        "fork": full_name != call.repo.full_name,
        "description": None,
        "homepage": None,
        "language": None,
        "license": None,
        "mirror_url": None,
        "archived": False,
        "disabled": False,
        "url": url,
        "html_url": html,
        "clone_url": f"{html}.git",
        "git_url": f"git:{html.partition(':')[2]}.git",
        "ssh_url": f"git@{html.partition('//')[2]}.git",
        "svn_url": html,
        **{f"{name}_url": f"{url}/{name}" for name in _REPOSITORY_URLS},
        **dict.fromkeys(_COUNTS, 0),
        **{f"has_{name}": name == "issues" for name in _HAS},
        **dict.fromkeys(("created_at", "updated_at", "pushed_at"), "2020-01-01T00:00:00Z"),
    }


def pull(call: Call, issue: LocalIssue) -> dict[str, Any]:
    """Return a pull request as lists show it."""
    assert issue.pull is not None
    request = issue.pull
    number, head = issue.number, request.commits[-1]
    url, html = f"{call.url}/pulls/{number}", f"{call.html}/pull/{number}"
    on_issue = f"{call.url}/issues/{number}"
    links = {
        "self": url, "html": html, "issue": on_issue, "comments": f"{on_issue}/comments",
        "review_comments": f"{url}/comments", "review_comment": f"{call.url}/pulls/comments",
        "commits": f"{url}/commits", "statuses": f"{call.url}/statuses/{head}",
    }  # fmt: skip
    return {
        "id": number_of(url),
        "node_id": node("PR", number),
        "number": number,
        "title": issue.title,
        "body": issue.body,
        "state": issue.state,
        "draft": request.draft,
        "locked": False,
        "user": user(call, issue.login),
        "head": _side(call, request.head_repository, request.head_branch, head),
        "base": _side(call, call.repo.full_name, request.base_branch, request.base_sha),
        "labels": [],
        "author_association": "CONTRIBUTOR",
        **dict.fromkeys(("assignee", "milestone", "auto_merge", "closed_at", "merged_at")),
        "merge_commit_sha": None,
        "created_at": time(issue.created),
        "updated_at": time(issue.updated),
        "url": url,
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": on_issue,
        "commits_url": links["commits"],
        "comments_url": links["comments"],
        "review_comments_url": links["review_comments"],
        "review_comment_url": links["review_comment"],
        "statuses_url": links["statuses"],
        "_links": {name: {"href": address} for name, address in links.items()},
    }


def whole_pull(call: Call, issue: LocalIssue) -> dict[str, Any]:
    """Return a pull request as its own address shows it."""
    assert issue.pull is not None
    return {
        **pull(call, issue),
        "comments": len(call.repo.on(issue.number)),
        "commits": len(issue.pull.commits),
        **dict.fromkeys(("additions", "changed_files", "deletions", "review_comments"), 0),
        "mergeable": True,
        "mergeable_state": "clean",
        "merged": issue.pull.merged,
        "merged_by": None,
        "maintainer_can_modify": False,
    }


def _side(call: Call, full_name: str | None, branch: str, sha: str) -> dict[str, Any]:
    owner = (full_name or call.repo.full_name).partition("/")[0]
    return {
        "label": f"{owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": user(call, owner),
        "repo": None if full_name is None else repository(call, full_name),
    }


def commit(call: Call, made: LocalCommit) -> dict[str, Any]:
    """Return a commit as lists and branches show it."""
    person = {"name": made.name, "email": made.email, "date": time(made.when)}
    return {
        "sha": made.sha,
        "node_id": node("C", made.sha),
        "url": f"{call.url}/commits/{made.sha}",
        "html_url": f"{call.html}/commit/{made.sha}",
        "comments_url": f"{call.url}/commits/{made.sha}/comments",
        "commit": {
            "url": f"{call.url}/git/commits/{made.sha}",
            "author": person,
            "committer": person,
            "message": made.message,
            "comment_count": 0,
            "tree": {"sha": made.tree, "url": f"{call.url}/git/trees/{made.tree}"},
        },
        "author": None,
        "committer": None,
        "parents": [_parent(call, sha) for sha in made.parents],
    }


def git_commit(call: Call, made: LocalCommit) -> dict[str, Any]:
    """Return a commit as the Git data API shows it."""
    person = {"name": made.name, "email": made.email, "date": time(made.when)}
    return {
        "sha": made.sha,
        "node_id": node("C", made.sha),
        "url": f"{call.url}/git/commits/{made.sha}",
        "html_url": f"{call.html}/commit/{made.sha}",
        "author": person,
        "committer": person,
        "tree": {"sha": made.tree, "url": f"{call.url}/git/trees/{made.tree}"},
        "message": made.message,
        "parents": [_parent(call, sha) for sha in made.parents],
        "verification": {
            "verified": False,
            "reason": "unsigned",
            **dict.fromkeys(("signature", "payload", "verified_at")),
        },
    }


def _parent(call: Call, sha: str) -> dict[str, str]:
    return {
        "sha": sha,
        "url": f"{call.url}/commits/{sha}",
        "html_url": f"{call.html}/commit/{sha}",
    }
