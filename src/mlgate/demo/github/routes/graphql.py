"""The GraphQL that we use: whose token this is, the newest statuses of commits, and a commit on a
branch by compare and swap.

Errors come with status 200, as GraphQL has it.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, Final

from mlgate.demo.github.answers import Answer, Call
from mlgate.demo.github.routes import Route
from mlgate.demo.github.routes.git import BOT_EMAIL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mlgate.demo.github.world import LocalRepository

NAME: Final = "createCommitOnBranch"
VIEWER: Final = "viewer { login }"
OBJECT: Final = re.compile(r'(\w+): object\(oid: "([0-9a-f]{40})"\)')


def _answer(call: Call) -> Answer:
    query = str(call.body.get("query"))
    if VIEWER in query:
        return Answer(200, {"data": {"viewer": {"login": call.token.login}}})
    if objects := OBJECT.findall(query):
        return _statuses(call, objects)
    if NAME not in query:
        return _error("UNDEFINED_FIELD", f"Only {NAME}, {VIEWER} and objects are known here")
    fields = call.body["variables"]["input"]
    repo = call.world.repositories.get(fields["branch"]["repositoryNameWithOwner"])
    if repo is None:
        return _error("NOT_FOUND", "Could not resolve to a Repository.")
    if call.token.permissions.get("contents") != "write":
        return _error("FORBIDDEN", "Resource not accessible by integration")
    return _commit(call, repo, fields)


def _statuses(call: Call, objects: Iterable[tuple[str, str]]) -> Answer:
    """Return the newest status of a context for each commit, by its alias."""
    names = call.body["variables"]
    repo = call.world.repositories.get(f"{names['owner']}/{names['name']}")
    if repo is None:
        return _error("NOT_FOUND", "Could not resolve to a Repository.", "repository")
    if call.token.permissions.get("statuses") not in ("read", "write"):
        return _error("FORBIDDEN", "Resource not accessible by integration", "repository")
    newest = {(status.sha, status.context): status for status in repo.statuses}
    of_commits: dict[str, Any] = {}
    for alias, sha in objects:
        status = newest.get((sha, names["context"]))
        shown = status and {"context": {"description": status.description}}
        of_commits[alias] = {"status": shown} if sha in repo.objects.commits else None
    return Answer(200, {"data": {"repository": of_commits}})


def _commit(call: Call, repo: LocalRepository, fields: Mapping[str, Any]) -> Answer:
    objects, ref = repo.objects, f"refs/heads/{fields['branch']['branchName']}"
    head, expected = objects.refs.get(ref), fields["expectedHeadOid"]
    if head is None:
        return _error("NOT_FOUND", "A branch with that name does not exist.")
    if head != expected:
        message = f'Expected branch to point to "{expected}" but it did not. Pull and try again.'
        return _error("STALE_DATA", message)
    try:
        files = {
            addition["path"]: objects.blob(base64.b64decode(addition["contents"], validate=True))
            for addition in fields["fileChanges"]["additions"]
        }
    except binascii.Error:
        return _error("UNPROCESSABLE", "A file's contents are not valid Base64.")
    tree = objects.tree(files, objects.commits[head].tree)
    who, message = (call.token.login, BOT_EMAIL), fields["message"]["headline"]
    made = objects.commit(tree, [head], message, who, call.world.now())
    objects.refs[ref] = made.sha
    return Answer(200, {"data": {NAME: {"commit": {"oid": made.sha}}}})


def _error(kind: str, message: str, field: str = NAME) -> Answer:
    error = {"type": kind, "path": [field], "message": message}
    return Answer(200, {"data": {field: None}, "errors": [error]})


ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("POST", "/graphql"): Route(_answer, content=True)
}
